"""The verbs that ask, remember, split, run other flows and send errands; their models are made by hand here."""

from dataclasses import replace
from typing import Any

import pytest
from urllib3.util import parse_url

from router.engine.effects import RememberValue, SendNotification, StartLookup
from router.engine.environment import Environment
from router.engine.output_values import in_url
from router.engine.secret_marks import (
    clean,
    mark,
    mark_sealed,
    replace_marks,
    replace_marks_within,
    sealed_values,
    shown_marks,
)
from router.engine.state import LookupFinished
from router.flow.expressions import compile_expression, compile_template
from router.flow.model import Output, Table, Template, Variable
from router.flow.resources.foreign_values import fitted
from router.flow.verbs.callback import Callback
from router.flow.verbs.lookup import HttpRequest, Lookup
from router.flow.verbs.notify import Notify
from router.flow.verbs.record import Record
from router.flow.verbs.remember import Remember
from router.flow.verbs.return_ import Return
from router.flow.verbs.run import Run
from router.flow.verbs.split import Split
from tests.engine.scenario import HEADER, Scenario

NAMES = {
    "caller.number": "phone", "vars.pin": "text", "vars.tries": "number", "secrets.crm": "text", "now.date": "text",
    "ask.ok": "bool", "inner.ok": "bool",
}  # fmt: skip
OK = Output(name="ok", type="bool", path="ok", default=False)
STEPS = """
  first: hangup
  found: hangup
  none: hangup
  broken: hangup
"""
EXITS = {"next": "found", "not_found": "none", "failed": "broken"}


def template(text: str) -> Template:
    made, problems = compile_template(text, NAMES)
    assert made is not None, problems
    return made


def expression(text: str) -> Any:
    made, problems = compile_expression(text, NAMES)
    assert made is not None, problems
    return made


class Errand(Scenario):
    """A scenario whose first step is replaced by one of these verbs; other effects are kept."""

    def __init__(
        self, verb: str, settings: Any, *, exits: dict[str, str] = EXITS, steps: str = STEPS, **flow: Any
    ) -> None:
        super().__init__(steps, header=HEADER)
        main = self.bundle.flows["main"]
        step = replace(main.steps["first"], verb=verb, settings=settings, exits=exits)
        main = replace(main, steps={**main.steps, "first": step}, **flow)
        self.bundle = replace(self.bundle, flows={**self.bundle.flows, "main": main})

    @property
    def others(self) -> list[Any]:
        return [e for e in self.effects if isinstance(e, StartLookup | RememberValue | SendNotification)]

    def answer(self, state: str, **outputs: Any) -> "Errand":
        request = self.others[-1].request_id
        return self.apply(LookupFinished(entry_id="E", request_id=request, state=state, outputs=outputs))


HTTP = Lookup(
    http=HttpRequest(
        method="POST",
        url=template("https://crm.example/pin/${vars.pin}"),
        headers={"Authorization": template("Bearer ${secrets.crm}"), "X": template("${vars.pin}")},
        json={"pin": template("${vars.pin}"), "list": [1, template("${caller.number}")], "flag": True},
    ),
    timeout=2.0,
    outputs={"ok": OK},
)
PIN = {"pin": Variable(name="pin", type="text", default="a/b\r\nc")}


def test_lookup_asks_with_names_encoded_and_secrets_as_marks() -> None:
    call = Errand("lookup", HTTP, outputs={"first.ok": OK}, variables=PIN)
    call.comes()
    (request,) = call.others
    assert request.url == "https://crm.example/pin/a%2Fb%0D%0Ac"
    assert request.headers == {"Authorization": f"Bearer {mark('crm')}", "X": "a b c".replace("a b", "a/b")}
    assert request.json == {"pin": "a/b\r\nc", "list": [1, "79000000001"], "flag": True}
    assert "crm" not in str([entry.data for entry in call.trace])


@pytest.mark.parametrize(("state", "step"), [("found", "found"), ("not_found", "none"), ("failed", "broken")])
def test_answer_decides_the_exit(state: str, step: str) -> None:
    call = Errand("lookup", HTTP, outputs={"first.ok": OK}, variables=PIN)
    call.comes()
    call.answer(state, ok=True, unasked=1)
    assert call.at_step == step
    assert call.call.outputs == ({"first.ok": True} if state == "found" else {})


