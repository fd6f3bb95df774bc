"""Who takes part in a call: lines by name, numbers that count as an employee's, groups, and transfers by either side."""

from typing import Any

import pytest

from router.emulator.config import Habits
from router.emulator.load import load_config
from router.emulator.views import state
from router.pbx.legs import Journey, Party
from tests.emulator.stage import CALLER, CONFIG, LINE, Stage

ABROAD = "79000000777"
MORE_LINES = """
  78000000001: {scheme: main}
  "sip:main@pbx.example": {scheme: main, name: Office, active: true}
  "sip:door@pbx.example": {scheme: main, name: Door}
  "sip:bare@pbx.example": {scheme: main, active: true}
employees:"""


@pytest.fixture(name="scene")
def scene_with_sip_lines() -> Stage:
    text = CONFIG.replace("\nemployees:", MORE_LINES, 1)
    quiet = "habits: {late_legs: 0, nameless_legs: 0, result_spread_seconds: 0, jitter_seconds: 0}\n"
    return Stage(load_config(text + quiet))


def called_back(scene: Stage, extension: str = "100", **more: Any) -> Journey:
    """A callback of which both sides have answered."""
    fields = {"from": {"extension": extension}, "to_number": CALLER} | more
    assert scene.result("callback", **fields) == 1000
    scene.wait(20)
    return list(scene.pbx.journeys.values())[-1]


def summary(scene: Stage) -> dict[str, Any]:
    scene.wait(200)
    return scene.bodies("events/summary")[-1]


@pytest.mark.parametrize(
    ("line", "number"),
    [("Office", "sip:main@pbx.example"), ("78000000001", "78000000001"), (LINE, LINE), ("+" + LINE, LINE)],
)
def test_lines_that_a_call_can_be_made_through(scene: Stage, line: str, number: str) -> None:
    """§3.2.1: SIP UAC by its name, 7800 and DID by their number."""
    scene.hang_up(called_back(scene, line_number=line))
    assert summary(scene)["line_number"] == number


@pytest.mark.parametrize(
    "line",
    ["sip:main@pbx.example", "main@pbx.example", "AccountEndpoint", "sip:door@pbx.example", "office", "79000000999"],
)
@pytest.mark.parametrize("command", ["callback", "callback_group"])
def test_lines_that_it_cannot(scene: Stage, command: str, line: str) -> None:
    """§3.2.1: not by the SIP URI, and not through a passive SIP line."""
    sides = {
        "callback": {"from": {"extension": "100"}, "to_number": CALLER},
        "callback_group": {"from": "303", "to": CALLER},
    }
    assert scene.result(command, line_number=line, **sides[command]) == 3100


def test_regions_of_lines(scene: Stage) -> None:
    """§3.6.7."""
    regions = {one["number"]: one["region"] for one in scene.ask("incominglines").body["lines"]}
    assert regions["sip:main@pbx.example"] == "sip-uac"
    assert regions["sip:door@pbx.example"] == "sip"
    assert (regions["78000000001"], regions[LINE]) == ("toll-free", "2")


@pytest.mark.parametrize("field", ["line_id", "outgoingline"])
def test_nobody_calls_out_by_a_line_of_region_sip(scene: Stage, field: str) -> None:
    """§3.6.12, §3.6.13."""
    lines = {one["number"]: one for one in scene.ask("incominglines").body["lines"]}
    user = scene.ask("config/users/request", ext_fields=["general.user_id"]).body["users"][0]["general"]["user_id"]

    def update(number: str) -> int:
        line = lines[number]
        value = line["line_id"] if field == "line_id" else number
        return int(scene.ask("member/update", user_id=user, **{field: value}).body["result"])

    assert update("sip:door@pbx.example") == 3100
    assert update("sip:main@pbx.example") == 1000
    missing: dict[str, Any] = {"line_id": 1, "outgoingline": "74950000000"}
    assert scene.ask("member/update", user_id=user, **{field: missing[field]}).body["result"] == 3300


def test_a_foreign_number_counts_as_the_employees_for_the_call(stage: Stage) -> None:
    """§3.2.1, from.number."""
    journey = called_back(stage, **{"from": {"extension": "103", "number": ABROAD}})
    first, second = journey.legs
    assert first.callee == second.caller == Party(extension="103", number=ABROAD)
    assert state(journey) == "talking"
    stage.hang_up(journey)
    assert summary(stage)["from"] == {"extension": "103", "number": ABROAD}


