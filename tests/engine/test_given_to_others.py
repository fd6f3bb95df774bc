"""What the engine asks of others: the queue of the limits, lookups, lists, tables, and the words of the trace."""

from typing import Any

import pytest

from router.engine.effects import RememberValue, SendNotification, StartLookup
from router.engine.state import LookupFinished
from tests.engine.scenario import HEADER, START, Scenario

BELARUS = "country: BY\n"
WRITTEN, READ = "8 (029) 123-45-67", "375291234567"  # with the country's own prefix, so only there it is a number


class Queue:
    """Answers always the same, and keeps what it was asked."""

    def __init__(self, seconds: float) -> None:
        self.answer = seconds
        self.asked: list[dict[str, Any]] = []

    def seconds(self, name: str, **asked: Any) -> float:
        self.asked.append({"name": name, **asked})
        return self.answer


def asked_of(steps: str, header: str, seconds: float = 0.0) -> list[dict[str, Any]]:
    queue = Queue(seconds)
    call = Scenario(steps, header=header)
    call.environment = call.environment.__class__(waits=queue)
    call.comes()
    return queue.asked


@pytest.mark.parametrize(("priority", "high"), [("", False), (", priority: high", True)])
def test_a_route_with_a_hold_prompt_asks_for_the_wait_of_its_own_command(priority: str, high: bool) -> None:
    steps = f"  first: {{route: {{to: group sales{priority}, on: {{else: oops}}}}}}"
    (asked,) = asked_of(steps, HEADER + "hold: audio.wait\n", seconds=60.0)
    assert asked == {
        "name": "route",
        "deadline": START + 30.0,
        "high_priority": high,
        "buyable": True,
        "command_id": "cmd-1",
    }


@pytest.mark.parametrize(("hold", "buyable"), [("", False), ("hold: audio.wait\n", True)])
def test_a_condition_asks_for_a_route_that_would_be_queued_now(hold: str, buyable: bool) -> None:
    steps = "  first: {switch: [{when: limits.route.wait > 15, goto: oops}, {else: oops}]}"
    assert asked_of(steps, HEADER + hold) == [
        {"name": "route", "deadline": START + 30.0, "high_priority": False, "buyable": buyable, "command_id": ""}
    ]


@pytest.mark.parametrize("name", ["transfer", "hangup", "play"])
def test_time_is_bought_for_routes_only(name: str) -> None:
    steps = f"  first: {{switch: [{{when: limits.{name}.wait > 15, goto: oops}}, {{else: oops}}]}}"
    (asked,) = asked_of(steps, HEADER + "hold: audio.wait\n")
    assert (asked["name"], asked["buyable"]) == (name, False)


# numbers are read in the bundle's country


def test_a_phone_is_read_in_the_country_of_the_bundle() -> None:
    header = HEADER + "vars: {phone: {type: phone, default: ''}}\n"
    steps = f'  first: {{set: {{vars: {{phone: "{WRITTEN}"}}, next: second}}}}\n  second: hangup'
    assert Scenario(steps, header=header, resources=BELARUS).comes().call.variables == {"phone": READ}


def test_what_is_dialled_is_read_in_the_country_of_the_bundle() -> None:
    steps = f'  first: {{route: {{to: "number {WRITTEN}", on: {{else: oops}}}}}}'
    assert Scenario(steps, resources=BELARUS).comes().last.params["to_number"] == READ


def test_what_is_remembered_is_compared_in_the_country_of_the_bundle() -> None:
    resources = BELARUS + "lists: {locked: {keep: 30m}}\n"
    steps = f'  first: {{remember: {{value: "{WRITTEN}", in: lists.locked, next: second}}}}\n  second: hangup'
    call = Scenario(steps, resources=resources).comes()
    assert [one for one in call.effects if isinstance(one, RememberValue)] == [
        RememberValue(list_name="locked", value=READ, keep_seconds=1800.0)
    ]
    assert call.exits()[0] == ("first", "next")


def test_nothing_is_not_remembered() -> None:
    resources = "lists: {locked: {keep: 30m}}\n"
    steps = '  first: {remember: {value: "${caller.number}", in: lists.locked, next: second}}\n  second: hangup'
    call = Scenario(steps, resources=resources, number="").comes()
    assert not [one for one in call.effects if isinstance(one, RememberValue)]
    assert call.exits()[0] == ("first", "next")


