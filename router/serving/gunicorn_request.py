"""gunicorn's parser and WSGI for requests that were cut already: no thread ever reads from a socket.

gunicorn judges the head in full and builds the environment; the body is the one that was cut off, decoded, whatever
gunicorn would read it as. Its errors are answered in the words of the other refusals, without a word of the request.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from gunicorn.http import errors
from gunicorn.http.body import Body
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

STATUSES: Final[Mapping[type[Exception], int]] = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.ExpectationFailed: 417,
    errors.ConfigurationProblem: 500,
    errors.InvalidResponseHeader: 500,  # the application's fault: a field of its answer
    errors.InvalidResponseHeaderName: 500,
}
"""What gunicorn's errors are answered with; the others of a request with 400."""


class CutRequest(Request):  # type: ignore[misc]  # gunicorn has no types
    """A request whose body is known."""

    def set_body_reader(self) -> None:
        super().set_body_reader()
        self._expected_100_continue = False  # the body is here
        self.body = Body(BytesIO(self.unreader.cut_body))


class CutRequestParser(RequestParser):  # type: ignore[misc]
    """Yields the one request of these bytes."""

    mesg_class = CutRequest

    def __init__(self, cfg: Any, address: Any, head: bytes, body: bytes) -> None:
        super().__init__(cfg, iter([head]), address)
        self.unreader.cut_body = body


def status_of(error: Exception) -> int:
    """The status of the answer to an error of gunicorn's."""
    return STATUSES.get(type(error), 400 if isinstance(error, errors.ParseException) else 500)
