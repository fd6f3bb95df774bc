"""The durable side, written once over whatever database is under it (`database.Database`).

What always holds: an event, its call's state and its commands are kept together or not at all; what a transaction left
for after its commit is done when it is on disk, and outside of all locks.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from router.history.journal import JournalLine
from router.runtime import ports
from router.store import encoding, statements
from router.store.database import Database, Session
from router.store.queries import Queries
from router.store.reading import Reading
from router.store.statement import Row, Statement, Value
from router.store.transaction import Transaction


class Repository(Queries):
    """`runtime.ports.Store`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.side_by_side = database.side_by_side
        self.now = database.now

    def transaction(self, patience_seconds: float | None = None) -> AbstractContextManager[ports.Transaction]:
        return _Unit(self._database, patience_seconds)

    @contextmanager
    def snapshot(self) -> Iterator[ports.Reading]:
        with self._database.looking() as session:
            yield Reading(session)

    def changed(self) -> int:
        return self._database.commits_seen()

    def last_record(self) -> int:
        return self._database.last_line()

    def first_record(self) -> int:
        return int(self._rows(statements.FIRST_RECORD)[0][0])

    def records_after(self, number: int, limit: int) -> list[JournalLine]:
        final = self._database.final_lines()
        rows = self._rows(statements.RECORDS_AFTER, number, final, limit) if final > number else []
        return encoding.journal_lines_from(rows)

    def verify(self) -> None:
        self._database.verify()

    def close(self) -> None:
        self._database.close()

    def _rows(self, statement: Statement, *values: Value) -> list[Row]:
        return self._database.read(statement, values)


class _Unit:
    """One transaction as a `with` block; a class, since a generator would take longer for every event."""

    __slots__ = ("_database", "_patience_seconds", "_session", "_transaction")

    def __init__(self, database: Database, patience_seconds: float | None) -> None:
        self._database = database
        self._patience_seconds = patience_seconds

    def __enter__(self) -> ports.Transaction:
        try:
            self._session: Session = self._database.begin(self._patience_seconds)
        except Exception as error:
            self._raise_translated(error)
            raise
        self._transaction = Transaction(self._session)
        return self._transaction

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        is_kept = False
        try:
            if error is None:
                self._commit()
            self._end(error)
            is_kept = error is None
        finally:
            if not is_kept:
                self._transaction.run_after_commit(kept=False)
        if is_kept:
            self._database.committed(news=self._transaction.news)
            self._transaction.run_after_commit(kept=True)

    def _commit(self) -> None:
        try:
            self._transaction.run_before_commit()
            self._transaction.commit()
        except BaseException as failed:
            self._end(failed)
            raise

    def _end(self, error: BaseException | None) -> None:
        """Whatever failed first is what is raised."""
        try:
            self._session.end(error)
        except Exception as failed:
            self._raise_translated(error or failed)
            raise
        if error is not None:
            self._raise_translated(error)

    def _raise_translated(self, error: BaseException) -> None:
        translated = self._database.translated(error)
        if translated is not error:
            raise translated from error
