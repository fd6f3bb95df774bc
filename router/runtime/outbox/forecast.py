"""How long a command would wait: the outbox played forward by the scheduler's own rules.

A flow asks before it decides (`limits.route.wait`), and buying time needs to know whether it must. The answer is for
this very command: its priority, its deadline, its place among those that wait now. It is unknown who calls or hangs up
meanwhile; those who will have run out of time before their turn are left out, those for whom time can be bought stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from router.history.journal import QUEUED, CommandRow
from router.protocol.commands import LIMITED
from router.runtime.limits.limiter import Limits
from router.runtime.limits.limits_view import AllLimits
from router.runtime.outbox.round_trips import Pace
from router.runtime.outbox.schedule import AT_ONCE, Line, Slots, Windows, pick

FAR_SIGHTED: Final = 128
"""Commands of each kind that a forecast reads. With as many before it a command waits for minutes; how many more there
are changes no decision, and would cost every event that asks."""

MOST_SECONDS: Final = 86_400.0
"""Longer than any wait: what is paused until further notice waits for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command that is queued already (by its id), or one that could be queued now."""

    command: str
    deadline: float | None = None  # None: behind all who have one
    high_priority: bool = False
    buyable: bool = False
    command_id: str = ""


def wait_seconds(
    asked: Asked,
    candidates: Sequence[CommandRow],
    slots: Slots,
    limits: Limits,
    now: float,
    paused_until: float = 0.0,
    pace: Pace = AT_ONCE,
) -> float:
    """Seconds from now until the command asked about is sent, its own deadline left out of account."""
    mine = _row(asked, candidates)
    windows = Windows(slots, limits, now, pace)
    kinds: dict[str, list[CommandRow]] = {mine.command: [mine]}
    for row in candidates:
        if row.command_id != mine.command_id:
            kinds.setdefault(row.command, []).append(row)
    windows.expect_answers(kinds)
    lines = {kind: Line(rows) for kind, rows in kinds.items()}
    instant = max(now, paused_until)
    while instant < now + MOST_SECONDS:
        chosen = _next(lines, windows, instant, mine)
        if chosen is mine:
            return instant - now
        if chosen is None:
            instant = _next_instant(lines, windows, instant)
        else:
            lines[chosen.command].drop_first()
            windows.take(chosen.command, instant)
    return MOST_SECONDS


def waits(
    candidates: Sequence[CommandRow],
    slots: Slots,
    limits: Limits,
    now: float,
    paused_until: float = 0.0,
    pace: Pace = AT_ONCE,
) -> dict[str, float]:
    """The same for each of LIMITED, of a new caller: behind all who have a deadline."""
    return {
        name: wait_seconds(Asked(command=command), candidates, slots, limits, now, paused_until, pace)
        for name, command in LIMITED.items()
    }


def waits_of(found: AllLimits, account: str, full: Limits, paused_until: float) -> dict[str, float]:
    """The same, from what was read of all accounts at once."""
    left_to_us = full.lowered(found.shares.get(account, {}), found.now)
    slots = found.slots.get(account, {})
    return waits(found.queue(account), slots, left_to_us, found.now, paused_until)


def _row(asked: Asked, candidates: Sequence[CommandRow]) -> CommandRow:
    for row in candidates:
        if asked.command_id and row.command_id == asked.command_id:
            return row
    return CommandRow(
        command_id=asked.command_id,
        account="",
        entry_id="",
        call_id="",
        command=asked.command,
        params={},
        label="",
        state=QUEUED,
        queued=inf,  # behind those who were first
        deadline=asked.deadline,
        high_priority=asked.high_priority,
        buyable=asked.buyable,
    )


def _next(lines: dict[str, Line], windows: Windows, instant: float, mine: CommandRow) -> CommandRow | None:
    """What is sent at that instant, after those who have run out of time by then are gone."""
    for line in lines.values():
        while (first := line.first(instant)) is not None and first is not mine and _is_over(first, windows, instant):
            line.drop_first()
    return pick(lines.values(), windows, instant)


def _is_over(row: CommandRow, windows: Windows, instant: float) -> bool:
    return not row.buyable and windows.latest(row) <= instant


def _next_instant(lines: dict[str, Line], windows: Windows, instant: float) -> float:
    """When something may be sent that cannot be sent now."""
    found = inf
    for line in lines.values():
        if line.first(instant) is not None:
            free_at = windows.free_at(line.kind)
            found = min(found, free_at if free_at > instant else windows.next_free(line.kind, instant))
        found = min(found, line.next_awake(instant))
    return found
