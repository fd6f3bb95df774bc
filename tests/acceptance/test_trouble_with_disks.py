"""A disk that is full, and one that is read-only: a clear state, nothing lost that was acknowledged, and recovery by
itself."""

import resource
import subprocess
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from tests.acceptance.processes import Site, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import events, post
from tests.acceptance.test_database_away import children, flows, gauge, journal_of

pytestmark = pytest.mark.acceptance

__all__ = ["flows"]
ROOM = 96 * 1024
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def send(site: Site, number: int) -> list[int]:
    return [post(site, *event) for event in events(number)]


def acknowledged(number: int, answers: list[int]) -> set[str]:
    """Journal keys of a call's events that were answered with 200."""
    keys = [f"call:call-{number}:1", *(f"dtmf:call-{number}:{seq}" for seq in (1, 2, 3))]
    return {key for key, status in zip(keys, answers, strict=True) if status == 200}


def leave_room(site: Site, size: tuple[int, int]) -> None:
    """No file of the router's may grow beyond `size`: its writes fail, as on a full disk."""
    for process in (site.process.pid, *children(site.process.pid)):
        resource.prlimit(process, resource.RLIMIT_FSIZE, size)


def test_full_disk(tmp_path: Path, flows: Path) -> None:
    """Database, spool and log have no room: 503, and all that was said before and after it holds."""
    promised: set[str] = set()
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, IVR_WATCH="0") as running:
        promised |= acknowledged(0, send(running, 0))
        leave_room(running, (ROOM, resource.RLIM_INFINITY))
        number, statuses = 1, [200]
        while 503 not in statuses and number < 400:
            statuses = send(running, number)
            promised |= acknowledged(number, statuses)
            number += 1
        assert statuses[-1] == 503
        assert set(statuses) <= {200, 503}
        wait_for("what is said of it", lambda: running.get("/readyz")["status"] in ("degraded", "not ready"))
        assert running.http.request("GET", f"{running.router}/healthz").status == 200
        leave_room(running, UNLIMITED)
        wait_for("readiness", lambda: running.get("/readyz")["status"] == "ready")
        answers = send(running, number)
        assert answers == [200] * 4
        promised |= acknowledged(number, answers)
        wait_for("the prompt", lambda: pbx.of_call(f"call-{number}") == [("play/start", "7")])
        counted = journal_of(tmp_path / "ivr.db")
        assert promised <= set(counted)
        assert set(counted.values()) == {1}
        assert gauge(running, "ivr_spool_set_aside_files") == 0


def remount(place: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", place], check=True)


@pytest.mark.parametrize("spool", ["elsewhere", "on it too"])
def test_read_only_disk(tmp_path: Path, flows: Path, small_disk: Path, spool: str) -> None:
    place = tmp_path / "spool" if spool == "elsewhere" else small_disk / "spool"
    settings = {"IVR_DATABASE": f"sqlite:///{small_disk}/ivr.db", "IVR_SPOOL": str(place), "IVR_WATCH": "0"}
    with sink() as pbx:
        with router(tmp_path, pbx.address, flows=flows, **settings) as running:
            assert send(running, 1) == [200] * 4
        remount(small_disk, "ro")
        with router(tmp_path, pbx.address, flows=flows, ready="healthz", **settings) as running:
            expected = 200 if spool == "elsewhere" else 503
            assert send(running, 2) == [expected] * 4
            if spool == "elsewhere":
                assert running.get("/readyz")["status"] == "degraded"
            remount(small_disk, "rw")
            wait_for("readiness", lambda: running.get("/readyz")["status"] == "ready")
            assert send(running, 3) == [200] * 4
            wait_for("the prompt", lambda: pbx.of_call("call-3") == [("play/start", "7")])
            wait_for("an empty spool", lambda: gauge(running, "ivr_spooled_events") == 0)
            counted = journal_of(small_disk / "ivr.db")
            assert set(counted.values()) == {1}
            assert len(counted) == (12 if spool == "elsewhere" else 8)


def fill(place: Path) -> Path:
    """Leave no byte on the file system."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
    return ballast


@pytest.mark.parametrize("spool", ["elsewhere", "on it too"])
def test_readyz_tells_what_the_next_event_gets(tmp_path: Path, flows: Path, small_disk: Path, spool: str) -> None:
    """Beside real events: fine, paused, full, with room again, read-only, writable again."""
    place = tmp_path / "spool" if spool == "elsewhere" else small_disk / "spool"
    settings = {"IVR_DATABASE": f"sqlite:///{small_disk}/ivr.db", "IVR_SPOOL": str(place), "IVR_WATCH": "0"}
    numbers = count(1)
    troubled = (200, "degraded", 200) if spool == "elsewhere" else (503, "not ready", 503)

    def seen(site: Site) -> tuple[int, str, int]:
        """(what an event gets, what /readyz says, and with which status)."""
        (event,) = set(send(site, next(numbers)))
        answer = site.http.request("GET", f"{site.router}/readyz")
        return event, answer.json()["status"], answer.status

    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, **settings) as running:
        assert seen(running) == (200, "ready", 200)
        assert running.ivr("pause").returncode == 0
        assert seen(running) == (200, "degraded", 200)
        assert "paused" in running.get("/readyz")["reason"]
        assert running.ivr("resume").returncode == 0
        ballast = fill(small_disk)
        wait_for("the trouble", lambda: running.get("/readyz")["status"] == troubled[1])
        assert seen(running) == troubled
        assert "full" in running.get("/readyz")["reason"]
        ballast.unlink()
        wait_for("readiness", lambda: running.get("/readyz")["status"] == "ready")
        assert seen(running) == (200, "ready", 200)
    remount(small_disk, "ro")
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, ready="healthz", **settings) as running:
        assert seen(running) == troubled
        remount(small_disk, "rw")
        wait_for("readiness", lambda: running.get("/readyz")["status"] == "ready")
        assert seen(running) == (200, "ready", 200)