def test_answer_that_never_comes_fails_and_a_late_one_is_nothing() -> None:
    call = Errand("lookup", HTTP, outputs={"first.ok": OK}, variables=PIN)
    call.comes()
    call.wait(4.9)
    assert call.at_step == "first"
    call.wait(0.2)
    assert call.at_step == "broken"
    call.answer("found", ok=True)
    assert call.at_step == "broken"


def test_api_lookup() -> None:
    lookup = Lookup(api="queries/user_info", arguments={"number": template("${caller.number}")}, outputs={"ok": OK})
    call = Errand("lookup", lookup, outputs={"first.ok": OK})
    call.comes()
    assert (call.others[0].kind, call.others[0].arguments) == ("api", {"number": "79000000001"})


@pytest.mark.parametrize(("key", "step"), [('"a"', "found"), ('"b"', "none")])
def test_table_answers_at_once(key: str, step: str) -> None:
    lookup = Lookup(table="rota", key=expression(key), outputs={"ok": OK})
    call = Errand("lookup", lookup, outputs={"first.ok": OK})
    call.bundle = replace(
        call.bundle, tables={"rota": Table(columns=("id", "ok"), rows={"a": {"id": "a", "ok": "yes"}})}
    )
    call.comes()
    assert call.at_step == step
    assert call.call.outputs == ({"first.ok": True} if step == "found" else {})


def test_output_has_its_default_until_an_answer_comes() -> None:
    steps = "  first: hangup\n  found: hangup\n  none: hangup\n  broken: hangup\n"
    call = Errand("lookup", HTTP, steps=steps, outputs={"first.ok": OK}, variables=PIN)
    call.comes()
    from router.engine.call_scope import CallScope
    from router.engine.step_context import StepContext

    turn = StepContext(call.call, call.bundle, 0.0, Environment())
    assert CallScope(turn).value("first.ok") is False


@pytest.mark.parametrize(
    ("value", "wanted", "found"),
    [
        (None, "text", None), (True, "text", "true"), (1.5, "text", "1.5"), ([], "text", None), ("12", "number", 12),
        ("1.5", "number", 1.5), ("x", "number", None), (True, "number", 1), (float("inf"), "number", None),
        ("1e400", "number", None), ("Yes", "bool", True), (0, "bool", False), ("maybe", "bool", None), ({}, "bool", None),
        ("+7 (900) 000-00-00", "phone", "79000000000"), ("٧²900", "phone", None), (True, "phone", None), ([], "phone", None),
    ],
)  # fmt: skip
def test_typed(value: Any, wanted: str, found: Any) -> None:
    assert fitted(value, wanted).value == found


def upper(sealed: str, *_bound_to: str) -> str:
    return sealed.upper()


def test_marks() -> None:
    secrets = {"crm": "top secret"}
    assert replace_marks(f"Bearer {mark('crm')}", secrets, upper) == "Bearer top secret"
    assert replace_marks(mark("other"), secrets, upper) == ""
    assert replace_marks(mark_sealed("abc", "e1", "pin"), secrets, upper) == "ABC"
    assert mark_sealed("", "e1", "pin") == ""
    assert replace_marks(f"x?{mark('crm')}", secrets, upper, lambda text: text.replace(" ", "%20")) == "x?top%20secret"
    assert clean(mark("crm")) == "crm"
    tree = {"a": [mark("crm"), 1, None], "b": True}
    assert replace_marks_within(tree, secrets, upper) == {"a": ["top secret", 1, None], "b": True}


def test_marks_are_shown_as_the_author_wrote_them_and_sealed_values_not_at_all() -> None:
    tree = {"a": [f"Bearer {mark('crm')}", 1], "b": mark_sealed("abc", "e1", "pin")}
    assert shown_marks(tree) == {"a": ["Bearer ${secrets.crm}", 1], "b": "***"}


def test_sealed_values_are_found_wherever_they_stand() -> None:
    opened = []

    def opener(*sealed: str) -> str:
        opened.append(sealed)
        return sealed[0].upper()

    older = "\x00=old\x00"  # of a version that bound seals to nothing
    tree = {
        "a": [{"b": f"x{mark_sealed('abc', 'e1', 'pin')}y"}, 1, older],
        "c": (mark("crm"), mark_sealed("def", "e2", "tin")),
    }
    assert sealed_values(tree, opener) == ["ABC", "OLD", "DEF"]
    assert opened == [("abc", "e1", "pin"), ("old",), ("def", "e2", "tin")]


# remember


class Remembered:
    def remembers(self, list_name: str, value: str) -> bool:
        return (list_name, value) == ("vip", "79000000001")


