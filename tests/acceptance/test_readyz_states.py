"""/readyz beside real events in every trouble: 503 when an event gets 503, `degraded` with its reason when it is kept and
nothing acts, `ready` when it is acted upon. The workers are no root's, as in a deployment; full and read-only disks are
in test_trouble_with_disks.py."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from itertools import count
from pathlib import Path

import pytest

from tests.acceptance.processes import Site, router, wait_for
from tests.acceptance.sink import Sink, sink
from tests.acceptance.test_any_order import FLOW, RESOURCES, events, post
from tests.acceptance.test_database_away import gauge

pytestmark = pytest.mark.acceptance

NOBODY = 65534
FILES = ("ivr.db", "ivr.db-wal", "ivr.db-shm", "ivr.db-lock")
numbers = count(1)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the workers' user may enter, with their `data`, `spool` and flows."""
    made = Path(tempfile.mkdtemp(prefix="ivr-states-"))
    made.chmod(0o755)
    for name in ("data", "spool", "flows"):
        (made / name).mkdir()
    (made / "flows" / "main.yaml").write_text(FLOW.replace("audio_is_elsewhere: false\n", ""), encoding="utf-8")
    (made / "flows" / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    own(made / "data", made / "spool")
    yield made
    shutil.rmtree(made)


def is_root() -> bool:
    return os.geteuid() == 0


def own(*paths: Path, user: int = NOBODY) -> None:
    if is_root():
        for path in paths:
            os.chown(path, user, user)


def running(place: Path, pbx: Sink, ready: str = "readyz", app: str = "wsgi:app") -> AbstractContextManager[Site]:
    return router(
        place,
        pbx.address,
        flows=place / "flows",
        ready=ready,
        user=str(NOBODY) if is_root() else "",
        app=app,
        IVR_DATABASE=f"sqlite:///{place}/data/ivr.db",
        IVR_SPOOL=str(place / "spool"),
        IVR_WATCH="0",
    )


def seen(site: Site) -> tuple[set[int], int, str]:
    """(what events get, the status of /readyz, what it says)."""
    number = next(numbers)
    answers = {post(site, *event) for event in events(number)}
    answer = site.http.request("GET", f"{site.router}/readyz")
    return answers, answer.status, answer.json()["status"]


def acts(site: Site, pbx: Sink) -> None:
    """It is ready, and a new caller hears something."""
    wait_for("readiness", lambda: site.get("/readyz")["status"] == "ready")
    number = next(numbers)
    assert {post(site, *event) for event in events(number)} == {200}
    wait_for("the prompt", lambda: pbx.of_call(f"call-{number}") == [("play/start", "7")])


def modes(mode: int) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        for name in FILES:
            if (place / "data" / name).exists():
                (place / "data" / name).chmod(mode)

    return change


def owner(user: int) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        for name in FILES:
            if (place / "data" / name).exists():
                (place / "data" / name).chmod(0o600)
                own(place / "data" / name, user=user)

    return change


def directory(mode: int) -> Callable[[Path], None]:
    return lambda place: (place / "data").chmod(mode)


def text_instead(place: Path) -> None:
    (place / "data" / "ivr.db").rename(place / "kept.db")
    (place / "data" / "ivr.db").write_text("not a database, but long enough to look like one" * 100)
    own(place / "data" / "ivr.db")


def text_away(place: Path) -> None:
    (place / "kept.db").replace(place / "data" / "ivr.db")


def damage(place: Path) -> None:
    """The journal's first page, as a failing disk leaves it: what /readyz itself writes is kept all the same."""
    database = place / "data" / "ivr.db"
    shutil.copy(database, place / "kept.db")
    with closing(sqlite3.connect(database)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchone()[0]
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x55" * 4096)
    own(place / "kept.db", *database.parent.glob("ivr.db*"))


def mend(place: Path) -> None:
    for sidecar in ("-wal", "-shm"):
        (place / "data" / f"ivr.db{sidecar}").unlink(missing_ok=True)
    (place / "kept.db").replace(place / "data" / "ivr.db")


TROUBLES = {
    "read-only file": (modes(0o444), modes(0o600), r"ivr.db has mode 0444: chmod u+rw"),
    "another owner": (owner(0), owner(NOBODY), "belongs to root with mode 0600, and the router runs as nobody: chown"),
    "read-only directory": (directory(0o555), directory(0o755), "data has mode 0555: chmod u+wx"),
    "damaged page": (damage, mend, "database disk image is malformed"),
    "no database": (text_instead, text_away, "ivr.db is not a database of SQLite"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_started_in_trouble(place: Path, trouble: str) -> None:
    """Kept and not acted upon: `degraded`, with the file and the cure; with the spool in trouble too 503; then all of it
    goes on without a restart."""
    begin, end, reason = TROUBLES[trouble]
    if trouble == "another owner" and not is_root():
        pytest.skip("only root can give files away")
    with sink() as pbx:
        with running(place, pbx) as site:
            acts(site, pbx)
        begin(place)
        with running(place, pbx, ready="healthz") as site:
            assert seen(site) == ({200}, 200, "degraded")
            wait_for("the reason", lambda: reason in site.get("/readyz")["reason"])
            (place / "spool").chmod(0)
            wait_for("the trouble", lambda: site.get("/readyz")["status"] == "not ready")
            assert seen(site) == ({503}, 503, "not ready")
            (place / "spool").chmod(0o755)
            wait_for("the spool", lambda: site.get("/readyz")["status"] == "degraded")
            assert seen(site) == ({200}, 200, "degraded")
            end(place)
            acts(site, pbx)
            wait_for("an empty spool", lambda: gauge(site, "ivr_spooled_events") == 0)


def test_overwritten_by_hand_under_a_running_router(place: Path) -> None:
    """A backup that is copied over the file: nothing is mixed, at run time or after a restart, and `ivr restore` mends
    it; what came meanwhile is taken in."""
    data = place / "data" / "ivr.db"
    with sink() as pbx:
        with running(place, pbx) as site:
            acts(site, pbx)
            assert site.ivr("backup", str(place / "backup.db")).returncode == 0
            acts(site, pbx)
            # Else the -wal still holds all since the backup, and both together are the newest state.
            with closing(sqlite3.connect(data)) as shell:
                wait_for("a checkpoint", lambda: shell.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
            acts(site, pbx)
            shutil.copyfile(place / "backup.db", data)
            wait_for("the notice", lambda: site.get("/readyz")["status"] == "degraded")
            # Which of the two depends on whether the worker that answers has tried to open it again meanwhile.
            told = site.get("/readyz")["reason"]
            assert any(
                text in told for text in ("was overwritten while the router had it open", "belongs to another state")
            )
            assert seen(site) == ({200}, 200, "degraded")
            refused = site.ivr("restore", str(place / "backup.db"))
            assert refused.returncode == 2
            assert f"stop pid {site.process.pid} (" in refused.stderr
        with running(place, pbx, ready="healthz") as site:
            assert seen(site) == ({200}, 200, "degraded")
            assert "belongs to another state of the database" in site.get("/readyz")["reason"]
        assert site.ivr("restore", str(place / "backup.db")).returncode == 0
        with running(place, pbx, ready="healthz") as site:
            acts(site, pbx)
            wait_for("an empty spool", lambda: gauge(site, "ivr_spooled_events") == 0)


def test_stuck(place: Path) -> None:
    """Events are recorded, and nothing acts: `degraded` after 5 s, a metric, and a line when it begins and ends."""
    roles = ("dispatcher", "timers")
    with sink() as pbx, running(place, pbx, app="tests.acceptance.stuck_app:app") as site:
        acts(site, pbx)
        assert max(gauge(site, f"ivr_{role}_heartbeat_age_seconds") for role in roles) < 5
        (place / "stuck").write_text(" ".join(roles))
        late = [f"the {role} of no worker could read and write" for role in roles]
        wait_for("the notice", lambda: all(text in site.get("/readyz")["reason"] for text in late))
        assert min(gauge(site, f"ivr_{role}_heartbeat_age_seconds") for role in roles) >= 5
        assert seen(site) == ({200}, 200, "degraded")
        wait_for("a line for each", lambda: counted(place, late) == [1, 1])
        (place / "stuck").unlink()
        acts(site, pbx)
        wait_for("a line for each", lambda: counted(place, [f"the {role} goes on" for role in roles]) == [1, 1])
        assert counted(place, late) == [1, 1]


def counted(place: Path, texts: list[str]) -> list[int]:
    """How often each stands in the log."""
    log = (place / "router.log").read_text()
    return [log.count(text) for text in texts]
