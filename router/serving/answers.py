"""The bytes of the worker's own answers."""

import time
from collections.abc import Mapping
from typing import Final

from gunicorn.util import http_date

REASONS: Final[Mapping[int, bytes]] = {
    200: b"OK",
    400: b"Bad Request",
    403: b"Forbidden",
    413: b"Content Too Large",
    503: b"Service Unavailable",
}
_ANSWER: Final = (
    b"HTTP/1.1 %d %b\r\nServer: gunicorn\r\nDate: %b\r\nConnection: %b\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
)
_CONNECTION: Final = {True: b"keep-alive", False: b"close"}


class Answers:
    """Builds whole HTTP answers; the date is written once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._date = b""

    def build(self, status: int, body: bytes, *, keeps: bool) -> bytes:
        now = int(time.time())
        if now != self._second:
            self._second, self._date = now, http_date(now).encode()
        return _ANSWER % (status, REASONS[status], self._date, _CONNECTION[keeps], len(body), body)