def test_remembered_value_is_in_its_list_at_once() -> None:
    steps = "  first: hangup\n  found: {switch: [{when: caller.number in lists.vip, goto: none}, {else: broken}]}\n  none: hangup\n  broken: hangup"
    call = Errand("remember", Remember(value=template("${caller.number}"), list_name="vip"), steps=steps)
    call.comes()
    assert call.at_step == "none"
    assert call.others == [RememberValue(list_name="vip", value="79000000001", keep_seconds=None)]


def test_list_asks_the_memory() -> None:
    steps = (
        "  first: {switch: [{when: caller.number in lists.vip, goto: yes}, {else: no}]}\n  yes: hangup\n  no: hangup"
    )
    assert Scenario(steps).comes().at_step == "no"
    assert Scenario(steps, memory=Remembered()).comes().at_step == "yes"


# split


def test_split_is_sticky_and_keeps_its_shares() -> None:
    split = Split(branches=(("found", 70), ("none", 30)), sticky=expression("caller.number"))
    taken = []
    for number in range(400):
        call = Errand("split", split)
        call.number = f"7900000{number:04}"
        call.comes()
        taken.append(call.at_step)
    assert 240 <= taken.count("found") <= 320
    again = Errand("split", split)
    again.number = "79000000007"
    again.comes()
    assert again.at_step == taken[7]


def test_split_of_a_test() -> None:
    split = Split(branches=(("found", 1), ("none", 0)))
    call = Errand("split", split)
    assert call.comes().at_step == "found"
    forced = Errand("split", split)
    forced.environment = Environment(split={"first": "none"})
    assert forced.comes().at_step == "none"


# run and return


def running(inner: str, **run: Any) -> Errand:
    """A flow whose first step runs the flow `inner`."""
    call = Errand(
        "run", Run(flow="inner", arguments=run), exits={"ok": "found", "wrong": "none"}, outputs={"first.ok": OK}
    )
    sub = Scenario(inner, header="flow: main\nfor: any\non_error: oops\nvars: {tries: {type: number, default: 1}}\n")
    steps = dict(sub.bundle.flows["main"].steps)
    for name, step in list(steps.items()):
        if name.startswith("back_"):
            settings = Return(exit=name.removeprefix("back_"), values={"ok": expression("vars.tries > 1")})
            steps[name] = replace(step, verb="return", settings=settings, exits={})
    flow = replace(sub.bundle.flows["main"], name="inner", steps=steps, takes=None, on_error=None)
    call.bundle = replace(call.bundle, flows={**call.bundle.flows, "inner": flow})
    return call


INNER = """
  first: {menu: {first_digit: 5s, keys: {1: back_ok, 2: back_wrong}, no_input: {max: 0, goto: back_wrong}}}
  back_ok: hangup
  back_wrong: hangup
"""


@pytest.mark.parametrize(("key", "step"), [("1", "found"), ("2", "none")])
def test_sub_flow_returns_by_a_name(key: str, step: str) -> None:
    call = running(INNER)
    call.comes()
    assert (call.call.within, call.at_step) == ("inner", "first")
    call.keys(key)
    assert (call.call.within, call.at_step) == ("", step)
    assert call.call.frames == ()
    assert call.call.outputs == {"first.ok": False}
    assert call.call.visits == {
        "first": 1,
        "inner.first": 1,
        f"inner.back_{'ok' if key == '1' else 'wrong'}": 1,
        step: 1,
    }


def test_arguments_become_variables_of_the_sub_flow() -> None:
    call = running(INNER, tries=expression("1 + 1"))
    call.comes()
    assert call.call.variables == {"tries": 2}
    call.keys("1")
    assert call.call.variables == {}
    assert call.call.outputs == {"first.ok": True}


@pytest.mark.parametrize(("own", "played"), [("", 4), ("language: '\"ru\"'\n", 3)])
def test_the_language_of_the_call_holds_in_a_sub_flow(own: str, played: int) -> None:
    """It names variables that the sub-flow does not have; a language of its own goes before it."""
    outer = Scenario(
        "  first: {run: {flow: inner, on: {ok: oops}}}",
        header="flow: main\nfor: any\non_error: oops\nlanguage: vars.lang\nvars: {lang: {type: text, default: en}}\n",
        resources=f"flow: inner\n{own}start: say\nsteps:\n"
        "  say: {play: {prompt: audio.bilingual, next: back, on: {failed: back}}}\n  back: {return: {as: ok}}\n",
    )
    outer.comes()
    assert outer.last.params["internal_id"] == played
    assert outer.done().wait(7).call.status == "released"


