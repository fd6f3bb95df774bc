"""The bytes of a connection, cut into requests: where the first one ends, and whether it is plain enough for the fast
path.

A plain request (a POST with a length, in the form that nearly every peer sends) becomes a `PlainRequest`; any other one
is left to gunicorn's parser, with the body that was cut off here. What always holds: a request counts as plain only if
every parser would cut it at the same place; what has come is searched once, however small the pieces that it comes in.

A peer's heads differ in the path and the length, and repeat: one that was read lately is not read again.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from router.serving.http_parser import HEAD_END, ChunkedBody, Head, Limits, check_unfinished, read_head

MOST_PLAIN_BYTES: Final = 8190  # of a head
MOST_PLAIN_DIGITS: Final = 15  # of a length
MOST_KNOWN_BYTES: Final = 1024  # of a head that is worth remembering
KNOWN_HEADS: Final = 512

_plain_line = re.compile(rb"POST (/[A-Za-z0-9_./-]{1,255}) HTTP/1\.[01]").fullmatch
_UNUSUAL: Final = frozenset({b"expect", b"upgrade", b"content-encoding", b"trailer"})
_CONNECTION: Final = frozenset({b"", b"keep-alive", b"close"})


class PlainRequest(NamedTuple):
    """A POST that needs no more of HTTP than this."""

    path: str
    content_type: str
    forwarded_for: str
    peer: str  # the address of the connection's other end
    keeps: bool  # whether the peer wants the connection to stay open
    body: bytes


class PlainHead(NamedTuple):
    """What the head of a plain request says."""

    path: str
    content_type: str
    forwarded_for: str
    keeps: bool


class ReadHead(NamedTuple):
    """A head, and what it is as a plain one, if it is."""

    head: Head
    plain: PlainHead | None


class Incoming:
    """What one connection has sent, up to the request that is worked on next."""

    __slots__ = ("_chunks", "_head", "_is_large", "_limits", "_raw_head", "_searched", "_wants_permission", "buffer")

    def __init__(self, limits: Limits) -> None:
        self.buffer = bytearray()
        self._limits = limits
        self._begin()

    def _begin(self) -> None:
        self._raw_head = b""  # with its empty line, once that has come; it is no longer in the buffer then
        self._head: ReadHead | None = None
        self._searched = 0  # so many bytes of the buffer hold no end of a head
        self._chunks: ChunkedBody | None = None
        self._wants_permission = False
        self._is_large = False

    @property
    def has_begun(self) -> bool:
        """Whether anything of a request has come."""
        return bool(self.buffer or self._raw_head)

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return len(self.buffer) + len(self._raw_head) + (0 if self._chunks is None else len(self._chunks.data))

    def add(self, chunk: bytes) -> None:
        self.buffer += chunk

    def is_whole(self) -> bool:
        """Whether the first request can be worked on without waiting for more of it. Raises Refused."""
        found = self._head or self._find_head()
        if found is None:
            return False
        if self._chunks is not None:
            return self._chunks.feed(self.buffer)
        return len(self.buffer) >= found.head.length

    def wants_permission(self) -> bool:
        """Whether the peer holds its body back until it may send it; True once."""
        wanted, self._wants_permission = self._wants_permission, False
        return wanted

    def takes_longer(self) -> bool:
        """Whether the body may be larger than others, for which a peer has more time; True once."""
        longer, self._is_large = self._is_large, False
        return longer

    def take_plain(self, peer: str, wanted: Callable[[str], bool]) -> PlainRequest | None:
        """The first request, which is whole, if it is plain and its path is wanted; else it stays where it is."""
        plain = None if self._head is None else self._head.plain
        if plain is None or not wanted(plain.path):
            return None
        _, body = self.take()
        return PlainRequest(plain.path, plain.content_type, plain.forwarded_for, peer, plain.keeps, body)

    def take(self) -> tuple[bytes, bytes]:
        """Head and body of the first request, which is whole; chunks are put together."""
        raw_head, found = self._raw_head, self._head
        if self._chunks is not None:
            body = bytes(self._chunks.data)
        else:
            length = 0 if found is None else found.head.length
            body = bytes(self.buffer[:length])
            del self.buffer[:length]
        self._begin()
        return raw_head, body

    def clear(self) -> None:
        """Forget everything that has come."""
        self.buffer.clear()
        self._begin()

    def _find_head(self) -> ReadHead | None:
        buffer = self.buffer
        if not self._searched:
            if buffer == b"\r":
                return None
            if buffer.startswith(b"\r\n"):
                del buffer[:2]  # one empty line in front is let pass (RFC 9112, 2.2)
            self._searched = 1
        end = buffer.find(HEAD_END, max(0, self._searched - 3))
        if end < 0:
            check_unfinished(buffer, self._searched, self._limits)
            self._searched = max(1, len(buffer))
            return None
        self._raw_head = bytes(buffer[: end + 4])
        del buffer[: end + 4]
        read = _read_lately if len(self._raw_head) <= MOST_KNOWN_BYTES else _read
        found = self._head = read(self._raw_head, self._limits)
        head = found.head
        self._wants_permission = head.expects
        if head.is_chunked or head.length > self._limits.body:
            own = self._limits.of_path(head.line)
            self._is_large = own is not self._limits
            self._chunks = ChunkedBody(own) if head.is_chunked else None
        return found


def _read(raw: bytes, limits: Limits) -> ReadHead:
    """A head with its empty line. Raises Refused."""
    head = read_head(raw, limits)
    path = _plain_path(head) if len(raw) <= MOST_PLAIN_BYTES else None
    if path is None:
        return ReadHead(head, None)
    content_type, forwarded_for = (
        head.fields.get(name, b"").decode("latin-1") for name in (b"content-type", b"x-forwarded-for")
    )
    return ReadHead(head, PlainHead(path, content_type, forwarded_for, _keeps(head)))


_read_lately = lru_cache(KNOWN_HEADS)(_read)


def _plain_path(head: Head) -> str | None:
    """The path of a head that is plain."""
    line, fields = _plain_line(head.line), head.fields
    if line is None or head.is_repetitive or head.is_chunked or not _UNUSUAL.isdisjoint(fields):
        return None
    length = fields.get(b"content-length", b"")
    if not length or len(length) > MOST_PLAIN_DIGITS or _connection(head) not in _CONNECTION:
        return None
    return None if b"_" in b"".join(fields) else line[1].decode("ascii")  # gunicorn judges such names


def _connection(head: Head) -> bytes:
    return head.fields.get(b"connection", b"").lower()


def _keeps(head: Head) -> bool:
    """Whether the connection stays open: HTTP/1.0, which nginx speaks by default, has to ask for it."""
    return _connection(head) == b"keep-alive" if head.is_old else _connection(head) != b"close"
