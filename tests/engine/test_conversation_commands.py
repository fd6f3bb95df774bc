"""`hold`, `cancel_transfer` and `connect`: commands about a conversation, of profile 2026."""

import pytest

from router.catalogue.methods import METHODS
from router.flow.verbs import VERBS
from tests.engine.scenario import Scenario

TALK = """
  first: {{route: {{to: extension 101, on: {{answered: talking, else: oops}}}}}}
  talking: {{watch: {{talking: {{for: 60s, goto: it}}, held: {{for: 5s, goto: it}}, ended: oops}}}}
  it: {{{verb}: {{{by}next: good, on: {{failed: bad, 4102: gone}}}}}}
  good: {{wait: {{for: 1h, next: oops}}}}
  bad: {{wait: {{for: 1h, next: oops}}}}
  gone: {{wait: {{for: 1h, next: oops}}}}"""
COMMANDS = {"hold": "call/hold/on", "cancel_transfer": "transfer_cancel", "connect": "calls_connect"}


def talking(verb: str, by: str = "") -> Scenario:
    call = Scenario(TALK.format(verb=verb, by=by)).comes().done().rings("leg").ends("ivr", 1100).connects("leg")
    return call.wait(60.1)


@pytest.mark.parametrize("verb", COMMANDS)
def test_the_command_of_the_employee_on_the_leg(verb: str) -> None:
    call = talking(verb)
    assert call.last.command == COMMANDS[verb]
    assert call.last.params == {"command_id": "cmd-2", "call_id": "leg", "initiator": "101"}
    assert call.done().at_step == "good"


def test_somebody_else_may_be_named() -> None:
    assert talking("hold", "by: person operator, ").last.params["initiator"] == "100"
    assert talking("hold", "by: extension 102, ").last.params["initiator"] == "102"


@pytest.mark.parametrize(("code", "step"), [(4101, "bad"), (4102, "gone")])
def test_a_refusal(code: int, step: str) -> None:
    assert talking("connect").sent().result(code).at_step == step


def test_no_result_counts_as_done() -> None:
    assert talking("hold").sent().wait(5.1).at_step == "good"


def test_without_a_conversation_it_fails() -> None:
    steps = "  first: {hold: {next: good, on: {failed: bad}}}\n  good: release\n  bad: {wait: {for: 1h, next: oops}}"
    call = Scenario(steps).comes()
    assert (call.at_step, call.commands) == ("bad", [])


def test_connect_names_both_legs_where_the_consultation_is_known() -> None:
    call = Scenario(TALK.format(verb="connect", by="")).comes().done().rings("leg").ends("ivr", 1100).connects("leg")
    call.holds("leg")
    call.leg("other", "Connected", from_extension="101", from_number="", to_extension="102", location="abonent")
    call.wait(5.1)
    assert call.last.params == {
        "command_id": "cmd-2", "call_id": "leg", "initiator": "101",
        "holded_call_id": "leg", "transferred_call_id": "other", "transfer_initiator_number": "101",
    }  # fmt: skip


def test_a_verb_is_of_the_profiles_that_have_its_command() -> None:
    for spec in VERBS.values():
        if spec.command is not None and spec.command.path in METHODS:
            assert spec.profiles == METHODS[spec.command.path].profiles, spec.name
