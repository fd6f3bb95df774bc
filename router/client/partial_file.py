"""A download that goes on where it broke off, by any HTTP client: what to ask for, and what to do with the answer.

The bytes that came stand in `NAME.part`, and `NAME.part.json` says whose they are. They are only continued when the
server vouches that the file is still the same (RFC 9110, 13.1.5: If-Range with its ETag or Last-Modified); otherwise
the file comes anew. Only a whole file gets its name.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from router.private_files import open_private

WHOLE: Final = 200
PART: Final = 206
BEYOND: Final = 416
Progress = Callable[[int, int | None], object]
"""Is told how many bytes have come, and of how many when that is known."""

_range: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)").fullmatch


class DownloadFailed(Exception):
    """The file did not come whole; what has come is kept, unless the server would not have continued it."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the bytes are that have come already."""

    name: str  # of the file, in the words of whoever asks for it
    validator: str  # the server's word for this content
    total: int


class PartialFile:
    """One attempt to get one file: `begin`, `write` for each chunk, `finish`; and `close`, whatever happens."""

    def __init__(self, path: Path, name: str, progress: Progress | None) -> None:
        self._path = path
        self._name = name
        self._progress = progress
        self._partial = path.with_name(f"{path.name}.part")
        self._notes = path.with_name(f"{path.name}.part.json")
        self._known = self._read_notes()
        self._file: BinaryIO | None = None
        self._total: int | None = None
        self._done = self._partial.stat().st_size if self._known is not None else 0

    def headers(self) -> dict[str, str]:
        """What to ask with."""
        whole = {"Accept-Encoding": "identity"}  # a part of compressed bytes would be of no use
        if self._known is None or not self._done:
            return whole
        return {**whole, "Range": f"bytes={self._done}-", "If-Range": self._known.validator}

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """The answer's head has come. Raises DownloadFailed."""
        told = {name.lower(): value for name, value in headers.items()}
        if status == BEYOND:
            self.forget()
        if status not in (WHOLE, PART):
            raise DownloadFailed(f"HTTP {status}")
        if status == PART:
            self._total = self._continued(told.get("content-range", ""))
            self._file = os.fdopen(open_private(self._partial, os.O_WRONLY | os.O_APPEND), "ab")
            return
        self._file = os.fdopen(open_private(self._partial, os.O_WRONLY | os.O_TRUNC), "wb")
        length = told.get("content-length", "")
        self._done, self._total = 0, int(length) if length.isdigit() else None
        self._write_notes(told)  # of an empty file: they never stand beside the bytes of another one

    def write(self, chunk: bytes) -> None:
        assert self._file is not None
        self._done += self._file.write(chunk)
        if self._progress is not None:
            self._progress(self._done, self._total)

    def finish(self) -> int:
        """The answer has ended: the file gets its name; its size in bytes. Raises DownloadFailed."""
        self.close()
        if self._total is not None and self._done != self._total:
            raise DownloadFailed(f"the file broke off after {self._done} of {self._total} bytes")
        self._partial.replace(self._path)
        self._notes.unlink(missing_ok=True)
        return self._done

    def close(self) -> None:
        """What has come is on the disk; harmless when repeated."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def forget(self) -> None:
        """The next attempt begins anew."""
        self._notes.unlink(missing_ok=True)

    def _continued(self, written: str) -> int | None:
        """The whole size, by a part's Content-Range that goes on where we are."""
        found = _range(written)
        known = self._known
        if found is None or known is None or int(found[1]) != self._done or found[2] not in ("*", str(known.total)):
            self.forget()
            raise DownloadFailed(f"the server answers with another part than was asked for ({written or 'unnamed'})")
        return known.total

    def _read_notes(self) -> Known | None:
        """None when nothing has come that can be continued."""
        try:
            known = msgspec.json.decode(self._notes.read_bytes(), type=Known)
            is_some = self._partial.stat().st_size < known.total
        except (OSError, msgspec.DecodeError):
            return None
        return known if is_some and known.name == self._name else None

    def _write_notes(self, told: Mapping[str, str]) -> None:
        """Only of a file that can be continued."""
        tag = told.get("etag", "")
        validator = tag if tag and not tag.startswith("W/") else told.get("last-modified", "")
        if not validator or self._total is None or told.get("accept-ranges", "bytes").lower() == "none":
            self.forget()
            return
        known = Known(name=self._name, validator=validator, total=self._total)
        with os.fdopen(open_private(self._notes, os.O_WRONLY | os.O_TRUNC), "wb") as notes:
            notes.write(msgspec.json.encode(known))
