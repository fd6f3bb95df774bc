"""The database is away under real workers: events are answered, survive every kill, and are taken in when it is back."""

import fcntl
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.acceptance.processes import Site, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import FLOW, RESOURCES, events, post

pytestmark = pytest.mark.acceptance

CALLS = 8


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    directory = tmp_path / "flows"
    directory.mkdir()
    (directory / "main.yaml").write_text(FLOW.replace("audio_is_elsewhere: false\n", ""), encoding="utf-8")
    (directory / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    return directory


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes to the file, and does not come to an end."""
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        stranger.execute("ROLLBACK")
        stranger.close()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def deliver(site: Site, path: str, payload: dict[str, Any]) -> int:
    """As a sender does that repeats what was not answered."""

    def answered() -> int:
        with suppress(urllib3.exceptions.HTTPError):
            return post(site, path, payload)
        return 0

    return int(wait_for("an answer", answered))


def gauge(site: Site, name: str) -> float:
    page = site.http.request("GET", f"{site.router}/metrics").data.decode()
    return float(next(line for line in page.splitlines() if line.startswith(f"{name} ")).split()[1])


def journal_of(path: Path) -> Counter[str]:
    """How often each event is in the journal."""
    with sqlite3.connect(path) as connection:
        return Counter(key for (key,) in connection.execute("SELECT dedupe FROM journal WHERE dedupe IS NOT NULL"))


def test_events_of_an_outage_take_effect_after_it(tmp_path: Path, flows: Path) -> None:
    database = tmp_path / "ivr.db"
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=2, IVR_WATCH="0") as running:
        assert gauge(running, "ivr_spooled_events") == 0
        with locked(database):
            for number in range(CALLS):
                assert [deliver(running, *event) for event in events(number)] == [200] * 4
                if number == CALLS // 2:  # no process of this time lives on
                    for worker in children(running.process.pid):
                        os.kill(worker, signal.SIGKILL)
            assert deliver(running, *events(0)[0]) == 200  # redelivered
            assert gauge(running, "ivr_spooled_events") == CALLS * 4 + 1
            assert running.get("/readyz")["status"] == "degraded"
            assert pbx.commands == []
        wait_for("an empty spool", lambda: running.get("/readyz")["status"] == "ready")
        played = [("play/start", "7")]
        wait_for("every caller's prompt", lambda: all(pbx.of_call(f"call-{n}") == played for n in range(CALLS)))
        assert gauge(running, "ivr_spooled_events") == 0
        counted = journal_of(database)
        assert set(counted.values()) == {1}
        assert len(counted) == CALLS * 4
        assert [step["step"] for step in running.call("entry-1")["steps"]] == ["code", "out"]
        assert "the database was away" in running.ivr("trace", "entry-1").stdout


def test_a_process_that_is_suspended_in_its_turn_stops_nobody(tmp_path: Path, flows: Path) -> None:
    """The turn to write is a lock, and whoever holds it may be frozen: the others go on with the spool."""
    database = tmp_path / "ivr.db"
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=2, IVR_WATCH="0") as running:
        frozen = os.open(f"{database}-lock", os.O_RDWR)
        fcntl.flock(frozen, fcntl.LOCK_EX)
        for number in range(CALLS):
            assert [deliver(running, *event) for event in events(number)] == [200] * 4
        assert running.get("/readyz")["status"] == "degraded"
        assert gauge(running, "ivr_spooled_events") == CALLS * 4
        os.close(frozen)
        wait_for("an empty spool", lambda: running.get("/readyz")["status"] == "ready")
        wait_for(
            "every caller's prompt",
            lambda: all(pbx.of_call(f"call-{n}") == [("play/start", "7")] for n in range(CALLS)),
        )
        counted = journal_of(database)
        assert (set(counted.values()), len(counted)) == ({1}, CALLS * 4)


def test_router_that_starts_in_an_outage(tmp_path: Path, flows: Path) -> None:
    """It has never seen its database, accepts, and publishes and catches up by itself."""
    database = tmp_path / "ivr.db"
    sqlite3.connect(database).close()
    with sink() as pbx:
        stranger = sqlite3.connect(database, isolation_level=None)
        stranger.execute("BEGIN EXCLUSIVE")
        with router(tmp_path, pbx.address, flows=flows, ready="healthz", IVR_WATCH="0") as running:
            assert running.get("/readyz")["status"] == "degraded"  # the next event is kept in the spool
            assert [post(running, *event) for event in events(1)] == [200] * 4
            assert running.http.request("GET", f"{running.router}/readyz").status == 200
            stranger.execute("ROLLBACK")
            stranger.close()
            wait_for("the flow is active", lambda: running.get("/readyz")["status"] == "ready")
            assert len(journal_of(database)) == 4
            assert [post(running, *event) for event in events(2)] == [200] * 4
            wait_for("the prompt", lambda: pbx.of_call("call-2") == [("play/start", "7")])
