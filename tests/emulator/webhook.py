"""A webhook that answers 200 and keeps what came, verified; real sockets on the loopback address."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from router.protocol.envelope import decode_form, open_envelope
from router.protocol.events import Event
from router.protocol.parse import parse_event
from router.protocol.sign import is_signed
from tests.emulator.stage import KEY, SALT


@dataclass
class Webhook:
    """What came, in order of arrival."""

    url: str
    events: list[Event] = field(default_factory=list)
    unsigned: int = 0


@contextmanager
def listening() -> Iterator[Webhook]:
    """A webhook on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_unsigned = self.path.startswith("/events/user/")
            envelope = open_envelope(decode_form(body, self.headers["Content-Type"]), unsigned=is_unsigned)
            if (
                is_signed(KEY.encode(), envelope.json, envelope.sign or b"", [SALT])
                and envelope.api_key == KEY.encode()
            ):
                webhook.events.append(parse_event(self.path.strip("/"), envelope.json))
            else:
                webhook.unsigned += 1
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    webhook = Webhook(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield webhook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def until(is_so: Callable[[], object], what: str) -> None:
    """Wait for something that is bound to come."""
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come")
