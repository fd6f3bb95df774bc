"""What one call adds to the figures: facts that are counted, each with its seconds."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from router.engine.journey import INCOMING, ring_seconds, talk_seconds
from router.engine.state import Call, Entry
from router.history.figure_facts import (
    ABANDONED,
    CALL,
    LOOKUP,
    STEP,
    TIME,
    UNDECIDED,
    UNTAKEN,
    WAIT,
    Fact,
    bucket,
)
from router.history.journal import NOTIFY, QUEUED, SENT, CommandRow

LEAST_WAIT: Final = 0.1
"""Seconds that a call's commands waited in all, below which no limit was felt."""


class Counted(NamedTuple):
    """A fact of one call, once."""

    fact: Fact
    seconds: float = 0.0
    is_first: bool = True  # of its kind and name in the call


def facts_of(call: Call, trace: Iterable[Entry], commands: Iterable[CommandRow]) -> list[Counted]:
    """All facts of a call that is over. An internal or outgoing call that no flow had has none."""
    if not call.flow:
        return [Counted(Fact(CALL, UNTAKEN), _lasted(call))] if call.direction == INCOMING else []
    entries, rows = list(trace), [row for row in commands if row.command != NOTIFY]
    return [
        Counted(Fact(CALL, call.outcome or UNDECIDED), _lasted(call)),
        *_times(call, rows),
        *_steps(entries),
        *_abandoned(call, entries),
        *_waits(rows),
        *_lookups(entries),
    ]


def _lasted(call: Call) -> float:
    return max(0.0, call.ended - call.started)


def _times(call: Call, rows: Iterable[CommandRow]) -> Iterator[Counted]:
    waited = sum(_waited(row) for row in rows)
    times = {
        "talk": float(talk_seconds(call, call.ended)),
        "ring": ring_seconds(call, call.ended),
        "limit": waited if waited >= LEAST_WAIT else 0.0,
    }
    return (Counted(Fact(TIME, name), seconds) for name, seconds in times.items() if seconds > 0)


# steps


def step_name(entry: Entry) -> str:
    """A step of a sub-flow has the flow's name before it."""
    within = entry.data.get("within")
    return f"{within}.{entry.data['step']}" if within else str(entry.data["step"])


def _steps(entries: Iterable[Entry]) -> Iterator[Counted]:
    """Each visit with its exit; the one that the call ended in has none."""
    entered: dict[str, Entry] = {}
    known: set[str] = set()

    def counted(name: str, exit_name: str, seconds: float) -> Counted:
        fact = Fact(STEP, name, entered.pop(name).data["verb"], exit_name)
        is_first = name not in known
        known.add(name)
        return Counted(fact, seconds, is_first)

    for entry in entries:
        if entry.kind == "entered":
            entered[step_name(entry)] = entry
        elif entry.kind == "left" and (name := step_name(entry)) in entered:
            yield counted(name, entry.data["exit"], max(0.0, entry.at - entered[name].at))
    for name in list(entered):
        yield counted(name, "", 0.0)


def _abandoned(call: Call, entries: Iterable[Entry]) -> Iterator[Counted]:
    """Where the caller was when he gave up: the step that was over without an exit, or watched for the end."""
    if call.outcome != "missed":
        return
    for entry in entries:
        if entry.kind == "left" and entry.data["exit"] in ("", "ended"):
            seconds = max(0.0, entry.at - call.started)
            yield Counted(Fact(ABANDONED, step_name(entry), entry.data["verb"], bucket(seconds)), seconds)
            return


# commands


def _waited(row: CommandRow) -> float:
    """How long it waited for its limits or its turn; of one that never left until it was given up."""
    until = row.sent if row.sent is not None else row.confirmed
    return 0.0 if until is None else max(0.0, until - row.queued)


def _waits(rows: Iterable[CommandRow]) -> Iterator[Counted]:
    for row in rows:
        if row.state not in (QUEUED, SENT):
            seconds = _waited(row)
            yield Counted(Fact(WAIT, row.command, row.state, bucket(seconds)), seconds)


# lookups


def _lookups(entries: Iterable[Entry]) -> Iterator[Counted]:
    """Each question with what became of it. A table answers by itself and is no question."""
    began: Entry | None = None
    state = ""
    for entry in entries:
        if entry.kind == "entered":
            began, state = (entry if entry.data["verb"] == "lookup" else None), ""
        elif entry.kind == "lookup":
            state = entry.data["state"]
        elif entry.kind == "left" and began is not None:
            state = state or ("failed" if entry.data["exit"] == "failed" else "")
            if state:
                seconds = max(0.0, entry.at - began.at)
                yield Counted(Fact(LOOKUP, step_name(began), state, bucket(seconds)), seconds)
            began = None