def test_a_request_says_in_which_country_its_answer_is_written() -> None:
    steps = (
        '  first: {lookup: {http: {url: "https://crm.example/a"}, timeout: 3s, cache: 5m, stale_on_error: true,'
        " outputs: {phone: {type: phone, from: data.phone}}, next: oops}}"
    )
    call = Scenario(steps, resources=BELARUS).comes()
    (request,) = [one for one in call.effects if isinstance(one, StartLookup)]
    assert request == StartLookup(
        request_id="cmd-1",
        kind="http",
        label="first",
        method="GET",
        url="https://crm.example/a",
        timeout_seconds=3.0,
        cache_seconds=300.0,
        stale_on_error=True,
        outputs=(("phone", "phone", "data.phone"),),
        country="BY",
    )


class Memory:
    """Remembers one number, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def remembers(self, list_name: str, value: str) -> bool:
        self.asked.append((list_name, value))
        return value == READ


def test_a_list_is_asked_in_the_country_of_the_bundle() -> None:
    header = HEADER + "vars: {typed: {type: text, default: '" + WRITTEN + "'}}\n"
    steps = "  first: {switch: [{when: vars.typed in lists.locked, goto: second}, {else: oops}]}\n  second: hangup"
    memory = Memory()
    call = Scenario(steps, header=header, resources=BELARUS + "lists: {locked: {keep: 30m}}\n", memory=memory).comes()
    assert memory.asked == [("locked", READ)]
    assert call.at_step == "second"


def test_a_text_stays_what_was_written() -> None:
    header = HEADER + "vars: {typed: {type: text, default: ''}}\n"
    steps = f'  first: {{set: {{vars: {{typed: "{WRITTEN}"}}, next: second}}}}\n  second: hangup'
    assert Scenario(steps, header=header, resources=BELARUS).comes().call.variables == {"typed": WRITTEN}


def test_a_lookup_of_a_known_shape_asks_for_a_number() -> None:
    steps = "  first: {lookup: {contact: caller.number, outputs: {name: {type: text}}, next: oops}}"
    call = Scenario(steps).comes()
    (request,) = [one for one in call.effects if isinstance(one, StartLookup)]
    assert (request.kind, request.arguments, request.label) == ("contact", {"number": "79000000001"}, "first")


def test_a_phone_that_is_typed_is_read_in_the_country_of_the_bundle() -> None:
    header = HEADER + "vars: {phone: {type: phone, default: ''}, typed: {type: text, default: ''}}\n"
    steps = (
        "  first: {collect: {prompt: audio.hello, into: phone, length: {min: 9, max: 11}, next: second,"
        " no_input: {goto: oops}, no_match: {goto: oops}}}\n"
        "  second: {collect: {prompt: audio.hello, into: typed, length: {min: 9, max: 11}, next: third,"
        " no_input: {goto: oops}, no_match: {goto: oops}}}\n  third: hangup"
    )
    call = Scenario(steps, header=header, resources=BELARUS).comes().done().keys("80291234567")
    call.done().keys("80291234567")
    assert call.call.variables == {"phone": READ, "typed": "80291234567"}  # a text stays as it was typed


# the trace, as programs read it


def test_an_answer_is_traced_with_its_outputs_if_it_has_any() -> None:
    steps = "  first: {lookup: {contact: caller.number, outputs: {name: {type: text}}, next: oops, on: {else: oops}}}"
    for outputs, facts in (({"name": "Ann"}, {"outputs": {"name": "Ann"}}), ({}, {})):
        call = Scenario(steps).comes()
        call.apply(LookupFinished(entry_id="E", request_id="cmd-1", state="found", outputs=outputs))
        assert trace(call, "lookup") == [{"request_id": "cmd-1", "state": "found", **facts}]


def test_a_result_after_the_end_is_traced_as_an_orphan() -> None:
    call = Scenario("  first: hangup").comes().done().ends("ivr", 1181).summary()
    assert call.call.status == "ended"
    call.result(4100)
    assert trace(call, "event")[-1] == {
        "event": "result",
        "command": "call/hangup",
        "command_id": "cmd-1",
        "result": 4100,
        "lateness": "orphan",
    }


def test_an_estimate_is_told_in_milliseconds() -> None:
    steps = "  first: {switch: [{when: limits.route.wait > 15, goto: oops}, {else: oops}]}"
    call = Scenario(steps, waits={"route": 1.23456}).comes()
    (clause,) = trace(call, "left")[0]["clauses"][0]["clauses"]
    assert clause["names"] == {"limits.route.wait": 1.235}


def trace(call: Scenario, kind: str) -> list[dict[str, Any]]:
    return [entry.data for entry in call.trace if entry.kind == kind]


def test_a_sub_flow_that_returns_is_left_by_its_step_and_then_by_the_one_that_ran_it() -> None:
    inner = "flow: inner\nstart: back\nsteps:\n  back: {return: {as: ok}}\n"
    steps = "  first: {run: {flow: inner, on: {ok: second}}}\n  second: hangup"
    call = Scenario(steps, resources=inner).comes()
    left = [{name: one[name] for name in ("step", "verb", "exit", "goto")} for one in trace(call, "left")]
    assert left == [
        {"step": "back", "verb": "return", "exit": "ok", "goto": ""},
        {"step": "first", "verb": "run", "exit": "ok", "goto": "second"},
    ]
    assert [one.get("within") for one in trace(call, "left")] == ["inner", None]


def test_a_notification_is_traced_as_a_command() -> None:
    steps = '  first: {notify: {url: "https://example.org/hook", next: second}}\n  second: hangup'
    call = Scenario(steps).comes()
    (sent,) = [one for one in call.effects if isinstance(one, SendNotification)]
    assert (sent.notification_id, sent.label) == ("cmd-1", "notify https://example.org/hook")
    assert (sent.type, sent.sequence) == ("main.first", 1)
    assert trace(call, "command")[0] == {
        "command_id": "cmd-1",
        "command": "notify",
        "label": "notify https://example.org/hook",
    }
    assert trace(call, "left")[0]["exit"] == "next"


def test_notifications_of_a_call_are_numbered_and_may_name_their_type() -> None:
    steps = (
        '  first: {notify: {url: "https://example.org/a", type: call.seen, next: third}}\n'
        '  third: {notify: {url: "https://example.com/b", next: second}}\n  second: hangup'
    )
    call = Scenario(steps).comes()
    sent = [one for one in call.effects if isinstance(one, SendNotification)]
    assert [(one.type, one.sequence) for one in sent] == [("call.seen", 1), ("main.third", 2)]


def test_a_recording_is_asked_for_by_its_name() -> None:
    steps = "  first: {route: {to: extension 101, on: {answered: tape, else: oops}}}\n  tape: {record: {next: oops}}"
    call = Scenario(steps).comes().done().rings("leg").ends("ivr", 1100).connects("leg")
    assert (call.last.command, call.last.label, call.last.call_id) == ("recording/start", "record", "leg")
    assert call.last.params == {"command_id": "cmd-2", "call_id": "leg", "call_party_number": "101"}


def test_a_timer_is_traced_when_it_is_set_cancelled_and_fired() -> None:
    steps = "  first: {menu: {prompt: audio.hello, keys: {1: second}, first_digit: 5s, no_input: {goto: second}}}\n  second: hangup"
    call = Scenario(steps).comes().sent().wait(20)
    told = [(one["name"], round(one["due"] - START, 3), one["done"]) for one in trace(call, "timer")]
    assert told[:4] == [
        ("prompt", 5.0, "set"),
        ("prompt", 5.0, "fired"),
        ("first_digit", 10.0, "set"),
        ("first_digit", 10.0, "fired"),
    ]


def test_a_value_that_does_not_fit_its_variable_is_told_by_name() -> None:
    header = HEADER + "vars: {phone: {type: phone, default: '79000000009'}}\n"
    steps = '  first: {set: {vars: {phone: "${caller.number} or so"}, next: oops}}'
    call = Scenario(steps, header=header).comes()
    assert call.call.variables == {"phone": ""}
    (note,) = [one for one in call.notes.splitlines() if one.startswith("vars.phone: ")]
    assert "words beside the digits" in note
