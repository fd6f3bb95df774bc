"""Lookups, shares, remembered numbers and the commands that need no live call, in tests of flows."""

from dataclasses import replace
from typing import Any, Final

import pytest

from router.flow.findings import Finding
from router.flow.model import Bundle, Output, Settings
from router.flow.resources.number_lists import CompiledList
from router.flow.verbs.callback import Callback
from router.flow.verbs.lookup import HttpRequest, Lookup
from router.flow.verbs.notify import Notify
from router.flow.verbs.record import Record
from router.flow.verbs.remember import Remember
from router.flow.verbs.return_ import Return
from router.flow.verbs.run import Run
from router.flow.verbs.split import Split
from tests.engine.test_errands import expression, template
from tests.simulator.bundles import read, reason, suite

FLOW: Final = """
flow: main
for: {lines: ["74950000001"], location: ivr}
on_error: oops
start: first
vars: {pin: {type: text, default: ""}, tries: {type: number, default: 0}}
steps:
  first: {play: {prompt: audio.menu, next: second}}
  second: {play: {prompt: audio.again, next: third}}
  third: {play: {prompt: audio.sorry, next: fourth}}
  fourth: {switch: [{when: caller.number in lists.locked, goto: oops}, {else: bye}]}
  talk: {route: {to: extension 103, on: {answered: rest, else: bye}}}
  rest: {watch: {ended: bye}}
  bye: hangup
  oops: release
"""
OUTPUTS: Final = {
    "ok": Output(name="ok", type="bool", path="ok", default=False),
    "name": Output(name="name", type="text", path="name", default="nobody"),
}
ASK: Final = Lookup(http=HttpRequest(method="GET", url=template("https://crm.example/pin")), outputs=OUTPUTS)
EXITS: Final = {"next": "third", "not_found": "bye", "failed": "oops"}


def world(*steps: tuple[str, Settings, dict[str, str]], first: str = "") -> Any:
    """A change of the bundle: these steps get other verbs, named as the engine knows them, and the flow begins at
    the first of them."""

    def change(bundle: Bundle) -> Bundle:
        flow = bundle.flows["main"]
        changed = {
            name: replace(flow.steps[name], verb=VERBS[type(settings)], settings=settings, exits=exits)
            for name, settings, exits in steps
        }
        outputs = {f"{name}.{key}": output for name in changed for key, output in OUTPUTS.items()}
        flow = replace(flow, steps={**flow.steps, **changed}, start=first or steps[0][0], outputs=outputs)
        lists = {**bundle.lists, "locked": CompiledList((), 1800.0)}
        return replace(bundle, flows={**bundle.flows, "main": flow}, lists=lists)

    return change


VERBS: Final = {
    Lookup: "lookup",
    Split: "split",
    Remember: "remember",
    Notify: "notify",
    Record: "record",
    Callback: "callback",
    Run: "run",
    Return: "return",
}
LISTED: Final = FLOW.replace("lists.locked", "lists.vip")
ASKING: Final = world(("second", ASK, EXITS))


