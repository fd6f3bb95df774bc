"""A small bundle that uses every verb, and the ways to run scripts against it."""

from collections.abc import Callable
from typing import Final

from router.flow.finding_output import render_text
from router.flow.findings import Finding, has_errors
from router.flow.loader import load
from router.flow.model import Bundle
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from router.simulator.script import Script
from router.simulator.verdict import Verdict

RESOURCES: Final = """
audio:
  menu: {id: 1, length: 4s}
  again: {id: 2, length: 1s}
  sorry: {id: 3, length: 2s}
groups: {sales: {extension: "303"}}
people: {operator: {extension: "100"}}
hours: {office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00"}}}
lists: {vip: {numbers: ["74951234567"]}}
"""

FLOW: Final = """
flow: main
for: {lines: ["74950000001"], location: ivr}
on_error: sorry
on_end: ended
vars: {lang: {type: text, default: ru}, tries: {type: number, default: 0}, open: {type: bool, default: false}}
start: screen
steps:
  screen:
    switch:
      - {when: caller.withheld, goto: refuse}
      - {when: caller.number in lists.vip, goto: operator}
      - {when: call.dct_number != "", goto: tracked}
      - {when: vars.tries > 2 and vars.lang == "en", goto: sorry}
      - {when: vars.open, goto: let_go}
      - {when: limits.route.wait > 15, goto: sorry}
      - {when: not hours.office.open, goto: sorry}
      - {else: menu}
  menu:
    menu:
      prompt: audio.menu
      first_digit: 5s
      keys: {1: sales, 2: operator, 3: staff, 4: talk}
      no_input: {prompt: audio.again, max: 1, goto: sorry}
      no_match: {max: 1, goto: sorry}
  sales: {route: {to: group sales, ring: 25s, on: {busy: operator, no_answer: operator, else: sorry}}}
  operator: {route: {to: person operator, priority: high, display_name: VIP, on: {busy: sorry, else: bye}}}
  staff: {route: {to: [extension 101, extension 102], online_only: true, on: {else: menu}}}
  tracked: {route: {to: number 79000000001, on: {else: bye}}}
  talk: {route: {to: extension 103, on: {answered: watching, left: let_go, else: bye}}}
  watching: {watch: {held: {for: 60s, goto: rescue}}}
  rescue: {transfer: {to: extension 104, method: blind, on: {returned: watching}}}
  sorry: {play: {prompt: audio.sorry, next: bye, on: {failed: bye}}}
  refuse: hangup
  bye: hangup
  let_go: release
  ended: {switch: [{when: call.answered, goto: let_go}, {else: text}]}
  text: {sms: {to: "${caller.number}", from: "100", text: Sorry, next: let_go, on: {failed: let_go}}}
"""


Change = Callable[[Bundle], Bundle]


def unchanged(bundle: Bundle) -> Bundle:
    return bundle


def read(tests: str, flow: str = FLOW, change: Change = unchanged) -> tuple[Bundle, list[Script], tuple[Finding, ...]]:
    """A test file's text against the bundle, which may be changed after it was loaded: (bundle, scripts, findings)."""
    files = {"resources.yaml": RESOURCES, "main.yaml": flow, "main.test.yaml": tests}
    loaded = load({name: text.encode() for name, text in files.items()})
    assert loaded.bundle is not None, render_text(loaded.findings)
    bundle = change(loaded.bundle)
    scripts, findings = read_scripts(loaded.tests, bundle, files)
    return bundle, scripts, findings


def suite(*scripts: str, given: str = "{}") -> str:
    """A test file with one test for each script; each line of a script without its dash."""
    tests = ["flow: main", "tests:"]
    for number, script in enumerate(scripts, start=1):
        tests += [f"  - name: script {number}", f"    given: {given}", "    script:"]
        tests += [f"      - {line.strip()}" for line in script.strip().splitlines()]
    return "\n".join(tests) + "\n"


def verdict(script: str, given: str = "{}", flow: str = FLOW, change: Change = unchanged) -> Verdict:
    """How one script went."""
    bundle, scripts, findings = read(suite(script, given=given), flow, change)
    assert not has_errors(findings), render_text(findings)
    return run(scripts[0], bundle)


def reason(script: str, given: str = "{}", flow: str = FLOW, change: Change = unchanged) -> str | None:
    """Why a script failed, None when it passed."""
    failure = verdict(script, given, flow, change).failure
    return None if failure is None else failure.reason
