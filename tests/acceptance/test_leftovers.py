"""A router that is killed, replaced or stopped leaves nothing in the temporary directory, and no count is lost."""

import os
import signal
from pathlib import Path

import pytest

from tests.acceptance.processes import Site, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import events, post
from tests.acceptance.test_database_away import flows
from tests.acceptance.test_leaving import workers_of

pytestmark = pytest.mark.acceptance

__all__ = ["flows"]


def stored(site: Site) -> float:
    page = site.http.request("GET", f"{site.router}/metrics").data.decode()
    rows = [row for row in page.splitlines() if row.startswith("ivr_events_total") and 'outcome="stored"' in row]
    return sum(float(row.split()[-1]) for row in rows)


def replace_workers(site: Site, how: signal.Signals) -> None:
    before = workers_of(site)
    if how == signal.SIGHUP:
        site.process.send_signal(how)
    else:
        for worker in before:
            os.kill(worker, how)
    wait_for("new workers", lambda: len(workers_of(site)) == 2 and not workers_of(site) & before)
    wait_for("an answer", lambda: _status(site) == 200)


def _status(site: Site) -> int:
    try:
        return int(site.http.request("GET", f"{site.router}/readyz", timeout=2.0).status)
    except Exception:
        return 0


def test_nothing_is_left_and_no_count_is_lost(tmp_path: Path, flows: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    options = {"TMPDIR": str(temporary), "IVR_WATCH": "0"}
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=2, **options) as site:
        for number, how in enumerate((signal.SIGKILL, signal.SIGHUP, signal.SIGKILL)):
            assert post(site, *events(number)[0]) == 200
            replace_workers(site, how)
        assert stored(site) == 3
        (directory,) = temporary.iterdir()
        living = {f"counter_{worker}.db" for worker in workers_of(site)}
        wait_for("folding", lambda: {path.name for path in directory.glob("counter_*.db")} <= {"counter_0.db", *living})
        site.process.kill()  # leaves its directory
        site.process.wait()
        (tmp_path / "again").mkdir()
        with router(tmp_path / "again", pbx.address, flows=flows, workers=1, **options) as second:
            wait_for("the end of the first one's workers", lambda: not Path(f"/proc/{site.process.pid}").exists())
            last = second.process
        assert last.returncode == 0
    with sink() as pbx, router(tmp_path / "again", pbx.address, flows=flows, workers=1, **options) as third:
        assert third.get("/readyz")["status"] == "ready"
        assert len(list(temporary.iterdir())) == 1  # its own
    assert list(temporary.iterdir()) == []
