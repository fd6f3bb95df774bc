"""Where the names of a bundle stand: what `ivr rename` changes, and where an editor leads to.

The loader itself notes them while it reads, at the places where it finds out what a name means (`FlowScope`), so that
no second reading of the language can disagree with it. It does so only when it is asked: a router needs none.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from router.flow.model import Mark
from router.flow.yaml.node import Node
from router.flow.yaml.positions import place_of

STEP: Final = "step"
FLOW: Final = "flow"
VARIABLE: Final = "variable"
OUTPUT: Final = "output"
"""Kinds of names beside the resources' (`audio`, `groups`, `people`, `hours`, `lists`, `tables`)."""

OF_A_FLOW: Final = frozenset({STEP, VARIABLE, OUTPUT})

_TOKEN: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_]\w*(?:\.\w+)*""", re.ASCII)
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
_RESOURCES: Final = ("hours", "lists")


class Symbol(msgspec.Struct, frozen=True):
    """A thing with a name. Steps, variables and outputs belong to a flow; an output is called STEP.NAME."""

    kind: str
    name: str
    flow: str = ""


class Occurrence(msgspec.Struct, frozen=True):
    """A place where a name stands: its own characters only, without `audio.` or quotes."""

    symbol: Symbol
    mark: Mark
    length: int
    defines: bool = False


class WrittenExpression(msgspec.Struct, frozen=True):
    """A scalar that is computed: an expression, or from the character `offset` on a text with `${...}`."""

    node: Node
    offset: int
    template: bool


@dataclass(slots=True)
class SymbolNotes:
    """Collects occurrences while a bundle is read."""

    found: dict[Occurrence, None] = field(default_factory=dict)  # each once: an expression may be read twice
    expressions: dict[Mark, WrittenExpression] = field(default_factory=dict)  # by where they begin

    def note(
        self,
        symbol: Symbol,
        node: Node,
        lines: Sequence[str],
        offset: int = 0,
        length: int = -1,
        *,
        defines: bool = False,
    ) -> None:
        """The name stands in the node's text, from the character `offset` on."""
        length = len(symbol.name.rpartition(".")[2]) if length < 0 else length
        self.found[Occurrence(symbol, place_of(node, offset, lines), length, defines)] = None


def dotted_names(text: str, *, template: bool) -> Iterator[tuple[str, int]]:
    """(name, offset) of every name that an expression, or a text with `${...}`, asks for."""
    if template:
        for found in _PLACEHOLDER.finditer(text):
            for name, offset in dotted_names(found[1], template=False):
                yield name, found.start(1) + offset
        return
    for token in _TOKEN.finditer(text):
        if token[0][0] not in "\"'":
            yield token[0], token.start()


def parts_of(name: str, outputs: Container[str], flow: str) -> Iterator[tuple[Symbol, int, int]]:
    """(what, offset, length) of each part of a dotted name that the bundle defines: `hours.office.open`,
    `visits.menu`, `vars.tries`, `client.name`."""
    first, _, rest = name.partition(".")
    second = rest.partition(".")[0]
    if not second:
        return
    start = len(first) + 1
    if first in _RESOURCES:
        yield Symbol(first, second), start, len(second)
    elif first == "visits":
        yield Symbol(STEP, second, flow), start, len(second)
    elif first == "vars":
        yield Symbol(VARIABLE, second, flow), start, len(second)
    elif f"{first}.{second}" in outputs:
        yield Symbol(STEP, first, flow), 0, len(first)
        yield Symbol(OUTPUT, f"{first}.{second}", flow), start, len(second)
