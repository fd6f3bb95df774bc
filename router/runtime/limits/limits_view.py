"""The limits of one account as people and programs see them: each window, who uses it, and what stands in the way.

`ivr limits`, `GET /api/limits` and the metrics show the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

from router.catalogue.methods import COMMANDS
from router.history.journal import CommandRow
from router.runtime.limits.adaptive_share import closed_until, share_at
from router.runtime.limits.limiter import Limits
from router.runtime.limits.pauses import pause_of
from router.runtime.ports import Reading
from router.runtime.records import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One window at an instant; instants are the database's."""

    name: str
    count: int  # at most so many requests
    seconds: float  # in any so many; of what is left to us now
    share: float  # of what the configuration gives us, the part that is left to us now
    free_at: tuple[float, ...]  # when each occupied slot becomes free, in order
    closed_until: float  # a refusal closed it until then; 0 when it is open
    queued: int  # commands that wait for it
    of_commands: bool  # commands count in it, not only the client's queries

    @property
    def next_free_at(self) -> float:
        """From when on one more request may go; 0 for now."""
        full = self.free_at[-self.count] if len(self.free_at) >= self.count else 0.0
        return max(full, self.closed_until)

    @property
    def is_busy(self) -> bool:
        """Whether there is anything to see."""
        return bool(self.free_at or self.queued or self.closed_until) or not isclose(self.share, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimits:
    """All windows of an account's key, and a pause of the whole key."""

    now: float
    windows: tuple[Window, ...]
    paused_until: float  # 0 when it is not paused
    paused_because: str


def account_limits(reading: Reading, account: str, full: Limits, look_ahead: int) -> AccountLimits:
    """What holds for the account at the reading's instant; of each kind so many commands are looked at."""
    now, shares = reading.now, reading.shares(account)
    lowered, slots = full.lowered(shares, now), reading.slots(account)
    waiting = reading.candidates(account, look_ahead)
    paused_until, reason = pause_of(reading, account)
    paused = paused_until > now
    used_by_commands = {limit.window for command in COMMANDS for limit in full.of(command)}
    windows = tuple(
        Window(
            name=name,
            count=limit.count,
            seconds=limit.seconds,
            share=share_at(shares.get(name), now),
            free_at=tuple(slots.get(name, ())),
            closed_until=_to_come(shares, name, now),
            queued=_queued(waiting, full, name),
            of_commands=name in used_by_commands,
        )
        for name, limit in lowered.windows().items()
    )
    return AccountLimits(
        now=now,
        windows=windows,
        paused_until=paused_until if paused else 0.0,
        paused_because=reason if paused else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """Windows that other integrations have reduced, pauses and queues, for all accounts."""

    now: float
    windows: tuple[tuple[str, Window], ...]  # with the account's name; what is queued is not counted
    paused: Mapping[str, float]  # account -> until when its key is paused


def limits_in_use(reading: Reading, accounts: Mapping[str, Limits]) -> InUse:
    """The windows with an occupied slot, or less than all of our share, of all accounts."""
    now, slots = reading.now, reading.all_slots()
    shares: dict[str, dict[str, Share]] = {}
    for account, share in reading.all_shares():
        if share_at(share, now) < 1.0 or share.closed_until > now:
            shares.setdefault(account, {})[share.window] = share
    found = []
    for account in sorted({*slots, *shares} & accounts.keys()):
        occupied, lowered = slots.get(account, {}), shares.get(account, {})
        windows = accounts[account].lowered(lowered, now).windows()
        for name in sorted({*occupied, *lowered} & windows.keys()):
            window = Window(
                name=name,
                count=windows[name].count,
                seconds=windows[name].seconds,
                share=share_at(lowered.get(name), now),
                free_at=tuple(occupied.get(name, ())),
                closed_until=_to_come(lowered, name, now),
                queued=0,
                of_commands=True,
            )
            found.append((account, window))
    paused = {account: standing.paused_until for account, standing in reading.pauses().items()}
    return InUse(now=now, windows=tuple(found), paused=paused)


def _to_come(shares: Mapping[str, Share], window: str, now: float) -> float:
    until = closed_until(shares.get(window))
    return until if until > now else 0.0


def _queued(waiting: list[CommandRow], limits: Limits, window: str) -> int:
    return sum(any(limit.window == window for limit in limits.of(row.command)) for row in waiting)
