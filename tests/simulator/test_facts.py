"""Facts of events in a script: where the call comes in, its group, its SIP id, who answered, how long, how it ended."""

import pytest

from router.flow.finding_output import render_text
from router.flow.loader import load
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from router.simulator.verdict import Verdict

FLOW = """
flow: main
for: any
on_error: bye
on_end: ended
vars: {met: {type: number, default: 0}}
start: where
steps:
  where:
    switch:
      - {when: call.sip_call_id == "abc", goto: tell_sip}
      - {when: call.group == "304" and call.location == "queue", goto: queued}
      - {when: call.location == "abonent", goto: caught}
      - {else: queued}
  tell_sip: {notify: {url: "https://crm.example/x", data: {sip: "${call.sip_call_id}"}, next: queued}}
  caught: {route: {to: extension 102, on: {else: bye}}}
  queued: {route: {to: group sales, ring: 30s, on: {answered: taken, else: bye}}}
  taken: {record: {next: talk, on: {failed: talk}}}
  talk: {watch: {ended: ended}}
  ended:
    switch:
      - {when: call.talk_seconds >= 60 and call.answered_by == "199" and call.recording_id != "", goto: long}
      - {when: call.end_reason == 1110 and not call.answered, goto: missed}
      - {else: bye}
  long: {sms: {to: "79000000002", from: "100", text: "talked ${call.talk_seconds} s in ${call.group}", next: bye}}
  missed: {sms: {to: "79000000002", from: "100", text: "missed, ${call.end_reason}", next: bye}}
  bye: release
"""
RESOURCES = 'groups: {sales: {extension: "303"}}\n'
TAKEN = """
      - expect: {route: group sales}
      - wait: 5s
      - pbx: answered
      - expect: {record: {}}
      - wait: 90s
      - hangup: {}
      - expect: {sms: {text: "talked 90 s in 303"}}
"""
MISSED = '      - expect: {sms: {text: "missed, 1110"}}\n'


def verdict(given: str, script: str) -> Verdict:
    test = f"flow: main\ntests:\n  - name: t\n    given: {given}\n    script:{script}"
    texts = {"main.yaml": FLOW, "resources.yaml": RESOURCES, "main.test.yaml": test}
    loaded = load({name: text.encode() for name, text in texts.items()})
    assert loaded.bundle is not None, render_text(loaded.findings)
    scripts, findings = read_scripts(loaded.tests, loaded.bundle, texts)
    assert not findings, render_text(findings)
    return run(scripts[0], loaded.bundle)


@pytest.mark.parametrize(
    ("given", "script"),
    [
        ("{}", TAKEN),
        ("{group: 304}", TAKEN),
        ('{sip_call_id: "abc"}', "\n      - expect: {notify: {}}" + TAKEN),
        ("{location: abonent}", "\n      - expect: {route: extension 102}\n      - hangup: {}\n" + MISSED),
        ("{location: queue}", "\n      - expect: {route: group sales}\n      - hangup: {}\n" + MISSED),
    ],
)
def test_facts_of_a_script(given: str, script: str) -> None:
    failure = verdict(given, script).failure
    assert failure is None, failure


def test_a_place_where_the_flow_takes_no_call_is_said() -> None:
    text = FLOW.replace("for: any", 'for: {lines: ["74950000000"], location: ivr}')
    loaded = load(
        {
            "main.yaml": text.encode(),
            "resources.yaml": RESOURCES.encode(),
            "main.test.yaml": b"""
flow: main
tests:
  - {name: t, given: {location: queue}, script: [{hangup: {}}]}
""",
        }
    )
    assert loaded.bundle is not None
    scripts, _ = read_scripts(loaded.tests, loaded.bundle, {"main.test.yaml": ""})
    failure = run(scripts[0], loaded.bundle).failure
    assert failure is not None
    assert "no flow takes line 74950000000 in queue: flow main takes it in ivr" in failure.reason


def test_a_place_that_no_call_has_is_a_finding() -> None:
    text = "flow: main\ntests:\n  - {name: t, given: {location: menu}, script: [{hangup: {}}]}\n"
    texts = {"main.yaml": FLOW, "resources.yaml": RESOURCES, "main.test.yaml": text}
    loaded = load({name: content.encode() for name, content in texts.items()})
    assert loaded.bundle is not None
    _, findings = read_scripts(loaded.tests, loaded.bundle, texts)
    told = render_text(findings)
    assert "main.test.yaml:3" in told
    assert "menu" in told
