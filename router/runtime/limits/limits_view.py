"""The limits of accounts as people and programs see them: each window, who uses it, and what stands in the way.

`ivr limits`, `GET /api/limits` and the metrics show the same.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    waiting = reading.candidates(account, look_ahead)
    return _seen(
        reading.now, full, reading.shares(account), reading.slots(account), waiting, pause_of(reading, account)
    )


def _seen(
    now: float,
    full: Limits,
    shares: Mapping[str, Share],
    slots: Mapping[str, Sequence[float]],
    waiting: Sequence[CommandRow],
    pause: tuple[float, str],
) -> AccountLimits:
    paused_until, reason = pause
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
        for name, limit in full.lowered(shares, now).windows().items()
    )
    paused = paused_until > now
    return AccountLimits(
        now=now, windows=windows, paused_until=paused_until if paused else 0.0, paused_because=reason if paused else ""
    )


class AllLimits:
    """The limits of all accounts at an instant: what is in use is read once, whatever the number of accounts."""

    def __init__(self, reading: Reading, look_ahead: int) -> None:
        self._reading = reading
        self._look_ahead = look_ahead
        self.now = reading.now
        self.slots = reading.all_slots()
        self.shares: dict[str, dict[str, Share]] = {}
        for account, share in reading.all_shares():
            self.shares.setdefault(account, {})[share.window] = share
        self.lowered = {account for account, shares in self.shares.items() if self._is_lowered(shares)}
        self._asked_to_wait = reading.pauses()
        self._by_hand = {account for account, active in reading.active_versions().items() if active.paused}
        self.paused = self._asked_to_wait.keys() | self._by_hand
        self.waiting = reading.waiting(notifications=False).keys()
        self.in_use = self.slots.keys() | self.lowered | self.paused | self.waiting

    def _is_lowered(self, shares: Mapping[str, Share]) -> bool:
        return any(share_at(share, self.now) < 1.0 or share.closed_until > self.now for share in shares.values())

    def of(self, account: str, full: Limits) -> AccountLimits:
        """As `account_limits`."""
        slots, shares = self.slots.get(account, {}), self.shares.get(account, {})
        return _seen(self.now, full, shares, slots, self.queue(account), self._pause(account))

    def queue(self, account: str) -> list[CommandRow]:
        """Its commands that wait, of each kind as many as are looked at."""
        return self._reading.candidates(account, self._look_ahead) if account in self.waiting else []

    def _pause(self, account: str) -> tuple[float, str]:
        return pause_of(self._reading, account) if account in self.paused else (0.0, "")

    def page(self, accounts: Iterable[str], limit: int, cursor: str) -> tuple[list[str], str | None]:
        """At most so many accounts after the cursor, those in use first, and the next cursor. ValueError for a cursor
        that is none."""
        if cursor and cursor[0] not in "01":
            raise ValueError("cursor is the `next` of the page before")
        places = sorted(f"{int(account not in self.in_use)}{account}" for account in accounts)
        places = places[bisect_right(places, cursor) :]
        return [place[1:] for place in places[:limit]], places[limit - 1] if len(places) > limit else None

    def sums(self, accounts: Collection[str]) -> dict[str, int]:
        """How many accounts there are, and how many of them are in use, and by what."""
        kinds = {"in_use": self.in_use, "queued": self.waiting, "lowered": self.lowered, "paused": self.paused}
        return {"accounts": len(accounts)} | {
            kind: sum(account in found for account in accounts) for kind, found in kinds.items()
        }


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


def _queued(waiting: Sequence[CommandRow], limits: Limits, window: str) -> int:
    return sum(any(limit.window == window for limit in limits.of(row.command)) for row in waiting)
