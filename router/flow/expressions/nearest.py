"""A suggestion for a name that is not known.

A flow of ten thousand steps has as many names, so its names are sorted once, by how they begin and how they end, and
only those that could be meant are looked at. A bundle with very many unknown names gets suggestions for the first.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from router.flow.expressions.types import Names
from router.flow.suggestions.advice import NO_ADVICE, Advice, offer
from router.flow.suggestions.spelling import closest

MANY: Final = 1000  # names from which on looking for one is slow
MOST_SLOW: Final = 100  # slow suggestions for one flow
SHOWN: Final = 4
_CONFIGURATION: Final = frozenset({"value", "val", "vals", "config", "conf", "configuration", "settings", "setting"})
"""What other systems call the configuration's values."""
_VALUE: Final = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)


class _Guide:
    """The names of one flow, sorted for looking up."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.count = len(names)
        self.by_head: dict[str, list[str]] = {}
        self.by_tail: dict[str, list[str]] = {}
        self._slow = 0
        for name in names:
            if name.endswith(".*"):
                continue
            self.by_head.setdefault(name.partition(".")[0], []).append(name)
            if not name.startswith("visits."):  # few mean a step's visits when they write its name
                self.by_tail.setdefault(name.rpartition(".")[2], []).append(name)

    def closest(self, word: str, known: Sequence[str]) -> str:
        """As `spelling.closest`; "" when that was slow too often."""
        if len(known) > MANY:
            self._slow += 1
            if self._slow > MOST_SLOW:
                return ""
        return closest(word, known)


_LATEST: Final = [_Guide({})]
"""The guide through the names that were asked for last; expressions are checked flow by flow."""


def nearest_name(name: str, names: Names) -> Advice:
    """A suggestion for a name that is not known; "" when nothing is near.

    A name of a group (`hours.office`) is answered with its members, and a name without its group (`hour`) with those
    of it. Otherwise names with the same head are asked first.
    """
    guide = _guide_of(names)
    head, dot, rest = name.partition(".")
    if head.lower() in _CONFIGURATION and _VALUE.fullmatch(rest):
        return offer([f"values.{rest}"])
    members = [known for known in guide.by_head.get(head, ()) if known.startswith(f"{name}.")][:SHOWN]
    found = members or ([] if dot else guide.by_tail.get(name, [])[:SHOWN])
    if found:
        return offer(found)
    near_head = head if head in guide.by_head else closest(head, guide.by_head)
    near = guide.closest(near_head + dot + rest, guide.by_head.get(near_head, []))
    return offer([near]) if near else _by_other_heads(name, guide)


def _by_other_heads(name: str, guide: _Guide) -> Advice:
    """The nearest of all names, steps apart when they are many."""
    near = guide.closest(name, [known for group in guide.by_head.values() if len(group) <= MANY for known in group])
    return offer([near]) if near else NO_ADVICE


def _guide_of(names: Names) -> _Guide:
    guide = _LATEST[0]
    if guide.names is not names or guide.count != len(names):
        guide = _LATEST[0] = _Guide(names)
    return guide


def nearest(word: str, known: Iterable[str]) -> Advice:
    """A suggestion for a misspelt word; "" when nothing is near."""
    near = closest(word, known)
    return offer([near]) if near else NO_ADVICE
