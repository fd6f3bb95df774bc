"""The bytes of the worker's own answers."""

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from gunicorn.util import http_date

REASONS: Final[Mapping[int, bytes]] = {
    **{status.value: status.phrase.encode() for status in HTTPStatus},
    413: b"Content Too Large",
}
_ANSWER: Final = (
    b"HTTP/1.1 %d %b\r\nServer: gunicorn\r\nDate: %b\r\nConnection: %b\r\n"
    b"Content-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n%bContent-Length: %d\r\n\r\n%b"
)
_MORE: Final = {503: b"Retry-After: 1\r\n"}  # header fields by status
_CONNECTION: Final = {True: b"keep-alive", False: b"close"}
MALFORMED: Final = 3104  # of the document's list
FAILED: Final = 5000


class Answers:
    """Builds whole HTTP answers; the date is written once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._date = b""

    def build(self, status: int, body: bytes, *, keeps: bool) -> bytes:
        now = int(time.time())
        if now != self._second:
            self._second, self._date = now, http_date(now).encode()
        more = _MORE.get(status, b"")
        return _ANSWER % (status, REASONS[status], self._date, _CONNECTION[keeps], more, len(body), body)

    def refuse(self, status: int, error: str, message: str) -> bytes:
        """An answer after which the connection is closed."""
        code = FAILED if status in (500, 503) else MALFORMED
        body = json.dumps({"code": code, "error": error, "message": message}, separators=(",", ":"))
        return self.build(status, body.encode(), keeps=False)
