"""Total operations on values: every one has a result for every operand of its types, and none grows without bound.

Numbers stay within ±10^15, where float arithmetic is still exact on whole numbers; what would lie outside is the bound
itself. Dividing by zero gives 0, and so does the remainder. Texts are cut at 10,000 characters. Without these limits a
flow that doubles a variable in a loop could fill the memory.
"""

import re
from decimal import Decimal
from hashlib import sha256
from typing import Final

from router.flow.model import Value

MOST: Final = 10**15
LONGEST_TEXT: Final = 10_000

_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?\s*", re.ASCII)


def bounded(number: float) -> float:
    """`number`, or the bound that it passes; 0 for what is not a number."""
    if -MOST <= number <= MOST:
        return number
    if number != number:  # NaN is the one value that differs from itself
        return 0
    return MOST if number > 0 else -MOST


def add(left: float, right: float) -> float:
    return bounded(left + right)


def subtract(left: float, right: float) -> float:
    return bounded(left - right)


def multiply(left: float, right: float) -> float:
    return bounded(left * right)


def divide(left: float, right: float) -> float:
    return bounded(left / right) if right else 0


def remainder(left: float, right: float) -> float:
    """Python's: it has the sign of `right`."""
    return left % right if right else 0


def join(left: str, right: str) -> str:
    return (left + right)[:LONGEST_TEXT]


def to_number(value: Value) -> float:
    """The number that a text spells, 1 and 0 for true and false; 0 for a text that spells none."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    if _NUMBER.fullmatch(value) is None:
        return 0
    return bounded(float(value) if "." in value else int(value))


def to_text(value: Value) -> str:
    """A number in its shortest form without exponent (`3`, `0.25`), `true` or `false`, a text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    number = bounded(value)
    if number == int(number):
        return str(int(number))
    return format(Decimal(format(number, ".15g")), "f")


def hash_percent(text: str) -> int:
    """0 to 99, evenly spread and the same for a text for ever: the first 8 bytes of its SHA-256, modulo 100."""
    return int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:8]) % 100
