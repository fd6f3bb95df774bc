"""Recordings of conversations: how they begin, follow the employee from leg to leg, and end (§3.1.3, §3.2.5).

One recording is one employee's part in a journey. It is Started on a leg that is Connected, Continued on another one
when the employee moves there, and Completed when they are on no leg any more. Each step counts `seq` on.
"""

from typing import Final

from router.pbx.legs import INCOMING, Journey, Leg, Recording
from router.pbx.switchboard import Switchboard
from router.protocol.events import ABONENT, CONNECTED, DISCONNECTED, RecordingChanged

STARTED: Final = "Started"
CONTINUED: Final = "Continued"
COMPLETED: Final = "Completed"

SAVED: Final = 1000
TOO_SHORT: Final = 4002
NO_SUCH_NUMBER: Final = 3330
NOT_POSSIBLE: Final = 4100
IS_RECORDED: Final = 4102

SHORTEST_SECONDS: Final = 1.0
SAVING_SECONDS: Final = 2.0
"""From the end of a recording until its file can be had."""


def is_saved(recording: Recording, now: float) -> bool:
    """Whether its file can be had."""
    return recording.ended is not None and recording.code == SAVED and now >= recording.ended + SAVING_SECONDS


def start(board: Switchboard, journey: Journey, leg: Leg, who: str, command_id: str = "") -> int:
    """Begin to record the employee `who` (an extension or a number) on a leg; the result's code."""
    if leg.location != ABONENT or leg.state != CONNECTED or not _is_conversation(journey):
        return NOT_POSSIBLE
    named = board.employee(who)
    extension = next(
        (
            party.extension
            for party in (leg.callee, leg.caller)
            if party.extension and (who == party.number or (named is not None and named.extension == party.extension))
        ),
        "",
    )
    if not extension:
        return NO_SUCH_NUMBER
    if _running(journey, extension) is not None:
        return IS_RECORDED
    recording = Recording(
        recording_id=board.names.recording(),
        entry_id=journey.entry_id,
        call_id=leg.call_id,
        extension=extension,
        command_id=command_id,
        started=board.queue.now,
    )
    board.recordings[recording.recording_id] = recording
    journey.recordings.append(recording)
    _announce(board, journey, recording, STARTED)
    return SAVED


def leg_changed(board: Switchboard, journey: Journey, leg: Leg) -> None:
    """A leg changed its state: recordings begin by themselves, move on, or end."""
    if leg.state == CONNECTED and leg.location == ABONENT and _is_conversation(journey):
        for extension in (leg.callee.extension, leg.caller.extension):
            _connected(board, journey, leg, extension)
    elif leg.state == DISCONNECTED:
        for recording in _under_way(journey):
            if recording.call_id == leg.call_id:
                _left(board, journey, recording)


def _is_conversation(journey: Journey) -> bool:
    """Whether both sides can be on a leg: the first one of a call that the PBX makes has only who is rung first."""
    return journey.direction == INCOMING or journey.forwarded is not None


def _connected(board: Switchboard, journey: Journey, leg: Leg, extension: str) -> None:
    recording = _running(journey, extension) if extension else None
    employee = board.employees.get(extension)
    if recording is not None and recording.call_id != leg.call_id:
        recording.call_id = leg.call_id
        _announce(board, journey, recording, CONTINUED)
    elif recording is None and employee is not None and employee.is_recorded:
        start(board, journey, leg, extension)


def _left(board: Switchboard, journey: Journey, recording: Recording) -> None:
    """The leg of a recording ended: it goes on where the employee still talks, or it is over."""
    for leg in journey.legs:
        if leg.alive and leg.state == CONNECTED and recording.extension in (leg.callee.extension, leg.caller.extension):
            recording.call_id = leg.call_id
            _announce(board, journey, recording, CONTINUED)
            return
    recording.ended = board.queue.now
    recording.code = SAVED if recording.seconds >= SHORTEST_SECONDS else TOO_SHORT
    _announce(board, journey, recording, COMPLETED)
    if recording.code == SAVED:
        board.recorded(journey, recording)


def _running(journey: Journey, extension: str) -> Recording | None:
    return next((one for one in _under_way(journey) if one.extension == extension), None)


def _under_way(journey: Journey) -> list[Recording]:
    return [one for one in journey.recordings if one.ended is None]


def _announce(board: Switchboard, journey: Journey, recording: Recording, state: str) -> None:
    """`events/recording` (§3.1.3)."""
    recording.seq += 1
    event = RecordingChanged(
        recording_id=recording.recording_id,
        seq=recording.seq,
        state=state,
        entry_id=recording.entry_id,
        call_id=recording.call_id,
        extension=recording.extension,
        timestamp=int(board.queue.now),
        completion_code=recording.code if state == COMPLETED else 0,
        recipient="Cloud" if recording.code == SAVED else "",
        command_id=recording.command_id,
    )
    board.tell(journey, event)
