"""What /readyz says without trouble on any disk; with it: tests/acceptance/test_trouble_with_disks.py."""

from pathlib import Path
from typing import Any

import pytest

from router.bootstrap.readiness import FRESH_SECONDS, Readiness
from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.errors import SpoolUnavailable
from router.runtime.ports import Store
from router.runtime.records import AccountState
from router.store import open_store
from router.store.spool import DiskSpool

ENVIRON = {"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_WATCH": "0"}
FLOW = b"flow: main\nfor: any\non_error: bye\nstart: bye\nsteps:\n  bye: hangup\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path}/ivr.db")


def router(tmp_path: Path, store: Store, **environ: str) -> Router:
    (tmp_path / "flows").mkdir(exist_ok=True)
    (tmp_path / "flows" / "main.yaml").write_bytes(FLOW)
    settings = load_settings({**ENVIRON, "IVR_FLOWS": str(tmp_path / "flows"), **environ}, None, lambda path: path)
    made = Router(settings, store, DiskSpool(tmp_path / "spool"), starts_itself=False)
    made.versions.follow()
    return made


def test_ready_paused_and_switched_off(tmp_path: Path, store: Store) -> None:
    running = router(tmp_path, store)
    assert running.ready() == ("ready", "ready")
    running.versions.pause("default", True)
    status, reason = router(tmp_path, store).ready()
    assert (status, reason[:15]) == ("degraded", "paused: default")
    running.versions.pause("default", False)
    status, reason = router(tmp_path, store, IVR_ENABLED="0").ready()
    assert status == "degraded"
    assert "IVR_ENABLED" in reason


def test_a_key_that_the_pbx_refuses(tmp_path: Path, store: Store) -> None:
    running = router(tmp_path, store)

    def stands(**fields: Any) -> tuple[str, str]:
        with store.transaction() as tx:
            tx.save_standing(
                "default",
                AccountState(**{key: value + tx.now * (key == "paused_until") for key, value in fields.items()}),
            )
        return router(tmp_path, store).ready()

    assert running.ready() == ("ready", "ready")
    status, reason = stands(paused_until=60.0)
    assert (status, reason[:9]) == ("degraded", "default: ")
    assert "nothing is sent" in reason
    assert stands(paused_until=60.0, strikes=1)[0] == "ready", "a listener that is asked again in seconds"
    assert stands(paused_until=-1.0)[0] == "ready", "it has passed"


def test_asking_often_writes_seldom(tmp_path: Path, store: Store) -> None:
    running = router(tmp_path, store)
    now = [100.0]
    asked = Readiness(store, running.ingest, running.versions, is_enabled=True, now=lambda: now[0])
    assert asked.report()[0] == "ready"
    watching = open_store(f"sqlite:///{tmp_path}/ivr.db")
    before = watching.changed()
    for _ in range(10):
        asked.report()
    assert watching.changed() == before
    now[0] += 2 * FRESH_SECONDS
    asked.report()
    assert watching.changed() != before


def test_without_database_the_spool_decides(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    running = router(tmp_path, store)
    database = tmp_path / "ivr.db"
    database.rename(tmp_path / "moved.db")
    assert running.ready()[0] == "degraded"

    def full() -> None:
        raise SpoolUnavailable("the spool does not take it: no space left")

    monkeypatch.setattr(running.ingest, "probe", full)
    again = Readiness(store, running.ingest, running.versions, is_enabled=True)
    status, reason = again.report()
    assert status == "not ready"
    assert "no space left" in reason
