"""What the spool of version 0.1 and before left: files of framed records, which are taken in and deleted.

A record is found by its mark, its length and its checksum, so the torn end that a killed writer left hides nothing.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

KIND: Final = ".events"
NOTES: Final = ("state", "place", "write.lock")  # whether anything waited, how far it had been read, a lock
MARK: Final = b"\xf1IV\x01"
PADDING: Final = bytes(4096)  # tried the disk
HEAD: Final = struct.Struct(">4sII")  # mark, length and checksum of what follows


def read(path: Path, losses: list[str]) -> Iterator[tuple[int, bytes]]:
    """The whole records in order, numbered 0: they came before any that has a number. `losses` says what belongs
    to none. Raises OSError."""
    content = path.read_bytes()
    at = lost = 0
    while at < len(content):
        record = _record_at(content, at)
        if record is not None:
            if record != PADDING:
                yield 0, record
            at += HEAD.size + len(record)
            continue
        following = content.find(MARK, at + 1)
        following = len(content) if following < 0 else following
        lost += following - at
        at = following
    if lost:
        losses.append(f"{lost} bytes of it are no event")


def _record_at(content: bytes, at: int) -> bytes | None:
    if len(content) - at < HEAD.size:
        return None
    mark, length, checksum = HEAD.unpack_from(content, at)
    record = content[at + HEAD.size : at + HEAD.size + length]
    if mark != MARK or len(record) < length or zlib.crc32(record) != checksum:
        return None
    return record
