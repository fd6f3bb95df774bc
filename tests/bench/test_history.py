"""The history of kept calls: clones are whole calls of their own, a run that was broken off goes on, growth is told."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bench.history import clones, filling
from bench.history.clones import Rows, add_clone, originals
from bench.history.filling import ACCOUNT, LAST, YEAR, fill
from bench.history.looks import DRY_RUN, EVENT, Sample
from bench.history.page import Grown, problems, written
from bench.history.purging import Purging
from router.runtime.calls.retention import Upkeep
from router.store import open_store

CALLS = 70


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Filled in two runs, of which the first one was broken off."""
    monkeypatch.setattr(clones, "CALLERS", 30)
    monkeypatch.setattr(filling, "CHUNK", 20)
    played = originals()
    monkeypatch.setattr(filling, "originals", lambda: played)
    url = f"sqlite:///{tmp_path}/ivr.db"
    with pytest.raises(KeyboardInterrupt):
        fill(url, CALLS, _interrupt)
    fill(url, CALLS)
    fill(url, CALLS)
    return url


def _interrupt(done: int) -> None:
    if done == 40:
        raise KeyboardInterrupt


def test_clones_are_calls_of_their_own(database: str) -> None:
    store = open_store(database)
    rows = store.calls(ACCOUNT, {}, 1000, "")
    assert len({row["entry_id"] for row in rows}) == len(rows) == CALLS
    assert {row["status"] for row in rows} == {"ended"}
    assert all(LAST - YEAR <= row["started"] < row["ended"] for row in rows)
    for row in rows:
        call = store.call(ACCOUNT, row["entry_id"])
        assert call is not None
        assert (call.started, call.ended) == (row["started"], row["ended"])
        assert all(call_id.startswith(f"{row['entry_id']}/") for call_id in call.legs)
        lines = store.journal(ACCOUNT, row["entry_id"])
        commands = store.commands(ACCOUNT, entry_id=row["entry_id"])
        assert lines
        assert not any(f"{letter}{clones.FIRST}"[:6] in line.body for line in lines for letter in "et")
        assert {command.command_id.partition("-")[0] for command in commands} <= {call.token}
        assert all(call.started <= line.at <= call.started + 86_400 for line in lines)
    store.close()


def test_the_database_is_as_a_router_left_it(database: str, tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/fresh.db").close()
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    with (
        closing(sqlite3.connect(tmp_path / "fresh.db")) as fresh,
        closing(sqlite3.connect(tmp_path / "ivr.db")) as ours,
    ):
        assert ours.execute(indexes).fetchall() == fresh.execute(indexes).fetchall()
    store = open_store(database)
    upkeep = Upkeep(store, retention_seconds=0, mask_after_seconds=None, clock=lambda: 0.0, rest=lambda _: None)
    assert upkeep.purge(LAST + 86_400)["calls"] == CALLS
    assert store.older_than(LAST * 2).events == 0
    store.close()


def test_names_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clones, "CALLERS", 3)
    (original, *_) = originals()
    rows = Rows([], [], [])
    for number in range(3000):
        add_clone(rows, original, number, ACCOUNT, LAST)
    entry_id = clones.TABLES["calls"].index("entry_id")
    dedupe = clones.TABLES["journal"].index("dedupe")
    keys = [row[dedupe] for row in rows.journal if row[dedupe] is not None]
    assert len({row[entry_id] for row in rows.calls}) == 3000
    assert len(set(keys)) == len(keys)


def test_growth_is_told(tmp_path: Path) -> None:
    flat, slow = Sample([[0.001, 0.002, 0.009]]), Sample([[0.004, 0.005, 0.008]])
    grown = Grown(
        store="SQLite", small=1000, large=20_000,
        small_samples={EVENT: flat, "live calls": flat}, large_samples={EVENT: flat, "live calls": slow},
        purging=Purging([510.0], [5.0], [6.0]), small_bytes=1_000_000, large_bytes=20_000_000,
    )  # fmt: skip
    assert problems(grown) == ["SQLite: live calls takes 4.00 times as long beside 20,000 calls"]
    slow_estimate = replace(grown, small_samples={DRY_RUN: flat}, large_samples={DRY_RUN: Sample([[0.3]])})
    assert problems(slow_estimate) == ["SQLite: ivr purge --dry-run takes 300 ms"]
    page = tmp_path / "scale.md"
    page.write_text("before\n<!-- bench.history -->\nold\n<!-- end of bench.history -->\nafter\n", encoding="utf-8")
    written(page, [grown], "Measured.")
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.startswith("before\n<!-- bench.history -->\nMeasured.\n")
    assert text.endswith("<!-- end of bench.history -->\nafter\n")
    assert "| live calls | 2.0 ms, p95 9.0 | 5.0 ms, p95 8.0 | 4.00 |" in text
    assert "| purge |  | 510 calls/s |  |" in text
