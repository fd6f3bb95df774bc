"""Rows for the store's tests, whole but for what a test is about."""

from typing import Any

from router.engine.state import RUNNING, Call, Entry
from router.history.journal import QUEUED, CommandRow, Record
from router.runtime.ports import Store

NOON = 1_795_000_000.0


def call(entry_id: str = "entry-1", **fields: Any) -> Call:
    given: dict[str, Any] = {
        "account": "clinic", "token": "t1", "started": NOON, "status": RUNNING, "flow": "main", "clock_shift": 0.0,
    }  # fmt: skip
    return Call(**{**given, "entry_id": entry_id, **fields})


def command(command_id: str = "c-1", **fields: Any) -> CommandRow:
    given: dict[str, Any] = {
        "account": "clinic",
        "entry_id": "entry-1",
        "call_id": "leg-1",
        "command": "route",
        "params": {"command_id": command_id, "call_id": "leg-1", "to_number": "101"},
        "label": "extension 101",
        "state": QUEUED,
        "queued": NOON,
        "deadline": NOON + 30,
    }
    return CommandRow(**{**given, "command_id": command_id, **fields})


def record(dedupe: str | None = None, **fields: Any) -> Record:
    given: dict[str, Any] = {
        "account": "clinic",
        "entry_id": "entry-1",
        "at": NOON,
        "kind": "call",
        "digest": b"digest",
        "body": '{"seq": 1}',
        "trace": (Entry(at=NOON, kind="note", data={"text": "hello"}),),
    }
    return Record(**{**given, "dedupe": dedupe, **fields})


def put(store: Store, *rows: Call | CommandRow | Record) -> None:
    """Write rows of any kind in one transaction."""
    with store.transaction() as transaction:
        for row in rows:
            match row:
                case Call():
                    transaction.save_call(row)
                case CommandRow():
                    transaction.queue(row)
                case Record():
                    transaction.record(row)
