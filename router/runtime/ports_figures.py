"""What a store can do about figures: parts of `ports.Queries` and of `ports.Transaction`. `runtime.figures` says when.

A cell counts one fact on one local day, of one flow, line and version, hour by hour. The store keeps it in two grains,
by line and of all lines together, so that a year is a few thousand cells unless lines are asked for. Cells are sums:
they stay when the calls that they were made of are deleted.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from router.engine.state import Call, Entry
from router.history.figure_facts import Fact
from router.history.journal import CommandRow

HOURS: Final = 24
DIMENSIONS: Final = ("flow", "line", "version")

PURGED: Final = "purged"
"""Name of an account's mark: when the latest of its calls began that were deleted."""


class Changed(NamedTuple):
    """A call that is over, and its place among those that changed."""

    changed: float
    entry_id: str
    account: str


class Cell(NamedTuple):
    """What is added to the figures."""

    fact: Fact
    day: int  # as 20261130, in the account's zone
    hour: int  # of the day
    flow: str
    line: str
    version: str
    times: int
    calls: int  # that are new to it
    seconds: float


def added(one: Cell, other: Cell) -> Cell:
    """Both as one, in the place of the first."""
    return one._replace(
        times=one.times + other.times, calls=one.calls + other.calls, seconds=one.seconds + other.seconds
    )


class EndedHistory(NamedTuple):
    """What is kept of a call that is over, as far as figures need it."""

    call: Call
    trace: tuple[Entry, ...]
    commands: tuple[CommandRow, ...]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which cells are summed up, and by what."""

    account: str
    kinds: Sequence[str]  # one or two
    first: int  # day, as 20261130
    last: int  # the last day, too
    where: Mapping[str, str] = {}  # dimension -> what it has to be
    by: Sequence[str] = ()  # dimensions, or day
    hourly: bool = False  # the sums of each hour of the day, too


class Sum(NamedTuple):
    """Cells that have the question's `by`, and their fact, in common."""

    by: tuple[str | int, ...]
    fact: Fact
    times: int
    calls: int
    seconds: float
    hours: tuple[int, ...]  # none unless they were asked for


class FigureQueries(Protocol):
    """Reading them."""

    def uncounted_calls(self, after: Changed, until: float, limit: int) -> list[Changed]:
        """Calls that are over, changed by `until`, and are in no figure, in the order of their changes, those behind
        `after`."""

    def ended_histories(self, account: str, entry_ids: Collection[str]) -> list[EndedHistory]:
        """Of those of these calls that are over."""

    def figure_sums(self, question: Question) -> list[Sum]:
        """One query of the cells."""

    def figure_mark(self, account: str, name: str) -> float:
        """An instant that was noted; 0.0 when none was."""

    def kept_calls_began(self, account: str) -> tuple[float, float] | None:
        """When the oldest call of an account that is over began, and the newest that is masked (0.0 for none); None
        without calls."""


class Figuring(Protocol):
    """Writing them."""

    def count_calls(self, account: str, entry_ids: Collection[str]) -> set[str]:
        """Note that these calls are in the figures; answers those that were not."""

    def add_figures(self, account: str, cells: Collection[Cell]) -> None: ...

    def set_figure_mark(self, account: str, name: str, at: float) -> None:
        """A mark only moves on, unless it is set to 0."""

    def forget_figures(self, account: str, day: int, begins: float, ends: float) -> None:
        """Delete an account's cells of a day, and have its calls counted anew that began then."""
