"""At most N requests in any M seconds (§1.4), for all processes that share a key, however the PBX measures.

The log of a window's last requests lives in the outbox's database, as slots: each occupied one says when it becomes
free. What always holds:

- a slot is taken in the transaction that claims the command, for as long as if the answer never came: the longest
  that a request may take from its departure, and M seconds more;
- the answer shortens that to M seconds after it came, since the PBX counted before it answered; an answer that asks for
  patience may have counted too, and so may a request whose connection the PBX ended;
- a request that surely never left frees its slots at once;
- all windows of a request take a slot, or none does.

The proof. Request i leaves at s(i), is counted at c(i) and answered at a(i). Write f(i) = c(i) - s(i) for its way
there and r(i) = a(i) - c(i) for its way back. The request that takes over i's slot, N later, leaves at
s(j) >= a(i) + M. So c(j) - c(i) = s(j) + f(j) - a(i) + r(i) >= M + f(j) + r(i), and the window holds, whether it slides
or is fixed. Nothing is assumed but that no delay is negative. The price is one round trip for every N requests.

Instants are the database's (`database_clock`): a departure is put at the late end of what is known of its clock, an
answer too. CLOCK_MARGIN covers that the PBX's seconds are not exactly ours.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol, Self

from router.catalogue.methods import METHODS, PLATFORM, Limit, limits_for, shared
from router.config.settings import AccountSettings
from router.history.journal import NOTIFY
from router.runtime.limits.adaptive_share import closed_until, share_at
from router.runtime.ports import Transaction
from router.runtime.records import Share

CLOCK_MARGIN: Final = 1.001  # the PBX's clock and ours do not run at exactly the same speed
UNKNOWN_METHOD: Final = ""


class Claim(Protocol):
    """One attempt to send something: a row of the outbox, or a query."""

    @property
    def account(self) -> str: ...
    @property
    def command(self) -> str: ...
    @property
    def command_id(self) -> str: ...
    @property
    def attempts(self) -> int: ...


class Limits:
    """The limits that one account keeps: its profile's, `overrides` for some windows, and of each our `share`."""

    def __init__(self, overrides: Mapping[str, Limit] | None = None, share: float = 1.0, profile: str = "2021") -> None:
        self._by_command = _limits_of(tuple(sorted((overrides or {}).items(), key=_window_name)), share, profile)

    @classmethod
    def of_account(cls, account: AccountSettings) -> Self:
        """What the configuration makes of the document's limits."""
        return cls(account.limits, account.limit_share, account.profile)

    def windows(self) -> dict[str, Limit]:
        """Every limit by the name of its window."""
        return {limit.window: limit for limits in self._by_command.values() for limit in limits}

    def of(self, command: str) -> tuple[Limit, ...]:
        """Every limit that a request of this method counts in, those of all requests first."""
        return self._by_command.get(command, self._by_command[UNKNOWN_METHOD])

    def free_at(self, command: str, slots: Mapping[str, Sequence[float]]) -> float:
        """The instant from which all the command's windows have a free slot, 0 when they always had.

        `slots` holds, per window, the instants at which occupied slots become free, in order.
        """
        return max((_window_free_at(limit, slots.get(limit.window, ())) for limit in self.of(command)), default=0.0)

    def take(self, transaction: Transaction, row: Claim, request_seconds: float, leave_at: float | None = None) -> None:
        """Occupy the slots of a claim that leaves at `leave_at` (now, when None) and whose request is over, one way or
        another, within `request_seconds` from then."""
        over_at = (transaction.now if leave_at is None else leave_at) + request_seconds
        for limit in self.of(row.command):
            transaction.take_slot(row.account, limit.window, _claim(row), over_at + held_seconds(limit))

    def answered(self, transaction: Transaction, row: Claim, came_at: float | None = None) -> None:
        """The claim's request was counted before `came_at` (now, when None)."""
        came_at = transaction.now if came_at is None else came_at
        free_at = {limit.window: came_at + held_seconds(limit) for limit in self.of(row.command)}
        transaction.free_slots(row.account, _claim(row), free_at)

    def never_sent(self, transaction: Transaction, row: Claim) -> None:
        """The claim's request was not and will not be counted."""
        free_at = {limit.window: transaction.now for limit in self.of(row.command)}
        transaction.free_slots(row.account, _claim(row), free_at)

    def lowered(self, shares: Mapping[str, Share], now: float) -> "Limits":
        """What refusals leave of these limits at an instant; the same object when that is everything."""
        if all(share_at(share, now) >= 1.0 and share.closed_until <= now for share in shares.values()):
            return self
        return _Lowered(self, shares, now)

    def window_refused(self, command: str) -> str:
        """The window that a refusal of this command tells of: its own, else that of all requests."""
        limits = self.of(command)
        return limits[-1].window if limits[-1] != PLATFORM else limits[0].window


@lru_cache
def _limits_of(overrides: tuple[tuple[str, Limit], ...], share: float, profile: str) -> Mapping[str, tuple[Limit, ...]]:
    """One table for all accounts that are configured alike."""
    replaced = dict(overrides)
    found = {name: limits_for(name, replaced, share, profile) for name in (*METHODS, UNKNOWN_METHOD)}
    return {**found, NOTIFY: ()}  # the PBX never sees those


def _window_name(item: tuple[str, Limit]) -> str:
    return item[0]


class _Lowered(Limits):
    """Limits of which others use a part."""

    def __init__(self, full: Limits, shares: Mapping[str, Share], now: float) -> None:
        self._full = full
        self._shares = shares
        self._now = now

    def windows(self) -> dict[str, Limit]:
        return {name: self._lower(limit) for name, limit in self._full.windows().items()}

    def of(self, command: str) -> tuple[Limit, ...]:
        return tuple(self._lower(limit) for limit in self._full.of(command))

    def free_at(self, command: str, slots: Mapping[str, Sequence[float]]) -> float:
        opened = (closed_until(self._shares.get(limit.window)) for limit in self._full.of(command))
        return max(super().free_at(command, slots), max(opened, default=0.0))

    def _lower(self, limit: Limit) -> Limit:
        return shared(limit, share_at(self._shares.get(limit.window), self._now))


def _claim(row: Claim) -> str:
    """What the log calls this attempt: a later one of the same command has slots of its own."""
    return f"{row.command_id}/{row.attempts}"


def held_seconds(limit: Limit) -> float:
    """How long after being counted a request occupies its slot."""
    return limit.seconds * CLOCK_MARGIN


def _window_free_at(limit: Limit, occupied: Sequence[float]) -> float:
    # Fewer than `count` slots are occupied once all but the last count - 1 of them are free again.
    return occupied[-limit.count] if len(occupied) >= limit.count else 0.0
