"""Group commit: everybody gets his own answer, a failure fails its own, and groups do form."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from router.errors import StoreUnavailable
from router.history.journal import Record
from router.runtime.group_commit import MOST, GroupCommit
from tests.stores import MemoryStore


class Gate(MemoryStore):
    """A store whose transactions can be held up, and counted."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.open.set()
        self.transactions = 0
        self.is_down = False

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Any]:
        self.open.wait()
        self.transactions += 1
        if self.is_down:
            raise StoreUnavailable("the disk is full")
        with super().transaction() as tx:
            yield tx


def record(name: str) -> Record:
    return Record(account="a", entry_id="e", at=0.0, kind="call", dedupe=name)


def together(group: GroupCommit, store: Gate, works: list[Any]) -> list[Any]:
    """Run works at the same time: the first gets its turn to write only when all queue."""
    results: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        try:
            results[number] = group.run(works[number])
        except Exception as error:
            results[number] = error

    store.open.clear()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    while len(group._queue) < len(works):
        threading.Event().wait(0.001)
    store.open.set()
    for thread in threads:
        thread.join()
    return results


def writes(name: str) -> Any:
    def work(tx: Any) -> str:
        tx.record(record(name))
        return name

    return work


def test_alone_it_commits_at_once() -> None:
    store = Gate()
    assert GroupCommit(store).run(writes("x")) == "x"
    assert store.transactions == 1


def test_those_that_wait_share_a_transaction() -> None:
    store = Gate()
    names = [f"n{number}" for number in range(20)]
    assert together(GroupCommit(store), store, [writes(name) for name in names]) == names
    assert store.transactions == 1
    assert {row.dedupe for row in store.journal("a", "e")} == set(names)


def test_failing_work_fails_alone() -> None:
    def fails(tx: Any) -> None:
        tx.record(record("half"))
        raise ZeroDivisionError

    store = Gate()
    results = together(GroupCommit(store), store, [writes("a"), writes("b"), fails, writes("c")])
    assert isinstance(results[2], ZeroDivisionError)
    assert [results[0], results[1], results[3]] == ["a", "b", "c"]
    assert {row.dedupe for row in store.journal("a", "e")} == {"a", "b", "c"}


def test_store_that_is_away_fails_everybody_and_nothing_is_stuck() -> None:
    store = Gate()
    group = GroupCommit(store)
    store.is_down = True
    assert all(isinstance(result, StoreUnavailable) for result in together(group, store, [writes("a"), writes("b")]))
    store.is_down = False
    assert group.run(writes("c")) == "c"
    with pytest.raises(ZeroDivisionError):
        group.run(lambda tx: 1 // 0)
    assert group.run(writes("d")) == "d"


class Stopped(BaseException):
    """As a thread that is ended from outside."""


@pytest.mark.parametrize("trouble", [RuntimeError("a fault of ours"), Stopped()])
def test_trouble_before_the_turn_comes_is_told_and_nothing_is_stuck(
    trouble: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Gate()
    group = GroupCommit(store)

    def refuse(patience_seconds: float | None = None) -> Any:
        raise trouble

    with monkeypatch.context() as troubled:
        troubled.setattr(store, "transaction", refuse)
        with pytest.raises(type(trouble)):
            group.run(writes("lost"))
    assert group.run(writes("kept")) == "kept"


def test_more_than_fit_into_one_group() -> None:
    store = Gate()
    names = [f"n{number}" for number in range(MOST + 10)]
    assert together(GroupCommit(store), store, [writes(name) for name in names]) == names
