"""What people at the phones do, and what the PBX tells of it (§3.1.1, §3.1.4, §3.1.5), through both faces."""

from collections.abc import Callable

import pytest

from router.pbx.happenings import HAPPENINGS, Impossible
from router.protocol.events import JourneyEnded
from tests.pbx.faces import CALLER, FACES, LINE, Face
from tests.pbx.test_commands import (
    consulting,
    ended,
    handed_over,
    held,
    menu,
    queue,
    recorded,
    returned,
    ringing,
    talking,
    transferred,
)

Story = Callable[[Face], None]


def moved_on(face: Face) -> None:
    """The scheme itself has sent the caller to an employee (§3.2.6)."""
    face.happen("left")


BY_FACE = pytest.mark.parametrize("face", FACES)

CAUSES: dict[tuple[Story, str], list[str]] = {
    # the menu (§3.2.6: without a command the scheme goes on)
    (menu, "left"): ["1 Disconnected ivr 1100", "2 Appeared abonent to 199 from 1"],
    (menu, "hang up"): ["1 Disconnected ivr 1110", "summary 1110 no talk"],
    (returned, "left"): ["3 Disconnected ivr 1100", "4 Appeared abonent to 199 from 3"],
    # from where the scheme sent the caller he does not come back
    (moved_on, "answered"): ["2 Connected abonent"],
    (moved_on, "busy"): ["2 Disconnected abonent 1121", "summary 1121 no talk"],
    # a phone that rings (list of codes, 11xx); the scheme has the caller again afterwards
    (ringing, "answered"): ["2 Connected abonent"],
    (ringing, "busy"): ["2 Disconnected abonent 1121", "3 Appeared ivr from 2"],
    (ringing, "no_answer"): ["2 Disconnected abonent 1111", "3 Appeared ivr from 2"],
    (ringing, "rejected"): ["2 Disconnected abonent 1122", "3 Appeared ivr from 2"],
    (ringing, "unavailable"): ["2 Disconnected abonent 1124", "3 Appeared ivr from 2"],
    (ringing, "hang up"): ["2 Disconnected abonent 1110", "summary 1110 no talk"],
    # a group: its queue is left when somebody answers (§3.1.1), and says why the group did not (116x)
    (queue, "answered"): ["2 Disconnected queue 1100", "3 Connected abonent"],
    (queue, "busy"): ["3 Disconnected abonent 1121", "2 Disconnected queue 1121", "4 Appeared ivr from 3"],
    (queue, "no_answer"): ["3 Disconnected abonent 1111", "2 Disconnected queue 1163", "4 Appeared ivr from 3"],
    (queue, "rejected"): ["3 Disconnected abonent 1122", "2 Disconnected queue 1122", "4 Appeared ivr from 3"],
    (queue, "unavailable"): ["3 Disconnected abonent 1124", "2 Disconnected queue 1164", "4 Appeared ivr from 3"],
    (queue, "hang up"): ["2 Disconnected queue 1110", "3 Disconnected abonent 1110", "summary 1110 no talk"],
    # a conversation
    (talking, "held"): ["2 OnHold abonent"],
    (talking, "hang up"): ["2 Disconnected abonent 1110", "summary 1110 talked"],
    (held, "resumed"): ["2 Connected abonent"],
    (held, "hang up"): ["2 Disconnected abonent 1110", "summary 1110 talked"],
    (recorded, "hang up"): ["2 Disconnected abonent 1110", "recording Completed of 101", "summary 1110 talked"],
    (recorded, "held"): ["2 OnHold abonent"],
    # a consultation (§3.2.8, story "Перевод вызова с консультацией")
    (consulting, "answered"): [
        "3 Connected abonent",
        "2 Disconnected abonent 1120",
        "3 Connected abonent",
    ],
    (consulting, "busy"): ["3 Disconnected abonent 1121", "2 Connected abonent"],
    (consulting, "no_answer"): ["3 Disconnected abonent 1111", "2 Connected abonent"],
    (consulting, "rejected"): ["3 Disconnected abonent 1122", "2 Connected abonent"],
    (consulting, "unavailable"): ["3 Disconnected abonent 1124", "2 Connected abonent"],
    (consulting, "resumed"): ["3 Disconnected abonent 1110", "2 Connected abonent"],  # the employee is its calling side
    (consulting, "hang up"): ["3 Disconnected abonent 1110", "2 Disconnected abonent 1110", "summary 1110 talked"],
    (transferred, "held"): ["3 OnHold abonent"],
    (transferred, "hang up"): ["3 Disconnected abonent 1110", "summary 1110 talked"],
    # a blind transfer: without an answer the employee is rung again (§3.2.8)
    (handed_over, "answered"): ["3 Connected abonent"],
    (handed_over, "busy"): ["3 Disconnected abonent 1121", "4 Appeared abonent to 101 from 3"],
    (handed_over, "no_answer"): ["3 Disconnected abonent 1111", "4 Appeared abonent to 101 from 3"],
    (handed_over, "rejected"): ["3 Disconnected abonent 1122", "4 Appeared abonent to 101 from 3"],
    (handed_over, "unavailable"): ["3 Disconnected abonent 1124", "4 Appeared abonent to 101 from 3"],
    (handed_over, "resumed"): ["3 Disconnected abonent 1111", "4 Appeared abonent to 101 from 3"],
    (handed_over, "hang up"): ["3 Disconnected abonent 1110", "summary 1110 talked"],
}
IMPOSSIBLE = {
    menu: ("answered", "busy", "no_answer", "rejected", "unavailable", "held", "resumed"),
    ringing: ("held", "resumed", "left"),
    queue: ("held", "resumed"),
    talking: ("answered", "busy", "no_answer", "rejected", "unavailable", "resumed", "left"),
    held: ("answered", "busy", "no_answer", "rejected", "unavailable", "held", "left"),
    transferred: ("answered", "busy", "resumed", "left"),
    ended: (*HAPPENINGS, "hang up"),
}


