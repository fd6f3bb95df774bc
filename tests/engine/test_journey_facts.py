"""What a call's state keeps for its row: how long phones rang, by which exit the last step was left, its recordings."""

from router.engine.journey import MOST_RECORDINGS, ring_seconds
from router.protocol.events import RecordingChanged
from tests.engine.scenario import Scenario

ROUTE = "  first: {route: {to: group 301, on: {answered: second, else: second}}}\n  second: hangup"


def test_phones_that_ring_at_once_count_once() -> None:
    call = Scenario(ROUTE).comes().done()
    assert call.call.rang == 0.0
    begun = call.driver.clock.now
    call.rings("a")
    call.clock += 3
    call.rings("b", "102")
    call.clock += 4
    assert ring_seconds(call.call, call.driver.clock.now) == call.driver.clock.now - begun
    call.ends("b", 1100)
    call.clock += 5
    call.connects("a")
    assert (call.call.rang, call.call.ringing_since) == (call.driver.clock.now - begun, 0.0)
    call.clock += 60
    assert ring_seconds(call.call, call.driver.clock.now) == call.call.rang


def test_a_caller_in_the_menu_is_not_rung_for() -> None:
    call = Scenario(ROUTE).comes()
    call.clock += 10
    assert ring_seconds(call.call, call.driver.clock.now) == 0.0


def test_the_exit_is_that_of_the_step_that_it_was_in_last() -> None:
    steps = '  first: {notify: {url: "https://example.org/hook", next: third}}\n  third: {play: {prompt: audio.hello, next: second}}\n  second: hangup'
    call = Scenario(steps).comes()
    assert (call.call.step, call.call.exit) == ("third", "")
    call = Scenario("  first: release\n  second: hangup").comes()
    assert call.call.step == "first"


def test_recordings_are_kept_once_each_and_the_latest_of_very_many() -> None:
    call = Scenario(ROUTE).comes()
    for number in range(MOST_RECORDINGS + 2):
        for _ in range(2):
            call.apply(
                RecordingChanged(
                    entry_id="E", call_id="ivr", recording_id=f"r{number}", seq=1, timestamp=1, state="Started"
                )
            )
    assert call.call.recording_ids == tuple(f"r{number}" for number in range(2, MOST_RECORDINGS + 2))
    assert call.call.recording_id == call.call.recording_ids[-1]
