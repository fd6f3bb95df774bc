"""The bytes of a connection, cut into requests: where the first one ends, and whether it is plain enough for the short
way.

A request in the form that nearly every peer sends (a POST with a length, no header that changes the framing) is read
here, at once. The head of any other is read for its framing alone (`framing`), and left to gunicorn's parser with the
body that was cut off here. What always holds: a request is taken for plain only if every parser would cut it at the
same place; what has come is searched once, however small the pieces that it comes in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from router.serving.chunks import ChunkedBody
from router.serving.framing import Framing, Limits, Refused, check_lines, read_framing, too_large

_plain_head = re.compile(
    rb"POST (/[A-Za-z0-9_./-]{1,255}) HTTP/1\.([01])\r\n((?:[A-Za-z0-9-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)+)"
).fullmatch
MOST_PLAIN_BYTES: Final = 8190  # of a head: no field of it can be too long then

_CHANGE_FRAMING: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade", b"content-encoding", b"trailer"})
_CONNECTION: Final = frozenset({b"", b"keep-alive", b"close"})


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """A POST that needs no more of HTTP than this."""

    path: str
    content_type: str
    forwarded_for: str
    peer: str  # the address of the connection's other end
    keeps: bool  # whether the peer wants the connection to stay open
    body: bytes


@dataclass(frozen=True, slots=True)
class _PlainHead:
    path: str
    fields: dict[bytes, bytes]
    keeps: bool


class Incoming:
    """What one connection has sent and nobody has worked on."""

    __slots__ = ("_chunks", "_expects", "_head", "_limits", "_needed", "_plain", "_searched", "buffer")

    def __init__(self, limits: Limits) -> None:
        self.buffer = bytearray()
        self._limits = limits
        self._begin()

    def _begin(self) -> None:
        self._head = b""  # with its empty line, once that has come; it is no longer in the buffer then
        self._searched = 0  # so many bytes of the buffer hold no end of a head
        self._plain: _PlainHead | None = None
        self._needed = 0  # bytes of the body, unless it comes in chunks
        self._chunks: ChunkedBody | None = None
        self._expects = False  # the peer waits to be told to send its body

    @property
    def has_begun(self) -> bool:
        """Whether anything of a request has come."""
        return bool(self.buffer or self._head)

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return len(self.buffer) + len(self._head) + (0 if self._chunks is None else len(self._chunks.data))

    def add(self, chunk: bytes) -> None:
        self.buffer += chunk

    def is_whole(self) -> bool:
        """Whether the first request can be worked on without waiting for more of it. Raises Refused."""
        if not self._head and not self._find_head():
            return False
        if self._chunks is not None:
            return self._chunks.feed(self.buffer)
        return len(self.buffer) >= self._needed

    def wants_permission(self) -> bool:
        """Whether the peer holds its body back until it is told to go on; True once."""
        wanted, self._expects = self._expects, False
        return wanted

    def take_plain(self, peer: str, wanted: Callable[[str], bool]) -> PlainRequest | None:
        """The first request, which is whole, if it is plain and its path is wanted; else it stays where it is."""
        plain = self._plain
        if plain is None or not wanted(plain.path):
            return None
        _, body = self.take()
        return PlainRequest(
            path=plain.path,
            content_type=plain.fields.get(b"content-type", b"").decode("latin-1"),
            forwarded_for=plain.fields.get(b"x-forwarded-for", b"").decode("latin-1"),
            peer=peer,
            keeps=plain.keeps,
            body=body,
        )

    def take(self) -> tuple[bytes, bytes]:
        """Head and body of the first request, which is whole; chunks are put together."""
        head = self._head
        if self._chunks is not None:
            body = bytes(self._chunks.data)
        else:
            body = bytes(self.buffer[: self._needed])
            del self.buffer[: self._needed]
        self._begin()
        return head, body

    def clear(self) -> None:
        """Forget everything that has come."""
        self.buffer.clear()
        self._begin()

    def _find_head(self) -> bool:
        buffer = self.buffer
        if not self._searched:
            if buffer == b"\r":
                return False
            if buffer.startswith(b"\r\n"):
                del buffer[:2]  # one empty line in front is let pass (RFC 9112, 2.2)
            self._searched = 1
        end = buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._check_unfinished()
            return False
        self._head = bytes(buffer[: end + 4])
        del buffer[: end + 4]
        self._plain = None if end > MOST_PLAIN_BYTES else _read_plain(self._head[:-2], self._limits)
        if self._plain is not None:
            self._needed = int(self._plain.fields[b"content-length"])
            if self._needed > self._limits.body:
                raise too_large(self._limits)
        else:
            self._frame(read_framing(self._head[:-4], self._limits))
        return True

    def _frame(self, framing: Framing) -> None:
        self._needed, self._expects = framing.length, framing.expects
        self._chunks = ChunkedBody(self._limits) if framing.is_chunked else None

    def _check_unfinished(self) -> None:
        """Refuse what cannot become a head any more, without reading it to its end."""
        buffer = self.buffer
        check_lines(buffer, self._searched)
        if len(buffer) > self._limits.head:
            raise Refused(431, "too-large", f"the request's head is longer than {self._limits.head} bytes")
        if buffer.find(b"\n", 0, self._limits.line + 2) < 0 and len(buffer) > self._limits.line + 1:
            raise Refused(414, "too-large", f"the request line is longer than {self._limits.line} bytes")
        self._searched = max(1, len(buffer))


def _read_plain(head: bytes, limits: Limits) -> _PlainHead | None:
    """A head without its empty line, if it is plain."""
    parts = _plain_head(head)
    if parts is None:
        return None
    fields = _fields(parts[3], limits.fields)
    return None if fields is None else _PlainHead(parts[1].decode("ascii"), fields, _keeps(parts[2], fields))


def _fields(block: bytes, most: int) -> dict[bytes, bytes] | None:
    """The header fields of a plain request by their names; None when one of them makes it less than plain."""
    fields: dict[bytes, bytes] = {}
    for line in block[:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in fields or name in _CHANGE_FRAMING:
            return None
        fields[name] = value.strip(b" \t")
    length = fields.get(b"content-length", b"")
    if not length.isdigit() or len(length) > 15 or fields.get(b"connection", b"").lower() not in _CONNECTION:
        return None
    return fields if len(fields) <= most else None


def _keeps(minor_version: bytes, fields: dict[bytes, bytes]) -> bool:
    """Whether the connection stays open: HTTP/1.0, which nginx speaks unless told otherwise, has to ask for it."""
    said = fields.get(b"connection", b"").lower()
    return said != b"close" if minor_version == b"1" else said == b"keep-alive"
