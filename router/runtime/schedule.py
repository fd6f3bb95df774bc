"""Which command goes next: a pure choice from what the outbox and the limits' log hold at one instant.

Who waits for a limit may run out of time, so the order decides who keeps his caller: high priority first, then the
earliest deadline, which keeps the most callers whenever all of them could be kept. What always holds:

- a command whose deadline has come is given up before it costs a slot;
- a command is chosen only if every window that it counts in has a free slot;
- a full window delays its own kind and nobody else: a play overtakes the routes that wait for theirs.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from router.runtime.limits import Limits, held_seconds
from router.runtime.ports import CommandRow

PROBES: Final = {"route": "route", "transfer": "transfer", "hangup": "call/hangup", "play": "play/start"}
"""The names of `limits.NAME.wait`, and the commands that they ask about."""

Slots = Mapping[str, Sequence[float]]
"""Per window, the instants at which its occupied slots become free, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    expired: tuple[CommandRow, ...]  # their deadline has come
    chosen: CommandRow | None  # may be sent at once
    next_at: float | None  # with nothing chosen: the earliest instant that could change that, None for never


def serving_order(command: CommandRow) -> tuple[bool, float, float, str]:
    """The sort key of the outbox: the smallest is served first."""
    deadline = inf if command.deadline is None else command.deadline
    return not command.high_priority, deadline, command.queued, command.command_id


def choose(
    candidates: Iterable[CommandRow], slots: Slots, limits: Limits, now: float, paused_until: float = 0.0
) -> Decision:
    """Decide for one account. `candidates` come in serving order; instants are Unix seconds."""
    free_at: dict[str, float] = {}
    expired: list[CommandRow] = []
    changes: list[float] = []
    for command in candidates:
        if _too_late(command, now):
            expired.append(command)
            continue
        if command.command not in free_at:
            free_at[command.command] = limits.free_at(command.command, slots)
        ready_at = max(command.not_before, free_at[command.command], paused_until)
        if ready_at <= now:
            return Decision(expired=tuple(expired), chosen=command, next_at=None)
        changes.append(ready_at if command.deadline is None else min(ready_at, command.deadline))
    return Decision(expired=tuple(expired), chosen=None, next_at=min(changes, default=None))


def wait_estimates(
    candidates: Iterable[CommandRow], slots: Slots, limits: Limits, now: float, paused_until: float = 0.0
) -> dict[str, float]:
    """How many seconds a command queued now would wait until it is sent, by the names of PROBES.

    Plays the queue forward as `choose` would serve it, answers taking no time. The command in question comes last of
    all, as a new caller's deadline does.
    """
    queue = _Queue(candidates, slots, limits)
    found: dict[str, float] = {}
    instant = max(now, paused_until)
    while True:
        queue.serve(instant)
        ready = {name: queue.free_at(command) for name, command in PROBES.items() if name not in found}
        found.update({name: instant - now for name, ready_at in ready.items() if ready_at <= instant})
        if len(found) == len(PROBES):
            return found
        instant = min(queue.next_at(), *(ready_at for ready_at in ready.values() if ready_at > instant))


class _Queue:
    """The outbox and the log of one account, played forward in time."""

    def __init__(self, candidates: Iterable[CommandRow], slots: Slots, limits: Limits) -> None:
        self._limits = limits
        self._slots = {window: list(instants) for window, instants in slots.items()}
        self._kinds: dict[str, deque[CommandRow]] = {}
        for command in candidates:
            self._kinds.setdefault(command.command, deque()).append(command)

    def free_at(self, command: str) -> float:
        return self._limits.free_at(command, self._slots)

    def next_at(self) -> float:
        """The earliest instant at which another command can be sent; infinite when none is left."""
        return min((self._ready_at(kind[0]) for kind in self._kinds.values() if kind), default=inf)

    def serve(self, instant: float) -> None:
        """Send all that can be sent at `instant`."""
        while (command := self._choose(instant)) is not None:
            self._kinds[command.command].popleft()
            for limit in self._limits.of(command.command):
                insort(self._slots.setdefault(limit.window, []), instant + held_seconds(limit))

    def _choose(self, instant: float) -> CommandRow | None:
        # The first of each kind speaks for its kind: the others of it wait for the same windows.
        for kind in self._kinds.values():
            while kind and _too_late(kind[0], instant):
                kind.popleft()
        firsts = (kind[0] for kind in self._kinds.values() if kind)
        return min((first for first in firsts if self._ready_at(first) <= instant), key=serving_order, default=None)

    def _ready_at(self, command: CommandRow) -> float:
        return max(command.not_before, self.free_at(command.command))


def _too_late(command: CommandRow, now: float) -> bool:
    return command.deadline is not None and command.deadline <= now