@pytest.mark.parametrize("number", ["101", "303", "abc", "@"])
def test_a_short_number_cannot_stand_for_the_employee(stage: Stage, number: str) -> None:
    """§3.2.1: neither internal numbers nor those of groups."""
    assert stage.result("callback", **{"from": {"extension": "100", "number": number}, "to_number": CALLER}) == 3100


@pytest.mark.parametrize("number", ["12345678", "sip:me@elsewhere.example", "+79000000777"])
def test_other_numbers_can(stage: Stage, number: str) -> None:
    """The example of §3.2.1 has one of eight digits."""
    assert stage.result("callback", **{"from": {"extension": "100", "number": number}, "to_number": CALLER}) == 1000


def test_a_callback_between_two_employees_is_internal(stage: Stage) -> None:
    """§3.1.5: direction 0, and no line."""
    journey = called_back(stage, to_number="101")
    stage.hang_up(journey)
    told = summary(stage)
    assert (told["call_direction"], told["entry_result"]) == (0, 1)
    assert (told["from"]["extension"], told["to"]["extension"]) == ("100", "101")
    assert "line_number" not in told
    assert all("line_number" not in leg["to"] for leg in stage.bodies("events/call"))


@pytest.mark.parametrize(
    ("command", "fields", "direction", "sides"),
    [
        ("callback", {"from": {"extension": "103"}, "to_number": CALLER}, 2, ({"extension": "103"}, {"number": CALLER})),
        ("callback", {"from": {"extension": "100"}, "to_number": "306"}, 0, ({"extension": "100"}, {"extension": "306"})),
        ("callback_group", {"from": "306", "to": CALLER, "line_number": LINE}, 2, ({"extension": "306"}, {"number": CALLER})),
        ("callback_group", {"from": CALLER, "to": "306", "line_number": LINE}, 2, ({"number": CALLER}, {"extension": "306"})),
    ],
)  # fmt: skip
def test_calls_of_the_pbx_that_were_missed(
    stage: Stage, command: str, fields: dict[str, Any], direction: int, sides: tuple[dict[str, str], dict[str, str]]
) -> None:
    assert stage.result(command, **fields) == 1000
    told = summary(stage)
    assert (told["call_direction"], told["entry_result"], told["talk_time"]) == (direction, 0, 0)
    assert told["forward_time"] == told["create_time"]
    for found, wanted in zip((told["from"], told["to"]), sides, strict=True):
        assert wanted.items() <= found.items()
        assert "number" not in found or found.get("extension") != "306"


def test_the_summary_of_a_missed_group_call_names_the_group(stage: Stage) -> None:
    """§3.1.5: `number` is not given for a call to a group that was missed."""
    journey = stage.dial()
    assert stage.result("route", call_id=journey.legs[0].call_id, to_number="303") == 1000
    stage.wait(2)
    stage.hang_up(journey)
    assert summary(stage)["to"] == {"extension": "303"}


@pytest.mark.parametrize(
    ("chain", "to"), [(("306", "103"), {"extension": "306"}), (("102", "306"), {"extension": "102"})]
)
def test_of_a_chain_the_first_link_is_named(stage: Stage, chain: tuple[str, str], to: dict[str, str]) -> None:
    """§3.1.5: the first who missed the call; an employee with their main number."""
    journey = stage.dial()
    for target in chain:
        leg = journey.menu_leg
        assert leg is not None
        assert stage.result("route", call_id=leg.call_id, to_number=target) == 1000
        stage.wait(14)
    stage.hang_up(journey)
    found = summary(stage)["to"]
    assert to.items() <= found.items()
    assert ("number" in found) == (to["extension"] == "102")


def test_who_answered_is_named_when_somebody_did(stage: Stage) -> None:
    journey = stage.dial()
    stage.result("route", call_id=journey.legs[0].call_id, to_number="304")
    stage.wait(30)
    stage.hang_up(journey)
    assert summary(stage)["to"] == {"extension": "100", "number": "sip:operator@pbx.example"}


