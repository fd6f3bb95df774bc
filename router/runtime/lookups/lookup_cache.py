"""Answers of lookups that may be used again, in the memory of one process.

A key is made of the account and of all that shapes the answer: request and outputs, secrets as marks. Answers stay when
their time is over, since an old one may be better than none; the ones not used for longest give way.
"""

import threading
from collections import OrderedDict
from hashlib import blake2b
from typing import Any, Final

import msgspec

from router.engine.effects import StartLookup

MOST_BYTES: Final = 8 * 1024 * 1024
OVERHEAD_BYTES: Final = 300  # of an entry, besides its content


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a lookup ended."""

    state: str  # found, not_found, failed
    outputs: dict[str, Any] = {}
    reason: str = ""
    cached: bool = False
    notes: dict[str, str] = {}  # name -> what of its value did not fit, and why


class LookupCache:
    """Thread-safe. Instants are Unix seconds."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0

    def put(self, key: bytes, found: Found, now: float) -> None:
        """Keep an answer, in the place of an older one."""
        content = msgspec.msgpack.encode(found)
        with self._lock:
            self._drop(key)
            self._entries[key] = (now, content)
            self._bytes += len(content) + OVERHEAD_BYTES
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._entries)))

    def get(self, key: bytes, since: float) -> Found | None:
        """The answer that was kept at `since` or later, as a cached one."""
        with self._lock:
            at, content = self._entries.get(key, (0.0, b""))
            if not content or at < since:
                return None
            self._entries.move_to_end(key)
        return msgspec.structs.replace(_FOUND.decode(content), cached=True)

    def _drop(self, key: bytes) -> None:
        _at, content = self._entries.pop(key, (0.0, b""))
        if content:
            self._bytes -= len(content) + OVERHEAD_BYTES


_FOUND: Final = msgspec.msgpack.Decoder(Found)


def cache_key(account: str, request: StartLookup) -> bytes:
    """The same for every lookup that must have the same answer."""
    asked = (
        account,
        request.kind,
        request.method,
        request.url,
        sorted(request.headers.items()),
        request.json,
        request.api,
        sorted(request.arguments.items()),
        request.outputs,
        request.country,
    )
    return blake2b(msgspec.msgpack.encode(asked), digest_size=16).digest()
