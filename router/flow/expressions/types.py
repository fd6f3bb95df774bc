"""Types and names: what an expression may mention, and what goes with what.

There are four types of values. A phone is a text that holds a number's digits, and the two go together everywhere;
nothing else is ever converted or taken for true. A list is no value: it only stands to the right of `in`.
"""

import difflib
import heapq
from collections.abc import Iterable, Mapping
from typing import Final

TEXT: Final = "text"
NUMBER: Final = "number"
BOOL: Final = "bool"
PHONE: Final = "phone"
LIST: Final = "list"
UNKNOWN: Final = ""  # of a part that has been complained about already; goes with everything

_MOST_CANDIDATES: Final = 200  # for the costly comparison of a misspelt word

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
"""Every dotted name that may stand in an expression, with its type; lists are `lists.NAME` of type "list"."""

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


def compatible(one: str, other: str) -> bool:
    """Whether values of the two types may be compared, or stand for one another."""
    return one == other or UNKNOWN in (one, other) or {one, other} <= _TEXTUAL


def joint(one: str, other: str) -> str:
    """The type of something that is either of the two; UNKNOWN when they do not go together."""
    if one == other:
        return one
    return TEXT if {one, other} <= _TEXTUAL else UNKNOWN


def nearest_name(name: str, names: Names) -> str:
    """A suggestion for a name that is not known; "" when nothing is near.

    A name of a group (`hours.office`) is answered with its members. Otherwise names with the same head are asked
    first, so that ten thousand steps do not make one misspelt variable slow.
    """
    members = [known for known in names if known.startswith(name + ".")]
    if members:
        return did_you_mean(members[:4])
    heads = {known.partition(".")[0] for known in names}
    head, dot, rest = name.partition(".")
    near_head = head if head in heads else next(iter(difflib.get_close_matches(head, heads, n=1)), "")
    aimed = near_head + dot + rest
    siblings = (known for known in names if known.partition(".")[0] == near_head)
    return nearest(aimed, siblings) or nearest(name, names)


def nearest(word: str, known: Iterable[str]) -> str:
    """A suggestion for a misspelt word; "" when nothing is near."""
    letters = set(word)
    alike = (one for one in known if abs(len(one) - len(word)) <= 3)
    candidates = heapq.nsmallest(_MOST_CANDIDATES, alike, key=lambda one: len(letters.symmetric_difference(one)))
    return did_you_mean(difflib.get_close_matches(word, candidates, n=1))


def did_you_mean(words: Iterable[str]) -> str:
    """The phrase that offers `words`, or "" when there are none."""
    offered = ", ".join(f"`{word}`" for word in words)
    return f"did you mean {offered}?" if offered else ""
