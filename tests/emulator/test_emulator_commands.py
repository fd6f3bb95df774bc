"""When a command is allowed, what it does and which code its result has (§3.2)."""

import pytest

from router.emulator.views import state
from router.pbx.legs import Journey, Leg
from tests.emulator.stage import CALLER, Stage


def in_menu(stage: Stage) -> tuple[Journey, Leg]:
    journey = stage.dial()
    return journey, journey.legs[-1]


def routed(stage: Stage, to_number: str, seconds: float) -> tuple[Journey, Leg]:
    journey, leg = in_menu(stage)
    assert stage.result("route", call_id=leg.call_id, to_number=to_number) == 1000
    stage.wait(seconds)
    return journey, journey.legs[-1]


@pytest.mark.parametrize(
    ("to_number", "reason", "seconds"),
    [
        ("102", 1121, 1),
        ("103", 1111, 21),
        ("104", 1122, 3),
        ("105", 1124, 1),
        ("106", 1123, 1),
        ("0108", 1111, 31),
        ("79000000200", 1121, 1),
    ],
)
def test_how_an_employee_does_not_answer(stage: Stage, to_number: str, reason: int, seconds: float) -> None:
    journey, _ = routed(stage, to_number, seconds)
    assert stage.course(journey.legs[1]) == [("Appeared", None), ("Disconnected", reason)]


@pytest.mark.parametrize(
    "to_number", ["101", "303", "74951234567", "+74951234567", "sip:user@pbx.example", "user@pbx.example"]
)
def test_where_a_call_can_be_routed(stage: Stage, to_number: str) -> None:
    journey, _ = routed(stage, to_number, 6)
    assert state(journey) == "talking"


def test_a_number_of_an_employee_is_that_employee(stage: Stage) -> None:
    _, leg = routed(stage, "79000000107", 2)
    assert leg.callee.extension == "107"


@pytest.mark.parametrize("to_number", ["999", "12345", "abc", "@", "1" * 16])
def test_a_number_that_nobody_has(stage: Stage, to_number: str) -> None:
    journey, leg = in_menu(stage)
    assert stage.result("route", call_id=leg.call_id, to_number=to_number) == 3200
    assert state(journey) == "menu"


def test_route_is_refused_once_somebody_has_answered(stage: Stage) -> None:
    _, leg = routed(stage, "101", 5)
    assert stage.result("route", call_id=leg.call_id, to_number="100") == 4100


def test_route_intercepts_a_call_before_the_answer(stage: Stage) -> None:
    journey, leg = routed(stage, "103", 5)
    assert stage.result("route", call_id=leg.call_id, to_number="101") == 1000
    stage.wait(5)
    assert stage.course(leg) == [("Appeared", None), ("Disconnected", 1182)]
    assert journey.legs[-1].taken_from == leg.call_id
    assert state(journey) == "talking"


def test_route_out_of_a_queue_stops_the_phones(stage: Stage) -> None:
    journey, _ = routed(stage, "303", 2)
    queue, *phones = journey.legs[1:]
    assert stage.result("route", call_id=queue.call_id, to_number="100") == 1000
    stage.wait(4)
    assert stage.course(queue)[-1] == ("Disconnected", 1100)
    assert [stage.course(phone)[-1] for phone in phones] == [("Disconnected", 1182)] * 2
    assert state(journey) == "talking"


def test_a_group_rings_together_and_the_first_to_answer_wins(stage: Stage) -> None:
    journey, _ = routed(stage, "303", 5)
    queue, never, answers = journey.legs[1:]
    assert (queue.location, queue.group, queue.callee.extension) == ("queue", "303", "")
    assert {leg.group for leg in (never, answers)} == {"303"}
    assert {leg.taken_from for leg in (never, answers)} == {queue.call_id}
    assert stage.course(queue) == [("Appeared", None), ("Disconnected", 1100)]
    assert stage.course(never) == [("Appeared", None), ("Disconnected", 1182)]
    assert stage.course(answers) == [("Appeared", None), ("Connected", None)]


def test_a_group_rings_in_turn(stage: Stage) -> None:
    journey, _ = routed(stage, "304", 10)
    assert [leg.callee.extension for leg in journey.legs[2:]] == ["102", "103", "100"]
    assert [leg.reason for leg in journey.legs[2:]] == [1121, 1111, None]
    assert state(journey) == "talking"


@pytest.mark.parametrize(("group", "reason", "seconds"), [("305", 1164, 0.1), ("306", 1163, 10.2)])
def test_a_group_that_nobody_answers_for(stage: Stage, group: str, reason: int, seconds: float) -> None:
    journey, _ = routed(stage, group, seconds + 0.15)
    assert stage.course(journey.legs[1])[-1] == ("Disconnected", reason)
    assert all(not leg.alive for leg in journey.legs[1:] if leg.location != "ivr")


def test_hang_up_in_the_menu(stage: Stage) -> None:
    _, leg = in_menu(stage)
    assert stage.result("call/hangup", call_id=leg.call_id) == 1000
    stage.wait(1)
    assert stage.course(leg)[-1] == ("Disconnected", 1181)
    assert stage.bodies("events/summary")[0]["disconnect_reason"] == 1181
    assert stage.result("call/hangup", call_id=leg.call_id) == 4101


def test_hang_up_waits_for_the_end_of_the_queue(stage: Stage) -> None:
    journey, _ = routed(stage, "303", 1)
    assert stage.result("call/hangup", call_id=journey.legs[1].call_id) == 4100


