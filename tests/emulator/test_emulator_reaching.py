"""Whom a number reaches: the PBX's rules of conversion, an employee's numbers, statuses, and phones that answer by themselves."""

from typing import Any

import pytest

from router.emulator.load import load_config
from router.emulator.views import state
from router.pbx.legs import Party
from tests.emulator.stage import CALLER, CONFIG, LINE, Stage

QUIET = "habits: {late_legs: 0, nameless_legs: 0, result_spread_seconds: 0, jitter_seconds: 0}\n"
MORE = CONFIG.replace(
    '101: {number: "sip:sales@pbx.example",', '101: {number: "sip:sales@pbx.example", more_numbers: ["79000000301"],'
)


@pytest.fixture(name="scene")
def scene_with_more_numbers() -> Stage:
    return Stage(load_config(MORE + QUIET))


def routed(scene: Stage, to_number: str) -> Any:
    journey = scene.dial()
    assert scene.result("route", call_id=journey.legs[0].call_id, to_number=to_number) == 1000
    scene.wait(6)
    return journey


@pytest.mark.parametrize(
    "written", ["79000000555", "+79000000555", "8 (900) 000-05-55", "89000000555", "+7 900 000-05-55", "9000000555"]
)
def test_numbers_are_taken_as_people_write_them(scene: Stage, written: str) -> None:
    """§3.2.7: "К номеру будут применены правила преобразования номеров ВАТС"."""
    assert routed(scene, written).legs[-1].callee == Party(number="79000000555")
    assert scene.result("sms", text="Hi", from_extension="101", to_number=written) == 1000
    assert scene.result("callback", **{"from": {"extension": "100", "number": written}, "to_number": written}) == 1000
    scene.wait(1)
    assert list(scene.pbx.journeys.values())[-1].legs[0].callee == Party(extension="100", number="79000000555")


@pytest.mark.parametrize("written", ["sip:sales@pbx.example", "79000000301", "8 (900) 000-03-01", "101"])
def test_any_of_an_employees_numbers_is_that_employee(scene: Stage, written: str) -> None:
    journey = routed(scene, written)
    leg = journey.legs[-1]
    assert (leg.callee.extension, state(journey)) == ("101", "talking")
    assert scene.result("recording/start", call_id=leg.call_id, call_party_number=written) == 1000
    assert scene.result("sms", text="Hi", from_extension=written, to_number=CALLER) == 1000


def with_status(status: str, more: str = "") -> Stage:
    text = CONFIG.replace("101: {number", f"101: {{status: {status}, number")
    return Stage(load_config(text + QUIET + more))


@pytest.mark.parametrize("status", ["break", "offline", "dialling"])
def test_whoever_takes_no_calls_is_not_told_of_one(status: str) -> None:
    """§3.1.1, §3.2.7 note 1: by the extension the contact centre's status counts."""
    journey = routed(with_status(status), "101")
    assert [leg.location for leg in journey.legs] == ["ivr", "ivr"]


def test_do_not_disturb_is_told_all_the_same() -> None:
    """§3.1.1: the exception."""
    journey = routed(with_status("do_not_disturb"), "101")
    assert [(leg.location, leg.reason) for leg in journey.legs] == [("ivr", 1100), ("abonent", 1123), ("ivr", None)]


@pytest.mark.parametrize(("status", "to_number"), [("online", "101"), ("break", "sip:sales@pbx.example")])
def test_a_number_is_rung_without_further_conditions(status: str, to_number: str) -> None:
    """§3.2.7, note 1: to a number the call goes unconditionally."""
    assert state(routed(with_status(status), to_number)) == "talking"


def test_a_status_counts_only_where_the_card_says_so() -> None:
    scene = with_status("break")
    users = scene.ask("config/users/request", extension="101", ext_fields=["general.user_id"]).body["users"]
    scene.ask("member/update", user_id=users[0]["general"]["user_id"], use_status=0)
    assert state(routed(scene, "101")) == "talking"


def test_whoever_asks_for_a_callback_is_rung_whatever_their_status() -> None:
    scene = with_status("break")
    assert scene.result("callback", **{"from": {"extension": "101"}, "to_number": CALLER}) == 1000
    scene.wait(15)
    assert state(list(scene.pbx.journeys.values())[-1]) == "talking"


@pytest.mark.parametrize(
    ("header", "answered"),
    [
        ({"Call-Info/answer-after": "0"}, True),
        ({"Call-Info/answer-after": "x"}, False),
        ({"From/display-name": "A"}, False),
        ({}, False),
    ],
)
def test_a_phone_answers_by_itself(stage: Stage, header: dict[str, str], answered: bool) -> None:
    """Appendix 1: a header that is not for the method, or no number, is ignored."""
    fields = {"from": {"extension": "103"}, "to_number": CALLER, "line_number": LINE, "sip_headers": header}
    assert stage.result("callback", **fields) == 1000
    stage.wait(2)
    (journey,) = stage.pbx.journeys.values()
    assert (journey.legs[0].connected is not None) == answered
