"""A chunked body (RFC 9112, 7.1), decoded as it comes.

What always holds: each byte is looked at a bounded number of times, whatever the size of the chunks and of the pieces
that they come in; no more is kept than the body itself and one unfinished line; and what chunks may add to a body, as
extensions, leading zeros and trailers, is bounded.
"""

import re
from typing import Final

from router.serving.framing import Limits, Refused, too_large

MOST_LINE_BYTES: Final = 8190  # of a chunk's size with its extensions; gunicorn's number
MOST_DECORATION_BYTES: Final = 32 * 1024  # extensions, zeros and trailers of a whole body
USUAL_LINE_BYTES: Final = 10  # eight digits and the end of the line: no decoration

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED: Final = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_EXTENSIONS: Final = rb"(?:[ \t]*;[ \t]*" + _TOKEN + rb"(?:[ \t]*=[ \t]*(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?)*"
_usual_size = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n").match
_any_size = re.compile(rb"([0-9A-Fa-f]+)" + _EXTENSIONS).fullmatch
_trailer = re.compile(rb"(" + _TOKEN + rb"):[^\x00-\x08\x0a-\x1f\x7f]*").fullmatch

FORBIDDEN_TRAILERS: Final = frozenset(
    {b"host", b"content-length", b"transfer-encoding", b"trailer", b"authorization", b"te"}
)
"""Fields that mean something different behind a body than in front of it (RFC 9110, 6.5.1)."""


class ChunkedBody:
    """The body of one request; `data` is what has been decoded."""

    __slots__ = ("_decoration", "_is_last", "_is_over", "_left", "_limits", "data")

    def __init__(self, limits: Limits) -> None:
        self.data = bytearray()
        self._limits = limits
        self._left = 0  # bytes of the chunk under way that have not come, its line end included; 0 between chunks
        self._is_last = False  # the chunk of no bytes has come: trailers follow
        self._is_over = False
        self._decoration = 0

    def feed(self, buffer: bytearray) -> bool:
        """Take from the buffer's start what belongs to the body; whether that is all of it now. Raises Refused."""
        at = 0
        try:
            while not self._is_over:
                start = at
                at = self._take_data(buffer, at) if self._left else self._take_line(buffer, at)
                if at == start:
                    break
        finally:
            del buffer[:at]
        return self._is_over

    def _take_data(self, buffer: bytearray, at: int) -> int:
        """As much of the chunk under way as has come, and the line end behind it; where the rest starts."""
        if self._left > 2:
            taken = min(self._left - 2, len(buffer) - at)
            self.data += buffer[at : at + taken]
            self._left -= taken
            at += taken
        if self._left == 2 and len(buffer) - at >= 2:
            if not buffer.startswith(b"\r\n", at):
                raise Refused(400, "malformed", "a chunk of the body is not as long as it says")
            self._left = 0
            at += 2
        return at

    def _take_line(self, buffer: bytearray, at: int) -> int:
        """A chunk's size or a trailer; where the rest starts: the same place again while the line has not come."""
        if not self._is_last and (size := _usual_size(buffer, at)) is not None:
            self._begin_chunk(size[1])
            return size.end()
        end = self._line_end(buffer, at)
        if end > at:
            line = bytes(buffer[at : end - 2])
            self._decorate(end - at - (0 if self._is_last else USUAL_LINE_BYTES))
            if self._is_last:
                self._end_with(line)
            elif (size := _any_size(line)) is None:
                raise Refused(400, "malformed", "the size of a chunk is not a hexadecimal number")
            else:
                self._begin_chunk(size[1])
        return end

    def _begin_chunk(self, digits: bytes) -> None:
        size = int(digits, 16)
        if len(self.data) + size > self._limits.body:
            raise too_large(self._limits)
        self._is_last = not size
        self._left = size + 2 if size else 0

    def _end_with(self, line: bytes) -> None:
        """A line behind the last chunk: the empty one ends the body, fields in front of it mean nothing here."""
        if not line:
            self._is_over = True
        elif (field := _trailer(line)) is None or field[1].lower() in FORBIDDEN_TRAILERS:
            raise Refused(400, "malformed", "a field behind the chunks is none that may stand there")

    def _line_end(self, buffer: bytearray, at: int) -> int:
        """Behind the end of the line that starts here; the same place again while it has not come."""
        end = buffer.find(b"\n", at, at + MOST_LINE_BYTES)
        if end > at and buffer[end - 1] == 0x0D:
            return end + 1
        if end >= 0 or len(buffer) - at >= MOST_LINE_BYTES:
            raise Refused(400, "malformed", "a line of a chunked body is too long, or ends with a bare line feed")
        return at

    def _decorate(self, byte_count: int) -> None:
        self._decoration += max(0, byte_count)
        if self._decoration > MOST_DECORATION_BYTES:
            raise Refused(400, "malformed", "the chunks of the body carry more extensions and trailers than are taken")
