"""Rules change on one host while callers are on the line at another: both serve one PostgreSQL, each from a directory of
its own. Every way to publish is taken under load, with broken bundles in between, and watched from the other side.

Each version's steps bear its number, so a call that saw two of them shows it.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from router.protocol.envelope import encode_form
from router.store.postgres.migrate import migrate
from tests.acceptance.processes import KEY, SALT, Site, free_port, router, wait_for
from tests.acceptance.test_publishing import FLOW, FORM, LINE, send_calls
from tests.postgres_server import OWNER, SERVING, Server

TODAY = int(time.time())  # an event that is hours old starts no call
pytestmark = pytest.mark.acceptance

CALLERS = 40
SEEN_SECONDS = 3.0  # a watcher has seen a change by then, on a machine that is not too busy
_numbers = count(1)


class Host:
    """A router with a directory of its own, and callers of its own."""

    def __init__(self, site: Site, flows: Path) -> None:
        self.site = site
        self.flows = flows

    def write(self, number: int, *, broken: bool = False) -> None:
        text = FLOW.replace("_N", f"_{number}")
        fresh = self.flows / "main.new"
        fresh.write_text(text.replace("start: ask", "start: nowhere") if broken else text, encoding="utf-8")
        fresh.replace(self.flows / "main.yaml")

    def post(self, path: str, payload: dict[str, Any]) -> int:
        body = encode_form(KEY, SALT, payload)
        return int(self.site.http.request("POST", f"{self.site.router}/{path}", body=body, headers=FORM).status)

    def call(self, caller: str = "79000000001") -> str:
        """A new caller appears in the menu; his entry_id."""
        name = f"one-{next(_numbers)}"
        leg = _leg(name, "ivr", 1, "Appeared", caller)
        assert self.post("events/call", leg) == 200
        return f"entry-{name}"

    def rules_of_a_new_caller(self) -> str:
        """The number that the steps of a call bear which comes now."""
        entry_id = self.call()
        steps = self.site.call(entry_id)["steps"]
        self.end(entry_id)
        return str(steps[0]["step"].rpartition("_")[2]) if steps else ""

    def end(self, entry_id: str, *, answered: bool = False) -> None:
        name = entry_id.removeprefix("entry-")
        caller = self.site.call(entry_id)["caller"]
        if answered:
            assert self.post("events/call", _leg(name, "abonent", 1, "Connected", caller)) == 200
            assert self.post("events/call", _leg(name, "abonent", 2, "Disconnected", caller)) == 200
        assert self.post("events/call", _leg(name, "ivr", 2, "Disconnected", caller)) == 200
        talked = int(time.time()) if answered else 0
        times = {
            "create_time": int(time.time()),
            "forward_time": talked,
            "talk_time": talked,
            "end_time": int(time.time()),
        }
        summary = {"entry_id": entry_id, "call_direction": 1, "from": {"number": caller}, "disconnect_reason": 1110}
        assert self.post("events/summary", {**summary, **times, "entry_result": int(answered)}) == 200

    def versions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.site.get("/api/versions")["versions"]
        return found

    def active(self) -> str:
        return next(str(row["version"]) for row in self.versions() if row["state"] == "active")


def _leg(name: str, location: str, seq: int, state: str, caller: str) -> dict[str, Any]:
    ids = {"entry_id": f"entry-{name}", "call_id": f"{location}-{name}", "timestamp": TODAY, "seq": seq}
    to = {"number": LINE, "line_number": LINE} | ({"extension": "101"} if location == "abonent" else {})
    reason = {"disconnect_reason": 1110} if state == "Disconnected" else {}
    return {**ids, "location": location, "call_state": state, "from": {"number": caller}, "to": to, **reason}


@pytest.fixture
def hosts(tmp_path: Path, postgres: Server, request: pytest.FixtureRequest) -> Iterator[tuple[Host, Host]]:
    """The first one watches its files, the second one does not."""
    name = request.node.name
    postgres.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    migrate(postgres.url(name, OWNER), serving_role=SERVING)
    with ExitStack() as stack:
        yield (
            stack.enter_context(_host(tmp_path / "first", postgres.url(name, SERVING), watch="1")),
            stack.enter_context(_host(tmp_path / "second", postgres.url(name, SERVING), watch="0")),
        )


@pytest.fixture
def watching(tmp_path: Path, postgres: Server, request: pytest.FixtureRequest) -> Iterator[tuple[Host, Host]]:
    """Both watch their own copies."""
    name = request.node.name
    postgres.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    migrate(postgres.url(name, OWNER), serving_role=SERVING)
    with ExitStack() as stack:
        yield (
            stack.enter_context(_host(tmp_path / "first", postgres.url(name, SERVING), watch="1")),
            stack.enter_context(_host(tmp_path / "second", postgres.url(name, SERVING), watch="1")),
        )


@contextmanager
def _host(directory: Path, database: str, watch: str) -> Iterator[Host]:
    flows = directory / "flows"
    flows.mkdir(parents=True)
    (flows / "main.yaml").write_text(FLOW.replace("_N", "_0"), encoding="utf-8")
    pbx = f"127.0.0.1:{free_port()}"
    with router(directory, pbx, flows=flows, IVR_WATCH=watch, IVR_DATABASE=database) as site:
        yield Host(site, flows)


def test_every_way_to_publish_reaches_every_host(hosts: tuple[Host, Host]) -> None:
    first, second = hosts
    patient = second.call()  # on the line from the first version to the last
    stop = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        sending = [
            pool.submit(send_calls, host.site, number, stop) for number, host in enumerate((first, second) * 2, 10)
        ]
        try:
            publish_in_every_way(first, second)
        finally:
            stop.set()
    seen = [(one.result(), host) for one, host in zip(sending, (first, second) * 2, strict=True)]
    assert {status for (_, answers), _ in seen for status in answers} == {200}
    for (calls, _), host in seen:
        for entry_id in calls:
            steps = host.site.call(entry_id)["steps"]
            assert len({step["step"].rpartition("_")[2] for step in steps}) == 1, (entry_id, steps)
    assert {row["state"] for row in second.versions() if row["version"] == second.site.call(patient)["version"]} == {
        "draining"
    }
    second.end(patient)
    assert {step["step"].rpartition("_")[2] for step in second.site.call(patient)["steps"]} == {"0"}


def publish_in_every_way(first: Host, second: Host) -> None:
    """Each time the other host's next caller has the new rules, once it is said that they are active."""
    first.write(1)
    wait_for("the watcher", lambda: second.rules_of_a_new_caller() == "1")
    second.write(2)
    assert second.site.http.request("POST", f"{second.site.router}/api/versions").status == 201
    assert first.rules_of_a_new_caller() == "2"
    second.write(3, broken=True)
    assert second.site.http.request("POST", f"{second.site.router}/api/versions").status == 422
    assert second.site.ivr("publish").returncode == 1
    assert first.rules_of_a_new_caller() == "2"
    second.write(4)
    published = second.site.ivr("publish", "--json")
    assert published.returncode == 0, published.stderr
    assert first.active() == json.loads(published.stdout)[0]["version"]
    assert first.rules_of_a_new_caller() == "4"
    second.write(5)
    os.kill(second.site.process.pid, signal.SIGHUP)
    wait_for("the new workers", lambda: first.rules_of_a_new_caller() == "5")
    undone = first.site.ivr("rollback")
    assert undone.returncode == 0, undone.stderr
    assert second.rules_of_a_new_caller() == "4"


