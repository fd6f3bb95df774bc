"""Types and names: what an expression may mention, and what goes with what.

There are four types of values. A phone is a text that holds a number's digits, and the two go together everywhere;
nothing else is ever converted or taken for true. A list is no value: it only stands to the right of `in`.
"""

from collections.abc import Mapping
from typing import Final

from router.flow.invalid import INVALID

TEXT: Final = "text"
NUMBER: Final = "number"
BOOL: Final = "bool"
PHONE: Final = "phone"
LIST: Final = "list"

VALUE_TYPES: Final = frozenset({TEXT, NUMBER, BOOL, PHONE})
_TEXTUAL: Final = frozenset({TEXT, PHONE})

IN_WORDS: Final[Mapping[str, str]] = {
    TEXT: "text",
    NUMBER: "a number",
    BOOL: "true or false",
    PHONE: "a phone number",
    LIST: "a list",
}

Names = Mapping[str, str]
"""Every dotted name that may stand in an expression, with its type; lists are `lists.NAME` of type "list".

A name whose declaration has a finding is INVALID, and goes with everything; where it is not known which names there are
below another one, as when the file that declares them cannot be read, `lists.*` is.
"""

BUILTIN_NAMES: Final[dict[str, str]] = {
    "caller.number": PHONE,
    "caller.extension": TEXT,
    "caller.withheld": BOOL,
    "call.line": PHONE,
    "call.entry_id": TEXT,
    "call.call_id": TEXT,
    "call.state": TEXT,
    "call.location": TEXT,
    "call.menu": TEXT,
    "call.answered": BOOL,
    "call.direction": TEXT,
    "call.age": NUMBER,  # seconds
    "call.dct_number": PHONE,
    "call.dct_type": NUMBER,
    "call.sip_call_id": TEXT,
    "call.group": TEXT,
    "call.answered_by": TEXT,
    "call.talk_seconds": NUMBER,
    "call.end_reason": NUMBER,  # a code of the document's list
    "call.recording_id": TEXT,
    "call.task_id": TEXT,
    "call.callback_initiator": TEXT,
    "digits": TEXT,
    "now.hour": NUMBER,
    "now.minute": NUMBER,
    "now.weekday": NUMBER,  # 1 is Monday
    "now.date": TEXT,  # 2026-11-23
    "now.time": TEXT,  # 09:05, so that times compare as texts
    "limits.route.wait": NUMBER,  # seconds, as all waits
    "limits.transfer.wait": NUMBER,
    "limits.hangup.wait": NUMBER,
    "limits.play.wait": NUMBER,
    "result.code": NUMBER,
    "result.kind": TEXT,
}


def hours_names(name: str) -> dict[str, str]:
    """The names that the opening hours `name` bring, with their types."""
    return {
        f"hours.{name}.open": BOOL,
        f"hours.{name}.opens_in": NUMBER,  # seconds
        f"hours.{name}.opens_date": TEXT,
        f"hours.{name}.opens_time": TEXT,
    }


def type_of(name: str, names: Names) -> str | None:
    """The type of a dotted name; None of one that is certainly not there."""
    found = names.get(name)
    return names.get(f"{name.partition('.')[0]}.*") if found is None else found


def compatible(one: str, other: str) -> bool:
    """Whether values of the two types may be compared, or stand for one another."""
    return one == other or INVALID in (one, other) or {one, other} <= _TEXTUAL


def joint(one: str, other: str) -> str:
    """The type of something that is either of the two; INVALID when they do not go together."""
    if one == other:
        return one
    return TEXT if {one, other} <= _TEXTUAL else INVALID
