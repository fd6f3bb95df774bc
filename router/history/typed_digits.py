"""Keys in place of those that a caller typed in secret, for replays and tests of a call whose keys are secret."""

from collections.abc import Mapping
from typing import Any

import msgspec

from router.flow.verbs.collect import Collect
from router.history.journal import Record
from router.protocol.events import DigitsCollected


def typed_in_secret(
    event: DigitsCollected, record: Record, opened: str, listening: Collect | None, typed_before: int
) -> DigitsCollected:
    """The recorded packet with the keys that were `opened`; with none, as many as were typed: of a secret the last one
    ends the input if it did so then, and what no step took is zeros. `listening` is the secret step that the call is
    at."""
    if opened:
        return msgspec.structs.replace(event, digits=opened)
    typed = next((entry.data for entry in record.trace if entry.kind == "digits"), {"digits": event.digits})
    if listening is None:
        return msgspec.structs.replace(event, digits=without_stars(typed))
    digits = stand_in(listening, len(typed["digits"]), before=typed_before, ended=left_by_next(record))
    return msgspec.structs.replace(event, digits=digits)


def left_by_next(record: Record) -> bool:
    """Whether a step had all its input with this record."""
    return any(entry.kind == "left" and entry.data.get("exit") == "next" for entry in record.trace)


def without_stars(typed: Mapping[str, Any]) -> str:
    """The digits of an entry, with zeros for those that were hidden."""
    digits: str = typed["digits"]
    hidden: int = typed.get("hidden", 0)
    shown = digits[: len(digits) - hidden]
    return shown + "0" * hidden


def stand_in(settings: Collect, length: int, *, before: int, ended: bool) -> str:
    """Keys in place of a packet of secret ones: zeros, and the key that ended the input if one did. `before` is how
    many keys were typed before the packet."""
    if ended and before + length < settings.max_length and (settings.terminator or settings.keys is None):
        return "0" * (length - 1) + (settings.terminator or "#")
    return "0" * length
