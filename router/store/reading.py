"""What the dispatcher reads, in a snapshot or within a transaction.

How one account stands is asked in a few statements that go together: where a question costs a round trip, all of them
go with the first, and their answers are kept until something is written.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from router.history.journal import CommandRow
from router.runtime.records import AccountState, ActiveVersion, Share
from router.store import encoding, statements
from router.store.database import Session
from router.store.queries import Queries
from router.store.statement import Asked, Row, Statement, Value

ACCOUNT: Final = (statements.STANDING, statements.SLOTS, statements.SHARES, statements.SERVING)
"""What is usually asked of one account together."""


class Reading(Queries):
    """`runtime.ports.Reading`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answers: dict[Asked, list[Row]] = {}  # about single accounts
        self._set_to: float | None = None  # by who writes as of then

    @property
    def now(self) -> float:
        return self._session.now if self._set_to is None else self._set_to

    @now.setter
    def now(self, instant: float) -> None:
        self._set_to = instant

    def candidates(self, account: str, limit: int) -> list[CommandRow]:
        return [encoding.command_from(columns) for columns in self._of(account, statements.CANDIDATES, limit)]

    def notifications(self, account: str, limit: int, without: Iterable[str] = ()) -> list[CommandRow]:
        others = msgspec.json.encode(sorted(without)).decode()
        found = self._of(account, statements.NOTIFICATIONS, limit, others)
        return [encoding.command_from(columns) for columns in found]

    def slots(self, account: str) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for window, free_at in self._of(account, statements.SLOTS):
            if free_at > self.now:
                found.setdefault(window, []).append(free_at)
        return found

    def shares(self, account: str) -> dict[str, Share]:
        return {columns[0]: encoding.share_from(columns) for columns in self._of(account, statements.SHARES)}

    def standing(self, account: str) -> AccountState:
        found = self._of(account, statements.STANDING)
        return encoding.standing_from(found[0]) if found else AccountState()

    def serving(self, account: str) -> ActiveVersion:
        found = self._of(account, statements.SERVING)
        return encoding.serving_from(found[0] if found else None)

    def all_slots(self) -> dict[str, dict[str, list[float]]]:
        found: dict[str, dict[str, list[float]]] = {}
        for account, window, free_at in self._rows(statements.ALL_SLOTS, self.now):
            found.setdefault(account, {}).setdefault(window, []).append(free_at)
        return found

    def all_shares(self) -> list[tuple[str, Share]]:
        return [(account, encoding.share_from(columns)) for account, *columns in self._rows(statements.ALL_SHARES)]

    def pauses(self) -> dict[str, AccountState]:
        found = self._rows(statements.PAUSES, self.now)
        return {account: encoding.standing_from(columns) for account, *columns in found}

    def waiting(self, notifications: bool) -> dict[str, int]:
        found = self._rows(statements.WAITING_NOTIFICATIONS if notifications else statements.WAITING)
        return {account: int(mark) for account, mark in found}

    def clock_shift(self) -> float:
        return float(self._rows(statements.CLOCK_SHIFT)[0][0])

    def unanswered(self, by: float, limit: int) -> list[CommandRow]:
        return self._commands(statements.UNANSWERED, by, limit)

    def unconfirmed(self, by: float, limit: int) -> list[CommandRow]:
        return self._commands(statements.UNCONFIRMED, by, limit)

    def awaited(self) -> tuple[float | None, float | None]:
        lease, answered = self._rows(statements.AWAITED)[0]
        return lease, answered

    def command(self, account: str, command_id: str) -> CommandRow | None:
        found = self._commands(statements.COMMAND, account, command_id)
        return found[0] if found else None

    def presence(self, account: str) -> dict[str, str]:
        return dict(self._rows(statements.PRESENCE, account))

    def was_told_of(self, account: str, entry_id: str, call_id: str) -> bool:
        first, behind = f"call:{call_id}:", f"call:{call_id};"  # the keys of its events (`protocol.parse.dedupe_key`)
        return (entry_id,) in map(tuple, self._rows(statements.TOLD_OF, account, first, behind))

    def remembers(self, account: str, list_name: str, value: str) -> bool:
        return bool(self._rows(statements.REMEMBERS, account, list_name, value, self.now)[0][0])

    # How it is asked.

    def _of(self, account: str, statement: Statement, *more: Value) -> list[Row]:
        """The answer of a statement about one account, its first value."""
        asked: Asked = (statement, (account, *more))
        if asked not in self._answers:
            self._lock_account(account)
            together = [asked]
            if self._session.asks_ahead:
                ahead = [(one, (account,)) for one in ACCOUNT]
                together += [one for one in ahead if one != asked and one not in self._answers]
            self._answers.update(zip(together, self._ask(*together), strict=True))
        return self._answers[asked]

    def _lock_account(self, account: str) -> None:
        """Called before the first question about an account's outbox."""

    def _rows(self, statement: Statement, *values: Value) -> list[Row]:
        return self._ask((statement, values))[0]

    def _ask(self, *asked: Asked) -> list[list[Row]]:
        return self._session.run(asked)
