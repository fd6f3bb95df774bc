"""A PBX that answers what a test lays out, over real HTTP on a loopback port, and keeps what it was asked."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from router.protocol.envelope import decode_form
from router.protocol.sign import sign

KEY, SALT = "client-key", "client-salt"


@dataclass(frozen=True, kw_only=True)
class Laid:
    """One answer."""

    status: int = 200
    body: bytes = b'{"result": 1000}'
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False  # the connection ends in the middle of it
    etag: str = ""  # of a file that can be continued
    continues_wrongly: bool = False  # with another part than was asked for


def told(content: Any, status: int = 200) -> Laid:
    return Laid(status=status, body=msgspec.json.encode(content))


@dataclass
class PretendPbx:
    url: str = ""
    answers: dict[str, list[Laid]] = field(default_factory=dict)  # path -> what comes next; the last one for ever
    asked: list[tuple[str, Any]] = field(default_factory=list)  # (path, json; None of a GET)
    sent: list[int] = field(default_factory=list)  # bytes of each answer

    def lay(self, path: str, *answers: Laid) -> None:
        self.answers[path] = list(answers)

    def next(self, path: str) -> Laid:
        waiting = self.answers.get(path, [Laid(status=404, body=b"{}")])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def pretend_pbx() -> Iterator[PretendPbx]:
    pbx = PretendPbx()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = decode_form(self.rfile.read(int(self.headers["Content-Length"])), self.headers["Content-Type"])
            text = form["json"].decode()
            assert form["sign"].decode() == sign(KEY, text, SALT)
            pbx.asked.append((self.path, msgspec.json.decode(text)))
            self.answer()

        def do_HEAD(self) -> None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            pbx.asked.append((self.path, None))
            self.answer()

        def answer(self) -> None:
            laid = pbx.next(self.path)
            status, body, headers = laid.status, laid.body, dict(laid.headers)
            if laid.etag:
                headers["ETag"] = laid.etag
                if self.headers.get("If-Range") == laid.etag:
                    at = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-")) + laid.continues_wrongly
                    status, body = 206, body[at:]
                    headers["Content-Range"] = f"bytes {at}-{len(laid.body) - 1}/{len(laid.body)}"
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            pbx.sent.append(len(body))
            self.wfile.write(body[: len(body) // 2] if laid.cut else body)
            self.close_connection = laid.cut

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that closes its connection is none."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    pbx.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield pbx
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
