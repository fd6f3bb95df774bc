"""Lines of the journal are told once and in the order of their numbers, in whatever order PostgreSQL's transactions take
their numbers, write and commit: by a second opinion that only knows what was committed."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.errors import StoreUnavailable
from router.runtime.ports import Store
from router.store import open_store
from router.store.postgres import journal_end
from tests.acceptance.processes import wait_for
from tests.store.test_postgres import waiters

Connection = psycopg.Connection[Any]
WRITERS: Final = 3
LINE: Final = """
    INSERT INTO journal (account, entry_id, at, kind, digest, body, trace)
    VALUES ('clinic', '', 0, 'other', {digest}, '', '\\x90') RETURNING id
"""
OTHER: Final = """
    INSERT INTO presence (account, abonent, status) VALUES ('clinic', gen_random_uuid()::text, 'online')
"""


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def one(postgres_url: str) -> Iterator[Connection]:
    with psycopg.connect(postgres_url) as connection:
        yield connection


@pytest.fixture
def two(postgres_url: str) -> Iterator[Connection]:
    with psycopg.connect(postgres_url) as connection:
        yield connection


def write(connection: Connection, digest: str = "''") -> int:
    """A line in the connection's transaction."""
    (number,) = connection.execute(LINE.format(digest=digest)).fetchone() or (0,)
    return int(number)


def told(store: Store, after: int = 0) -> list[int]:
    return [one.number for one in store.records_after(after, 100)]


def test_numbers_in_another_order_than_transactions(store: Store, one: Connection, two: Connection) -> None:
    """The transaction that is older commits first, with the number that is higher."""
    one.execute(OTHER)
    two.execute(OTHER)
    lower, higher = write(two), write(one)
    one.commit()
    assert told(store) == []
    two.commit()
    assert told(store) == [lower, higher]
    assert store.last_record() == higher


def test_a_number_that_was_taken_before_any_transaction_id(
    store: Store, one: Connection, two: Connection, postgres: Any
) -> None:
    """An insert takes its number first. Here it then waits, and has written nothing yet. (A sequence writes to the log
    once in 32 numbers, and needs a transaction id for it: that is the first line's business here.)"""
    first = write(two)
    two.commit()
    assert told(store) == [first]
    two.execute("SELECT pg_advisory_xact_lock(7)")
    numbers: list[int] = []
    waiting = "(SELECT ''::bytea FROM pg_advisory_xact_lock(7))"
    thread = threading.Thread(target=lambda: numbers.append(write(one, waiting)))
    thread.start()
    wait_for("the insert", lambda: waiters(postgres))
    numbers.append(write(two))
    two.commit()
    thread.join(30)
    assert told(store) == [first]
    one.commit()
    assert told(store) == [first, *sorted(numbers)]


def test_the_end_of_the_journal_is_waited_for(store: Store, one: Connection, two: Connection) -> None:
    lower, higher = write(one), write(two)
    two.commit()
    ends: list[int] = []
    thread = threading.Thread(target=lambda: ends.append(store.last_record()))
    thread.start()
    thread.join(0.2)
    assert ends == []
    one.commit()
    thread.join(30)
    assert ends == [higher] == [lower + 1]


def test_a_transaction_that_does_not_end(
    store: Store, one: Connection, two: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_end, "WAIT_SECONDS", 0.01)
    before = write(two)
    two.commit()
    assert told(store) == [before]
    lower, seen = write(one), store.changed()
    assert told(store) == [before]
    write(two)
    two.commit()
    with pytest.raises(StoreUnavailable, match="pg_locks"):
        store.last_record()
    assert told(store) == [before]
    assert store.changed() != seen  # so that it is looked for without another commit
    one.rollback()
    assert told(store, before) == [lower + 1] == [store.last_record()]


def test_lines_that_are_gone(store: Store, one: Connection) -> None:
    """Numbers are given out anew where a journal is empty and its sequence was set back."""
    for _ in range(3):
        write(one)
    one.commit()
    assert store.last_record() == 3
    one.execute("DELETE FROM journal")
    one.commit()
    assert (store.last_record(), told(store)) == (0, [])
    fourth = write(one)
    one.commit()
    assert told(store) == [fourth]


ACTS: Final = st.sampled_from(("other", "other", "line", "line", "line", "commit", "rollback", "savepoint", "back"))
STEPS: Final = st.lists(
    st.one_of(st.tuples(ACTS, st.integers(0, WRITERS - 1)), st.tuples(st.just("read"), st.integers(1, 3))),
    min_size=30,
    max_size=90,
)


class World:
    """Some transactions side by side, and who reads what they write in small pieces."""

    def __init__(self, store: Store, connections: list[Connection]) -> None:
        self.store = store
        self.told: list[int] = []
        self.last = store.last_record()
        self._connections = connections
        self._open: dict[int, list[int]] = {}
        self._marks: dict[int, int] = {}
        self.committed: list[int] = []

    def act(self, act: str, number: int) -> None:
        if act == "read":
            self.read(number)
        else:
            self._open.setdefault(number, [])
            getattr(self, f"_{act}")(number, self._connections[number])

    def read(self, limit: int) -> None:
        self.told += [one.number for one in self.store.records_after(self.last, limit)]
        self.last = max([self.last, *self.told])

    def end(self) -> None:
        for number in tuple(self._open):
            self._commit(number, self._connections[number])
        while self.last < self.store.last_record():
            self.read(2)

    def _other(self, _number: int, connection: Connection) -> None:
        connection.execute(OTHER)

    def _line(self, number: int, connection: Connection) -> None:
        self._open[number].append(write(connection))

    def _commit(self, number: int, connection: Connection) -> None:
        connection.commit()
        self.committed += self._open.pop(number)
        self._marks.pop(number, None)

    def _rollback(self, number: int, connection: Connection) -> None:
        connection.rollback()
        self._open.pop(number)
        self._marks.pop(number, None)

    def _savepoint(self, number: int, connection: Connection) -> None:
        connection.execute("SAVEPOINT mark")
        self._marks[number] = len(self._open[number])

    def _back(self, number: int, connection: Connection) -> None:
        """To the savepoint: PostgreSQL gives locks back that were taken after it."""
        if number in self._marks:
            connection.execute("ROLLBACK TO SAVEPOINT mark")
            del self._open[number][self._marks[number] :]


@contextmanager
def world(url: str) -> Iterator[World]:
    with ExitStack() as ends:
        store = open_store(url)
        ends.callback(store.close)
        yield World(store, [ends.enter_context(psycopg.connect(url)) for _ in range(WRITERS)])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_each_committed_line_is_told_once_and_in_order(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int]]
) -> None:
    monkeypatch.setattr(journal_end.JournalEnd.reached, "__defaults__", (0.0,))
    with world(postgres_url) as now:
        for act, number in steps:
            now.act(act, number)
        now.end()
        assert now.told == sorted(now.committed)
