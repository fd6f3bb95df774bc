"""What is written into a drawing, line by line, and how much room it takes.

Widths are estimates for a common sans-serif face, on the generous side: the drawing is made without any font.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from router.flow.diagrams.flow_graph import Edge, Node

NAME_SIZE: Final = 13.0
SMALL_SIZE: Final = 11.0
LEADING: Final = 1.28
PADDING: Final = 9.0

LABEL_CHARACTERS: Final = 26
LABEL_LINES: Final = 6
ABOUT_CHARACTERS: Final = 34
ABOUT_LINES: Final = 4

NARROW: Final = frozenset("fijlrtI.,:;'|!()[]{} -")
WIDE: Final = frozenset("mwMWШЩЖЮФшщжюф@%")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; `kind` is its class in the style sheet."""

    text: str
    kind: str
    size: float

    @property
    def width(self) -> float:
        return sum(_letter(letter) for letter in self.text) * self.size


Lines = tuple[Line, ...]


def _letter(letter: str) -> float:
    if letter in NARROW:
        return 0.34
    if letter in WIDE:
        return 0.9
    return 0.7 if letter.isupper() else 0.58


def width_of(lines: Iterable[Line]) -> float:
    """Of a box around the lines; 0 when there are none."""
    widest = max((line.width for line in lines), default=0.0)
    return widest + 2 * PADDING if widest else 0.0


def height_of(lines: Lines) -> float:
    """Of a box around the lines; 0 when there are none."""
    return sum(line.size * LEADING for line in lines) + PADDING if lines else 0.0


def node_lines(node: Node, away: Iterable[Edge] = ()) -> Lines:
    """A step: its roles, its name, its verb, what it does, and where it leads by edges that are not drawn."""
    about = [_short(text, ABOUT_CHARACTERS) for text in node.about]
    if len(about) > ABOUT_LINES:
        about = [*about[: ABOUT_LINES - 1], f"and {len(about) - ABOUT_LINES + 1} more"]
    return (
        *(Line(role, f"role {role}", SMALL_SIZE) for role in node.roles),
        Line(node.name, "name", NAME_SIZE),
        Line(node.verb, "verb", SMALL_SIZE),
        *(Line(text, "about", SMALL_SIZE) for text in about),
        *(Line(_way(edge), "away taken" if edge.taken else "away", SMALL_SIZE) for edge in away),
    )


def _way(edge: Edge) -> str:
    return f"{_short(', '.join(edge.labels), LABEL_CHARACTERS)} → {edge.target}"


def label_lines(edge: Edge) -> Lines:
    """An edge's exits: short names share a line, conditions have lines of their own."""
    if all(len(label) <= LABEL_CHARACTERS // 2 and " " not in label for label in edge.labels):
        wrapped = textwrap.wrap(", ".join(edge.labels), LABEL_CHARACTERS)
    else:
        wrapped = [line for label in edge.labels for line in textwrap.wrap(label, LABEL_CHARACTERS)]
    if len(wrapped) > LABEL_LINES:
        wrapped = [*wrapped[: LABEL_LINES - 1], "…"]
    return tuple(Line(text, "label", SMALL_SIZE) for text in wrapped)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
