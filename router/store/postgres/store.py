"""The store for several machines: one PostgreSQL database that all processes of all hosts share.

What always holds: an event, its call's state and its commands are kept together or not at all; a commit returns when
the disk has it; every instant is the database's clock; and nothing is asked of the server before it is needed, so that
a router starts, and goes on, while the database is away.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog

from router.engine.codec import decode_call
from router.engine.state import Call
from router.errors import DatabaseUnfit, StoreUnavailable
from router.history.journal import CommandRow, Record
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Reading, Transaction
from router.runtime.records import Activation, ActiveVersion, Figures
from router.store import encoding
from router.store.postgres import sql
from router.store.postgres.connections import Connections, complete
from router.store.postgres.hosts import Hosts
from router.store.postgres.migrate import unfit
from router.store.postgres.notifications import Notifications
from router.store.postgres.per_process import PerProcess
from router.store.postgres.pipeline import Pipeline, Row, Statement, Value
from router.store.postgres.reading import Now, PostgresReading
from router.store.postgres.remedies import with_remedy
from router.store.postgres.transaction import PostgresTransaction
from router.store.sqlite.connections import FULL

log = structlog.get_logger()


class PostgresStore:
    """`runtime.ports.Store` over the database at `url`; `now` replaces the database's clock, for tests."""

    writers = 1  # events that come at the same time share their round trips, too
    side_by_side = True

    def __init__(self, url: str, now: Now | None = None, durability: str = FULL) -> None:
        whole = complete(url)
        self._now = now
        self._process = PerProcess(lambda: _OfProcess(whole, durability))
        self._fits = False

    def now(self) -> float:
        return self._process.here.notifications.now() if self._now is None else self._now()

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Transaction]:
        with _failing_as_unavailable(), self._process.here.connections.writing(patience_seconds) as pipeline:
            self._require_fit(pipeline)
            transaction = PostgresTransaction(pipeline, self._now)
            with _rolled_back_on_error(transaction):
                yield transaction
                transaction.commit()
        self._process.here.notifications.committed(news=transaction.news)
        transaction.actions.run()

    @contextmanager
    def snapshot(self) -> Iterator[Reading]:
        with _failing_as_unavailable(), self._process.here.connections.reading() as pipeline:
            self._require_fit(pipeline)
            reading = PostgresReading(pipeline, self._now)
            with _rolled_back_on_error(reading):
                yield reading
                reading.end()

    def due_calls(self, before: float, limit: int = 100) -> list[tuple[str, str]]:
        return [(account, entry_id) for account, entry_id in self._rows(sql.DUE_CALLS, before, limit)]

    def next_wake(self) -> float | None:
        found: float | None = self._rows(sql.NEXT_WAKE)[0][0]
        return found

    def changed(self) -> int:
        return self._process.here.notifications.count()

    def version_content(self, account: str, version: str) -> bytes | None:
        found = self._rows(sql.VERSION_CONTENT, account, version)
        return found[0][0] if found else None

    def version_of(self, account: str, content: bytes) -> str | None:
        found = self._rows(sql.VERSION_OF, account, content)
        return found[0][0] if found else None

    def version_image(self, account: str, version: str) -> bytes:
        found = self._rows(sql.VERSION_IMAGE, account, version)
        return found[0][0] if found else b""

    def accounts(self) -> list[str]:
        return [name for (name,) in self._rows(sql.ACCOUNTS)]

    def versions(self, account: str) -> list[dict[str, Any]]:
        return [encoding.version_item(*columns) for columns in self._rows(sql.VERSIONS, account)]

    def serving(self, account: str) -> ActiveVersion:
        found = self._rows(sql.SERVING, account)
        return encoding.serving_from(found[0] if found else None)

    def pause_note(self, account: str) -> tuple[float, str]:
        found = self._rows(sql.PAUSE_NOTE, account)
        return (found[0][0], found[0][1]) if found else (0.0, "")

    def active_versions(self) -> dict[str, Activation]:
        return {account: encoding.active_from(columns) for account, *columns in self._rows(sql.ACTIVE_VERSIONS)}

    def last_events(self, limit: int) -> dict[str, float]:
        return {account: float(at) for account, at in self._rows(sql.LAST_EVENTS, limit)}

    def canaries(self) -> dict[str, ActiveVersion]:
        return {account: encoding.serving_from(serving) for account, *serving in self._rows(sql.CANARIES)}

    def figures(self, account: str, version: str, since: float) -> Figures:
        calls, missed, failing = self._rows(sql.FIGURES, account, version, since)[0]
        return Figures(calls=calls, missed=missed, failing=failing)

    def calls(self, account: str | None, filters: Mapping[str, str], limit: int, after: str) -> list[dict[str, Any]]:
        wanted = encoding.read_filters(filters)
        if account is not None:
            wanted["account"] = account
        conditions = [sql.CALL_FILTERS[name] for name in wanted]
        values = list(wanted.values())
        if after:
            conditions.append(sql.CALL_FILTERS["cursor"])
            values.extend(encoding.decode_cursor(after))
        return [encoding.call_item(columns) for columns in self._rows(sql.calls(conditions), *values, limit)]

    def call(self, account: str | None, entry_id: str) -> Call | None:
        if account is None:
            found = self._rows(sql.CALL_OF_ANY_ACCOUNT, entry_id)
        else:
            found = self._rows(sql.CALL, account, entry_id)
        return decode_call(found[0][0]) if found else None

    def journal(self, account: str, entry_id: str) -> list[Record]:
        return [encoding.record_from(columns) for columns in self._rows(sql.JOURNAL, account, entry_id)]

    def last_record(self) -> int:
        return int(self._rows(sql.LAST_RECORD)[0][0])

    def records_after(self, number: int, limit: int) -> list[tuple[int, str, str, float, str]]:
        found = self._rows(sql.RECORDS_AFTER, number, limit)
        return [(place, account, entry_id, at, kind) for place, account, entry_id, at, kind in found]

    def commands(
        self, account: str | None, *, entry_id: str | None = None, state: str | None = None, limit: int = 200
    ) -> list[CommandRow]:
        if entry_id is None:
            found = self._rows(sql.COMMANDS_NEWEST, account, state, limit)
        else:
            found = self._rows(sql.COMMANDS_OF_CALL, entry_id, account, state, limit)
        return [encoding.command_from(columns) for columns in found]

    def queue_depths(self) -> dict[tuple[str, str], int]:
        return {(account, command): depth for account, command, depth in self._rows(sql.QUEUE_DEPTHS)}

    def slots(self, account: str) -> dict[str, list[float]]:
        with self.snapshot() as reading:
            return reading.slots(account)

    def live_calls(self) -> dict[tuple[str, str], int]:
        return {(account, flow): count for account, flow, count in self._rows(sql.LIVE_CALLS)}

    def older_than(self, before: float) -> dict[str, int]:
        return dict(zip(("calls", "events", "commands"), self._rows(sql.OLDER_THAN, before)[0], strict=True))

    def ping(self) -> None:
        self._rows(sql.PING)

    def verify(self) -> None:
        try:
            self.ping()
        except DatabaseUnfit:
            raise
        except StoreUnavailable as error:
            database_away(error, "the start")

    def close(self) -> None:
        self._process.here.notifications.close()
        self._process.here.connections.close()

    def _rows(self, statement: Statement, *values: Value) -> list[Row]:
        with _failing_as_unavailable(), self._process.here.connections.reading() as pipeline:
            self._require_fit(pipeline)
            return pipeline.trip([(statement, values)])[0]

    def _require_fit(self, pipeline: Pipeline) -> None:
        """Once, and before anything else is asked."""
        if self._fits:
            return
        try:
            done = [(int(number), bool(breaking)) for number, breaking in pipeline.trip([(sql.MIGRATED, ())])[0]]
        except psycopg.errors.UndefinedTable:
            done = []
        if why := unfit(done):
            raise DatabaseUnfit(why)
        self._fits = True


class _OfProcess:
    """What one process has of the server."""

    def __init__(self, url: str, durability: str) -> None:
        self.hosts = Hosts(url)
        self.connections = Connections(self.hosts, durability)
        self.notifications = Notifications(self.hosts)


@contextmanager
def _rolled_back_on_error(reading: PostgresReading) -> Iterator[None]:
    """The first error is the one that is raised: a connection that is gone cannot roll back, and need not."""
    try:
        yield
    except BaseException:
        try:
            reading.end()
        except psycopg.Error:
            reading.abandon()
        raise


@contextmanager
def _failing_as_unavailable() -> Iterator[None]:
    """What the server or the network refuse is one error; a second row of one key, or a value that no column can
    hold, is a mistake of the caller."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise ValueError(f"the store already has it: {error.diag.message_detail}") from error
    except psycopg.DataError as error:
        raise ValueError(f"the store cannot hold it: {error.diag.message_primary}") from error
    except psycopg.Error as error:
        raise StoreUnavailable(f"the database does not take it: {with_remedy(error)}") from error
