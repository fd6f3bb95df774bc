"""Employees who dial at their phones: events come for every call of the PBX, internal and outgoing ones too (§3.1.1)."""

import pytest

from router.emulator.views import brief, state
from router.pbx.wire import body_of
from tests.emulator.stage import CALLER, LINE, Stage


def test_an_employee_calls_somebody_outside(stage: Stage) -> None:
    """The story "Уведомление о вызове"; direction 2 (§3.1.5)."""
    journey = stage.pbx.dial_out(stage.now, "101", CALLER)
    assert journey is not None
    stage.wait(10)
    (leg,) = journey.legs
    assert (state(journey), leg.taken_from) == ("talking", "")
    assert body_of(leg.event(0))["from"] == {"extension": "101", "number": "sip:sales@pbx.example"}
    assert body_of(leg.event(0))["to"] == {"number": CALLER}, "no line: none has taken the call"
    assert brief(journey, stage.now)["from"] == "101"
    stage.hang_up(journey)
    stage.wait(1)
    (summary,) = stage.bodies("events/summary")
    assert (summary["call_direction"], summary["line_number"], summary["entry_result"]) == (2, LINE, 1)
    assert (summary["from"]["extension"], summary["to"]) == ("101", {"number": CALLER})
    assert summary["forward_time"] == summary["create_time"]
    assert not {"callback_initiator", "task_id", "command_id"} & set(body_of(leg.event(0)))


@pytest.mark.parametrize(("to", "who"), [("100", "100"), ("304", "100"), ("79000000107", "107")])
def test_an_employee_calls_a_colleague_or_a_group(stage: Stage, to: str, who: str) -> None:
    journey = stage.pbx.dial_out(stage.now, "101", to)
    assert journey is not None
    stage.wait(25)
    stage.hang_up(journey)
    stage.wait(1)
    (summary,) = stage.bodies("events/summary")
    assert (summary["call_direction"], summary["to"]["extension"]) == (0, who)
    assert "line_number" not in summary


@pytest.mark.parametrize(("extension", "number"), [("999", CALLER), ("101", "999"), ("", CALLER), ("101", "")])
def test_nobody_dials_nowhere(stage: Stage, extension: str, number: str) -> None:
    assert stage.pbx.dial_out(stage.now, extension, number) is None


@pytest.mark.parametrize(("to", "expected"), [("103", 1000), ("306", 1000), ("79000000200", 4100), (CALLER, 4100)])
def test_a_call_to_a_colleague_can_be_intercepted_one_to_somebody_outside_not(
    stage: Stage, to: str, expected: int
) -> None:
    """§3.2.7: what is given to an employee or waits for a group."""
    journey = stage.pbx.dial_out(stage.now, "101", to)
    assert journey is not None
    stage.wait(0.2)
    assert stage.result("route", call_id=journey.legs[0].call_id, to_number="100") == expected
    stage.wait(5)
    if expected == 1000:
        last = journey.legs[-1]
        assert (last.caller.extension, last.callee.extension, last.state) == ("101", "100", "Connected")


def test_the_first_leg_of_a_callback_cannot_be_intercepted(stage: Stage) -> None:
    assert stage.result("callback", **{"from": {"extension": "103"}, "to_number": "100"}) == 1000
    stage.wait(1)
    (journey,) = stage.pbx.journeys.values()
    assert stage.result("route", call_id=journey.legs[0].call_id, to_number="100") == 4100


def test_the_dialling_employee_transfers_and_is_recorded(stage: Stage) -> None:
    journey = stage.pbx.dial_out(stage.now, "101", CALLER)
    assert journey is not None
    stage.wait(10)
    (leg,) = journey.legs
    assert stage.result("recording/start", call_id=leg.call_id, call_party_number="101") == 1000
    fields = {"call_id": leg.call_id, "method": "blind", "to_number": "100", "initiator": "101"}
    assert stage.result("transfer", **fields) == 1000
    stage.wait(10)
    last = journey.legs[-1]
    assert (last.caller.number, last.callee.extension, last.state) == (CALLER, "100", "Connected")
