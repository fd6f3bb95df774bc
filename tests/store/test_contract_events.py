"""What every store promises to those who listen: each line of the journal once, in order, with its call as it stands."""

import msgspec

from router.engine.state import Entry
from router.history.journal import Record
from router.runtime.ports import Store
from tests.store.build import NOON, call


def record(entry_id: str = "entry-1", kind: str = "call", body: str = "{}") -> Record:
    trace = (Entry(at=NOON, kind="note", data={"text": "x"}),)
    return Record(account="clinic", entry_id=entry_id, at=NOON, kind=kind, body=body, trace=trace)


def write(store: Store, *records: Record, step: str = "ask") -> None:
    with store.transaction() as tx:
        for one in records:
            if one.entry_id:
                tx.load("clinic", entry_id=one.entry_id)
                tx.save_call(call(one.entry_id, step=step))
            tx.record(one)


def test_each_line_has_its_call_as_it_stands_now(store: Store) -> None:
    write(store, record(), step="ask")
    write(store, record("entry-2"), record(), step="bye")
    told = store.records_after(0, 9)
    assert [(one.entry_id, one.call.step if one.call else "") for one in told] == [
        ("entry-1", "bye"), ("entry-2", "bye"), ("entry-1", "bye"),
    ]  # fmt: skip
    assert told[0].trace == record().trace
    assert [one.number for one in told] == sorted({one.number for one in told})
    assert store.records_after(told[1].number, 9)[0].number == told[2].number
    assert [one.number for one in store.records_after(0, 2)] == [one.number for one in told[:2]]
    assert (store.first_record(), store.last_record()) == (told[0].number, told[-1].number)


def test_bodies_are_told_only_where_they_are_needed(store: Store) -> None:
    write(store, record(body="secret"), record(kind="answered", body="ours"))
    write(store, record("", kind="address_book", body="book"))
    assert [one.body for one in store.records_after(0, 9)] == ["", "ours", "book"]


def test_of_a_call_that_is_gone_or_masked_that_is_told(store: Store) -> None:
    write(store, record(), record("entry-2"))
    with store.transaction() as tx:
        tx.mark_masked("clinic", "entry-2")
        tx.record(msgspec.structs.replace(record("gone"), kind="other"))
    first, masked, gone = store.records_after(0, 9)
    assert (first.is_masked, masked.is_masked) == (False, True)
    assert (gone.call, gone.is_masked) == (None, False)


def test_what_is_not_committed_is_not_told(store: Store) -> None:
    with store.transaction() as tx:
        tx.load("clinic", entry_id="entry-1")
        tx.record(record())
        assert store.records_after(0, 9) == []
    assert len(store.records_after(0, 9)) == 1
    assert store.records_after(store.last_record(), 9) == []
