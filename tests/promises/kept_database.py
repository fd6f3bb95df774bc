"""A database as a version leaves it, with calls in every state, and what becomes of them when they go on.

A call is over, one talks, one is in the menu with a key of its PIN typed, one waits to be told of by a message. The file
is kept as SQL, beside the events that came next and the calls' objects as that version told them, before and after.
"""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from router.files.bundle import unpack
from router.history.call_pages import call_view
from router.protocol.parse import parse_event
from router.runtime.calls.apply import Calls
from router.runtime.calls.encryption import SaltSealer
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.runtime.ports import Store
from router.runtime.versions.version_bundles import VersionBundles
from tests.runtime.recording import ACCOUNT, NOON, Recorder, wire
from tests.stores import SqliteStore

OVER, TALKS, TYPES = "call-that-is-over", "call-that-talks", "call-that-types"
CALLS: Final = (OVER, TALKS, TYPES)
LATER: Final = 2.0  # seconds from the state that is kept until the events that follow

Told = dict[str, Any]


def write(directory: Path, scratch: Path) -> None:
    """Keep what this version leaves: `database.sql` and `calls.json`."""
    path = str(scratch / "ivr.db")

    def call(name: str, at: float) -> Recorder:
        return Recorder(entry_id=name, caller="79000000001", at=at, store=lambda now: SqliteStore(path, now))

    over = call(OVER, NOON).wait(1).press("1").happen("answered").wait(5).hang_up().wait(3)
    talks = call(TALKS, NOON + 100).wait(1).press("2").happen("answered").wait(2)
    types = call(TYPES, NOON + 200).wait(1).press("3").wait(2).press("12")
    now = types.time
    before = {name: call_view(types.store, name, ACCOUNT) for name in CALLS}
    follows = [
        *_bodies(talks, talks.pbx.hang_up(now)),
        *_bodies(types, types.pbx.press("34", now)),
    ]
    for recorder in (over, talks, types):
        recorder.store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (number,) = connection.execute("PRAGMA user_version").fetchone()
        dump = "\n".join([*connection.iterdump(), f"PRAGMA user_version = {number};", ""])
    (directory / "database.sql").write_text(dump, encoding="utf-8")
    with_store = opened(directory, scratch / "again.db", lambda: now + LATER)
    take_in(with_store, follows)
    after = {name: call_view(with_store, name, ACCOUNT) for name in CALLS}
    with_store.close()
    kept = {"now": now, "before": before, "follows": follows, "after": after}
    text = json.dumps(json.loads(msgspec.json.encode(kept)), ensure_ascii=False, indent=1, sort_keys=True)
    (directory / "calls.json").write_text(f"{text}\n", encoding="utf-8")


def _bodies(recorder: Recorder, events: list[Any]) -> list[Told]:
    found = []
    for event in events:
        kind, key, body = wire(event)
        path = {"call": "events/call", "dtmf": "events/dtmf", "summary": "events/summary"}.get(kind, kind)
        found.append({"path": path, "key": f"{recorder.entry_id}:{key}", "body": body})
    return found


def opened(directory: Path, file: Path, now: Callable[[], float]) -> SqliteStore:
    """The kept database as a file of its own, opened by the program as it is."""
    with sqlite3.connect(file) as connection:
        connection.executescript((directory / "database.sql").read_text(encoding="utf-8"))
    return SqliteStore(str(file), now)


def take_in(store: Store, follows: list[Told]) -> None:
    """The events that came next."""
    calls = Calls(
        VersionBundles(store, unpack),
        new_token=lambda: "token-of-later",
        forecast=lambda *_: 0.0,
        sealers={ACCOUNT: SaltSealer(["salt"])},
        ask=lambda *_: None,
        values={ACCOUNT: {}},
    )
    ingest = Ingest(store, calls, wake=lambda *_: None, digests={ACCOUNT: Digests(["salt"])})
    for one in follows:
        body = msgspec.json.encode(one["body"])
        ingest.accept(
            ACCOUNT, one["path"], parse_event(one["path"], body), body.decode(), one["key"], one["key"].encode()
        )
