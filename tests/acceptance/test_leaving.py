"""Workers that leave: a reload brings the new code and the new bundle and loses no request, a stop answers what is in
flight, and without a master nobody keeps the port."""

import shutil
import signal
import threading
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import urllib3

from router.protocol.envelope import encode_form
from router.store import open_store
from tests.acceptance.processes import KEY, PROJECT, SALT, Site, router, wait_for
from tests.acceptance.test_any_order import FORM, events

pytestmark = pytest.mark.acceptance

CALLERS = 6
ADDED = """
flow: added
for: {lines: ["74950000009"], location: ivr}
window: 30s
start: bye
on_error: bye
steps: {bye: hangup}
"""


class Load:
    """Callers that send an event, wait for its answer, and send the next. A peer repeats what was not answered, so a
    connection that was closed in front of a request is no failure, but only an answer other than 200 is."""

    def __init__(self, site: Site) -> None:
        self.statuses: Counter[int] = Counter()
        self.acknowledged: list[str] = []
        self.unanswered = 0
        self._site = site
        self._http = urllib3.PoolManager(retries=False, maxsize=CALLERS)
        self._names = count()
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(CALLERS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()
        self._http.clear()

    def stop(self) -> None:
        self._done.set()

    def _call(self) -> None:
        while not self._done.wait(0.005):
            name = f"load-{next(self._names)}"
            path, payload = events(0)[0]
            body = encode_form(KEY, SALT, {**payload, "entry_id": name, "call_id": name})
            try:
                status = self._http.request("POST", f"{self._site.router}/{path}", body=body, headers=FORM).status
            except urllib3.exceptions.HTTPError:
                self.unanswered += 1
                continue
            self.statuses[status] += 1
            if status == 200:
                self.acknowledged.append(name)


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECT / "flows", tmp_path / "flows"))


def workers_of(site: Site) -> set[int]:
    master = site.process.pid
    return {int(name) for name in Path(f"/proc/{master}/task/{master}/children").read_text().split()}


def active_version(site: Site) -> str:
    versions = site.get("/api/versions")["versions"]
    return next(row["version"] for row in versions if row["state"] == "active")


def forgotten(site: Site, load: Load) -> set[str]:
    """What was acknowledged and is not in the database."""
    store = open_store(site.environ["IVR_DATABASE"])
    try:
        return {name for name in load.acknowledged if store.call("default", name) is None}
    finally:
        store.close()


def enough(load: Load, more: int = 100) -> None:
    """Wait until so many more events were answered."""
    goal = len(load.acknowledged) + more
    wait_for(f"{more} more answers", lambda: len(load.acknowledged) >= goal)


def test_reload_brings_code_and_bundle_and_loses_no_request(tmp_path: Path, flows: Path) -> None:
    with router(tmp_path, "127.0.0.1:9", flows=flows, IVR_WATCH="0") as site, Load(site) as load:
        enough(load)
        before, version = workers_of(site), active_version(site)
        (flows / "added.yaml").write_text(ADDED, encoding="utf-8")
        site.process.send_signal(signal.SIGHUP)
        wait_for("new workers", lambda: len(workers_of(site)) == 2 and not workers_of(site) & before)
        enough(load)
        assert active_version(site) != version
        load.stop()
    assert set(load.statuses) == {200}
    assert load.unanswered == 0


def test_graceful_stop_loses_nothing_that_was_acknowledged(tmp_path: Path, flows: Path) -> None:
    with router(tmp_path, "127.0.0.1:9", flows=flows, IVR_WATCH="0") as site:
        with Load(site) as load:
            enough(load)
            site.process.terminate()
            assert site.process.wait(40) == 0
        assert set(load.statuses) == {200}
        assert not forgotten(site, load)


def test_without_a_master_the_port_is_free_at_once(tmp_path: Path, flows: Path) -> None:
    with router(tmp_path, "127.0.0.1:9", flows=flows, IVR_WATCH="0") as site:
        workers = workers_of(site)
        with Load(site) as load:
            enough(load)
            site.process.kill()
            site.process.wait()
            wait_for("the workers' end", lambda: not any(_lives(worker) for worker in workers))
        assert set(load.statuses) == {200}
        (tmp_path / "again").mkdir()
        again = {"IVR_LISTEN": site.router.removeprefix("http://"), "IVR_DATABASE": site.environ["IVR_DATABASE"]}
        with router(tmp_path / "again", "127.0.0.1:9", flows=flows, IVR_WATCH="0", **again) as second:
            assert not forgotten(second, load)


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
