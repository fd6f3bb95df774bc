"""What the spool of version 1.0 and before left: files of framed records, which are taken in and deleted.

A record is found by its mark, its length and its checksum, so the torn end that a killed writer left hides nothing.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

KIND: Final = ".events"
NOTES: Final = ("state", "place")  # whether anything waited, and how far it had been read
BATCH: Final = 64
MARK: Final = b"\xf1IV\x01"
HEAD: Final = struct.Struct(">4sII")  # mark, length and checksum of what follows


def batches(path: Path, losses: list[str]) -> Iterator[list[tuple[int, bytes]]]:
    """The whole records, each with its place in the file; `losses` says what belongs to none. Raises OSError."""
    content = path.read_bytes()
    found: list[tuple[int, bytes]] = []
    at = lost = 0
    while at < len(content):
        record = _record_at(content, at)
        if record is not None:
            found.append((at, record))
            at += HEAD.size + len(record)
            continue
        following = content.find(MARK, at + 1)
        following = len(content) if following < 0 else following
        lost += following - at
        at = following
    if lost:
        losses.append(f"{lost} bytes of it are no event")
    for first in range(0, len(found), BATCH):
        yield found[first : first + BATCH]


def _record_at(content: bytes, at: int) -> bytes | None:
    if len(content) - at < HEAD.size:
        return None
    mark, length, checksum = HEAD.unpack_from(content, at)
    record = content[at + HEAD.size : at + HEAD.size + length]
    if mark != MARK or len(record) < length or zlib.crc32(record) != checksum:
        return None
    return record