@pytest.mark.parametrize("initiator", ["100", "sip:operator@pbx.example"])
@pytest.mark.parametrize("method", ["blind", "hold"])
def test_an_employee_on_the_from_side_transfers(stage: Stage, method: str, initiator: str) -> None:
    """§3.2.8: `initiator` is the value of one of the fields of from or to."""
    journey = called_back(stage)
    talk = journey.legs[-1]
    fields = {"call_id": talk.call_id, "method": method, "to_number": "101", "initiator": initiator}
    assert stage.result("transfer", **fields) == 1000
    stage.wait(12)
    last = journey.legs[-1]
    assert (last.caller.number, last.callee.extension, last.state) == (CALLER, "101", "Connected")
    assert last.taken_from == talk.call_id
    assert stage.course(talk)[-2:] == [("OnHold", None), ("Disconnected", 1110)]
    assert state(journey) == "talking"


def test_a_blind_transfer_by_the_from_side_that_fails_rings_them_again(stage: Stage) -> None:
    journey = called_back(stage)
    fields = {"call_id": journey.legs[-1].call_id, "method": "blind", "to_number": "102", "initiator": "100"}
    assert stage.result("transfer", **fields) == 1000
    stage.wait(10)
    last = journey.legs[-1]
    assert (last.caller.number, last.callee.extension, last.state) == (CALLER, "100", "Connected")


def test_whoever_is_outside_transfers_nobody(stage: Stage) -> None:
    """§3.2.8: only on behalf of an employee."""
    journey = called_back(stage)
    fields = {"call_id": journey.legs[-1].call_id, "method": "blind", "to_number": "101", "initiator": CALLER}
    assert stage.result("transfer", **fields) == 3100


@pytest.mark.parametrize("sender", ["101", "sip:sales@pbx.example", "sales@pbx.example", "79000000103", "+79000000103"])
def test_a_message_from_an_employee_or_their_number(stage: Stage, sender: str) -> None:
    """§3.2.4, note 1."""
    assert stage.result("sms", text="Hello", from_extension=sender, to_number=CALLER) == 1000


@pytest.mark.parametrize(
    ("sender", "to_number"),
    [("999", CALLER), ("79000000999", CALLER), ("101", "102"), ("101", "303"), ("101", "abc"), ("303", CALLER)],
)
def test_messages_that_cannot_be_sent(stage: Stage, sender: str, to_number: str) -> None:
    assert stage.result("sms", text="Hello", from_extension=sender, to_number=to_number) == 3100


def test_nothing_plays_into_a_call_that_the_pbx_makes(stage: Stage) -> None:
    """§3.2.6: only of an incoming call."""
    assert stage.result("callback_group", **{"from": "303", "to": CALLER, "line_number": LINE}) == 1000
    stage.wait(1)
    (journey,) = stage.pbx.journeys.values()
    queue = journey.live("queue")
    assert queue is not None
    assert stage.result("play/start", call_id=queue.call_id, internal_id=17) == 4100


def test_the_events_name_the_sip_call_id(stage: Stage) -> None:
    """§3.1.1, §3.1.5."""
    journey = stage.pbx.dial(stage.now, CALLER, LINE, "a1b2@elsewhere")
    assert journey is not None
    stage.result("route", call_id=journey.legs[0].call_id, to_number="101")
    stage.wait(10)
    stage.hang_up(journey)
    stage.wait(1)
    told = stage.bodies("events/call") + stage.bodies("events/summary")
    assert {one["sip_call_id"] for one in told} == {"a1b2@elsewhere"}


def test_without_the_cabinets_leave_they_do_not() -> None:
    """§3.1.1: only if the cabinet lets it through."""
    scene = Stage(load_config(CONFIG + "keeps_sip_call_id: false\n"))
    scene.pbx.set_habits(Habits(jitter_seconds=0.0))
    scene.pbx.dial(scene.now, CALLER, LINE, "a1b2")
    scene.wait(1)
    assert all("sip_call_id" not in one for one in scene.bodies("events/call"))


def test_of_an_employee_off_hours_no_leg_is_told() -> None:
    """§3.1.1: outside of their hours there is no notification; the caller is back in the menu."""
    scene = Stage(load_config(CONFIG.replace("behaves: answers after 3s", "behaves: off_hours")))
    scene.pbx.set_habits(Habits(late_legs=0.0, nameless_legs=0.0, result_spread_seconds=0.0, jitter_seconds=0.0))
    journey = scene.dial()
    assert scene.result("route", call_id=journey.legs[0].call_id, to_number="100") == 1000
    scene.wait(2)
    assert [leg.location for leg in journey.legs] == ["ivr", "ivr"]
    assert state(journey) == "menu"
