"""The database for several machines: one of PostgreSQL, which all processes of all hosts share.

What always holds: a commit returns when the disk has it; every instant is the database's clock; and nothing is asked of
the server before it is needed, so that a router starts, and goes on, while the database is away.

A round trip is dear, so a transaction begins with its first question and ends with its last write; what its locks and
its clock take goes along.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

import msgspec
import psycopg

from router.errors import DatabaseUnfit, StoreUnavailable
from router.history.journal import CommandRow
from router.runtime.monitoring.outage import database_away
from router.runtime.records import EventKeys
from router.store import statements
from router.store.database import FULL, Found, Session
from router.store.postgres.connections import Connections, complete
from router.store.postgres.hosts import Hosts
from router.store.postgres.journal_end import JournalEnd
from router.store.postgres.migrate import unfit
from router.store.postgres.notifications import Notifications
from router.store.postgres.per_process import PerProcess
from router.store.postgres.pipeline import Pipeline, Unanswered
from router.store.postgres.remedies import with_remedy
from router.store.postgres.several_rows import together
from router.store.statement import Asked, Row, Statement, Value

Now = Callable[[], float]

UNCONFIRMED: Final = (
    "the commit was not confirmed: a lock is waited for, the server's disk hangs, or a standby that"
    " synchronous_standby_names asks for is away (pg_stat_replication)"
)
_commands_of: Final = msgspec.json.Decoder(list[CommandRow]).decode
_presence_of: Final = msgspec.json.Decoder(dict[str, str]).decode


class PostgresSession:
    """`database.Session`. `clock` replaces the database's, for tests."""

    asks_ahead = True
    dialect = 0

    def __init__(
        self, pipeline: Pipeline, begin: Statement, clock: Now | None, give_back: Callable[[], object] = lambda: None
    ) -> None:
        self._pipeline = pipeline
        self._give_back = give_back
        self._clock = clock
        self._ahead: list[Asked] = [(begin, ())]
        self._has_begun = False
        self._now: float | None = None

    @property
    def now(self) -> float:
        if self._now is None:
            self.run(())
        assert self._now is not None
        return self._now

    def run(self, asked: Sequence[Asked]) -> list[list[Row]]:
        """One round trip, which reads the clock if it is not known."""
        if self._now is not None:
            return self._trip(asked)
        clock, *answers = self._trip(((statements.CLOCK, ()), *asked))
        self._now = self._instant(clock[0][0])
        return answers

    def load(self, before: Sequence[Asked], several: Sequence[EventKeys]) -> list[Found]:
        names = msgspec.json.encode(several)
        *_, rows = self._trip((*before, (statements.LOCK_CALLS, (names,)), (statements.LOAD, (names,))))
        self._now = self._instant(rows[-1][0])
        return [_found(*columns, is_first=number == 0) for number, columns in enumerate(rows)]

    def lock_account(self, account: str) -> None:
        self._ahead.append((statements.LOCK_ACCOUNT, (account,)))
        self._now = None  # an instant from before the lock is none of its time

    def try_account(self, before: Sequence[Asked], account: str, ahead: Sequence[Asked]) -> list[list[Row]] | None:
        asked = (*together(before), (statements.TRY_ACCOUNT, (account,)), (statements.CLOCK, ()), *ahead)
        taken, clock, *answers = self._trip(asked)[-2 - len(ahead) :]
        self._now = self._instant(clock[0][0])
        return answers if taken[0][0] else None

    def commit(self, writes: Sequence[Asked]) -> None:
        if not (self._has_begun or writes):
            return
        try:
            self._trip((*together(writes), (statements.COMMIT, ())))
        except Unanswered as error:
            raise Unanswered(f"{error}; {UNCONFIRMED}") from error
        self._has_begun = False

    def end(self, error: BaseException | None) -> None:
        """A connection that is gone cannot roll back, and need not."""
        try:
            if self._has_begun:
                self._pipeline.trip([(statements.ROLLBACK, ())])
        except psycopg.Error:
            self._pipeline.close()
            if error is None:
                raise
        finally:
            self._give_back()

    def _trip(self, asked: Sequence[Asked]) -> list[list[Row]]:
        before, self._ahead = self._ahead, []
        self._has_begun = True
        return self._pipeline.trip([*before, *asked])[len(before) :]

    def _instant(self, now: float) -> float:
        return now if self._clock is None else self._clock()