def test_a_canary_holds_for_a_caller_at_every_host_and_is_taken_back(hosts: tuple[Host, Host]) -> None:
    first, second = hosts
    active = first.active()
    first.write(1, broken=False)
    wait_for("the watcher", lambda: first.active() != active)  # it publishes to all; so it is given back, and tried
    canary = first.active()
    first.site.ivr("rollback")
    assert second.active() == active
    began = second.site.http.request("POST", f"{second.site.router}/api/versions/{canary}/activate?canary=50%25")
    assert began.status == 200, began.data
    callers = [f"79000{number:06}" for number in range(CALLERS)]
    of_first = {caller: first.call(caller) for caller in callers}
    of_second = {caller: second.call(caller) for caller in callers}
    got = {caller: first.site.call(of_first[caller])["version"] for caller in callers}
    assert {caller: second.site.call(of_second[caller])["version"] for caller in callers} == got
    assert set(got.values()) == {active, canary}
    for caller in callers:  # who hears the new rules hangs up in the menu
        for host, entry_id in ((first, of_first[caller]), (second, of_second[caller])):
            host.end(entry_id, answered=got[caller] == active)
    for number in count():
        if second.site.get("/api/versions")["versions"] and not any(
            row["state"] == "canary" for row in second.versions()
        ):
            break
        assert number < 200, "the canary was not taken back"
        entry_id = first.call(f"79001{number:06}")
        first.end(entry_id, answered=first.site.call(entry_id)["version"] == active)
    assert second.active() == active
    (row,) = [row for row in second.versions() if row["version"] == canary]
    assert "callers hung up unanswered" in row["note"]
    assert second.rules_of_a_new_caller() == "0"


def test_copies_that_come_late_undo_nothing_and_what_is_put_back_is_published(watching: tuple[Host, Host]) -> None:
    first, second = watching
    original = first.active()
    first.write(1)
    wait_for("the first host's change", lambda: second.active() != original)
    changed = first.active()
    assert first.site.ivr("rollback").returncode == 0
    second.write(1)  # the same files reach the second host only now
    time.sleep(SEEN_SECONDS)
    assert first.active() == original
    os.kill(second.site.process.pid, signal.SIGHUP)  # nor do new workers that start with them
    time.sleep(SEEN_SECONDS)
    assert first.active() == original
    first.write(2)
    wait_for("another change", lambda: second.active() not in (original, changed))
    first.write(1)
    wait_for("the file that is put back", lambda: second.active() == changed)
    assert second.rules_of_a_new_caller() == "1"
    second.write(0)
    wait_for("the other host's file that is put back", lambda: first.active() == original)
    assert first.rules_of_a_new_caller() == "0"
