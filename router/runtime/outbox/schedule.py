"""Which command goes next, and which are given up: a pure choice from what the outbox and the limits' log hold.

Theory of operation. A command is a unit job. Its window serves one job in every `spacing` seconds (the window's length
and a round trip, for each of its slots), and a job that has begun cannot be taken back. It is released when the engine
queues it, and must have been *counted by the PBX* before the PBX lets the caller go; so it is worth sending only until
a measured round trip before that instant, its *latest* start. What arrives later costs a slot for nothing.

Off line, with everything known, the most callers are kept by a maximum matching of jobs and slots. While the window is
never idle its slots are fixed, each job fits all of them between its release and its latest start, and serving the
earliest deadline first, dropping what is too late, *is* such a matching (exchange: if the best schedule has a later
deadline in this slot, swapping the two, or swapping in the earlier one, loses nothing). So on line, knowing no future:

- everything queued at once: as many are kept as anybody could keep;
- else at most one job (of a window with one slot) is lost for each stretch of lateness: the one that a slot, begun
  before the stretch's first job came, had put off. No rule that never waits on purpose does better, and one that waits
  would have to know the future.

What beats the plain rule, and what is done about it:

- *Priority* is lexicographic: nothing of low priority is served while anything of high priority may be.
- *Time that can be bought.* Where a flow has a `hold` prompt the true deadline is not the end of the PBX's patience but
  that of the flow's budget: a cheap play moves the former as often as it must. So who can be held yields to everybody
  who cannot, queued or still to come. Among themselves the order is by the deadlines from before any time was bought,
  so that who was held is not overtaken by all who came later.
- *Windows in windows.* A route needs a slot of its own window and one of the window of all requests. Routes and
  transfers decide whether a caller is kept and are one in two seconds, so they come before all else there; and none
  takes the slot that a command before it will need: ten plays at once would else put off a route by a second.
- *What is certain to be late* goes at once, not at its deadline, so that its flow can still say something: when no slot
  of its own window can come free in time, with any answer. What is only likely to be late is kept: those
  before it may hang up.

The cost of a choice is that of its candidates: a bounded number of each kind, however many wait behind them.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from router.catalogue.methods import Limit
from router.history.journal import CommandRow
from router.protocol.commands import CONNECTING
from router.runtime.limits.limiter import Limits, held_seconds
from router.runtime.outbox.round_trips import Pace

Slots = Mapping[str, Sequence[float]]
"""Per window, the instants at which its occupied slots become free, in order."""

TOO_LATE: Final = "its deadline passed"
NOT_IN_TIME: Final = "it would have reached the PBX after its deadline"
HOPELESS: Final = "its limit has no slot for it before its deadline"

AT_ONCE: Final = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    command: CommandRow
    reason: str  # for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    given_up: tuple[GivenUp, ...]  # they can no longer help
    chosen: CommandRow | None  # may be sent at once
    next_at: float | None  # with nothing chosen: the earliest instant that could change that, None for never


Order = tuple[bool, bool, float, float, str]


def serving_order(command: CommandRow) -> Order:
    """The sort key of the outbox within one kind: the smallest is served first."""
    deadline = inf if command.deadline is None else command.deadline
    return not command.high_priority, command.buyable, deadline, command.queued, command.command_id


def choose(
    candidates: Iterable[CommandRow],
    slots: Slots,
    limits: Limits,
    now: float,
    paused_until: float = 0.0,
    pace: Pace = AT_ONCE,
) -> Decision:
    """Decide for one account; the candidates' order does not matter. Instants are Unix seconds."""
    windows = Windows(slots, limits, now, pace)
    alive: dict[str, list[CommandRow]] = {}
    given_up: list[GivenUp] = []
    for command in candidates:
        reason = _why_late(command, windows, now)
        if reason:
            given_up.append(GivenUp(command=command, reason=reason))
        else:
            alive.setdefault(command.command, []).append(command)
    lines = [Line(rows) for rows in alive.values()]
    chosen = pick(lines, windows, now) if paused_until <= now else None
    if chosen is not None:
        return Decision(given_up=tuple(given_up), chosen=chosen, next_at=None)
    changes = [instant for line in lines for instant in _changes(line, windows, now, paused_until)]
    return Decision(given_up=tuple(given_up), chosen=None, next_at=min(changes, default=None))


def _why_late(command: CommandRow, windows: "Windows", now: float) -> str:
    """Why it must be given up now, "" if it need not."""
    latest = windows.latest(command)
    if latest <= now:
        return TOO_LATE if command.expires is not None and command.expires <= now else NOT_IN_TIME
    if not command.buyable and latest <= max(command.not_before, windows.surely_full_until(command.command)):
        return HOPELESS
    return ""


