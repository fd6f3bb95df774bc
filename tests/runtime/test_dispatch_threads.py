"""The dispatcher as it runs: its threads, two processes on one file, and a PBX that counts strictly."""

import subprocess
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from router.catalogue.methods import Limit
from router.history.journal import NOTIFY, QUEUED, SENT
from router.runtime.limits.limiter import Limits
from router.runtime.outbound_ports import Answer, Departure
from router.runtime.outbox.bulkheads import PROBES
from router.runtime.outbox.command_queues import LOOK_BEYOND, TO_AUTHORS, TO_PBX, Lane
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.ports import Store
from router.store import open_store
from tests.runtime.outbox import ACCEPTED, queued

PATIENCE_SECONDS = 30.0


class RealClock:
    def now(self) -> float:
        return time.time()

    def steady(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Gate:
    """A PBX that keeps the requests of some accounts until it is opened."""

    def __init__(self, *slow: str) -> None:
        self.opened = threading.Event()
        self.arrived: list[str] = []
        self._slow = slow

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        self.arrived.append(params["command_id"])
        if account in self._slow:
            self.opened.wait(PATIENCE_SECONDS)
        return ACCEPTED


def eventually(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.005)


def put(store: Store, *rows: Any) -> None:
    with store.transaction() as transaction:
        for row in rows:
            transaction.queue(row)


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ivr.db"


def dispatcher_of(store: Store, sender: Any, *accounts: str, lane: Lane = TO_PBX) -> Dispatcher:
    return Dispatcher(
        store,
        sender,
        {account: Limits() for account in accounts},
        lambda *_: None,
        RealClock(),
        lane=lane,
        count=lambda *_, **_more: None,
    )


def live(command_id: str, command: str = "play/start", **fields: Any) -> Any:
    return queued(command_id, command, queued=time.time(), deadline=time.time() + PATIENCE_SECONDS, **fields)


def test_a_slow_peer_stops_nobody_else_and_a_stop_waits_for_it(store: Store) -> None:
    gate = Gate("slow")
    gate.opened.set()
    dispatcher = dispatcher_of(store, gate, "slow", "fast")
    put(store, live("s-0", account="slow"), live("f-0", account="fast"))
    dispatcher.start()
    eventually(lambda: all(row.answered for row in store.commands(None)))
    gate.opened.clear()
    put(store, *(live(f"s-{number}", account="slow") for number in range(1, 9)), live("f-1", account="fast"))
    eventually(lambda: "f-1" in gate.arrived and len(gate.arrived) == 7)
    put(store, live("f-2", account="fast"))
    dispatcher.wake()
    eventually(lambda: "f-2" in gate.arrived)
    assert len([command_id for command_id in gate.arrived if command_id.startswith("s")]) == 1 + 4
    stopping = threading.Thread(target=dispatcher.stop)
    stopping.start()
    gate.opened.set()
    stopping.join(PATIENCE_SECONDS)
    rows = {row.command_id: row for row in store.commands(None)}
    assert all(rows[command_id].answered for command_id in gate.arrived), "what was on the wire is settled"
    assert {row.state for row in rows.values() if row.command_id not in gate.arrived} <= {QUEUED}


def test_accounts_whose_api_hangs_leave_the_places_to_the_others(store: Store) -> None:
    hanging = [f"dead-{number}" for number in range(PROBES + 20)]
    gate = Gate(*hanging)
    dispatcher = dispatcher_of(store, gate, *hanging, "healthy")
    put(store, live("h-0", account="healthy"))
    dispatcher.start()
    eventually(lambda: store.commands("healthy")[0].answered is not None)
    put(store, *(live(f"{name}/{number}", account=name) for name in hanging for number in range(3)))
    dispatcher.wake()
    eventually(lambda: len(gate.arrived) == 1 + PROBES)
    put(store, *(live(f"h-{number}", account="healthy") for number in range(1, 6)))
    dispatcher.wake()
    eventually(lambda: all(row.answered for row in store.commands("healthy")))
    assert len(gate.arrived) == 1 + PROBES + 5, "one probe for each that hangs, and no more than there are places"
    gate.opened.set()
    dispatcher.stop()


def notice(command_id: str, receiver: str, **fields: Any) -> Any:
    params = {"command_id": command_id, "url": f"{receiver}/hook", "receiver": receiver}
    told = {"params": params, "receiver": receiver, "deadline": None, **fields}
    return queued(command_id, NOTIFY, account="clinic", entry_id=f"entry-of-{command_id}", **told)


class Receivers(Gate):
    """Webhooks of authors, some of which do not answer until the gate is opened."""

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        return super().send(params["receiver"], command, params, departure)


def test_a_receiver_that_hangs_does_not_delay_the_other_receivers_of_its_account(store: Store) -> None:
    hook, crm = "https://hook.example", "https://crm.example"
    gate = Receivers(hook)
    dispatcher = dispatcher_of(store, gate, "clinic", lane=TO_AUTHORS)
    put(store, *(notice(f"h-{number:04}", hook) for number in range(2 * LOOK_BEYOND)))
    dispatcher.start()
    eventually(lambda: len(gate.arrived) == 1)
    put(store, *(notice(f"c-{number}", crm) for number in range(6)))
    dispatcher.wake()
    eventually(lambda: len(gate.arrived) == 7)
    assert sorted(gate.arrived) == [f"c-{number}" for number in range(6)] + ["h-0000"], (
        "one probe of the one that hangs"
    )
    gate.opened.set()
    eventually(lambda: len(gate.arrived) > 20)  # it is well again, and gets the others
    dispatcher.stop()


def test_a_commit_of_another_process_is_noticed(store: Store, sqlite_url: str) -> None:
    gate = Gate()
    dispatcher = dispatcher_of(store, gate, "clinic")
    dispatcher.start()
    stranger = open_store(sqlite_url)
    for number in range(3):
        put(stranger, live(f"c-{number}"))
        eventually(lambda number=number: f"c-{number}" in gate.arrived)  # type: ignore[misc]
    dispatcher.stop()
    stranger.close()


LIMITS = {
    "all": Limit(window="all", count=20, seconds=0.5),
    "route": Limit(window="route", count=3, seconds=0.3),
    "call/hangup": Limit(window="call/hangup", count=5, seconds=0.2),
}


class StrictPbx(BaseHTTPRequestHandler):
    """Refuses with 503 what exceeds a sliding window; a refused request counts too."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    seen: defaultdict[str, deque[float]]
    ids: list[str]
    refused: list[str]

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        command = self.path.removeprefix("/commands/")
        with self.lock:
            self.ids.append(msgspec.json.decode(form["json"][0])["command_id"])
            over = [window for window in ("all", command) if window in LIMITS and self._is_full(LIMITS[window])]
            self.refused += over
        body = b'{"result": 1000}'
        self.send_response(503 if over else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _is_full(self, limit: Limit) -> bool:
        now, seen = time.monotonic(), self.seen[limit.window]
        while seen and seen[0] <= now - limit.seconds:
            seen.popleft()
        seen.append(now)
        return len(seen) > limit.count

    def log_message(self, *_: Any) -> None:
        """Quiet."""


DISPATCHING = """
import sys
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.limits.limiter import Limits
from router.sender.command_sender import HttpSender, Peer
from router.store import open_store
from tests.runtime.test_dispatch_threads import LIMITS, RealClock

store = open_store(sys.argv[1])
sender = HttpSender({"clinic": Peer(url=sys.argv[2], api_key="k", salt="s")})
dispatcher = Dispatcher(store, sender, {"clinic": Limits(LIMITS)}, lambda *_: None, RealClock(), count=lambda *_, **_more: None)
dispatcher.start()
sys.stdin.read()
dispatcher.stop()
"""


@pytest.fixture
def strict_pbx() -> Iterator[str]:
    StrictPbx.seen, StrictPbx.ids, StrictPbx.refused = defaultdict(deque), [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), StrictPbx)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_two_processes_never_exceed_a_window_and_send_each_command_once(
    store: Store, sqlite_url: str, strict_pbx: str
) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", DISPATCHING, sqlite_url, strict_pbx], stdin=subprocess.PIPE)
        for _ in range(2)
    ]
    kinds = ["route"] * 18 + ["call/hangup"] * 30 + ["play/start"] * 40
    commands = [live(f"c-{number}", kind) for number, kind in enumerate(kinds)]
    for start in range(0, len(commands), 8):
        put(store, *commands[start : start + 8])
    eventually(lambda: all(row.answered for row in store.commands("clinic", limit=1000)))
    for process in processes:
        process.communicate(timeout=PATIENCE_SECONDS)
    assert [process.returncode for process in processes] == [0, 0]
    assert StrictPbx.refused == []
    assert sorted(StrictPbx.ids) == sorted(row.command_id for row in commands)
    assert {(row.state, row.attempts) for row in store.commands("clinic", limit=1000)} == {(SENT, 1)}