def found(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{f.mark.line}:{f.mark.column} {f.code} {f.message}" for f in findings]


@pytest.mark.parametrize(
    ("given", "script", "why"),
    [
        ("[{ok: true}]", "expect: {play: audio.sorry}", None),
        ("{ok: true, name: Ann}", "expect: {play: audio.sorry}", None),
        ("not_found", "expect: hangup", None),
        ("[failed]", "expect_end: released", None),
        ("[failed, {ok: true}]", "expect_end: released", "the lookup second never asked for this answer"),
    ],
)
def test_a_lookup_ends_as_the_test_says(given: str, script: str, why: str | None) -> None:
    assert reason(script, f"{{lookups: {{second: {given}}}}}", LISTED, ASKING) == why


def test_a_lookup_without_an_answer_fails_the_test() -> None:
    why = "the lookup second asks, and `given: lookups` has no answer for it"
    assert reason("expect_end: released", "{}", LISTED, ASKING) == why


LOOP: Final = world(("second", ASK, {**EXITS, "next": "first"}), first="second")


def test_answers_come_in_turn_and_a_single_one_every_time() -> None:
    play = "expect: {play: audio.menu}\nwait: 4s\n"
    again = "the lookup second asks once more, and `given: lookups` has no answer for it"
    assert reason(play * 2, "{lookups: {second: [{ok: true}, {ok: false}]}}", LISTED, LOOP) == again
    assert reason(play * 5 + play.splitlines()[0], "{lookups: {second: {ok: true}}}", LISTED, LOOP) is None
    both = "{lookups: {second: [{ok: true}, not_found]}}"
    assert reason(play + "expect: hangup", both, LISTED, LOOP) is None


def test_an_answer_sets_the_outputs() -> None:
    """The second step's texts read what the lookup found; what it did not find keeps its default."""
    tell = Notify(url=template("https://crm.example/${caller.number}"), data={"ok": 1, "from": template("${vars.pin}")})
    change = world(("second", ASK, EXITS), ("third", tell, {"next": "bye"}))
    script = "expect: {notify: 'https://crm.example/79000000000', data: {ok: 1, from: ''}}\nexpect: hangup"
    assert reason(script, "{lookups: {second: {ok: true}}}", LISTED, change) is None


@pytest.mark.parametrize(
    ("given", "finding"),
    [
        ("{lookups: {second: {okay: true}}}", "4:32 F201 there is no output `okay`"),
        ("{lookups: {second: {ok: perhaps}}}", '4:36 F204 "perhaps" is neither yes nor no'),
        ("{lookups: {third: failed}}", "4:23 F301 there is no lookup step other than of a table `third`"),
    ],
)
def test_findings_in_answers(given: str, finding: str) -> None:
    _, _, findings = read(suite("hangup: {}", given=given), LISTED, ASKING)
    assert found(findings) == [finding]


SPLIT: Final = world(("first", Split(branches=(("second", 70), ("third", 30))), {}))


def test_a_test_chooses_the_branch() -> None:
    assert reason("expect: {play: audio.again}", "{split: {first: second}}", LISTED, SPLIT) is None
    assert reason("expect: {play: audio.sorry}", "{split: {first: third}}", LISTED, SPLIT) is None
    _, _, findings = read(suite("hangup: {}", given="{split: {first: bye}}"), LISTED, SPLIT)
    assert found(findings) == ["4:28 F301 there is no branch of first `bye`"]


def test_what_is_remembered_is_in_its_list_within_the_test_for_as_long_as_the_list_keeps_it() -> None:
    remember = Remember(value=template("${caller.number}"), list_name="vip")

    def change(bundle: Bundle) -> Bundle:
        bundle = world(("first", remember, {"next": "second"}))(bundle)
        return replace(bundle, lists={**bundle.lists, "vip": CompiledList((), 3.0)})

    kept = "expect: {play: audio.again}\nwait: 1s\nexpect: {play: audio.sorry}\nwait: 1s\n"
    assert reason(kept + "wait: 1s\nexpect: hangup", "{}", LISTED, change) is None
    longer = change

    def forever(bundle: Bundle) -> Bundle:
        bundle = longer(bundle)
        return replace(bundle, lists={**bundle.lists, "vip": CompiledList((), None)})

    assert reason(kept + "wait: 1s\nexpect_end: released", "{}", LISTED, forever) is None


def test_notifications_are_expected_in_the_order_of_the_commands_and_show_no_secret() -> None:
    tell = Notify(
        url=template("https://crm.example/${secrets.crm}"), data={"who": {"number": template("${caller.number}")}}
    )
    change = world(("first", tell, {"next": "second"}))
    url = '"https://crm.example/${secrets.crm}"'
    inside = "data: {who: {number: 79000000000}}"
    assert reason(f"expect: {{notify: {url}, {inside}}}\nexpect: {{play: audio.again}}", "{}", LISTED, change) is None
    wrong = reason("expect: {notify: {data: {who: {number: 7}}}}\nexpect: {play: audio.again}", "{}", LISTED, change)
    assert wrong == (
        "expected notify data.who.number 7, but got notify https://crm.example/${secrets.crm}, "
        "data.who.number 79000000000, 0 s after the call came"
    )


def test_a_callback_is_compared_by_its_fields_and_can_be_refused() -> None:
    to = {"to_number": template("${caller.number}"), "from.extension": template("101")}
    change = world(("first", Callback(parameters=to), {"next": "second", "failed": "oops"}))
    expect = "expect: {callback: 79000000000, from: 101}\n"
    assert reason(f"{expect}expect: {{play: audio.again}}", "{}", LISTED, change) is None
    assert reason(f"{expect}pbx: {{result: 4001}}\nexpect_end: released", "{}", LISTED, change) is None


def test_a_conversation_is_recorded_and_nothing_else() -> None:
    change = world(("rest", Record(), {"next": "first", "failed": "bye"}), first="talk")
    script = "expect: {route: extension 103}\npbx: answered\nexpect: {record: '103'}\nhangup: {}"
    assert reason(script, "{}", LISTED, change) is None
    alone = world(("rest", Record(), {"next": "first", "failed": "bye"}), first="rest")
    assert reason("expect: hangup", "{}", LISTED, alone) is None


def test_a_lookup_of_a_sub_flow_is_named_by_step_or_by_flow_and_step() -> None:
    def change(bundle: Bundle) -> Bundle:
        bundle = world(("first", Run(flow="inner", arguments={}), {"ok": "second", "no": "third"}))(bundle)
        main = bundle.flows["main"]
        back = replace(main.steps["third"], verb="return", settings=Return(exit="ok", values={}), exits={})
        ask = replace(main.steps["second"], verb="lookup", settings=ASK, exits=EXITS)
        inner = replace(
            main, name="inner", takes=None, start="second", steps={**main.steps, "second": ask, "third": back}
        )
        return replace(bundle, flows={"main": main, "inner": inner})

    for name in ("second", "inner.second"):
        given = f"{{lookups: {{{name}: {{ok: true}}}}}}"
        assert reason("expect: {play: audio.again}", given, LISTED, change) is None
    why = "the lookup inner.second asks, and `given: lookups` has no answer for it"
    assert reason("expect: {play: audio.again}", "{}", LISTED, change) == why


def test_shares_by_a_value_are_the_same_every_time() -> None:
    sticky = Split(branches=(("second", 1), ("third", 1)), sticky=expression("caller.number"))
    change = world(("first", sticky, {}))
    outcomes = {reason("expect: {play: audio.again}", "{}", LISTED, change) for _ in range(3)}
    assert len(outcomes) == 1
