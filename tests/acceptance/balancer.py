"""What stands in front of several hosts: takes them in turn, and asks the next one when a host does not answer, as nginx
does with `proxy_next_upstream error timeout non_idempotent`. A notification may be sent twice: it is known by its key."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3


@contextmanager
def balancer(*hosts: str) -> Iterator[str]:
    """The address (http://...) of a balancer before `hosts`."""
    turns = itertools.cycle(range(len(hosts)))
    pool = urllib3.PoolManager(retries=False, maxsize=32)

    def answer(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        first = next(turns)
        for number in range(len(hosts)):
            try:
                host = hosts[(first + number) % len(hosts)]
                found = pool.request("POST", f"{host}{path}", body=body, headers=headers, timeout=20.0)
            except urllib3.exceptions.HTTPError:
                continue
            return found.status, found.data
        return 502, b"{}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, told = answer(self.path, body, {"Content-Type": self.headers["Content-Type"]})
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the test says what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        pool.clear()
