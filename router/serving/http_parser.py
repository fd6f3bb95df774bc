"""How a request is framed, as llhttp (`httptools`) reads it: the fields of its head, and its chunks decoded.

llhttp refuses what two servers might cut at different places: two lengths, a length beside chunks, folded lines, a bare
line feed, a name with a space behind it. Here stand the bounds, and what llhttp lets pass. What always holds:

- llhttp cannot stop in front of the next request, so it never sees a byte of it: it is fed one whole head, and chunks
  line by line;
- it never sees a request line, either: it knows a fixed list of methods and versions. That line is gunicorn's to judge.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as data_field
from typing import Final, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

HEAD_END: Final = b"\r\n\r\n"
CONTINUE: Final = b"100-continue"
MOST_LINE_BYTES: Final = 8190  # of a chunk's size with its extensions, or of a trailer; gunicorn's number
MOST_DECORATION_BYTES: Final = 32 * 1024  # extensions, leading zeros and trailers of a whole body
USUAL_LINE_BYTES: Final = 10  # eight digits and the end of the line: no decoration
FORBIDDEN_TRAILERS: Final = frozenset({b"host", b"trailer", b"authorization", b"te"})
"""Fields that mean something different behind a body than in front of it (RFC 9110, 6.5.1); llhttp refuses others."""

_LINE: Final = b"POST / HTTP/1.1\r\n"
_CHUNKED_HEAD: Final = _LINE + b"Transfer-Encoding: chunked" + HEAD_END
_request_line = re.compile(rb"[^ ]+ [^ ]+ HTTP/1\.(\d)").fullmatch
_bare_line_feed = re.compile(rb"(?<!\r)\n").search


class Refused(Exception):
    """A request that is answered by the worker itself. Its connection is closed: where it ends cannot be known."""

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
    larger: Mapping[bytes, int] = data_field(default_factory=dict, hash=False)  # path -> `body`, where it is larger

    @property
    def head(self) -> int:
        """Bytes of a whole head."""
        return self.line + self.fields * (self.field + 2) + len(HEAD_END)

    @property
    def largest_body(self) -> int:
        return max(self.body, *self.larger.values(), 0)

    def of_path(self, line: bytes) -> "Limits":
        """Those of a request line's path."""
        path = line.split(b" ", 2)[1].partition(b"?")[0]
        return replace(self, body=self.larger[path]) if path in self.larger else self


class Head(NamedTuple):
    """A request line and its fields, and what they say of the body."""

    line: bytes
    fields: dict[bytes, bytes]  # by lower-case names; the values of repeated ones are joined by commas
    is_repetitive: bool  # some field stands more than once
    is_old: bool  # HTTP/1.0
    is_chunked: bool
    length: int  # of the body; 0 without one, and with chunks

    @property
    def expects(self) -> bool:
        """Whether the peer holds the body back until it may send it (RFC 9110, 10.1.1)."""
        return b"expect" in self.fields and not self.is_old


class _Fields:
    """Hears of a head's fields."""

    __slots__ = ("is_repetitive", "values")

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.is_repetitive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        name, value = name.lower(), value.rstrip(b" \t")
        if name in self.values:
            self.is_repetitive = True
            value = self.values[name] + b"," + value
        self.values[name] = value


def read_head(data: bytes, limits: Limits) -> Head:
    """A head with its empty line. Raises Refused."""
    _check_sizes(data, limits)
    line, _, rest = data.partition(b"\r\n")
    if b"\n" in line:
        raise _bare()
    version = _request_line(line)
    if version is None:
        raise Refused(400, "malformed", "the request line is not that of HTTP/1.0 or HTTP/1.1")
    fields, is_old = _Fields(), version[1] == b"0"
    try:
        HttpRequestParser(fields).feed_data(_LINE + rest)
    except HttpParserUpgrade:
        pass  # the peer would like another protocol, and is answered in this one
    except HttpParserError as error:
        raise _refused_by_llhttp(str(error), limits) from None
    coding, length = fields.values.get(b"transfer-encoding"), int(fields.values.get(b"content-length", b"0"))
    if coding is not None and is_old:
        raise Refused(400, "ambiguous-length", "a request of HTTP/1.0 has no chunks")
    if coding is not None and coding.lower() != b"chunked":
        raise Refused(400, "transfer-coding", "the only transfer coding that is known here is chunked")
    if b"expect" in fields.values and set(fields.values[b"expect"].lower().split(b",")) != {CONTINUE}:
        raise Refused(417, "expectation", "nothing but 100-continue can be expected here")
    if length > limits.body and length > (own := limits.of_path(line)).body:
        raise too_large(own)
    return Head(line, fields.values, fields.is_repetitive, is_old, coding is not None, length)


