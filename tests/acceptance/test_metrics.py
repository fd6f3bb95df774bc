"""The metrics of real workers: one page whichever of them answers, also while the database is locked."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from shutil import which

import pytest
import urllib3
from prometheus_client.parser import text_string_to_metric_families

from router.protocol.envelope import encode_form
from tests.acceptance.processes import KEY, Site, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import RESOURCES
from tests.acceptance.test_database_away import children, locked

pytestmark = pytest.mark.acceptance

FLOW = "flow: main\nfor: any\nstart: bye\nsteps:\n  bye: hangup\n"


def scrape(site: Site) -> dict[str, float]:
    """Name and values of labels -> value. The connection is new, so that any worker may answer."""
    answer = wait_for("a page", lambda: _page(site))
    if which("promtool"):
        checked = subprocess.run(["promtool", "check", "metrics"], input=answer.data, capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, b"")
    return {
        " ".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): sample.value
        for family in text_string_to_metric_families(answer.data.decode())
        for sample in family.samples
    }


def _page(site: Site) -> urllib3.BaseHTTPResponse | None:
    """None when the worker that had the connection was killed."""
    with suppress(urllib3.exceptions.HTTPError):
        return site.http.request("GET", f"{site.router}/metrics", headers={"Connection": "close"}, timeout=10.0)
    return None


def refused(site: Site, times: int) -> None:
    body = encode_form(KEY, "another-salt", {})
    for _ in range(times):
        answer = site.http.request(
            "POST",
            f"{site.router}/events/call",
            body=body,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Connection": "close"},
        )
        assert answer.status == 403


def test_workers_tell_one_truth(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=2) as running:
        wait_for("two workers", lambda: scrape(running)["ivr_worker_starts_total"] == 2.0)
        first = scrape(running)
        assert (first["ivr_database_up"], first["ivr_ready"], first["ivr_degraded"]) == (1.0, 1.0, 0.0)
        assert first["ivr_paused default"] == first["ivr_directory_drift default"] == 0.0
        assert first["ivr_last_publication_success default"] == 1.0
        assert first["ivr_workers"] == 2.0
        assert first["ivr_dispatcher_heartbeat_age_seconds"] < 5.0
        assert first["process_start_time_seconds"] == pytest.approx(time.time(), abs=300)
        refused(running, 12)
        wrong = "ivr_events_total default call refused wrong-sign"
        assert [scrape(running)[wrong] for _ in range(4)] == [12.0] * 4
        (told,) = running.get("/api/refusals")["refusals"]
        assert (told["account"], told["reason"], told["sender"], told["count"]) == (
            "default", "wrong-sign", "127.0.0.1", 12,
        )  # fmt: skip
        _one_dies(running, first, wrong)
        (flows / "main.yaml").write_text("flow: [", encoding="utf-8")
        wait_for("a failed publication", lambda: scrape(running)["ivr_last_publication_success default"] == 0.0)
        assert scrape(running)["ivr_directory_drift default"] == 1.0
        with locked(tmp_path / "ivr.db"):
            # what a write just before has shown is good for a moment
            wait_for("word of the lock", lambda: scrape(running)["ivr_database_up"] == 0.0)
            begun = time.monotonic()
            found = scrape(running)
            assert time.monotonic() - begun < 8.0  # 1.5 s, on a machine that does nothing else
            assert found[wrong] == 12.0
        wait_for("the database", lambda: scrape(running)["ivr_database_up"] == 1.0)


def _one_dies(running: Site, first: dict[str, float], wrong: str) -> None:
    """Nothing that it counted is lost, and its successor is told."""
    os.kill(children(running.process.pid)[0], signal.SIGKILL)
    wait_for("another worker", lambda: scrape(running)["ivr_worker_starts_total"] == 3.0)
    wait_for("two workers", lambda: scrape(running)["ivr_workers"] == 2.0)
    found = scrape(running)
    assert found[wrong] == 12.0
    assert sum(one["count"] for one in running.get("/api/refusals")["refusals"]) == 12
    assert found["process_cpu_seconds_total"] >= first["process_cpu_seconds_total"]
    assert found["process_start_time_seconds"] == first["process_start_time_seconds"]
