"""What a database has to do for the repository: the port between what is written once and each database's own way.

A `Session` is one transaction on one connection. What always holds: it does nothing before it is asked something; what
it is given to run is run in order; nothing is kept unless `commit` returned.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple, Protocol

from router.history.journal import CommandRow
from router.runtime.records import EventKeys
from router.store.statement import Asked, Row, Statement, Value

FULL: Final = "full"
"""A commit is on the disk."""

NORMAL: Final = "normal"
"""It survives every process; the last ones before a power cut are lost, whole ones, in their order."""


class Found(NamedTuple):
    """What is kept under the names of one event."""

    entry_id: str  # of its call
    digest: bytes | None  # under its dedupe key
    state: bytes | None  # its call's
    clock_shift: float | None
    serving: Sequence[Any] | None  # the account's row of `active`, NULLs when it has none
    # Both are None when this transaction was given them before.
    commands: list[CommandRow]  # the one that it names
    open_commands: bool  # whether `commands` has all of the call's that are not over, too
    presence: dict[str, str] | None  # the account's; None when it was not read


class Session(Protocol):
    """A transaction, a snapshot or a plain look."""

    asks_ahead: bool
    """Whether a question costs a round trip, so that what is often asked next is asked with it."""

    dialect: int
    """The place of this database's text where statements differ in number (`statements.TOUCH`)."""

    @property
    def now(self) -> float:
        """The database's clock when this began, or when the latest lock was held; Unix seconds."""

    def run(self, asked: Sequence[Asked]) -> list[list[Row]]:
        """The rows of each statement, in order."""

    def load(self, before: Sequence[Asked], several: Sequence[EventKeys]) -> list[Found]:
        """Run what comes `before`, then lock the calls of several events and read what is known of each."""

    def lock_account(self, account: str) -> None:
        """Have the next statement wait for the account's lock."""

    def try_account(self, before: Sequence[Asked], account: str, ahead: Sequence[Asked]) -> list[list[Row]] | None:
        """Run what comes `before`, then take the account's lock and read the clock; None when another transaction has
        the account. Answers the first of the questions that will be asked next, where that saves a round trip."""

    def commit(self, writes: Sequence[Asked]) -> None:
        """Run these and keep everything."""

    def end(self, error: BaseException | None) -> object:
        """Take back what was not kept; nothing is asked after it. With the error that ended it, if one did."""


class Database(Protocol):
    """One database, as one process uses it. Thread-safe, and of use in a forked child."""

    side_by_side: bool
    """Whether transactions run at the same time, under the locks of what they touch; else one after the other."""

    def now(self) -> float:
        """The database's clock as far as this process knows it, Unix seconds; without a question."""

    def read(self, statement: Statement, values: Sequence[Value]) -> list[Row]:
        """The rows of a plain read."""

    def begin(self, patience_seconds: float | None) -> Session:
        """A transaction, to be ended by its `end`."""

    def looking(self) -> AbstractContextManager[Session]:
        """A look at one committed state, which locks nobody out."""

    def translated(self, error: BaseException) -> BaseException:
        """What the database or the way to it refuses is StoreUnavailable; a second row of one key, or a value that no
        column can hold, is a ValueError, a mistake of the caller. Any other error stays itself."""

    def committed(self, *, news: bool) -> None:
        """A transaction was kept; with `news` other processes have something to do."""

    def commits_seen(self) -> int:
        """A number that differs after any commit, another process's included; cheap enough to poll."""

    def last_line(self) -> int:
        """The number of the journal's newest line, once no line before it can appear any more."""

    def final_lines(self) -> int:
        """The number up to which the journal is final: lines up to it are there for every look from now on, or never
        will be. While others write it may be less than the newest line's; then `commits_seen` differs soon."""

    def verify(self) -> None:
        """Raises DatabaseUnfit when this program cannot work with it; one that does not answer yet may be fit."""

    def close(self) -> None: ...