def check_unfinished(data: bytearray, searched: int, limits: Limits) -> None:
    """Refuse what cannot become a head any more, before its end; `searched` bytes were looked at before."""
    if _bare_line_feed(data, searched):
        raise _bare()
    if len(data) > limits.head:
        raise Refused(431, "too-large", f"the request's head is longer than {limits.head} bytes")
    if len(data) > limits.line + 1 and data.find(b"\n", 0, limits.line + 2) < 0:
        raise _long_line(limits)


def _check_sizes(head: bytes, limits: Limits) -> None:
    if head.count(b"\r\n") - 2 > limits.fields:
        raise Refused(431, "too-large", f"the request has more than {limits.fields} header fields")
    if len(head) <= min(limits.line, limits.field):
        return
    line, *fields = head.removesuffix(HEAD_END).split(b"\r\n")
    if len(line) > limits.line:
        raise _long_line(limits)
    if fields and len(max(fields, key=len)) + 2 > limits.field:
        raise Refused(431, "too-large", f"a header field is longer than {limits.field} bytes")


def _refused_by_llhttp(reason: str, limits: Limits) -> Refused:
    """llhttp's reasons are fixed texts: they hold nothing of the request."""
    if reason == "Content-Length overflow":
        return too_large(limits)
    if "Duplicate" in reason or "be present with" in reason:
        return Refused(400, "ambiguous-length", f"the length of the body is not certain: {reason}")
    error = "transfer-coding" if "`Transfer-Encoding`" in reason else "malformed"
    return Refused(400, error, f"the request's head is not that of HTTP/1.1: {reason}")


def _bare() -> Refused:
    return Refused(400, "malformed", "a line of the request's head ends with a bare line feed: write CR LF")


def _long_line(limits: Limits) -> Refused:
    return Refused(414, "too-large", f"the request line is longer than {limits.line} bytes")


def too_large(limits: Limits) -> Refused:
    return Refused(413, "too-large", f"the body is larger than {limits.body} bytes")


class _Chunks:
    """Hears of a chunked body's parts. Apart from the owner of the parser: a circle would keep the body in memory."""

    __slots__ = ("data", "has_forbidden_trailer", "is_over")

    def __init__(self) -> None:
        self.data = bytearray()
        self.has_forbidden_trailer = False
        self.is_over = False

    def on_body(self, data: bytes) -> None:
        self.data += data

    def on_header(self, name: bytes, _value: bytes) -> None:
        self.has_forbidden_trailer |= name.lower() in FORBIDDEN_TRAILERS

    def on_message_complete(self) -> None:
        self.is_over = True


class ChunkedBody:
    """The body of one request, decoded as it comes (RFC 9112, 7.1). Each byte is looked at a bounded number of times,
    whatever the size of chunks and pieces; no more is kept than the body itself and one unfinished line."""

    __slots__ = ("_chunks", "_decoration", "_is_last", "_left", "_limits", "_parser")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = 0  # bytes of the chunk under way that have not come, its line end included; 0 between chunks
        self._is_last = False  # the chunk of no bytes has come: trailers follow
        self._decoration = 0
        self._chunks = _Chunks()
        self._parser = HttpRequestParser(self._chunks)
        self._parser.feed_data(_CHUNKED_HEAD)

    @property
    def data(self) -> bytearray:
        """What has been decoded."""
        return self._chunks.data

    def feed(self, buffer: bytearray) -> bool:
        """Take from the buffer's start what belongs to the body; whether that is all of it now. Raises Refused."""
        at = 0
        while not self._chunks.is_over:
            end = min(at + self._left, len(buffer)) if self._left else self._line_end(buffer, at)
            if end == at:
                break
            self._take(buffer[at:end])
            at = end
        del buffer[:at]
        return self._chunks.is_over

    def _line_end(self, buffer: bytearray, at: int) -> int:
        """Behind the line that starts here; the same place again while its end has not come."""
        end = buffer.find(b"\n", at, at + MOST_LINE_BYTES) + 1
        if not end and len(buffer) - at >= MOST_LINE_BYTES:
            raise Refused(400, "malformed", f"a line between chunks is longer than {MOST_LINE_BYTES} bytes")
        return end or at

    def _take(self, piece: bytearray) -> None:
        """A part of a chunk, or a line between chunks."""
        try:
            self._parser.feed_data(piece)
        except HttpParserError as error:
            raise Refused(400, "malformed", f"the chunks of the body are not those of HTTP/1.1: {error}") from None
        if self._left:
            self._left -= len(piece)
            return
        self._decoration += len(piece) if self._is_last else max(0, len(piece) - USUAL_LINE_BYTES)
        if self._decoration > MOST_DECORATION_BYTES or self._chunks.has_forbidden_trailer:
            raise Refused(400, "malformed", "extensions or trailers of the body are too long, or may not stand there")
        if not self._is_last:
            size = int(piece.partition(b";")[0], 16)  # llhttp has found it good
            if len(self.data) + size > self._limits.body:
                raise too_large(self._limits)
            self._left, self._is_last = size + 2 if size else 0, not size
