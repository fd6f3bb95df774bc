"""While a lookup waits for its answer time passes, keys are pressed, and the caller may hang up; in tests and in hand."""

import pytest

from router.flow.findings import Report
from router.flow.loader import load
from router.pbx.happenings import Impossible
from router.simulator.phone import Phone
from router.simulator.read import read_scripts
from router.simulator.read_given import read_given
from router.simulator.run_test import run
from router.simulator.save import saved
from router.simulator.session import Session

RESOURCES = """
audio: {hello: {id: 1, length: 4s}, sorry: {id: 2, length: 2s}}
groups: {sales: {extension: "303"}}
"""
FLOW = """
flow: main
for: {lines: ["74950000001"], location: ivr}
on_error: bye
on_end: gone
start: client
steps:
  client:
    lookup:
      http: {url: "https://crm.example/client"}
      timeout: 5s
      outputs: {name: {type: text, from: name}, vip: {type: bool, from: vip}}
      next: known
      on: {not_found: asked, failed: sorry}
  known: {switch: [{when: client.vip, goto: sales}, {else: asked}]}
  asked: {menu: {prompt: audio.hello, type_ahead: true, keys: {1: sales, 2: again}, no_input: {goto: bye}}}
  again: {wait: {for: 1s, next: client}}
  sales: {route: {to: group sales, on: {else: bye}}}
  sorry: {play: {prompt: audio.sorry, next: bye}}
  bye: hangup
  gone: {switch: [{when: call.answered, goto: let_go}, {else: let_go}]}
  let_go: release
"""


def judged(script: str, given: str = "{}") -> str | None:
    """Why a script fails, None when it passes; the findings when it cannot be read."""
    lines = "".join(f"      - {line.strip()}\n" for line in script.strip().splitlines())
    text = f"flow: main\ntests:\n  - name: it\n    given: {given}\n    script:\n{lines}"
    loaded = load({"main.yaml": FLOW.encode(), "r.yaml": RESOURCES.encode(), "main.test.yaml": text.encode()})
    assert loaded.bundle is not None, loaded.findings
    scripts, findings = read_scripts(loaded.tests, loaded.bundle, {"main.test.yaml": text})
    if findings:
        return "; ".join(f"{finding.code} {finding.message}" for finding in findings)
    failure = run(scripts[0], loaded.bundle).failure
    return None if failure is None else failure.reason


def session() -> Session:
    bundle = load({"main.yaml": FLOW.encode(), "r.yaml": RESOURCES.encode()}).bundle
    assert bundle is not None
    return Session(bundle, "main", read_given(None, bundle, "main", Report()))


@pytest.mark.parametrize(
    ("script", "given"),
    [
        ("lookup: {client: {vip: true}}\nexpect: {route: group sales}", "{}"),
        ("nothing: 3s\nlookup: {client: {vip: true}}\nexpect: {route: group sales}", "{}"),
        ("nothing: 3s\nlookup: {client: not_found}\nexpect: {play: audio.hello}", "{}"),
        ("nothing: 3s\nlookup: {client: {json: {vip: 1, name: Ann}}}\nexpect: {route: group sales}", "{}"),
        ("wait: 2s\nlookup: {client: failed}\nexpect: {play: audio.sorry}", "{}"),
        ("hangup: {}\nexpect_end: missed", "{lookups: {client: waits}}"),
        ("wait: 1s\nhangup: {}\nlookup: {client: {vip: true}}\nexpect_end: missed", "{}"),
        ("nothing: 5s\nexpect: {play: audio.sorry}", "{lookups: {client: waits}}"),
        ('keys: "1"\nwait: 1s\nlookup: {client: not_found}\nexpect: {route: group sales}', "{}"),
        (
            'expect: {play: audio.hello}\nkeys: "2"\nwait: 2s\nlookup: {client: {vip: true}}\nexpect: {route: group sales}',
            "{lookups: {client: [not_found, waits]}}",
        ),
    ],
)
def test_a_script_says_when_an_answer_comes(script: str, given: str) -> None:
    assert judged(script, given) is None


def test_what_does_not_hold() -> None:
    assert judged("lookup: {client: failed}\nlookup: {client: failed}") == "no lookup waits for an answer"
    late = "wait: 6s\nexpect: {play: audio.sorry}\nlookup: {client: failed}"
    assert judged(late) == "no lookup waits for an answer"
    assert judged("nothing: 6s", "{lookups: {client: waits}}") == (
        "nothing was to come for 6s, but play audio.sorry came, 5 s after the call came"
    )
    again = 'lookup: {client: not_found}\nexpect: {play: audio.hello}\nkeys: "2"\nwait: 2s'
    assert judged(again) == "the lookup client asks once more, and `given: lookups` has no answer for it"


def test_what_cannot_be_written() -> None:
    assert judged("lookup: {clients: failed}") == "F301 there is no lookup step other than of a table `clients`"
    assert judged("lookup: {client: waits}") == "F507 the lookup client waits until this line: write what it gets"
    assert judged("lookup: {client: {vips: true}}") == "F201 there is no output `vips`"


# in hand


def test_a_call_in_hand_goes_on_while_a_lookup_waits() -> None:
    phone = Phone(session())
    assert phone.session.lookup == "client"
    phone.say("wait 2s")
    assert (phone.session.lookup, phone.session.elapsed) == ("client", 2.0)
    phone.say("lookup {vip: true}")
    assert phone.session.call.step == "sales"
    assert saved(phone.session, "it", "main.test.yaml", None).splitlines()[3:] == [
        '    given: {from: "79000000000", line: "74950000001", at: "2026-11-23T12:00:00+03:00", '
        "lookups: {client: [waits]}}",
        "    script:",
        "      - wait: 2s",
        "      - lookup: {client: {vip: true}}",
        "      - expect: {route: group sales}",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("hangup",),
        ("wait 1s", "hangup", "wait 10s"),
        ("1", "wait 1s", "lookup not_found"),
        ("", "wait 3s"),  # until the time-out
        ("lookup {vip: false}", "2", "wait 2s", "wait 1s", "lookup failed"),
        ("wait 1s", "lookup: {client: not_found}", "2", "wait 1s", "lookup {vip: true}", "answered"),
    ],
)
def test_whatever_was_done_can_be_saved_and_taken_back(words: tuple[str, ...]) -> None:
    phone = Phone(session())
    calls = []
    for word in words:
        calls.append((phone.session.call, phone.session.lookup))
        phone.say(word)
    saved(phone.session, "it", "main.test.yaml", None)
    for before in reversed(calls):
        phone.say("back")
        assert (phone.session.call, phone.session.lookup) == before


def test_an_answer_at_once_stands_in_the_world_of_the_test() -> None:
    phone = Phone(session())
    with pytest.raises(Impossible, match="the lookup client waits for its answer"):
        saved(phone.session, "it", "main.test.yaml", None)
    phone.say("lookup {vip: true}")
    assert "lookups: {client: [{vip: true}]}" in saved(phone.session, "it", "main.test.yaml", None)


def test_an_answer_that_nobody_waits_for() -> None:
    phone = Phone(session())
    phone.say("lookup failed")
    for words in ("lookup failed", "lookup: {client: failed}"):
        with pytest.raises(Impossible, match="no lookup waits for an answer"):
            phone.say(words)
