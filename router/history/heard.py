"""What a caller heard, second by second: each recording that was played, its words, and what ended it.

A prompt's clock starts at the PBX's word that it plays (1000), or when it was sent if none came. It ends with its
length, or before that with the next key, the next prompt, a conversation, or its leg.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from router.engine.journey import is_at_employee
from router.engine.state import Call, Entry
from router.flow.model import Audio, Bundle
from router.history.call_view import instant
from router.history.journal import CONFIRMED, FAILED, CommandRow

PLAY: Final = "play/start"

WHOLE, KEY, PROMPT, CONVERSATION, LEG = "whole", "key", "prompt", "conversation", "leg"
"""What ended a recording. Of one whose length no version tells it is never WHOLE."""

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
    """The recordings in the order in which they began. `bundle` is the version that the call had, if it is at hand."""
    played = sorted((row for row in commands if _was_played(row)), key=_began)
    keys = [(entry.at, KEY) for entry in trace if entry.kind == "digits"]
    talks = [(leg.connected_at, CONVERSATION) for leg in call.legs.values() if leg.connected_at and is_at_employee(leg)]
    prompts = [(_began(row), PROMPT) for row in played]
    return [_heard(row, [*keys, *talks, *prompts, *_leg_end(call, row)], bundle) for row in played]


def _was_played(row: CommandRow) -> bool:
    return row.command == PLAY and row.sent is not None and row.state != FAILED


def _began(row: CommandRow) -> float:
    known = row.confirmed if row.state == CONFIRMED else None
    return known or row.sent or row.queued


def _leg_end(call: Call, row: CommandRow) -> Iterator[tuple[float, str]]:
    leg = call.legs.get(row.call_id)
    if leg is not None and leg.ended_at:
        yield leg.ended_at, LEG
    if call.ended:
        yield call.ended, LEG


def _heard(row: CommandRow, ends: Ends, bundle: Bundle | None) -> dict[str, Any]:
    recording, began = recording_of(bundle, row.label, row.params), _began(row)
    whole: Ends = [(began + recording.length, WHOLE)] if recording is not None else []
    end, why = min(((at, why) for at, why in [*whole, *ends] if at > began), default=(None, ""))
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
