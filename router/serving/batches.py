"""The fast path: plain requests for the webhook, answered several at a time by threads that do nothing else.

The worker's loop gathers the requests that have come and hands them over as a batch. While every thread is busy the
loop rests, so that it does not compete with them for the interpreter, and finds more to gather; but only for
PATIENCE_SECONDS, since a disk that hangs must stop only the requests that need it. Where peers come back as soon as
they are answered, a batch waits a moment for them (`gathering`). A thread reports back through the loop: only the loop
touches sockets.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, Final, Protocol

from router.serving.gathering import Gathering
from router.serving.requests import PlainRequest

MOST: Final = 64  # requests of a batch
PATIENCE_SECONDS: Final = 0.02

Answers = list[tuple[int, bytes]]
"""(status, JSON body) for each request."""

FAILED: Final = (503, b'{"code":5000,"error":"failed","message":"the notification could not be taken in"}')


class Direct(Protocol):
    """An application that answers some requests without WSGI."""

    @property
    def threads(self) -> int:
        """How many batches it can work on at the same time to advantage; with several, a batch is one request."""

    def takes(self, path: str) -> bool:
        """Whether POSTs to this path may come this way."""

    def answer_all(self, requests: Sequence[PlainRequest]) -> Answers:
        """Called in any thread."""


class Batches:
    """The queue in front of these threads. `report(connections, requests, answers)` is called in one of them."""

    def __init__(self, direct: Direct, report: Callable[[list[Any], list[PlainRequest], Answers], None]) -> None:
        self._direct = direct
        self._report = report
        self._waiting: deque[tuple[Any, PlainRequest]] = deque()
        self._handed: SimpleQueue[tuple[list[Any], list[PlainRequest]] | None] = SimpleQueue()
        self._under_way = 0
        self._threads = max(1, direct.threads)
        self._most = MOST if self._threads == 1 else 1
        self._gathering = Gathering(time.monotonic, time.sleep)

    def start(self) -> None:
        for number in range(self._threads):
            threading.Thread(target=self._work, name=f"webhook-{number}", daemon=True).start()

    def stop(self) -> None:
        """The threads end when they have answered what was handed over."""
        for _ in range(self._threads):
            self._handed.put(None)

    @property
    def is_full(self) -> bool:
        """Every thread is busy."""
        return self._under_way >= self._threads

    def add(self, connection: Any, request: PlainRequest) -> None:
        self._waiting.append((connection, request))

    def gather(self, look: Callable[[], object]) -> None:
        """Before `hand_over`: have the loop `look` for more, where a moment is likely to bring it."""
        if self._most > 1 and not self.is_full:
            self._gathering.wait(self._waiting, look)

    def hand_over(self) -> None:
        """Give what waits to the threads that are free. Only the loop calls this and `returned`."""
        while self._waiting and not self.is_full:
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            self._under_way += 1
            self._handed.put(([connection for connection, _ in batch], [request for _, request in batch]))

    def returned(self, connections: Sequence[Any]) -> None:
        """A thread has reported the answers for these and is free again."""
        self._under_way -= 1
        self._gathering.answered(connections)
        self.hand_over()

    def _work(self) -> None:
        while (batch := self._handed.get()) is not None:
            connections, requests = batch
            self._report(connections, requests, self._answers(requests))

    def _answers(self, requests: list[PlainRequest]) -> Answers:
        try:
            return self._direct.answer_all(requests)
        except Exception:  # it promised not to; its connections must not hang for that
            return [FAILED] * len(requests)
