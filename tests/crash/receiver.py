"""A PBX that is strict: it remembers every command with the instant of its arrival, and refuses what breaks a limit.

Windows slide: of any N + 1 requests of one window the last has to come M seconds after the first, as this side sees it.
"""

import json
import queue
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

LIMITS: Final = {"all": (20, 1.0), "route": (4, 1.0), "call/hangup": (8, 1.0)}
"""window -> (requests, seconds): tight enough to be reached by the load of a test."""

SLOWEST_ANSWER_SECONDS: Final = 0.05  # so that kills find requests on the wire


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    at: float  # monotonic seconds
    command: str
    command_id: str
    params: dict[str, Any]


class Receiver:
    """What came."""

    def __init__(self, seed: int) -> None:
        self.address = ""
        self.arrivals: list[Arrival] = []
        self.violations: list[str] = []
        self.accepted: queue.Queue[Arrival | None] = queue.Queue()  # commands whose results are to be told
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def take(self, command: str, params: dict[str, Any]) -> bool:
        """Count a request; answers whether it is within the limits."""
        with self._lock:
            arrival = Arrival(at=time.monotonic(), command=command, command_id=params["command_id"], params=params)
            broken = [window for window in LIMITS if self._breaks(window, arrival)]
            self.arrivals.append(arrival)
            self.violations.extend(f"{window}: {arrival.command_id}" for window in broken)
            pause = self._chance.uniform(0.0, SLOWEST_ANSWER_SECONDS)
        if not broken:
            self.accepted.put(arrival)
        time.sleep(pause)
        return not broken

    def _breaks(self, window: str, arrival: Arrival) -> bool:
        if window not in ("all", arrival.command):
            return False
        count, seconds = LIMITS[window]
        counted = 0
        for earlier in reversed(self.arrivals):
            if arrival.at - earlier.at >= seconds:
                return False
            counted += window in ("all", earlier.command)
            if counted >= count:
                return True
        return False


@contextmanager
def receiver(seed: int) -> Iterator[Receiver]:
    """A receiver that listens on loopback for as long as the block lasts."""
    kept = Receiver(seed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the library's name
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length).decode()
            if len(body) < length:  # its sender was killed: the PBX does nothing about half a request
                self.close_connection = True
                return
            is_taken = kept.take(self.path.partition("commands/")[2], json.loads(parse_qs(body)["json"][0]))
            answer = b'{"result": 1000}' if is_taken else b'{"code": 0, "message": "Rate limit exceeded."}'
            self.send_response(200 if is_taken else 503)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def handle(self) -> None:
            """A killed process breaks its connections: that is nothing to report."""
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the verdict says what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.address = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
