"""Where a request ends, by its head: the one reading of lengths, codings and expectations.

Nothing is guessed. A head that two servers might cut at different places (two lengths, a length beside chunks, folded
lines, a bare line feed) is refused before its body is waited for, so that what stands behind it never passes for a
request of its own. What else HTTP asks of a head is gunicorn's to judge, in a thread.
"""

import re
from dataclasses import dataclass
from typing import Final


class Refused(Exception):
    """A request that is answered by the worker itself; its connection is closed, since nobody knows where it ends."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error  # a stable kebab-case word
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a request may have; gunicorn's own limits but for the body."""

    line: int = 4094  # bytes of the request line
    fields: int = 100  # of the head
    field: int = 8190  # bytes of one of them
    body: int = 4 << 20  # bytes, without the framing of chunks

    @property
    def head(self) -> int:
        """Bytes of a whole head."""
        return self.line + self.fields * (self.field + 2) + 4


@dataclass(frozen=True, slots=True)
class Framing:
    """What a head says of the body."""

    length: int  # 0 without a body, and with chunks
    is_chunked: bool
    expects: bool  # the peer holds the body back until it is told to go on (RFC 9110, 10.1.1)


_request_line = re.compile(rb"[^ ]+ [^ ]+ HTTP/1\.(\d)").fullmatch
_bare_line_feed = re.compile(rb"(?<!\r)\n").search
_digits = re.compile(rb"0*([0-9]+)").fullmatch
MOST_DIGITS: Final = 15  # of a length; more are too large for any limit
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding", b"expect"})


def read_framing(head: bytes, limits: Limits) -> Framing:
    """What a head without its empty line means for what follows it. Raises Refused."""
    check_lines(head, 0)
    line, *fields = head.split(b"\r\n")
    check_sizes(len(line), fields, limits)
    version = _request_line(line)
    if version is None:
        raise Refused(400, "malformed", "the request line is not that of HTTP/1.0 or HTTP/1.1")
    said: dict[bytes, bytes] = {}
    for field in fields:
        name, colon, value = field.partition(b":")
        if not colon or name[:1] in b" \t":
            raise Refused(400, "malformed", "a header field has no name, or goes on in a second line: write it in one")
        if (name := name.lower()) in _FRAMING:
            if name in said and name != b"expect":
                raise Refused(400, "ambiguous-length", f"the request has two fields {name.decode()}: send one")
            said[name] = value.strip(b" \t").lower()
            if name == b"expect" and said[name] != b"100-continue":
                raise Refused(417, "expectation", "nothing but 100-continue can be expected here")
    return _framing(said, limits, is_old=version[1] == b"0")


def _framing(said: dict[bytes, bytes], limits: Limits, *, is_old: bool) -> Framing:
    coding, announced = said.get(b"transfer-encoding"), said.get(b"content-length")
    if coding is not None:
        if announced is not None or is_old:
            raise Refused(400, "ambiguous-length", "a chunked request has no length, and is not HTTP/1.0")
        if coding != b"chunked":
            raise Refused(400, "transfer-coding", "the only transfer coding that is known here is chunked")
    digits = _digits(b"0" if announced is None else announced)
    if digits is None:
        raise Refused(400, "malformed", "the length of the body is not a number")
    if len(digits[1]) > MOST_DIGITS or (length := int(digits[1])) > limits.body:
        raise too_large(limits)
    return Framing(length, coding is not None, b"expect" in said and not is_old)


def check_lines(data: bytes | bytearray, start: int) -> None:
    """Every line of a head ends with both characters (RFC 9112, 2.2)."""
    if _bare_line_feed(data, start):
        raise Refused(400, "malformed", "a line of the request's head ends with a bare line feed: write CR LF")


def check_sizes(line: int, fields: list[bytes], limits: Limits) -> None:
    if line > limits.line:
        raise Refused(414, "too-large", f"the request line is longer than {limits.line} bytes")
    if len(fields) > limits.fields:
        raise Refused(431, "too-large", f"the request has more than {limits.fields} header fields")
    if fields and len(max(fields, key=len)) + 2 > limits.field:
        raise Refused(431, "too-large", f"a header field is longer than {limits.field} bytes")


def too_large(limits: Limits) -> Refused:
    return Refused(413, "too-large", f"the body is larger than {limits.body} bytes (IVR_MAX_BODY)")
