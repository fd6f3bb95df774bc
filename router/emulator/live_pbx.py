"""A PBX that lives in real time: the model under one lock, a thread that moves its time on, and a pool that delivers.

The pool posts in parallel and waits for nobody, as the real PBX does (§3.1.1): two notifications of one instant may
arrive in either order. Nothing is sent again, whatever the webhook answers; what it answered is kept with the call.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlencode

import urllib3

from router.emulator.notifications import Notification
from router.emulator.pbx import Pbx
from router.logs import get_logger
from router.protocol.sign import sign

CONNECTIONS: Final = 32
TIMEOUT_SECONDS: Final = 10.0
LONGEST_SLEEP_SECONDS: Final = 1.0

log = get_logger()


class Clock:
    """The PBX's own time: starts at `started` (Unix seconds) and runs `speed` times as fast as ours."""

    def __init__(self, started: float, speed: float) -> None:
        self.speed = speed
        self._started = started
        self._zero = time.monotonic()

    def now(self) -> float:
        """Unix seconds of the PBX."""
        return self._started + (time.monotonic() - self._zero) * self.speed


class Courier:
    """Signs notifications and posts them to the webhook, several at a time."""

    def __init__(self, webhook: str, api_key: str, salt: str, clock: Clock) -> None:
        self._webhook = webhook.rstrip("/")
        self._api_key = api_key
        self._salt = salt
        self._clock = clock
        self._http = urllib3.PoolManager(maxsize=CONNECTIONS, block=False, retries=False)
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="courier")

    def send(self, notification: Notification) -> None:
        """Post it as soon as a connection is free."""
        self._pool.submit(self._post, notification)

    def close(self) -> None:
        """Forget what is not yet sent."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.clear()

    def _post(self, notification: Notification) -> None:
        fields = (
            self._fields(notification.text)
            if notification.is_signed
            else {
                "api_key": self._api_key,
                "json": notification.text,
            }
        )
        began, at = time.perf_counter(), self._clock.now()
        status, failure = self._status(self._url(notification.address), urlencode(fields).encode())
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        notification.deliveries.append({"at": at, "status": status, "ms": milliseconds, "failure": failure})

    def _url(self, address: str) -> str:
        """A base that ends in /vpbx has that part of an address already."""
        return f"{self._webhook.removesuffix('/vpbx') if address.startswith('vpbx/') else self._webhook}/{address}"

    def _fields(self, text: str) -> dict[str, str]:
        return {"vpbx_api_key": self._api_key, "sign": sign(self._api_key, text, self._salt), "json": text}

    def _status(self, url: str, body: bytes) -> tuple[int | None, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._http.request("POST", url, body=body, headers=headers, timeout=TIMEOUT_SECONDS)
        except urllib3.exceptions.HTTPError as error:
            log.warning("a notification was not delivered", url=url, reason=type(error).__name__)
            return None, type(error).__name__
        return answer.status, ""


class LivePbx:
    """The model and the thread that keeps its time. `send` is told what has to be delivered now."""

    def __init__(self, pbx: Pbx, clock: Clock, send: Callable[[Notification], None]) -> None:
        self.clock = clock
        self._pbx = pbx
        self._send = send
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._keep_time, name="pbx", daemon=True)

    def start(self) -> None:
        """Let time pass."""
        self._thread.start()

    def stop(self) -> None:
        """Let time stand still."""
        self._stopping = True
        self._changed.set()
        self._thread.join()

    @contextmanager
    def at_once(self) -> Iterator[tuple[Pbx, float]]:
        """The model and the present time, for one thing to be done without anything else happening meanwhile."""
        with self._lock:
            yield self._pbx, self.clock.now()
        self._changed.set()

    def _keep_time(self) -> None:
        while True:
            self._changed.clear()
            if self._stopping:  # looked at after clearing, so that a stop in between is not slept through
                return
            with self._lock:
                due = self._pbx.advance(self.clock.now())
                following = self._pbx.next_due()
            for notification in due:
                self._send(notification)
            self._changed.wait(self._pause(following))

    def _pause(self, following: float | None) -> float:
        if following is None:
            return LONGEST_SLEEP_SECONDS
        return min(max((following - self.clock.now()) / self.clock.speed, 0.0), LONGEST_SLEEP_SECONDS)
