"""sms, callback, callback_group, task and record: HTTP 200 is no outcome, the result is (FLOWS.md, "Verbs")."""

import itertools

import pytest

from tests.engine.scenario import Scenario

VERBS = {
    "sms": '{sms: {from: "100", to: "${caller.number}", text: "Call ${call.line} again", next: done, on: EXITS}}',
    "callback": '{callback: {from: "100", to: "${caller.number}", next: done, on: EXITS}}',
    "callback_group": '{callback_group: {from: group sales, to: "${caller.number}", line: "74950000000", next: done, on: EXITS}}',
    "record": "{record: {next: done, on: {failed: refused}}}",
}
EXITS = "{4300: exact, 22xx: class, failed: refused}"
STEPS = """
  done: {wait: {for: 1h, next: oops}}
  exact: {wait: {for: 1h, next: oops}}
  class: {wait: {for: 1h, next: oops}}
  refused: {wait: {for: 1h, next: oops}}
"""
WITHOUT_CALL = ("sms", "callback", "callback_group")


def waiting(verb: str) -> Scenario:
    """A call whose first step waits for the result of its command."""
    first = VERBS[verb].replace("EXITS", EXITS)
    if verb != "record":
        return Scenario(f"  first: {first}{STEPS}").comes()
    steps = f"  first: {{route: {{to: extension 101, on: {{answered: tape, else: oops}}}}}}\n  tape: {first}{STEPS}"
    return Scenario(steps).comes().done().rings("one").connects("one")


@pytest.mark.parametrize("verb", VERBS)
def test_acceptance_is_no_outcome(verb: str) -> None:
    call = waiting(verb)
    waits_at = call.at_step
    assert call.sent().at_step == waits_at
    assert call.wait(4.9).at_step == waits_at
    assert call.result(1000).at_step == "done"
    assert (call.call.result.code, call.call.result.kind) == (1000, "ok")
    assert "result" not in call.call.timers


@pytest.mark.parametrize("verb", VERBS)
def test_five_seconds_without_a_result_are_enough(verb: str) -> None:
    call = waiting(verb).wait(20)  # the queue before the limits; the clock begins at the acceptance
    assert call.sent().wait(5.1).at_step == "done"
    assert call.call.result.code == 0
    assert call.exits()[-1][1] == "next"


@pytest.mark.parametrize(("code", "step"), [(4300, "exact"), (2240, "class"), (3100, "refused"), (5003, "refused")])
@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "result"))))
@pytest.mark.parametrize("verb", WITHOUT_CALL)
def test_refusal_by_the_result_in_any_order(verb: str, order: tuple[str, ...], code: int, step: str) -> None:
    call = waiting(verb)
    for what in order:
        call = call.sent() if what == "sent" else call.result(code)
    assert call.at_step == step
    assert (call.call.result.code, call.call.result.kind) == (code, "failed")
    assert call.wait(20).at_step == step


@pytest.mark.parametrize("verb", WITHOUT_CALL)
def test_refusal_at_once(verb: str) -> None:
    call = waiting(verb).concluded("failed", 2211)
    assert (call.at_step, call.call.result.code) == ("class", 2211)


@pytest.mark.parametrize("verb", WITHOUT_CALL)
@pytest.mark.parametrize("second", [1000, 4300])
def test_only_the_first_result_counts(verb: str, second: int) -> None:
    call = waiting(verb).sent().result(2240).result(second)
    assert (call.at_step, call.call.result.code) == ("class", 2240)


@pytest.mark.parametrize(("results", "step"), [((1000,), "done"), ((4300,), "exact"), ((), "refused")])
@pytest.mark.parametrize("verb", WITHOUT_CALL)
def test_lost_answer_leaves_it_to_the_result(verb: str, results: tuple[int, ...], step: str) -> None:
    call = waiting(verb).concluded("unknown")
    assert call.at_step == "first"
    for code in results:
        call.wait(3).result(code)
    assert call.wait(5.1).at_step == step


def test_result_of_an_older_command_decides_nothing() -> None:
    steps = (
        f"  first: {VERBS['sms']}\n  done: {VERBS['callback']}".replace("EXITS", "{failed: lost}")
        .replace("next: done, on: {failed: lost}}}\n  done", "next: again, on: {failed: lost}}}\n  again")
        .replace("next: done", "next: end")
    )
    call = Scenario(f"{steps}\n  lost: hangup\n  end: {{wait: {{for: 1h, next: oops}}}}").comes().sent().wait(5.1)
    assert (call.at_step, call.last.command) == ("again", "callback")
    call.result(4300, "cmd-1")
    assert (call.at_step, call.call.result.code) == ("again", 0)
    assert call.result(1000).at_step == "end"


