"""Which lines of a text are new beside an earlier one: of a table of 200,000 rows an author changes a few.

What both begin with and end with is found by comparing large pieces, whatever the number of lines.
"""

from typing import Final, NamedTuple

_OTHER_LINE_ENDS: Final = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"


class Changed(NamedTuple):
    """The whole lines between what two texts have in common; places are in characters."""

    start: int  # in both
    before_end: int  # in the earlier one
    end: int


def changed_lines(before: str, text: str) -> Changed:
    """Where the lines that differ begin and end. Both texts have lines that `has_plain_lines`."""
    shorter = min(len(before), len(text))
    start = text.rfind("\n", 0, _common_prefix(before, text, shorter)) + 1
    same = _common_suffix(before, text, shorter - start)
    line_end = text.find("\n", len(text) - same)
    same = 0 if line_end < 0 else len(text) - line_end - 1
    return Changed(start, len(before) - same, len(text) - same)


def has_plain_lines(text: str) -> bool:
    """Whether each line ends with a newline, with or without a carriage return before it."""
    return text.count("\r") == text.count("\r\n") and not any(end in text for end in _OTHER_LINE_ENDS)


def _common_prefix(one: str, other: str, most: int) -> int:
    same = 0
    while same < most:
        middle = (same + most + 1) // 2
        if other.startswith(one[same:middle], same):
            same = middle
        else:
            most = middle - 1
    return same


def _common_suffix(one: str, other: str, most: int) -> int:
    same = 0
    while same < most:
        middle = (same + most + 1) // 2
        if other.endswith(one[len(one) - middle : len(one) - same], 0, len(other) - same):
            same = middle
        else:
            most = middle - 1
    return same