def test_hang_up_of_a_conversation(stage: Stage) -> None:
    journey, leg = routed(stage, "101", 5)
    assert stage.result("call/hangup", call_id=leg.call_id) == 1000
    assert state(journey) == "ended"


@pytest.mark.parametrize("command", ["route", "play/start", "call/hangup", "transfer"])
def test_a_call_that_is_not_there(stage: Stage, command: str) -> None:
    params = {"to_number": "101", "method": "blind", "initiator": "101"}
    assert stage.result(command, call_id="MTo=", **params) == 4101


def test_play_needs_the_menu_or_a_queue_and_a_file_that_exists(stage: Stage) -> None:
    _, leg = in_menu(stage)
    assert stage.result("play/start", call_id=leg.call_id, internal_id=99) == 3340
    journey, leg = routed(stage, "303", 1)
    assert stage.result("play/start", call_id=journey.legs[1].call_id, internal_id=17) == 1000
    assert stage.result("play/start", call_id=leg.call_id, internal_id=17) == 4100


@pytest.mark.parametrize(
    ("initiator", "to_number", "code"),
    [("101", "100", 1000), (CALLER, "100", 3100), ("100", "100", 3100), ("101", "999", 3200)],
)
def test_who_may_transfer(stage: Stage, initiator: str, to_number: str, code: int) -> None:
    _, leg = routed(stage, "101", 5)
    params = {"to_number": to_number, "method": "hold", "initiator": initiator}
    assert stage.result("transfer", call_id=leg.call_id, **params) == code


def test_transfer_needs_a_conversation(stage: Stage) -> None:
    params = {"to_number": "100", "method": "hold", "initiator": "101"}
    _, leg = in_menu(stage)
    assert stage.result("transfer", call_id=leg.call_id, **params) == 4100
    _, leg = routed(stage, "101", 5)
    assert stage.result("transfer", call_id=leg.call_id, **params) == 1000
    assert stage.result("transfer", call_id=leg.call_id, **params) == 4100


@pytest.mark.parametrize("to_number", ["102", "105", "305"])
def test_a_blind_transfer_that_fails_rings_the_employee_again(stage: Stage, to_number: str) -> None:
    journey, leg = routed(stage, "101", 5)
    stage.result("transfer", call_id=leg.call_id, to_number=to_number, method="blind", initiator="101")
    stage.wait(6)
    assert stage.course(leg)[-1] == ("Disconnected", 1120)
    assert (journey.legs[-1].callee.extension, journey.legs[-1].command_id) == ("101", "")
    assert state(journey) == "talking"


def test_a_consultation_that_fails_gives_the_caller_back(stage: Stage) -> None:
    journey, leg = routed(stage, "101", 5)
    stage.result("transfer", call_id=leg.call_id, to_number="102", method="hold", initiator="101")
    stage.wait(1)
    assert leg.state == "Connected"
    assert state(journey) == "talking"


@pytest.mark.parametrize(("seconds", "target"), [(1, "103"), (4, "100")], ids=["ringing", "consulting"])
def test_hanging_up_the_new_leg_calls_a_consultation_off(stage: Stage, seconds: float, target: str) -> None:
    journey, leg = routed(stage, "101", 5)
    stage.result("transfer", call_id=leg.call_id, to_number=target, method="hold", initiator="101")
    stage.wait(seconds)
    new = journey.legs[-1]
    assert stage.result("call/hangup", call_id=new.call_id) == 1000
    stage.wait(20)
    assert stage.course(new)[-1] == ("Disconnected", 1181)
    assert (leg.state, state(journey)) == ("Connected", "talking")


def test_hanging_up_the_new_leg_of_a_blind_transfer_rings_the_employee_again(stage: Stage) -> None:
    journey, leg = routed(stage, "101", 5)
    stage.result("transfer", call_id=leg.call_id, to_number="103", method="blind", initiator="101")
    stage.wait(2)
    assert stage.result("call/hangup", call_id=journey.legs[-1].call_id) == 1000
    stage.wait(5)
    assert journey.legs[-1].callee.extension == "101"
    assert state(journey) == "talking"


def test_the_caller_leaves_in_the_middle_of_a_transfer(stage: Stage) -> None:
    journey, leg = routed(stage, "101", 5)
    stage.result("transfer", call_id=leg.call_id, to_number="100", method="hold", initiator="101")
    stage.wait(4)
    stage.hang_up(journey)
    stage.wait(60)
    assert all(not one.alive for one in journey.legs)
    assert len(stage.bodies("events/summary")) == 1


def test_an_employee_may_hang_up_first(stage: Stage) -> None:
    journey, leg = routed(stage, "107", 12)
    assert stage.course(leg)[-1] == ("Disconnected", 1120)
    assert state(journey) == "ended"


def test_an_sms_has_a_result_and_a_report(stage: Stage) -> None:
    assert stage.result("sms", command_id="m1", text="Hello", from_extension="100", to_number=CALLER) == 1000
    stage.wait(3)
    assert stage.bodies("result/sms") == [{"command_id": "m1", "result": 1000}]
    assert [body["reason"] for body in stage.bodies("events/sms")] == [1000]


@pytest.mark.parametrize(
    "params",
    [
        {"text": "x" * 613},
        {"text": "ж" * 269},
        {"from_extension": "999"},
        {"to_number": "101"},
    ],
)
def test_an_sms_that_cannot_be_sent(stage: Stage, params: dict[str, str]) -> None:
    whole = {"text": "Hello", "from_extension": "100", "to_number": CALLER} | params
    assert stage.result("sms", **whole) == 3100
