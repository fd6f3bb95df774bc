"""Figures as tables: which cells answer a question, and the rows that their sums become.

Quantiles are estimated from buckets (`figure_facts.BOUNDS`), evenly within one; of the open last one only its lower end
is known. Seconds, and calls apart from visits, are kept by day: rows of single hours have none.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final

from router.history.figure_facts import (
    ABANDONED,
    BOUNDS,
    BUCKETS,
    CALL,
    LOOKUP,
    STEP,
    TIME,
    UNDECIDED,
    UNTAKEN,
    WAIT,
)
from router.runtime.figures.rollup import day_of_number
from router.runtime.ports_figures import DIMENSIONS, Sum

DAY, HOUR, HOUR_OF_DAY = "day", "hour", "hour_of_day"
GROUPINGS: Final = (DAY, HOUR, HOUR_OF_DAY, *DIMENSIONS)
HOURLY: Final = (HOUR, HOUR_OF_DAY)

CALLS: Final = "calls"
TIMES: Final = ("talk", "ring", "menu", "limit")

Row = dict[str, Any]
Label = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One table. `rows` makes those of one group, whose columns stand before them."""

    name: str
    kinds: tuple[str, ...]
    columns: tuple[str, ...]  # of a CSV, behind those of the group
    rows: Callable[[Sequence[Sum], bool], Iterator[Row]]
    by_flow: bool = False  # a step belongs to a flow

    def by(self, grouping: str | None) -> tuple[str, ...]:
        """What the store sums up by."""
        asked = {HOUR: (DAY,), HOUR_OF_DAY: (), None: ()}.get(grouping, (grouping,) if grouping else ())
        return (*asked, "flow") if self.by_flow and "flow" not in asked else asked

    def labels(self, grouping: str | None) -> tuple[str, ...]:
        """The columns of a group."""
        by = self.by(grouping)
        return {HOUR: (DAY, "hour", *by[1:]), HOUR_OF_DAY: ("hour", *by)}.get(grouping or "", by)

    def table(self, sums: Iterable[Sum], grouping: str | None) -> list[Row]:
        """All rows, in the order of their groups."""
        names = self.labels(grouping)
        hourly = grouping in HOURLY
        found = sorted(_grouped(sums, grouping), key=itemgetter(0))
        rows: list[Row] = []
        for label, members in groupby(found, key=itemgetter(0)):
            told = dict(zip(names, label, strict=True))
            if DAY in told:
                told[DAY] = day_of_number(told[DAY]).isoformat()
            rows += [told | row for row in self.rows([one for _, one in members], hourly)]
        return rows


def _grouped(sums: Iterable[Sum], grouping: str | None) -> Iterator[tuple[tuple[Any, ...], Sum]]:
    """Each sum with what it belongs to; those of hours one by one."""
    if grouping not in HOURLY:
        yield from ((one.by, one) for one in sums)
        return
    place = 1 if grouping == HOUR else 0  # the hour stands behind the day
    for one in sums:
        before, behind = one.by[:place], one.by[place:]
        for hour, times in enumerate(one.hours):
            if times:
                label = (*before, hour, *behind)
                yield label, Sum(label, one.fact, times, 0, 0.0, ())  # half the time of `_replace`, many thousand times


# rows


def _calls(sums: Sequence[Sum], hourly: bool) -> Iterator[Row]:
    ended = Counter({one.fact.name: one.times for one in sums if one.fact.kind == CALL})
    seconds = defaultdict(float, {one.fact.name: one.seconds for one in sums if one.fact.kind == TIME})
    lasted = sum(one.seconds for one in sums if one.fact.kind == CALL and one.fact.name != UNTAKEN)
    seconds["menu"] = lasted - seconds["talk"] - seconds["ring"]
    taken = ended.total() - ended[UNTAKEN]
    yield {
        "calls": ended.total(),
        **{name: ended[name] for name in OUTCOMES},
        "answered_share": _share(ended["answered"], taken),
        **{f"{name}_seconds": None if hourly else round(max(0.0, seconds[name]), 1) for name in TIMES},
    }


OUTCOMES: Final = ("answered", "missed", "hung_up", "released", UNDECIDED, UNTAKEN)


def _steps(sums: Sequence[Sum], hourly: bool) -> Iterator[Row]:
    """Those that most calls reached first, each with its exits."""
    rows = [_step(name, verb, members, hourly) for (name, verb), members in _by(sums, _PLACE)]
    yield from sorted(rows, key=lambda row: (-(row["calls"] or row["visits"]), row["step"]))


def _step(name: str, verb: str, sums: Sequence[Sum], hourly: bool) -> Row:
    exits = sorted([(-one.times, one.fact.value) for one in sums])  # the one that most take first
    visits = -sum([times for times, _ in exits])
    return {
        "step": name,
        "verb": verb,
        "calls": None if hourly else sum(one.calls for one in sums),
        "visits": visits,
        "mean_seconds": None if hourly else _mean(sum(one.seconds for one in sums), visits),
        "exits": [{"exit": taken, "visits": -times, "share": _share(-times, visits)} for times, taken in exits],
    }