def test_fault_in_a_sub_flow_without_on_error_goes_to_the_outer_one() -> None:
    call = running("  first: {route: {to: extension 101}}\n  back_ok: hangup")
    call.comes()
    call.sent()
    call.result(5003)
    assert call.call.status == "released"
    assert call.call.within == ""


def test_end_of_the_call_leaves_every_sub_flow() -> None:
    call = running(INNER)
    main = call.bundle.flows["main"]
    call.bundle = replace(call.bundle, flows={**call.bundle.flows, "main": replace(main, on_end="oops")})
    call.comes()
    call.ends("ivr", 1110)
    call.summary()
    assert call.call.status == "ended"
    entered = [(entry.data["step"], entry.data.get("within")) for entry in call.trace if entry.kind == "entered"]
    assert entered == [("first", None), ("first", "inner"), ("oops", None)]


# errands


def test_callback_builds_its_parameters() -> None:
    parameters = {
        "from.extension": template("100"),
        "to_number": template("${caller.number}"),
        "line_number": template(""),
    }
    call = Errand("callback", Callback(parameters=parameters))
    call.comes()
    assert call.last.params == {"command_id": "cmd-1", "from": {"extension": "100"}, "to_number": "79000000001"}
    assert (call.last.command, call.last.label, call.last.call_id) == ("callback", "callback 79000000001", "")
    assert call.done().at_step == "found"
    refused = Errand("callback", Callback(parameters=parameters))
    refused.comes()
    assert refused.result(4001).at_step == "broken"


def test_task_starts_in_minutes_from_now() -> None:
    parameters = {"start_time": template("15"), "duration": template("10"), "description": template("call back")}
    call = Errand("task", Callback(parameters=parameters, numbers=frozenset({"start_time", "duration"})))
    call.comes()
    assert call.last.command == "task/add"
    assert call.last.params["start_time"] == 1_795_437_000 + 900
    assert call.last.params["duration"] == 10


def test_minutes_that_the_call_has_computed_are_rounded_up() -> None:
    parameters = {"start_time": template("662.4333"), "duration": template("0.5"), "to_user_id": template("7.5")}
    numbers = frozenset(parameters)
    call = Errand("task", Callback(parameters=parameters, numbers=numbers)).comes()
    assert call.last.params == {
        "command_id": "cmd-1", "start_time": 1_795_437_000 + 60 * 663, "duration": 1, "to_user_id": "7.5",
    }  # fmt: skip


def test_notify_goes_on_at_once() -> None:
    notify = Notify(
        url=template("https://example.org/${caller.number}"), data={"n": template("${caller.number}"), "k": 1}
    )
    call = Errand("notify", notify)
    assert call.comes().at_step == "found"
    (sent,) = call.others
    assert (sent.url, sent.data) == ("https://example.org/79000000001", {"n": "79000000001", "k": 1})


def test_recording_needs_a_conversation() -> None:
    call = Errand("record", Record())
    assert call.comes().at_step == "broken"
    steps = "  first: hangup\n  found: hangup\n  none: hangup\n  broken: hangup\n  talk: hangup\n"
    talk = Errand("record", Record(), steps=steps)
    main = talk.bundle.flows["main"]
    route = (
        Scenario("  first: {route: {to: extension 101, on: {answered: first, else: oops}}}")
        .bundle.flows["main"]
        .steps["first"]
    )
    talk.bundle = replace(
        talk.bundle,
        flows={"main": replace(main, start="talk", steps={**main.steps, "talk": replace(route, name="talk")})},
    )
    talk.comes()
    talk.done()
    talk.rings("leg")
    talk.connects("leg")
    assert (talk.last.command, talk.last.params["call_party_number"]) == ("recording/start", "101")
    assert talk.sent().at_step == "first"
    assert talk.result().at_step == "found"


@pytest.mark.parametrize(
    ("value", "part"),
    [("a/b c", "a%2Fb%20c"), ("..", "%2E%2E"), (".", "%2E"), ("1.5", "1.5"), ("", ""), ("я", "%D1%8F")],
)
def test_a_value_in_an_address_is_one_part_of_it(value: str, part: str) -> None:
    assert in_url(value) == part
    assert parse_url(f"https://crm.example/x/{part}/y").url == f"https://crm.example/x/{part}/y"
