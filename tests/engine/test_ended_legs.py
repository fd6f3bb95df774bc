"""A long call: legs that are over leave its state, and what is still told of them changes nothing."""

from router.engine.environment import LEGS_KEPT
from router.engine.state import LEFT, TAKEN
from router.protocol.events import IVR, QUEUE
from tests.engine.scenario import Scenario

WAITS = """
  first: {route: {to: group 303, on: {answered: bye, else: bye}}}
  bye: release"""
STAYS = """
  first: {wait: {for: 1h, next: bye}}
  bye: release"""
MOST_BYTES = 16 * 1024


def in_the_queue() -> Scenario:
    call = Scenario(WAITS)
    call.comes(to_number="74950000000").sent().result()
    return call.queues("queue", taken_from_call_id="ivr", acd_group="303").ends("ivr", 1100, location=IVR)


def phone(call: Scenario, number: int) -> None:
    """A phone of the group rings, and is given up."""
    told = {"command_id": "", "acd_group": "303", "taken_from_call_id": "queue"}
    call.rings(f"phone-{number:040}", **told).ends(f"phone-{number:040}", 1110, location="abonent")


def test_the_state_of_a_call_stays_small_whatever_rings() -> None:
    call = in_the_queue()
    sizes = []
    for number in range(1, 2_501):
        phone(call, number)
        sizes.append(len(call.state))
    assert max(sizes) <= MOST_BYTES
    assert max(sizes[100:]) - min(sizes[100:]) <= 8, "it has stopped growing"
    assert call.at_step == "first"
    assert call.call.leg == "queue"


def test_legs_of_the_attempt_are_kept_and_every_leg_is_counted() -> None:
    call = in_the_queue()
    for number in range(50):
        phone(call, number)
    call.wait(1)
    assert call.call.activity is not None
    assert {"queue", *call.call.activity.legs} <= call.call.legs.keys()
    assert len(call.call.legs) + call.call.folded == 52


def moved_on(kept: int = 2) -> Scenario:
    """A caller who goes from menu to menu, and is at the last of five."""
    call = Scenario(STAYS, legs_kept=kept)
    call.comes("menu-0", to_number="74950000000")
    for number in range(1, 5):
        call.wait(1).comes(f"menu-{number}", taken_from_call_id=f"menu-{number - 1}")
        call.ends(f"menu-{number - 1}", 1100, location=IVR)
    return call


def test_what_is_late_of_a_folded_leg_is_late() -> None:
    call = moved_on()
    assert "menu-0" not in call.call.legs
    state, told = call.state, len(call.trace)
    call.comes("menu-0", seq=1).comes("menu-0", seq=2).ends("menu-0", 1100, seq=9)
    assert [entry.data["lateness"] for entry in call.trace[told:]] == ["late"] * 3
    assert call.call.legs.keys() == moved_on().call.legs.keys()
    assert len(call.state) == len(state)


def test_a_leg_that_was_left_before_anything_was_told_of_it_is_left() -> None:
    """The first leg of a conversation is told of after the caller has gone on, and after the leg that shows it has
    been folded."""
    call = Scenario(STAYS, legs_kept=1)
    call.comes("menu", to_number="74950000000")
    call.leg("talk", "Connected", seq=1, location="abonent", to_extension="102", taken_from_call_id="untold")
    call.ends("talk", 1100, location="abonent")
    call.comes("again", taken_from_call_id="talk").wait(1)
    call.connects("other", seq=1, taken_from_call_id="again").ends("other", 1110, location="abonent")
    assert "talk" not in call.call.legs
    assert call.call.left["untold"] == LEFT
    where = call.call.leg
    call.connects("untold", taken_from_call_id="menu")
    assert call.call.leg == where


def test_a_queue_keeps_its_caller_whatever_phones_rang_and_were_folded() -> None:
    call = in_the_queue()
    for number in range(3 * LEGS_KEPT):
        phone(call, number)
    assert call.call.left.get("queue", 0) <= TAKEN
    call.leg("queue", "Connected", location=QUEUE, acd_group="303", to_extension="")
    assert call.call.leg == "queue"


def test_digits_of_a_folded_menu_are_still_taken_once() -> None:
    """Digits have a counter apart: the end of their leg may overtake them."""
    call = moved_on()
    call.keys("1", seq=1, call_id="menu-0").keys("1", seq=1, call_id="menu-0")
    told = [entry.data.get("lateness") for entry in call.trace if entry.data.get("event") == "dtmf"]
    assert told == ["in order", "late"]


def test_the_end_of_a_call_is_known_when_its_last_leg_ends() -> None:
    call = moved_on(kept=1)
    call.ends("menu-4", 1110, location=IVR).summary(disconnect_reason=1110)
    assert call.call.status == "ended"
