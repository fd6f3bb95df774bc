"""The bytes of a connection, cut into requests: where the first one ends, and whether it is plain enough for the short
way.

Nothing here answers or refuses. What is not plainly in the form that nearly every peer sends (a POST with a length, no
header that changes the framing) is left to gunicorn's parser, which knows the rest of HTTP. What always holds: a
request is taken for plain only if every parser would cut it at the same place.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST_HEADER_BYTES: Final = 64 * 1024
MOST_BODY_BYTES: Final = 4 * 1024 * 1024
"""What is over a limit is refused as soon as that is seen."""

_plain_head = re.compile(
    rb"POST (/[A-Za-z0-9_./-]{1,255}) HTTP/1\.([01])\r\n((?:[A-Za-z0-9-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)+)"
).fullmatch
_length = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE).search
_chunked = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE).search
_expects = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE).search
_chunk_size = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n").match

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


class Incoming:
    """What one connection has sent and nobody has worked on."""

    __slots__ = ("_chunk_at", "_head_end", "_is_chunked", "_needed", "buffer", "continued")

    def __init__(self) -> None:
        self.buffer = bytearray()
        self._begin()

    def _begin(self) -> None:
        self.continued = False  # the peer was told to send its body
        self._head_end = 0  # bytes of the head with its empty line, 0 while that has not come
        self._needed = 0  # bytes of the whole request, 0 while that is not known
        self._is_chunked = False
        self._chunk_at = 0  # where the next chunk begins

    def add(self, chunk: bytes) -> None:
        self.buffer += chunk

    def is_whole(self) -> bool:
        """Whether the first request can be worked on without waiting for more of it."""
        if not self._head_end and not self._find_head():
            return len(self.buffer) > MOST_HEADER_BYTES
        if self._is_chunked:
            return self._is_chunked_whole()
        return len(self.buffer) >= self._needed

    def is_too_large(self) -> bool:
        """Whether the first request has, or announces, a body over the limit."""
        if not self._head_end and not self._find_head():
            return False
        if self._is_chunked:
            return len(self.buffer) - self._head_end > MOST_BODY_BYTES
        return self._needed - self._head_end > MOST_BODY_BYTES

    def wants_permission(self) -> bool:
        """Whether the peer holds its body back until it is told to go on (RFC 9110, 10.1.1)."""
        return not self.continued and bool(self._head_end) and _expects(self._head()) is not None

    def take_plain(self, peer: str, wanted: Callable[[str], bool]) -> PlainRequest | None:
        """The first request, which is whole, if it is plain and its path is wanted; else it stays where it is."""
        if not self._head_end or self._is_chunked:
            return None
        parts = _plain_head(self.buffer, 0, self._head_end - 2)
        if parts is None or not wanted(path := parts[1].decode("ascii")):
            return None
        fields = _fields(parts[3])
        if fields is None or int(fields[b"content-length"]) != self._needed - self._head_end:
            return None
        request = PlainRequest(
            path=path,
            content_type=fields.get(b"content-type", b"").decode("latin-1"),
            forwarded_for=fields.get(b"x-forwarded-for", b"").decode("latin-1"),
            peer=peer,
            keeps=_keeps(parts[2], fields),
            body=bytes(self.buffer[self._head_end : self._needed]),
        )
        del self.buffer[: self._needed]
        self._begin()
        return request

    def take_all(self) -> bytes:
        """Everything that has come."""
        everything = bytes(self.buffer)
        self.buffer.clear()
        self._begin()
        return everything

    def _head(self) -> bytes:
        return bytes(self.buffer[: self._head_end - 2])

    def _find_head(self) -> bool:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        self._head_end = self._chunk_at = end + 4
        head = self._head()
        self._is_chunked = _chunked(head) is not None
        announced = _length(head)
        self._needed = self._head_end + (int(announced[1]) if announced is not None else 0)
        return True

    def _is_chunked_whole(self) -> bool:
        """Chunks up to the last one and its trailers. Broken ones count as whole: they will be refused."""
        while (size := _chunk_size(self.buffer, self._chunk_at)) is not None:
            data_bytes = int(size[1], 16)
            if not data_bytes:
                return self._has_trailers(size.end())
            if size.end() + data_bytes + 2 > len(self.buffer):
                return False
            self._chunk_at = size.end() + data_bytes + 2
        line_end = self.buffer.find(b"\n", self._chunk_at)
        return line_end >= 0 or len(self.buffer) - self._chunk_at > MOST_HEADER_BYTES

    def _has_trailers(self, start: int) -> bool:
        """Whether the empty line that ends a chunked body has come, behind trailers or without."""
        if self.buffer.startswith(b"\r\n", start):
            return True
        return self.buffer.find(b"\r\n\r\n", start) >= 0 or len(self.buffer) - start > MOST_HEADER_BYTES


def _fields(block: bytes) -> dict[bytes, bytes] | None:
    """The header fields of a plain request by their names; None when one of them makes it less than plain."""
    fields: dict[bytes, bytes] = {}
    for line in block[:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in fields or name in _CHANGE_FRAMING:
            return None
        fields[name] = value.strip(b" \t")
    length = fields.get(b"content-length", b"")
    if not length.isdigit() or fields.get(b"connection", b"").lower() not in _CONNECTION:
        return None
    return fields


def _keeps(minor_version: bytes, fields: dict[bytes, bytes]) -> bool:
    """Whether the connection stays open: HTTP/1.0, which nginx speaks unless told otherwise, has to ask for it."""
    said = fields.get(b"connection", b"").lower()
    return said != b"close" if minor_version == b"1" else said == b"keep-alive"
