"""What a caller heard, second by second: each recording that was played, its words, and what ended it.

A prompt's clock starts at the PBX's word that it plays (1000), or when it was sent if none came. It ends with its
length, or before that with the next key that a step listens for, the next prompt, a conversation, or its leg.

That word can come after the prompt was over: a key was pressed at once, and the result was slower. So an end is looked
for from the sending on, and what ended before the word came is counted from its sending.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Any, Final

from router.engine.journey import is_at_employee
from router.engine.state import Call, Entry
from router.flow.model import Audio, Bundle
from router.history.call_view import instant
from router.history.journal import CONFIRMED, FAILED, CommandRow

PLAY: Final = "play/start"

WHOLE, KEY, PROMPT, CONVERSATION, LEG = "whole", "key", "prompt", "conversation", "leg"
"""What ended a recording. Of one whose length no version tells it is never WHOLE."""

LISTENING: Final = ("menu", "collect")

Ends = list[tuple[float, str]]


def recording_of(bundle: Bundle | None, label: str, params: Mapping[str, Any]) -> Audio | None:
    """The recording that a command plays, if the bundle names it."""
    name = re.split(r"[.\[]", label.removeprefix("audio."), maxsplit=1)[0]
    prompt = bundle.prompts.get(name) if bundle is not None else None
    number = str(params.get("internal_id", ""))
    recordings = prompt.recordings() if prompt is not None else ()
    return next((recording for recording in recordings if str(recording.id) == number), None)


def heard(
    call: Call, trace: Iterable[Entry], commands: Iterable[CommandRow], bundle: Bundle | None
) -> list[dict[str, Any]]:
    """The recordings in the order in which they were sent. `bundle` is the version that the call had, if at hand."""
    played = sorted((row for row in commands if _was_played(row)), key=_sent)
    talks = [(leg.connected_at, CONVERSATION) for leg in call.legs.values() if leg.connected_at and is_at_employee(leg)]
    ends, told = [*_keys(trace), *talks], list[dict[str, Any]]()
    following: Ends = []
    for row in reversed(played):
        recording = recording_of(bundle, row.label, row.params)
        began, end, why = _course(row, [*ends, *following, *_leg_end(call, row)], recording)
        told.append(_object(row, recording, began, end, why))
        following = [(began, PROMPT)]
    return told[::-1]


def _keys(trace: Iterable[Entry]) -> Iterator[tuple[float, str]]:
    """Those that a step listened for: where none does, the flow lets its prompt play on."""
    listens = False
    for entry in trace:
        if entry.kind == "entered":
            listens = entry.data["verb"] in LISTENING
        elif entry.kind == "digits" and listens and not entry.data.get("dropped"):
            yield entry.at, KEY


def _was_played(row: CommandRow) -> bool:
    return row.command == PLAY and row.sent is not None and row.state != FAILED


def _sent(row: CommandRow) -> float:
    return row.sent or row.queued


def _began(row: CommandRow) -> float:
    known = row.confirmed if row.state == CONFIRMED else None
    return known or _sent(row)


def _leg_end(call: Call, row: CommandRow) -> Iterator[tuple[float, str]]:
    leg = call.legs.get(row.call_id)
    if leg is not None and leg.ended_at:
        yield leg.ended_at, LEG
    if call.ended:
        yield call.ended, LEG


def _course(row: CommandRow, ends: Ends, recording: Audio | None) -> tuple[float, float | None, str]:
    """When it began, when it ended, and what ended it; None and "" while nothing has."""
    cut, why = min((one for one in ends if one[0] > _sent(row)), default=(inf, ""))
    began = _began(row) if _began(row) < cut else _sent(row)
    if recording is not None and began + recording.length < cut:
        return began, began + recording.length, WHOLE
    return began, cut if why else None, why


def _object(row: CommandRow, recording: Audio | None, began: float, end: float | None, why: str) -> dict[str, Any]:
    return {
        "at": instant(began),
        "until": instant(end),
        "seconds": None if end is None else round(end - began, 3),
        "ended_by": why,
        "command_id": row.command_id,
        "label": row.label,
        "internal_id": str(row.params.get("internal_id", "")),
        "says": recording.says if recording is not None else "",
        "length": recording.length if recording is not None else None,
    }
