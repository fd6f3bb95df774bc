"""What `route` and `transfer` have in common: destinations, and how an attempt to reach them can end."""

from collections.abc import Iterable
from typing import Final

from router.flow.model import Destination
from router.flow.verbs.fragments import CODES, TARGET, described, named_exits
from router.flow.verbs.spec import Schema

FAILURES: Final = ("busy", "no_answer", "rejected", "unavailable", "failed")
OUTCOMES: Final = (
    ("busy", "The called party is busy."),
    ("no_answer", "Nobody answered: the PBX gave up, or `ring` is over while the other side still rings."),
    ("rejected", "The called party declined."),
    ("unavailable", "Nobody can be reached there, or no destination is left to try."),
    ("failed", "The command was refused or had no effect, or the call ended there in any other way."),
)
LEFT: Final = ("left", "The PBX's own scheme moved the caller on. Not written: the call is released.")
BY_CODE: Final = (
    ("4101, 41xx", "The attempt ended with this code, or with one of this class."),
    ("else", "Any exit but `answered` that is not written."),
)
EXPECTED: Final = "The destination as the flow has it, or the number dialled."


def attempt_exits(*descriptions: tuple[str, str]) -> Schema:
    """`on` of an attempt: the exits that have a description, in the order given, and all others."""
    said = dict(descriptions)
    names = dict.fromkeys(("answered", "busy", "no_answer", "rejected", "unavailable", "left", "failed", *said))
    names.pop("else", None)
    return named_exits(
        "The step for each exit. Precedence: a code (4101), a class (41xx), a name, else.",
        {name: {**TARGET, **described(said.get(name, ""))} for name in (*names, "else")},
        **{"x-hint": "a code has four digits (4101), and a class ends in x (41xx)"},
        patternProperties={CODES: TARGET},
    )


def destination_names(to: Iterable[Destination]) -> list[str]:
    """As authors write them."""
    return [f"{destination.kind} {destination.name.source}" for destination in to]
