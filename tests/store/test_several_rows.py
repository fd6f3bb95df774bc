"""Writes that go together on PostgreSQL: how they are gathered, and that their rows are what single ones would be."""

import pytest

from router.history.journal import QUEUED
from router.runtime.ports import Store
from router.store import encoding, open_store, statements
from router.store.postgres.pipeline import _binary
from router.store.postgres.several_rows import together
from router.store.statement import Asked, Column
from tests.store.build import NOON, call, command, put, record


def test_rows_of_a_kind_go_together_in_their_order_and_a_single_one_as_it_is() -> None:
    writes: list[Asked] = [
        (statements.SAVE_STATE, (1.0, b"a", "clinic", "entry-1")),
        (statements.FREE_SLOT, (1.0, "clinic", "all", "c-1")),
        (statements.RECORD, tuple("abcdefgh")),
        (statements.SAVE_STATE, (2.0, b"b", "clinic", "entry-2")),
        (statements.RECORD, tuple("ijklmnop")),
    ]
    alone, slot, lines, state = together(writes)
    assert (alone, slot, state) == (writes[0], writes[1], writes[3])
    several = statements.RECORD.several
    assert several is not None
    assert lines[0] is several
    pairs = zip("abcdefgh", "ijklmnop", strict=True)
    assert lines[1] == [Column(type, pair) for type, pair in zip(several.types, pairs, strict=True)]


def test_nothing_crosses_a_statement_about_other_rows() -> None:
    """A clock that is set moves the calls that were saved before, and no others."""
    shift = (statements.SHIFT_CLOCK[4], (60.0,))
    save = (statements.SAVE_STATE, (1.0, b"a", "clinic", "entry-1"))
    assert together([save, shift, save]) == [save, shift, save]


def test_an_array_on_the_wire() -> None:
    """As PostgreSQL's array_send writes it: dimensions, NULLs, element type; count and lower bound; length and bytes."""
    assert _binary(Column("text", ["ab", None, ""])).hex() == (
        "00000001" "00000001" "00000019" "00000003" "00000001" "000000026162" "ffffffff" "00000000"
    )  # fmt: skip
    assert _binary(Column("integer", [-2])).hex() == "000000010000000000000017000000010000000100000004fffffffe"
    with pytest.raises(ValueError, match="NUL"):
        _binary(Column("text", ["a\0"]))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_what_several_events_write_is_read_as_it_was(postgres_url: str, count: int) -> None:
    store: Store = open_store(postgres_url)
    try:
        calls = [call(f"entry-{number}", step="first") for number in range(count)]
        odd = {"label": "ё, \"quoted\" {braces} \\ and 'more'", "deadline": None, "high_priority": True}
        rows = [command(f"c-{number}", entry_id=f"entry-{number}", **odd) for number in range(count)]
        put(store, *calls, *rows)
        with store.transaction() as transaction:
            for one, row in zip(calls, rows, strict=True):
                loaded = transaction.load("clinic", entry_id=one.entry_id).call
                assert loaded is not None
                loaded.timers = {"budget": NOON + 60}
                transaction.save_call(loaded)
                transaction.update_command(encoding.command_from([*encoding.command_columns(row)]))
                transaction.record(record(f"call:{one.entry_id}", entry_id=one.entry_id, digest=b"\0\xff"))
                transaction.record(record(entry_id=one.entry_id))
        assert store.next_wake() == NOON + 60
        assert sorted(store.due_calls(NOON + 61)) == [("clinic", one.entry_id) for one in calls]
        assert {row.command_id: row for row in store.commands("clinic", state=QUEUED)} == {
            r.command_id: r for r in rows
        }
        for one in calls:
            lines = store.journal("clinic", one.entry_id)
            assert [(line.dedupe, line.digest) for line in lines] == [
                (f"call:{one.entry_id}", b"\0\xff"),
                (None, b"digest"),
            ]
    finally:
        store.close()


def test_a_second_row_of_one_key_is_refused_and_nothing_is_kept(postgres_url: str) -> None:
    store = open_store(postgres_url)

    def queue_both() -> None:
        with store.transaction() as transaction:
            transaction.queue(command("c-2"))
            transaction.queue(command("c-1"))

    try:
        put(store, command("c-1"))
        with pytest.raises(ValueError, match="already"):
            queue_both()
        assert [row.command_id for row in store.commands("clinic")] == ["c-1"]
    finally:
        store.close()