def let_happen(call: Face, what: str) -> list[str]:
    return call.hang_up() if what == "hang up" else call.happen(what)


@BY_FACE
@pytest.mark.parametrize(("story", "what"), CAUSES, ids=lambda one: getattr(one, "__name__", one))
def test_what_is_told(story: Story, what: str, face: type[Face]) -> None:
    call = face()
    story(call)
    assert let_happen(call, what) == CAUSES[story, what]


@BY_FACE
@pytest.mark.parametrize(
    ("story", "what"),
    [(story, what) for story, some in IMPOSSIBLE.items() for what in some if (story, what) != (ended, "hang up")],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_what_cannot_be(story: Story, what: str, face: type[Face]) -> None:
    call = face()
    story(call)
    before = len(call.events)
    with pytest.raises(Impossible):
        let_happen(call, what)
    assert len(call.events) == before


@BY_FACE
def test_packets_of_keys_have_a_counter_of_their_own(face: type[Face]) -> None:
    call = face()
    assert call.press("1") == ["1 keys 1 #1 in ivr"]
    assert call.press("4711") == ["1 keys 4711 #2 in ivr"]
    ringing(call)
    assert call.press("1") == [], "§3.1.4: keys count in the menu"
    assert call.happen("busy")[-1] == "3 Appeared ivr from 2"
    assert call.press("2") == ["3 keys 2 #1 in ivr"]


@BY_FACE
def test_second_recording_after_the_first_is_another_one(face: type[Face]) -> None:
    call = face()
    recorded(call)
    call.happen("held")
    assert call.command("recording/start", 2, call_party_number="101")[0] == 4100, "§3.2.5: not of a call on hold"
    call.happen("resumed")
    assert call.command("recording/start", 2, call_party_number="101")[0] == 4102


@BY_FACE
def test_employee_rung_again_who_does_not_answer_either_ends_the_call(face: type[Face]) -> None:
    call = face()
    handed_over(call)
    call.happen("busy")
    assert call.happen("no_answer") == ["4 Disconnected abonent 1111", "summary 1111 talked"]


@BY_FACE
def test_counters_of_legs_have_no_gap(face: type[Face]) -> None:
    call = face()
    transferred(call)
    call.hang_up()
    seqs: dict[str, list[int]] = {}
    for event in call.events:
        if hasattr(event, "seq") and hasattr(event, "state"):
            seqs.setdefault(getattr(event, "call_id", ""), []).append(event.seq)
    assert len(seqs) == 3
    assert all(counts == list(range(1, len(counts) + 1)) for counts in seqs.values())


@BY_FACE
@pytest.mark.parametrize("story", [menu, ringing, talking, transferred])
def test_summary_counts_the_seconds(story: Story, face: type[Face]) -> None:
    """§3.1.5: the caller has left the menu and has talked, or neither is told of a call that was missed."""
    call = face()
    story(call)
    call.hang_up()
    summary = next(event for event in call.events if isinstance(event, JourneyEnded))
    has_talked = story in (talking, transferred)
    assert (summary.call_direction, summary.from_number, summary.line_number) == (1, CALLER, LINE)
    assert summary.entry_result == int(has_talked)
    assert bool(summary.talk_time) == bool(summary.forward_time) == has_talked
    assert summary.create_time <= (summary.forward_time or summary.create_time) <= summary.end_time
    assert summary.forward_time <= summary.talk_time <= summary.end_time
    assert summary.to_extension == ("" if story is menu else "101")
