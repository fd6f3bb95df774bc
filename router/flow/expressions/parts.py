"""The pieces that a compiled expression is made of, and how a value is explained from them."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from router.flow.invalid import INVALID
from router.flow.model import Scope

Run = Callable[[Scope], Any]

AND: Final = "and"
OR: Final = "or"
NOT: Final = "not"
IF: Final = "if"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A checked sub-expression and the closure that computes it.

    A struct, not a dataclass: a large bundle has tens of thousands, and they are made in a fifth of the time.
    """

    type: str
    run: Run
    start: int  # in characters of the source
    end: int
    names: frozenset[str] = frozenset()
    name: str = ""  # of a part that is nothing but a name
    literal: bool = False  # written out, and `value` is what it says
    value: Any = None
    junction: str = ""  # AND, OR, NOT, IF: clauses lie below
    parts: "tuple[Part, ...]" = ()  # of a junction, in the order in which they are read


def invalid(start: int, end: int) -> Part:
    """What stands for a part that has been complained about."""
    return Part(type=INVALID, run=lambda _scope: None, start=start, end=end)


def evaluate_with_trace(part: Part, scope: Scope, read: list[tuple[Part, Any]]) -> Any:
    """The value of `part`. Every clause that decides it goes into `read` with its own value, in the order of
    evaluation; a short circuit leaves out the rest."""
    junction = part.junction
    if not junction:
        value: Any = part.run(scope)
        read.append((part, value))
        return value
    if junction in (AND, OR):
        decides = junction == OR
        value = not decides
        for operand in part.parts:
            value = evaluate_with_trace(operand, scope, read)
            if bool(value) == decides:
                break
        return value
    if junction == NOT:
        return not evaluate_with_trace(part.parts[0], scope, read)
    test, then, otherwise = part.parts
    return evaluate_with_trace(then if evaluate_with_trace(test, scope, read) else otherwise, scope, read)
