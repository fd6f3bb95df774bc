"""The emulator as a process: a threaded HTTP server, the PBX's own time, and deliveries to the webhook."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from time import time
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from router.emulator.config import PbxConfig
from router.emulator.http_faces import create_app
from router.emulator.live_pbx import Clock, Courier, LivePbx
from router.emulator.pbx import Pbx


class _QuietHandler(WSGIRequestHandler):
    """No line for each request: the control API tells more. Answers leave at once, in spite of Nagle."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def serving(
    config: PbxConfig, *, api_key: str, salt: str, host: str, port: int, webhook: str, speed: float = 1.0
) -> Iterator[BaseWSGIServer]:
    """A running emulator; inside of the block it answers on the server's `host` and `port` (0 finds a free one).

    `webhook` is the base URL that events and results are posted to; `speed` is how much faster than ours the PBX's
    time runs. Its rate limits stay in our time: they protect a server, not a call.
    """
    clock = Clock(time(), speed)
    pbx = Pbx(config, api_key=api_key, salt=salt, now=clock.now(), ids=Random())
    courier = Courier(webhook, api_key, salt, clock)
    live = LivePbx(pbx, clock, courier.send)
    server = make_server(host, port, create_app(live), threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="http", daemon=True)
    live.start()
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        live.stop()
        courier.close()
