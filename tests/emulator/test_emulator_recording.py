"""Recordings: how they follow an employee, and the files that they leave."""

from dataclasses import replace
from typing import Any

import pytest

from router.emulator.load import load_config
from router.emulator.state.mp3 import FRAME_BYTES, SAMPLE_RATE, SAMPLES_IN_A_FRAME, silence
from tests.emulator.stage import CONFIG, QUIET, Stage

DIRECT = "74952150439"  # leads to 101


def states(stage: Stage) -> list[tuple[str, int]]:
    return [(body["recording_state"], body["seq"]) for body in stage.bodies("events/recording")]


def talking(stage: Stage) -> Any:
    journey = stage.dial(line=DIRECT)
    stage.wait(5)
    return journey


def start(stage: Stage, journey: Any, who: str = "101") -> int | None:
    return stage.result("recording/start", call_id=journey.legs[-1].call_id, call_party_number=who)


def test_from_start_to_file(stage: Stage) -> None:
    journey = talking(stage)
    assert start(stage, journey) == 1000
    assert start(stage, journey) == 4102
    stage.wait(30)
    stage.hang_up(journey)
    stage.wait(3)
    assert states(stage) == [("Started", 1), ("Completed", 2)]
    completed = stage.bodies("events/recording")[1]
    assert (completed["completion_code"], completed["recipient"], completed["command_id"]) == (1000, "Cloud", "cmd1")
    recordings = stage.pbx.office.recordings
    link = recordings.link(completed["recording_id"])
    content = recordings.file(link.rpartition("/")[2])
    assert content == silence(30)
    assert recordings.file(link.rpartition("/")[2]) is None, "a link is good for one access"


def test_one_that_is_too_short_is_not_kept(stage: Stage) -> None:
    journey = talking(stage)
    start(stage, journey)
    stage.hang_up(journey)
    stage.wait(3)
    completed = stage.bodies("events/recording")[1]
    assert completed["completion_code"] == 4002
    assert "recipient" not in completed


def test_it_follows_the_employee_who_consults(stage: Stage) -> None:
    """§3.1.3, the picture of a transfer with consultation: the employee moves, and the recording with them."""
    journey = talking(stage)
    start(stage, journey)
    ask = {"call_id": journey.legs[-1].call_id, "to_number": "100", "method": "hold", "initiator": "101"}
    assert stage.result("transfer", **ask) == 1000
    stage.wait(60)
    assert [state for state, _ in states(stage)][:2] == ["Started", "Continued"]


def test_only_a_conversation_of_an_employee_can_be_recorded(stage: Stage) -> None:
    journey = stage.dial()
    assert start(stage, journey) == 4100
    journey = talking(stage)
    assert start(stage, journey, "100") == 3330
    assert stage.result("recording/start", call_id="MTo=", call_party_number="101") == 4101


def test_by_itself(stage: Stage) -> None:
    text = CONFIG.replace("101: {", "101: {recorded: true, ")
    recorded = Stage(replace(load_config(text), habits=QUIET))
    talking(recorded)
    assert states(recorded) == [("Started", 1)]


def test_what_the_later_document_tells_besides() -> None:
    text = CONFIG + 'speech: {phrases: ["client: a refund"], topics: {Refund: [refund]}}\n'
    later = Stage(replace(load_config(text), habits=QUIET, profile="2026"))
    journey = talking(later)
    start(later, journey)
    later.wait(10)
    later.hang_up(journey)
    later.wait(10)
    (added,), (tagged,) = later.bodies("events/record/added"), later.bodies("events/record/tagged")
    assert added["recording_id"] == tagged["recording_id"] == journey.recordings[0].recording_id
    assert tagged["tags"] == [1688]


@pytest.mark.parametrize("seconds", [0, 0.5, 1, 36, 3600])
def test_a_file_is_a_run_of_whole_mpeg_frames(seconds: float) -> None:
    """Bits of a frame's header as ISO/IEC 13818-3 has them."""
    content = silence(seconds)
    frames = len(content) // FRAME_BYTES
    assert len(content) == frames * FRAME_BYTES
    assert seconds <= frames * SAMPLES_IN_A_FRAME / SAMPLE_RATE <= seconds + 0.037
    for place in range(0, min(len(content), 10 * FRAME_BYTES), FRAME_BYTES):
        header = int.from_bytes(content[place : place + 4])
        assert header >> 21 == 0x7FF, "sync"
        assert header >> 19 & 3 == 2, "MPEG-2"
        assert header >> 17 & 3 == 1, "layer III"
        assert header >> 12 & 15 == 1, "8 kbit/s"
        assert header >> 10 & 3 == 2, "16 kHz"
        assert header >> 6 & 3 == 3, "mono"
