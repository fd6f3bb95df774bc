"""Why a SQLite file cannot be written, as its owner would see it: the file's name, and the command that mends it.

SQLite says "unable to open database file" and "attempt to write a readonly database" of five files and a directory.
"""

import os
import pwd
import sqlite3
import stat
from collections.abc import Iterator
from typing import Final

SIDECARS: Final = ("-wal", "-shm", "-lock")
LEAST_FREE_BYTES: Final = 1 << 20
RESTORE: Final = "`ivr restore BACKUP` puts a backup into its place (docs/restore.md)"
DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
EFFECTIVE: Final = os.access in os.supports_effective_ids


def explained(path: str, error: Exception) -> str:
    """The error's text, with the cure where one can be seen."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in DAMAGED:
        cure = f"{path} is damaged: {RESTORE}"
    else:
        cure = next(_obstacles(path), "")
    return f"{error}: {cure}" if cure else str(error)


def mend_sidecars(path: str) -> None:
    """Make `-wal` and `-shm` as writable as the file: SQLite gave them the file's mode when it made them, and goes on
    with them when the file's own mode was mended."""
    if not _may(path, os.W_OK):
        return
    for sidecar in (f"{path}-wal", f"{path}-shm"):
        try:
            found = os.stat(sidecar)
        except OSError:
            continue
        if found.st_uid == os.geteuid() and not _may(sidecar, os.W_OK):
            os.chmod(sidecar, stat.S_IMODE(found.st_mode) | stat.S_IRUSR | stat.S_IWUSR)


def _obstacles(path: str) -> Iterator[str]:
    directory = os.path.dirname(os.path.abspath(path))
    try:
        volume = os.statvfs(directory)
    except OSError as error:
        yield f"{directory} cannot be reached ({error.strerror})"
        return
    if volume.f_flag & os.ST_RDONLY:
        yield f"the file system of {directory} is read-only: mount it writable"
    if not _may(directory, os.W_OK | os.X_OK):
        yield _denied(directory, "wx")
    if not os.path.exists(path):
        yield f"{path} is gone: put it back, or {RESTORE}"
    for file in (path, *(path + sidecar for sidecar in SIDECARS)):
        if os.path.exists(file) and not _may(file, os.R_OK | os.W_OK):
            yield _denied(file, "rw")
    if volume.f_bavail * volume.f_frsize < LEAST_FREE_BYTES:
        yield f"the disk of {directory} is full: make room"


def _may(path: str, mode: int) -> bool:
    return os.access(path, mode, effective_ids=EFFECTIVE)


def _denied(path: str, wanted: str) -> str:
    found = os.stat(path)
    mode = f"{stat.S_IMODE(found.st_mode):04o}"
    if found.st_uid == os.geteuid():
        return f"{path} has mode {mode}: chmod u+{wanted} {path}"
    us = _user(os.geteuid())
    return f"{path} belongs to {_user(found.st_uid)} with mode {mode}, and the router runs as {us}: chown {us} {path}"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
