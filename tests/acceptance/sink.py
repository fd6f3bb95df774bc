"""A PBX that takes every command and says so: it remembers what came, and reports results only when asked to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


class Sink:
    """What came, in the order of arrival."""

    def __init__(self) -> None:
        self.address = ""
        self.commands: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()

    def add(self, path: str, params: dict[str, Any]) -> None:
        with self._lock:
            self.commands.append((path.partition("commands/")[2], params))

    def of_call(self, call_id: str) -> list[tuple[str, str]]:
        """(command, its one telling parameter) of a leg."""
        with self._lock:
            found = [(command, params) for command, params in self.commands if params.get("call_id") == call_id]
        return [(command, str(params.get("to_number", params.get("internal_id", "")))) for command, params in found]


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink that listens for as long as the block lasts."""
    kept = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kept.add(self.path, json.loads(parse_qs(body)["json"][0]))
            answer = b'{"result": 1000}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the test says what matters."""

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
