"""What the scheme does with a caller when nobody commands anything, and how commands and keys interrupt it."""

import pytest

from router.emulator.views import state
from tests.emulator.stage import LINE, Stage


def packets(stage: Stage) -> list[tuple[str, str]]:
    return [(body["dtmf"], body["location"]) for body in stage.bodies("events/dtmf")]


def test_greeting_and_silence_pass_and_the_scheme_forwards_the_caller(stage: Stage) -> None:
    journey = stage.dial()
    assert journey.playing is not None
    assert journey.playing.audio == "31"
    stage.wait(33.9)
    assert state(journey) == "menu"
    stage.wait(0.5)
    assert state(journey) == "ringing"
    assert journey.legs[-1].command_id == ""
    stage.wait(4)
    assert state(journey) == "talking"


def test_a_scheme_that_ends_says_so(stage: Stage) -> None:
    journey = stage.dial(line="74952150440")
    stage.wait(16)
    assert stage.course(journey.legs[0])[-1] == ("Disconnected", 1170)
    assert stage.bodies("events/summary")[0]["entry_result"] == 0


def test_one_key_is_one_packet_and_the_location_is_where_it_was_pressed(stage: Stage) -> None:
    journey = stage.dial()
    stage.press(journey, "9*15")
    stage.wait(1)
    assert packets(stage) == [("9", "ivr"), ("*", "ivr"), ("1", "ivr"), ("5", "ivr.1")]
    stage.wait(5.9)
    assert journey.menu is not None
    assert journey.menu.location == "ivr.1.5"
    stage.wait(60)
    assert state(journey) == "menu", "a repeated menu keeps its caller"


@pytest.mark.parametrize(
    ("digits", "packet"),
    [("12", "12"), ("9*34", "34"), ("1234567", "123456"), ("12#", "12#")],
    ids=["after a pause", "a star starts over", "the longest number is complete at once", "a pound is a key"],
)
def test_disa(stage: Stage, digits: str, packet: str) -> None:
    journey = stage.dial()
    stage.press(journey, "2")
    stage.press(journey, digits)
    stage.wait(8)
    assert packets(stage)[:2] == [("2", "ivr"), (packet, "ivr.2")]


@pytest.mark.parametrize("digits", ["", "7", "7*"], ids=["nothing", "too little", "taken back"])
def test_disa_without_a_number_goes_on(stage: Stage, digits: str) -> None:
    journey = stage.dial()
    stage.press(journey, "2")
    stage.press(journey, digits)
    stage.wait(20)
    assert packets(stage) == [("2", "ivr")]
    assert any(leg.callee.extension == "100" for leg in journey.legs)


def test_keys_are_heard_in_the_menu_only(stage: Stage) -> None:
    journey = stage.dial()
    stage.result("route", call_id=journey.legs[-1].call_id, to_number="303")
    stage.press(journey, "1")
    stage.wait(10)
    stage.press(journey, "2")
    assert packets(stage) == []


def test_a_play_interrupts_then_waits_then_the_scheme_goes_on(stage: Stage) -> None:
    journey = stage.dial()
    stage.wait(2)
    assert stage.result("play/start", call_id=journey.legs[-1].call_id, internal_id=17, after_play_time=8) == 1000
    assert journey.playing is not None
    assert (journey.playing.audio, journey.playing.source) == ("17", "command")
    stage.wait(16.9)
    assert state(journey) == "menu"
    stage.wait(0.4)
    assert state(journey) == "ringing"


def test_a_play_without_a_file_is_a_pause_of_five_seconds(stage: Stage) -> None:
    journey = stage.dial()
    stage.result("play/start", call_id=journey.legs[-1].call_id)
    stage.wait(4.9)
    assert state(journey) == "menu"
    stage.wait(0.4)
    assert state(journey) == "ringing"


def test_a_key_cuts_a_commanded_prompt_off(stage: Stage) -> None:
    journey = stage.dial()
    stage.result("play/start", call_id=journey.legs[-1].call_id, internal_id="17")
    stage.wait(1)
    stage.press(journey, "8")
    assert journey.playing is None
    assert packets(stage) == [("8", "ivr")]
    stage.wait(29)
    assert state(journey) == "menu"


def test_a_play_during_disa_keeps_the_digits(stage: Stage) -> None:
    journey = stage.dial()
    stage.press(journey, "2")
    stage.press(journey, "12")
    stage.wait(1)
    stage.result("play/start", call_id=journey.legs[-1].call_id, internal_id=31, after_play_time=1)
    stage.wait(5.1)
    assert packets(stage)[-1] == ("12", "ivr.2")


@pytest.mark.parametrize(("line", "where"), [(LINE, "menu"), ("74952150440", "ended")])
def test_after_a_failed_route_the_caller_returns_or_is_hung_up(stage: Stage, line: str, where: str) -> None:
    journey = stage.dial(line=line)
    first = journey.legs[-1]
    stage.result("route", call_id=first.call_id, to_number="102")
    stage.wait(1)
    assert stage.course(journey.legs[1])[-1] == ("Disconnected", 1121)
    assert state(journey) == where
    if where == "menu":
        back = journey.legs[-1]
        assert (back.location, back.command_id, back.taken_from) == ("ivr", "", journey.legs[1].call_id)
    else:
        assert stage.bodies("events/summary")[0]["disconnect_reason"] == 1121


def test_a_line_may_lead_straight_to_an_employee(stage: Stage) -> None:
    journey = stage.dial(line="74952150439")
    stage.wait(1)
    [leg] = journey.legs
    assert (leg.location, leg.callee.extension, leg.taken_from) == ("abonent", "101", "")


def test_a_withheld_number_does_not_appear(stage: Stage) -> None:
    journey = stage.dial(caller="")
    stage.press(journey, "8")
    assert stage.bodies("events/call")[0]["from"] == {}
    assert "from_number" not in stage.bodies("events/dtmf")[0]


def test_an_unknown_line_is_not_dialled(stage: Stage) -> None:
    assert stage.pbx.dial(stage.now, "79000000000", "74950000000") is None
