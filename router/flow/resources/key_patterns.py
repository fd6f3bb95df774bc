"""Key patterns of a menu or a collect, as one trie: what do these digits mean, and may more of them matter?

Patterns consist of `0-9`, `*`, `#` and `x`, which stands for any one digit. Every look-up costs in proportion to the
digits and to the patterns that still fit, not to the patterns of the menu.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

ANY_DIGIT: Final = "x"
KEYS: Final = frozenset("0123456789*#")
_DIGITS: Final = frozenset("0123456789")
_SPELLED: Final = {"star": "*", "pound": "#"}
_PATTERN: Final = re.compile(r"[0-9*#x]+", re.ASCII)


def parse_pattern(text: str) -> str | None:
    """The pattern that an author's key means (`star` is `*`, `pound` is `#`), or None when it is not one."""
    pattern = _SPELLED.get(text, text)
    return pattern if _PATTERN.fullmatch(pattern) else None


class _Node:
    """What can follow a prefix. `pattern` is the pattern that ends here, or None."""

    __slots__ = ("children", "pattern")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.pattern: str | None = None

    def patterns_below(self) -> Iterator[str]:
        """Every pattern that goes on behind this node."""
        waiting = list(self.children.values())
        while waiting:
            node = waiting.pop()
            if node.pattern is not None:
                yield node.pattern
            waiting.extend(node.children.values())


class KeyTrie:
    """The patterns of one menu; implements `flow.model.Keys`."""

    __slots__ = ("_known", "_root", "patterns")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._known: dict[str, tuple[str | None, bool]] = {}  # answers to single keys
        self._root = _Node()
        self.patterns = tuple(dict.fromkeys(patterns))
        for pattern in self.patterns:
            node = self._root
            for symbol in pattern:
                node = node.children.setdefault(symbol, _Node())
            node.pattern = pattern

    def match(self, digits: str) -> tuple[str | None, bool]:
        """(the pattern that `digits` are, or None; whether more digits could still make another pattern).

        Of several patterns that fit, the one with the fewest `x` is meant, then the one whose first `x` comes last.
        """
        known = self._known.get(digits)
        if known is None:
            known = self._match(digits)
            if digits in KEYS:
                self._known[digits] = known
        return known

    def _match(self, digits: str) -> tuple[str | None, bool]:
        nodes = [self._root]
        for digit in digits:
            nodes = [child for node in nodes for child in _after(node, digit)]
        exact = [node.pattern for node in nodes if node.pattern is not None]
        more = any(node.children for node in nodes)
        if len(exact) > 1:
            return min(exact, key=_vagueness), more
        return (exact[0] if exact else None), more

    def ambiguous(self) -> list[tuple[str, str]]:
        """(short, long) wherever a complete `short` may also be the beginning of a `long`, sorted.

        After such a `short` the caller waits for `next_digit`, which is worth a warning.
        """
        pairs = {(short, long) for short in self.patterns for long in self._continuing(short)}
        return sorted(pairs)

    def _continuing(self, short: str) -> Iterator[str]:
        nodes = [self._root]
        for symbol in short:
            nodes = [child for node in nodes for child in _overlapping(node, symbol)]
        for node in nodes:
            yield from node.patterns_below()


def _after(node: _Node, digit: str) -> Iterator[_Node]:
    """The literal child first: it is the more specific one."""
    if digit in node.children and digit != ANY_DIGIT:
        yield node.children[digit]
    if digit in _DIGITS and ANY_DIGIT in node.children:
        yield node.children[ANY_DIGIT]


def _overlapping(node: _Node, symbol: str) -> Iterator[_Node]:
    """The children that some key press satisfies together with the pattern symbol `symbol`."""
    if symbol == ANY_DIGIT:
        return (child for key, child in node.children.items() if key == ANY_DIGIT or key in _DIGITS)
    return _after(node, symbol)


def _vagueness(pattern: str) -> tuple[int, tuple[bool, ...]]:
    return pattern.count(ANY_DIGIT), tuple(symbol == ANY_DIGIT for symbol in pattern)
