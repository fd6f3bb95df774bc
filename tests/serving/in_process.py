"""A worker of gunicorn's in a thread of this process: the real loop, real sockets, and whatever application a test has."""

import logging
import os
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gunicorn.config import Config

from router.serving import BufferingWorker
from router.serving.batches import Direct


class Log(logging.LoggerAdapter[logging.Logger]):
    """The part of gunicorn's logger that a worker uses."""

    def access(self, *facts: Any) -> None:
        """One line for each request is not wanted."""


class Served:
    """A worker that runs."""

    def __init__(self, worker: BufferingWorker, address: tuple[str, int]) -> None:
        self.worker = worker
        self.address = address

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=30)

    def ask(self, *requests: bytes) -> bytes:
        """All that comes until the worker closes; our side is shut once everything is sent."""
        with self.connect() as connection:
            connection.sendall(b"".join(requests))
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def serving(app: Any, direct: Direct | None = None, *, most_body: int = 1 << 20, **settings: Any) -> Iterator[Served]:
    """Serve `app` as long as the block lasts, plain requests by `direct` if there is one."""
    config = Config()
    for name, value in {"threads": 2, **settings}.items():
        config.set(name, value)
    listener = socket.create_server(("127.0.0.1", 0))
    worker = BufferingWorker(1, os.getppid(), [listener], None, 30, config, Log(logging.getLogger("served")))
    worker.limit_bodies(most_body)
    if direct is not None:
        worker.serve_directly(direct)
    worker.wsgi = app
    worker.tpool = worker.get_thread_pool()
    worker.poller = selectors.DefaultSelector()
    worker.method_queue.init()
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield Served(worker, listener.getsockname())
    finally:
        worker.handle_exit(None, None)
        thread.join()
        worker.tmp.close()
