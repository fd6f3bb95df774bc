"""Parts of versions in files that all workers of a machine map into memory: what one has read the others need not.

The directory is this user's alone, and whatever database its workers have, a file is named by its content: nothing in
it is ever wrong, only of no more use. So any of them may delete the oldest when there are too many; who has mapped one
keeps it. Where there is no such directory, or its disk is full, each process keeps what it needs for itself.
"""

import hashlib
import mmap
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from router.flow.image_parts import Buffer, Reference
from router.logs import get_logger
from router.private_files import DIRECTORY, FILE

MOST_BYTES: Final = 256 * 1024 * 1024
READ_BYTES: Final = 1024 * 1024
PREFIX: Final = "ivr-parts-"

log = get_logger()


class MappedParts:
    """`runtime.versions.opened_parts.PartFiles`, in the directory for temporary files unless another one is given."""

    def __init__(self, directory: Path | None = None, most_bytes: int = MOST_BYTES) -> None:
        self._directory = directory or Path(tempfile.gettempdir()) / f"{PREFIX}{os.geteuid()}"
        self._most_bytes = most_bytes
        self._has_told = False

    def get(self, reference: Reference) -> Buffer | None:
        """Read first, and then mapped: what is read to look at it takes none of this process's memory."""
        try:
            descriptor = os.open(self._directory / reference.digest, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            if not _is_ours(os.fstat(descriptor)) or not _is_whole(descriptor, reference):
                return None
            with suppress(OSError):
                os.utime(descriptor)  # it is of use: the oldest go first
            return memoryview(mmap.mmap(descriptor, reference.size, access=mmap.ACCESS_READ))
        except (OSError, ValueError):
            return None
        finally:
            os.close(descriptor)

    def put(self, reference: Reference, content: bytes) -> Buffer:
        try:
            self._write(reference.digest, content)
        except OSError as error:
            if not self._has_told:
                log.warning("each worker keeps large lists and tables for itself", directory=str(self._directory),
                            error=str(error))  # fmt: skip
            self._has_told = True
            return content
        found = self.get(reference)
        return content if found is None else found

    def _write(self, name: str, content: bytes) -> None:
        with suppress(FileExistsError):
            self._directory.mkdir(DIRECTORY)
        if self._directory.is_symlink() or not _is_ours(self._directory.stat()):
            raise PermissionError(f"{self._directory} is not ours alone")
        descriptor, draft = tempfile.mkstemp(dir=self._directory, prefix=".")
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), FILE)
                file.write(content)
            os.rename(draft, self._directory / name)
        except OSError:
            with suppress(OSError):
                os.unlink(draft)
            raise
        self._delete_oldest(name)

    def _delete_oldest(self, newest: str) -> None:
        """Never the one that was just written."""
        found = []
        with os.scandir(self._directory) as entries:
            for entry in entries:
                with suppress(OSError):
                    state = entry.stat(follow_symlinks=False)
                    found.append((state.st_mtime_ns, state.st_size, entry.path))
        kept = 0
        for _, size, path in sorted(found, reverse=True):
            kept += size
            if kept > self._most_bytes and os.path.basename(path) != newest:
                with suppress(OSError):
                    os.unlink(path)


def _is_ours(state: os.stat_result) -> bool:
    return state.st_uid == os.geteuid() and not state.st_mode & 0o077


def _is_whole(descriptor: int, reference: Reference) -> bool:
    if os.fstat(descriptor).st_size != reference.size:
        return False
    seen = hashlib.blake2b(digest_size=16)
    while piece := os.read(descriptor, READ_BYTES):
        seen.update(piece)
    return seen.hexdigest() == reference.digest