def _changes(line: "Line", windows: "Windows", now: float, paused_until: float) -> list[float]:
    """The instants that may change what happens to a kind of which nothing can be sent now."""
    free_at = max(paused_until, windows.free_at(line.kind))
    # A command that could go and may not leaves the slot to one before it.
    awake_at = free_at if free_at > now else windows.next_free(line.kind, now)
    instants = [max(free_at, row.not_before) if row.not_before > now else awake_at for row in line.rows()]
    instants += [windows.latest(row) for row in line.rows()]
    return [instant for instant in instants if now < instant < inf]


def pick(lines: Iterable["Line"], windows: "Windows", now: float) -> CommandRow | None:
    """The command that goes now: the first in order whose windows are free, and which delays none before it."""
    firsts = [first for line in lines if (first := line.first(now)) is not None]
    firsts.sort(key=_precedence)
    waiting: list[str] = []
    for first in firsts:
        if windows.free_at(first.command) > now:
            waiting.append(first.command)
        elif not any(windows.would_put_off(kind, first.command, now) for kind in waiting):
            return first
    return None


def _precedence(command: CommandRow) -> tuple[bool, bool, Order]:
    """Among kinds: the smallest is served first. What takes a caller to somebody is counted out singly."""
    return not command.high_priority, command.command not in CONNECTING, serving_order(command)


class Windows:
    """The limits' log of one account as it is expected to go on, and what it means for each kind of command."""

    def __init__(self, slots: Slots, limits: Limits, now: float, pace: Pace) -> None:
        self._known = slots
        self._slots = {window: list(instants) for window, instants in slots.items()}
        self._limits = limits
        self._now = now
        self._pace = pace
        self._full: dict[str, float] = {}

    def expect_answers(self, kinds: Iterable[str]) -> None:
        """Take requests on the wire for answered after the usual time, not at the end of their lease."""
        for limit in {limit for kind in kinds for limit in self._limits.of(kind)}:
            latest = self._now + self._pace.usual + held_seconds(limit)
            if limit.window in self._slots:
                self._slots[limit.window] = [min(instant, latest) for instant in self._slots[limit.window]]

    def latest(self, command: CommandRow) -> float:
        """The instant from which on the command would come too late."""
        return inf if command.expires is None else command.expires - self._pace.longest

    def free_at(self, kind: str) -> float:
        """The instant from which all windows of a kind have a free slot."""
        return self._limits.free_at(kind, self._slots)

    def next_free(self, kind: str, now: float) -> float:
        """The next instant at which any slot of the kind's windows comes free."""
        instants = (instant for limit in self._limits.of(kind) for instant in self._slots.get(limit.window, ()))
        return min((instant for instant in instants if instant > now), default=inf)

    def surely_full_until(self, kind: str) -> float:
        """Until when no answer on its way can make a slot free; a request on the wire may never have left."""
        if kind not in self._full:
            certain = {
                limit.window: [
                    instant
                    for instant in self._known.get(limit.window, ())
                    if instant <= self._now + held_seconds(limit)
                ]
                for limit in self._limits.of(kind)
            }
            self._full[kind] = self._limits.free_at(kind, certain)
        return self._full[kind]

    def would_put_off(self, waiting: str, kind: str, now: float) -> bool:
        """Whether a command of `kind`, sent now, makes the next one of `waiting` later."""
        after = {limit.window: list(self._slots.get(limit.window, ())) for limit in self._limits.of(waiting)}
        for limit in self._limits.of(kind):
            if limit.window in after:
                insort(after[limit.window], self._taken_until(limit, now))
        return self._limits.free_at(waiting, after) > self.free_at(waiting)

    def take(self, kind: str, now: float) -> None:
        """A command of the kind goes out."""
        for limit in self._limits.of(kind):
            insort(self._slots.setdefault(limit.window, []), self._taken_until(limit, now))

    def _taken_until(self, limit: Limit, now: float) -> float:
        return now + self._pace.usual + held_seconds(limit)


class Line:
    """The commands of one kind, in serving order."""

    def __init__(self, commands: Sequence[CommandRow]) -> None:
        self.kind = commands[0].command
        self._awake = deque(sorted((row for row in commands if not row.not_before), key=serving_order))
        self._resting = [row for row in commands if row.not_before]  # they may not be sent before some instant

    def rows(self) -> list[CommandRow]:
        return [*self._resting, *self._awake]

    def first(self, now: float) -> CommandRow | None:
        """Whose turn it is."""
        self._wake(now)
        return self._awake[0] if self._awake else None

    def drop_first(self) -> None:
        """The one whose turn it is was sent, or given up."""
        self._awake.popleft()

    def next_awake(self, now: float) -> float:
        """When the next one may be sent that may not be sent yet."""
        return min((row.not_before for row in self._resting if row.not_before > now), default=inf)

    def _wake(self, now: float) -> None:
        awake = [row for row in self._resting if row.not_before <= now]
        if awake:
            self._resting = [row for row in self._resting if row.not_before > now]
            self._awake = deque(sorted((*self._awake, *awake), key=serving_order))