def test_late_result_of_the_last_command_is_still_known() -> None:
    call = waiting("sms").sent().wait(5.1)
    assert (call.at_step, call.call.result.code) == ("done", 0)
    assert call.result(4300).at_step == "done"
    assert (call.call.result.code, call.call.result.kind) == (4300, "failed")


HEADER = "flow: main\nfor: any\non_error: oops\non_end: missed\n"
ENDING = """
  first: {play: {prompt: audio.hello, next: rest, on: {failed: rest}}}
  rest: {wait: {for: 1h, next: oops}}
  missed: {sms: {to: "${caller.number}", from: "100", text: one, next: second, on: {else: second}}}
  second: {sms: {to: "${caller.number}", from: "100", text: two, next: judge, on: {else: judge}}}
  judge: {switch: [{when: result.code == 4300, goto: third}, {else: leave}]}
  third: {callback: {to: "${caller.number}", from: "100", next: leave}}
  leave: release"""


def test_several_in_a_row_after_the_end() -> None:
    call = Scenario(ENDING, header=HEADER).comes().done().ends("ivr", 1110).summary()
    call.sent().wait(5.1)
    assert call.last.params["text"] == "two"
    call.result(4300)  # before its HTTP answer
    assert (call.last.command, call.call.status) == ("callback", "closing")
    call.result(1000, "cmd-2")  # the first one's, too late
    assert call.call.status == "closing"
    call.sent().result(5001)
    assert (call.call.status, call.call.outcome) == ("ended", "missed")


def test_journey_that_ends_while_its_step_waits() -> None:
    steps = ENDING.replace(
        "first: {play: {prompt: audio.hello, next: rest, on: {failed: rest}}}", f"first: {VERBS['callback']}"
    )
    steps = steps.replace("next: done, on: EXITS", "next: rest")
    call = Scenario(steps, header=HEADER).comes().sent().ends("ivr", 1110).summary()
    assert (call.last.params.get("text"), call.call.status) == ("one", "closing")
    assert call.withdrawn == []  # the callback needs no caller
    assert call.result(2240, "cmd-1").call.result.code == 0
    assert call.sent().wait(5.1).last.params["text"] == "two"


def test_conversation_that_ends_before_it_is_recorded() -> None:
    call = waiting("record").ends("one", 1120)
    assert call.at_step == "refused"


# result.code


def test_result_is_that_of_the_last_command_of_any_verb() -> None:
    steps = f"  first: {VERBS['sms']}\n  play: {{play: {{prompt: audio.hello, next: end, on: {{failed: end}}}}}}\n"
    steps = steps.replace("next: done, on: EXITS", "next: play, on: {else: play}")
    call = Scenario(f"{steps}  end: {{wait: {{for: 1h, next: oops}}}}").comes().sent().result(4300)
    assert call.call.result.code == 0  # of the prompt, which nobody has answered yet
    assert call.sent().result(1000).call.result.code == 1000
    call = Scenario(f"{steps}  end: {{wait: {{for: 1h, next: oops}}}}").comes().sent().result(4300).sent().wait(5.1)
    assert call.at_step == "end"
    assert call.result(4100).call.result.code == 4100  # that of the prompt which has long been heard


@pytest.mark.parametrize("order", list(itertools.permutations(("answer", "result", "leg"))))
def test_result_of_a_route_that_is_answered(order: tuple[str, ...]) -> None:
    steps = (
        "  first: {route: {to: extension 101, on: {answered: end, else: oops}}}\n  end: {wait: {for: 1h, next: oops}}"
    )
    call = Scenario(steps).comes()
    for what in order:
        if what == "answer":
            call.sent()
        elif what == "result":
            call.result(1000)
        else:
            call.rings("one").connects("one")
    assert (call.at_step, call.call.result.code) == ("end", 1000)


def test_what_an_attempt_came_to_is_worth_more_than_a_late_result() -> None:
    steps = (
        "  first: {route: {to: extension 101, on: {answered: oops, else: end}}}\n  end: {wait: {for: 1h, next: oops}}"
    )
    call = Scenario(steps).comes().sent().rings("one").ends("one", 1121).result(1000)
    assert (call.at_step, call.call.result.code, call.call.result.kind) == ("end", 1121, "busy")
