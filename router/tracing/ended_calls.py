"""Calls that are over wait for a moment, until the last answers to their commands are known, and leave as traces."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from router.errors import StoreUnavailable
from router.logs import get_logger
from router.runtime.background import Background
from router.tracing.spans import Span, spans_of

SETTLE_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 0.5
MOST_WAITING: Final = 10_000

log = get_logger()


class Exporting(Protocol):
    """Sends the spans of a call somewhere."""

    def send(self, spans: Sequence[Span]) -> None: ...

    def stop(self) -> None: ...


class EndedCalls:
    """The calls whose end this process has written down. `view` gives a call by entry_id and account."""

    def __init__(self, view: Callable[[str, str], Mapping[str, Any] | None], exporting: Exporting) -> None:
        self._view = view
        self._exporting = exporting
        self._waiting: deque[tuple[float, str, str]] = deque(maxlen=MOST_WAITING)
        self._background = Background("traces", self._run)

    def add(self, account: str, entry_id: str) -> None:
        """A call is over. Cheap, and called behind the commit."""
        self._waiting.append((time.monotonic() + SETTLE_SECONDS, account, entry_id))

    def start(self) -> None:
        self._background.start()

    def stop(self) -> None:
        """Send what waits and end."""
        self._background.stop()
        self._send_due(float("inf"))
        self._exporting.stop()

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            self._send_due(time.monotonic())

    def _send_due(self, now: float) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            _, account, entry_id = self._waiting.popleft()
            try:
                call = self._view(entry_id, account)
                if call is not None:
                    self._exporting.send(spans_of(call))
            except StoreUnavailable as error:
                log.warning("a call's trace is lost: the database is away", account=account, entry_id=entry_id,
                            error=error.message)  # fmt: skip
            except Exception:  # one call's trace is no reason to lose all others
                log.exception("a call's trace could not be made", account=account, entry_id=entry_id)
