"""Phone numbers with their middle hidden, wherever a call is shown to people who need not know who called.

A mask is put on at the last moment, over the finished object or line, so that no way of showing a call can forget one
of its fields. What is stored stays whole until `IVR_MASK_AFTER`; then `upkeep` writes it anew, with the same masks.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

KEPT_WHOLE: Final = frozenset(
    {
        "entry_id", "call_id", "taken_from_call_id", "routed_call_id", "sip_call_id", "task_id", "recording_id",
        "recording_ids", "recordings",
        "command_id", "command_ids", "given", "again", "version", "account", "token", "leg", "legs", "ours", "hold",
        "request", "timestamp", "create_time", "forward_time", "talk_time", "end_time", "sealed", "next", "cursor",
        "access_token", "csrf",
    }
)  # fmt: skip
"""Identifiers and instants: they may be long runs of digits, and are no numbers of people."""

_PHONE: Final = re.compile(r"(?<!\w)\+?\d{7,}(?!\w)")
SHOWN_FIRST: Final = 4
SHOWN_LAST: Final = 2


def masked(number: str) -> str:
    """A phone with its middle hidden: "79001234567" becomes "7900*****67"; short ones are extensions and stay."""
    hidden = len(number) - SHOWN_FIRST - SHOWN_LAST
    return number if hidden < 1 else f"{number[:SHOWN_FIRST]}{'*' * hidden}{number[-SHOWN_LAST:]}"


def with_masks(value: Any, key: str = "") -> Any:
    """A copy of a view, or of a line of text, with every phone in it masked."""
    if isinstance(value, str):
        return value if key in KEPT_WHOLE else _PHONE.sub(lambda found: masked(found.group()), value)
    if isinstance(value, Mapping):
        return {name: with_masks(inner, name) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [with_masks(inner, key) for inner in value]
    if isinstance(value, int) and key.endswith("number"):  # some peers write a phone as a JSON number
        return with_masks(str(value), key) if value >= 10**6 else value
    return value