def _found(
    _now: float,
    entry_id: str,
    digest: bytes | None,
    state: bytes | None,
    presence: bytes | None,
    commands: bytes | None,
    shift: float,
    *serving: Value,
    is_first: bool,
) -> Found:
    return Found(
        entry_id=entry_id,
        digest=digest,
        state=state,
        clock_shift=shift,
        serving=serving,
        commands=_commands_of(commands) if commands else [],
        open_commands=True,
        presence=_presence_of(presence) if presence else {} if is_first else None,
    )


class PostgresDatabase:
    """`database.Database` at `url`; `now` replaces the database's clock, for tests."""

    side_by_side = True

    def __init__(self, url: str, now: Now | None = None, durability: str = FULL) -> None:
        whole = complete(url)
        self._now = now
        self._process = PerProcess(lambda: _OfProcess(whole, durability))
        self._is_fit = False

    def now(self) -> float:
        return self._process.here.notifications.now() if self._now is None else self._now()

    def read(self, statement: Statement, values: Sequence[Value]) -> list[Row]:
        try:
            with self._process.here.connections.reading() as pipeline:
                self._require_fit(pipeline)
                return pipeline.trip([(statement, values)])[0]
        except psycopg.Error as error:
            raise self.translated(error) from error

    def begin(self, patience_seconds: float | None) -> Session:
        connections = self._process.here.connections
        leased = connections.take_writer(patience_seconds)
        try:
            self._require_fit(leased.channel)
        except BaseException:
            connections.give_back(leased)
            raise
        return PostgresSession(leased.channel, statements.BEGIN, self._now, partial(connections.give_back, leased))

    @contextmanager
    def looking(self) -> Iterator[Session]:
        try:
            with self._process.here.connections.reading() as pipeline:
                self._require_fit(pipeline)
                session = PostgresSession(pipeline, statements.BEGIN_SNAPSHOT, self._now)
                try:
                    yield session
                except BaseException as error:
                    session.end(error)
                    raise
                session.end(None)
        except psycopg.Error as error:
            raise self.translated(error) from error

    def translated(self, error: BaseException) -> BaseException:
        if isinstance(error, psycopg.errors.UniqueViolation):
            return ValueError(f"the store already has it: {error.diag.message_detail}")
        if isinstance(error, psycopg.DataError):
            return ValueError(f"the store cannot hold it: {error.diag.message_primary}")
        if isinstance(error, psycopg.Error):
            return StoreUnavailable(f"the database does not take it: {with_remedy(error)}")
        return error

    def committed(self, *, news: bool) -> None:
        self._process.here.notifications.committed(news=news)

    def commits_seen(self) -> int:
        return self._process.here.notifications.count()

    def last_line(self) -> int:
        return self._process.here.journal_end.whole(self._read_plain)

    def final_lines(self) -> int:
        final, is_whole = self._process.here.journal_end.reached(self._read_plain)
        if not is_whole:
            self._process.here.notifications.look_again()
        return final

    def verify(self) -> None:
        try:
            self.read(statements.PING, ())
        except DatabaseUnfit:
            raise
        except StoreUnavailable as error:
            database_away(error, "the start")

    def close(self) -> None:
        self._process.here.notifications.close()
        self._process.here.connections.close()

    def _read_plain(self, statement: Statement) -> list[Row]:
        return self.read(statement, ())

    def _require_fit(self, pipeline: Pipeline) -> None:
        """Once, and before anything else is asked."""
        if self._is_fit:
            return
        try:
            done = [(int(number), bool(breaking)) for number, breaking in pipeline.trip([(statements.MIGRATED, ())])[0]]
        except psycopg.errors.UndefinedTable:
            done = []
        if why := unfit(done):
            raise DatabaseUnfit(why)
        self._is_fit = True


class _OfProcess:
    """What one process has of the server."""

    def __init__(self, url: str, durability: str) -> None:
        self.hosts = Hosts(url)
        self.connections = Connections(self.hosts, durability)
        self.notifications = Notifications(self.hosts)
        self.journal_end = JournalEnd()
