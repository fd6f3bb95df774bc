"""The durable side, written once over whatever database is under it (`database.Database`).

What always holds: an event, its call's state and its commands are kept together or not at all; what a transaction left
for after its commit is done when it is on disk, and outside of all locks.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from router.runtime import ports
from router.store.database import Database
from router.store.queries import Queries
from router.store.reading import Reading
from router.store.statement import Row, Statement, Value
from router.store.transaction import Transaction


class Repository(Queries):
    """`runtime.ports.Store`."""

    writers = 1  # events that come at the same time share a sync of the disk, or a round trip

    def __init__(self, database: Database) -> None:
        self._database = database
        self.side_by_side = database.side_by_side
        self.now = database.now

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[ports.Transaction]:
        with self._database.writing(patience_seconds) as session:
            transaction = Transaction(session)
            yield transaction
            transaction.commit()
        self._database.committed(news=transaction.news)
        transaction.run_after_commit()

    @contextmanager
    def snapshot(self) -> Iterator[ports.Reading]:
        with self._database.looking() as session:
            yield Reading(session)

    def changed(self) -> int:
        return self._database.commits_seen()

    def verify(self) -> None:
        self._database.verify()

    def close(self) -> None:
        self._database.close()

    def _rows(self, statement: Statement, *values: Value) -> list[Row]:
        return self._database.read(statement, values)