def _abandoned(sums: Sequence[Sum], hourly: bool) -> Iterator[Row]:
    all_of_them = sum(one.times for one in sums)
    rows = [
        {"step": name, "verb": verb, **_durations("calls", members, hourly)}
        for (name, verb), members in _by(sums, _PLACE)
    ]
    for row in sorted(rows, key=lambda row: (-row["calls"], row["step"])):
        yield row | {"share": _share(row["calls"], all_of_them)}


def _waits(sums: Sequence[Sum], hourly: bool) -> Iterator[Row]:
    for command, members in _by(sums, _NAME):
        ended = Counter[str]()
        for one in members:
            ended[one.fact.detail] += one.times
        yield {
            "command": command,
            **_durations("commands", members, hourly),
            **{name: ended[name] for name in STATES},
        }


STATES: Final = ("confirmed", "failed", "expired", "unknown")


def _lookups(sums: Sequence[Sum], hourly: bool) -> Iterator[Row]:
    for step, members in _by(sums, _NAME):
        ended = Counter[str]()
        for one in members:
            ended[one.fact.detail] += one.times
        yield {
            "step": step,
            **_durations("asked", members, hourly),
            **{name: ended[name] for name in FOUND},
            "failed_share": _share(ended["failed"], ended.total()),
        }


FOUND: Final = ("found", "not_found", "failed")

DURATIONS: Final = ("mean_seconds", "p50_seconds", "p95_seconds")


def _durations(count: str, sums: Sequence[Sum], hourly: bool) -> Row:
    """How many there were, and how long they took."""
    buckets = Counter[str]()
    for one in sums:
        buckets[one.fact.value] += one.times
    total = buckets.total()
    return {
        count: total,
        "mean_seconds": None if hourly else _mean(sum(one.seconds for one in sums), total),
        "p50_seconds": quantile(buckets, 0.5),
        "p95_seconds": quantile(buckets, 0.95),
        "within": [{"up_to": end, count: buckets[name]} for name, (_, end) in _ENDS.items() if buckets.get(name)],
    }


_ENDS: Final = {name: (below, end) for name, below, end in zip(BUCKETS, (0.0, *BOUNDS), (*BOUNDS, None), strict=True)}
"""The lower and the upper end of each bucket, in seconds; the last one has no upper end."""


def quantile(buckets: Mapping[str, int], share: float) -> float | None:
    """Seconds, estimated; None of nothing."""
    wanted, passed = share * sum(buckets.values()), 0
    for name, (below, end) in _ENDS.items():
        count = buckets.get(name, 0)
        if count and passed + count >= wanted:
            return below if end is None else round(below + (end - below) * (wanted - passed) / count, 3)
        passed += count
    return None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(seconds: float, count: int) -> float | None:
    return round(seconds / count, 3) if count else None


_NAME: Final = attrgetter("fact.name")
_PLACE: Final = attrgetter("fact.name", "fact.detail")


def _by(sums: Iterable[Sum], key: Callable[[Sum], Any]) -> list[tuple[Any, list[Sum]]]:
    found: dict[Any, list[Sum]] = {}
    for one in sums:
        found.setdefault(key(one), []).append(one)
    return sorted(found.items())


FIGURES: Final = {
    figure.name: figure
    for figure in (
        Figure(
            name=CALLS,
            kinds=(CALL, TIME),
            columns=("calls", *OUTCOMES, "answered_share", *(f"{name}_seconds" for name in TIMES)),
            rows=_calls,
        ),
        Figure(
            name="steps",
            kinds=(STEP,),
            columns=("step", "verb", "calls", "visits", "mean_seconds", "exit", "exit_visits", "exit_share"),
            rows=_steps,
            by_flow=True,
        ),
        Figure(
            name="abandoned",
            kinds=(ABANDONED,),
            columns=("step", "verb", "calls", *DURATIONS, "share"),
            rows=_abandoned,
            by_flow=True,
        ),
        Figure(
            name="waits",
            kinds=(WAIT,),
            columns=("command", "commands", *DURATIONS, *STATES),
            rows=_waits,
        ),
        Figure(
            name="lookups",
            kinds=(LOOKUP,),
            columns=("step", "asked", *DURATIONS, *FOUND, "failed_share"),
            rows=_lookups,
            by_flow=True,
        ),
    )
}


def flat(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows for a CSV: one for each exit of a step."""
    for row in rows:
        if "exits" not in row:
            yield row
        for told in row.get("exits", ()):
            yield row | {"exit": told["exit"], "exit_visits": told["visits"], "exit_share": told["share"]}
