"""The document's stories ("Примеры поведения"), played by the emulator."""

from router.pbx.legs import Journey, Leg
from tests.emulator.stage import CALLER, LINE, Stage

CALLER_SIDE = {"number": CALLER}


def last_leg(journey: Journey) -> Leg:
    return journey.legs[-1]


def connected(stage: Stage) -> tuple[Journey, Leg]:
    """A caller who talks to extension 101."""
    journey = stage.dial()
    stage.result("route", call_id=last_leg(journey).call_id, to_number="101")
    stage.wait(5)
    return journey, last_leg(journey)


def test_routing_ends_the_menu_and_rings_the_employee(stage: Stage) -> None:
    journey = stage.dial()
    menu = last_leg(journey)
    assert stage.result("route", command_id="c111", call_id=menu.call_id, to_number="101") == 1000
    stage.wait(5)
    leg = last_leg(journey)
    stage.wait(20)
    stage.hang_up(journey)
    stage.wait(1)

    assert stage.course(menu) == [("Appeared", None), ("Disconnected", 1100)]
    assert stage.course(leg) == [("Appeared", None), ("Connected", None), ("Disconnected", 1110)]
    first = next(body for body in stage.bodies("events/call") if body["call_id"] == leg.call_id)
    assert first["command_id"] == "c111"
    assert first["location"] == "abonent"
    assert first["from"] == {"number": CALLER, "taken_from_call_id": menu.call_id}
    assert first["to"] == {"extension": "101", "number": "sip:sales@pbx.example", "line_number": LINE}
    assert {"command_id": "c111", "result": 1000} in stage.bodies("result/route")
    [summary] = stage.bodies("events/summary")
    assert summary["entry_result"] == 1
    assert summary["to"]["extension"] == "101"
    assert summary["create_time"] < summary["talk_time"] < summary["end_time"]
    assert stage.sent[-1].path == "events/summary"


def test_consultative_transfer(stage: Stage) -> None:
    journey, first = connected(stage)
    assert stage.result("transfer", call_id=first.call_id, to_number="100", method="hold", initiator="101") == 1000
    stage.wait(4)
    second = last_leg(journey)
    assert second.state == "Connected"
    assert first.state == "OnHold"
    stage.wait(6)
    stage.hang_up(journey)
    stage.wait(1)

    assert [state for state, _ in stage.course(first)] == ["Appeared", "Connected", "OnHold", "Disconnected"]
    assert stage.course(first)[-1] == ("Disconnected", 1120)
    froms = [body["from"] for body in stage.bodies("events/call") if body["call_id"] == second.call_id]
    employee = {"extension": "101", "number": "sip:sales@pbx.example", "taken_from_call_id": first.call_id}
    caller = CALLER_SIDE | {"taken_from_call_id": first.call_id}
    assert froms == [employee, employee, caller, caller]
    assert [state for state, _ in stage.course(second)] == ["Appeared", "Connected", "Connected", "Disconnected"]
    assert stage.course(second)[-1] == ("Disconnected", 1110)


def test_blind_transfer_leg_changes_its_from_with_seq_2(stage: Stage) -> None:
    journey, first = connected(stage)
    stage.result("transfer", call_id=first.call_id, to_number="100", method="blind", initiator="sip:sales@pbx.example")
    stage.wait(4)
    second = last_leg(journey)
    stage.hang_up(journey)
    stage.wait(1)

    froms = [body["from"] for body in stage.bodies("events/call") if body["call_id"] == second.call_id]
    assert froms[0] == {"extension": "101", "number": "sip:sales@pbx.example"}
    assert froms[1:] == [CALLER_SIDE | {"taken_from_call_id": first.call_id}] * 3
    assert [state for state, _ in stage.course(second)] == ["Appeared", "Appeared", "Connected", "Disconnected"]
    assert stage.course(first)[-2:] == [("OnHold", None), ("Disconnected", 1120)]


def test_who_answers_a_blind_transfer_at_once_talks_to_the_caller(stage: Stage) -> None:
    """Before the second event would have named the caller."""
    journey, first = connected(stage)
    stage.result("transfer", call_id=first.call_id, to_number="100", method="blind", initiator="sip:sales@pbx.example")
    while not last_leg(journey).rings:
        stage.wait(0.01)
    stage.pbx.happen(stage.now, journey, "answered")
    stage.wait(1)

    legs = [body for body in stage.bodies("events/call") if body["call_id"] == last_leg(journey).call_id]
    assert [body["call_state"] for body in legs] == ["Appeared", "Connected"]
    assert legs[1]["from"] == CALLER_SIDE | {"taken_from_call_id": first.call_id}
    assert stage.course(first)[-2:] == [("OnHold", None), ("Disconnected", 1120)]


def test_digits_of_a_menu_item_and_of_a_disa_block(stage: Stage) -> None:
    journey = stage.dial(line="74952150441")
    stage.wait(2)
    stage.press(journey, "1")
    stage.wait(3)
    stage.press(journey, "123456789")
    stage.wait(6.9)
    assert len(stage.bodies("events/dtmf")) == 1
    stage.wait(0.2)

    first, second = stage.bodies("events/dtmf")
    assert (first["seq"], first["dtmf"], first["location"]) == (1, "1", "ivr")
    assert (second["seq"], second["dtmf"], second["location"]) == (2, "123456789", "ivr.1")
    assert second["initiator"] == second["from_number"] == CALLER
    assert second["to_number"] == second["line_number"] == "74952150441"
    assert stage.result("route", call_id=second["call_id"], to_number="103") == 1000
