"""What can be read in one transaction of the PostgreSQL store, of whatever kind; begun by its first question."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from router.history.journal import CommandRow
from router.runtime.records import AccountState, ActiveVersion, Share
from router.store import encoding
from router.store.postgres import sql
from router.store.postgres.pipeline import Asked, Pipeline, Row, Statement, Value

Now = Callable[[], float]


class PostgresReading:
    """`runtime.ports.Reading`. `now` replaces the database's clock, for tests."""

    _begin: Statement = sql.BEGIN_SNAPSHOT

    def __init__(self, pipeline: Pipeline, now: Now | None) -> None:
        self._pipeline = pipeline
        self._clock = now
        self._now: float | None = None
        self._set_to: float | None = None  # by whoever writes as of then
        self._begun = False
        self._accounts: dict[str, _Account] = {}

    @property
    def now(self) -> float:
        if self._set_to is not None:
            return self._set_to
        if self._now is None:
            self._ask()
        assert self._now is not None
        return self._now

    @now.setter
    def now(self, instant: float) -> None:
        self._set_to = instant

    def candidates(self, account: str, limit: int) -> list[CommandRow]:
        return self._look(account, limit).candidates[limit]

    def notifications(self, account: str, limit: int) -> list[CommandRow]:
        self._look(account)
        return self._commands(sql.NOTIFICATIONS, account, limit)

    def slots(self, account: str) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for window, free_at in self._look(account).slots:
            if free_at > self.now:
                found.setdefault(window, []).append(free_at)
        return found

    def shares(self, account: str) -> dict[str, Share]:
        return self._look(account).shares

    def all_slots(self) -> dict[str, dict[str, list[float]]]:
        found: dict[str, dict[str, list[float]]] = {}
        for account, window, free_at in self._rows(sql.ALL_SLOTS, self.now):
            found.setdefault(account, {}).setdefault(window, []).append(free_at)
        return found

    def all_shares(self) -> list[tuple[str, Share]]:
        return [(account, _share_from(columns)) for account, *columns in self._rows(sql.ALL_SHARES)]

    def pauses(self) -> dict[str, AccountState]:
        return {account: _standing_from(columns) for account, *columns in self._rows(sql.PAUSES, self.now)}

    def standing(self, account: str) -> AccountState:
        return self._look(account).standing

    def paused_until(self, account: str) -> tuple[float, str]:
        return encoding.paused(self.standing(account), self.serving(account), self.now)

    def serving(self, account: str) -> ActiveVersion:
        return self._look(account).serving

    def waiting(self, notifications: bool) -> dict[str, int]:
        found = self._rows(sql.WAITING_NOTIFICATIONS if notifications else sql.WAITING)
        return {account: int(mark) for account, mark in found}

    def clock_shift(self) -> float:
        return float(self._rows(sql.CLOCK_SHIFT)[0][0])

    def awaited(self) -> tuple[float | None, float | None]:
        lease, answered = self._rows(sql.AWAITED)[0]
        return lease, answered

    def unanswered(self, by: float, limit: int) -> list[CommandRow]:
        return self._commands(sql.UNANSWERED, by, limit)

    def unconfirmed(self, by: float, limit: int) -> list[CommandRow]:
        return self._commands(sql.UNCONFIRMED, by, limit)

    def command(self, account: str, command_id: str) -> CommandRow | None:
        found = self._commands(sql.COMMAND, account, command_id)
        return found[0] if found else None

    def presence(self, account: str) -> dict[str, str]:
        return dict(self._rows(sql.PRESENCE, account))

    def remembers(self, account: str, list_name: str, value: str) -> bool:
        return bool(self._rows(sql.REMEMBERS, account, list_name, value, self.now)[0][0])

    # How it is asked.

    def _look(self, account: str, candidates: int | None = None) -> "_Account":
        """How the account's outbox stands, read in one round trip and then kept, until something is written."""
        known = self._accounts.get(account)
        if known is None or (candidates is not None and candidates not in known.candidates):
            self._open_account(account)
            asked: list[Asked] = [(statement, (account,)) for statement in ACCOUNT]
            if candidates is not None:
                asked.append((sql.CANDIDATES, (account, candidates)))
            known = self._accounts[account] = _account_from(self._ask(*asked), candidates)
        return known

    def _open_account(self, account: str) -> None:
        """Called before the first question about an account's outbox."""

    def _commands(self, statement: Statement, *values: Value) -> list[CommandRow]:
        return [encoding.command_from(columns) for columns in self._rows(statement, *values)]

    def _rows(self, statement: Statement, *values: Value) -> list[Row]:
        return self._ask((statement, values))[0]

    def _ask(self, *asked: Asked) -> list[list[Row]]:
        """One round trip, that reads the clock if nobody did."""
        if self._now is not None:
            return self._trip(*asked)
        clock, *answers = self._trip((sql.CLOCK, ()), *asked)
        self._now = self._instant(clock[0][0])
        return answers

    def _trip(self, *asked: Asked) -> list[list[Row]]:
        """One round trip; the first one begins the transaction."""
        before: list[Asked] = [] if self._begun else [(self._begin, ())]
        before += self._ahead()
        self._begun = True
        return self._pipeline.trip([*before, *asked])[len(before) :]

    def _ahead(self) -> list[Asked]:
        """What has to go before the next question."""
        return []

    def _instant(self, now: float) -> float:
        return now if self._clock is None else self._clock()

    def end(self) -> None:
        """Give up the transaction; nothing of it is kept."""
        if self._begun:
            self._pipeline.trip([(sql.ROLLBACK, ())])

    def abandon(self) -> None:
        """The connection is of no use to anybody."""
        self._pipeline.close()


ACCOUNT: Final = (sql.STANDING, sql.SLOTS, sql.SHARES, sql.SERVING)
"""What is read of an account, in the order of `_account_from`."""


class _Account:
    """An account's outbox as one transaction sees it."""

    __slots__ = ("candidates", "serving", "shares", "slots", "standing")

    def __init__(self) -> None:
        self.standing = AccountState()
        self.slots: list[Row] = []  # window, free at
        self.shares: dict[str, Share] = {}  # by window
        self.serving = ActiveVersion()
        self.candidates: dict[int, list[CommandRow]] = {}  # by the limit that was asked with


def _account_from(answers: list[list[Row]], limit: int | None) -> _Account:
    standings, slots, shares, serving, *candidates = answers
    found = _Account()
    if standings:
        found.standing = _standing_from(standings[0])
    found.slots = slots
    found.shares = {row[0]: _share_from(row) for row in shares}
    found.serving = encoding.serving_from(serving[0] if serving else None)
    if limit is not None:
        found.candidates[limit] = [encoding.command_from(columns) for columns in candidates[0]]
    return found


def _standing_from(columns: Sequence[Any]) -> AccountState:
    return AccountState(**dict(zip(sql.STANDING_FIELDS, columns, strict=True)))


def _share_from(columns: Sequence[Any]) -> Share:
    return Share(**dict(zip(sql.SHARE_FIELDS, columns, strict=True)))
