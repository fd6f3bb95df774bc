"""Temporary directories of processes that may be killed: the next process deletes what dead ones have left.

Each has a lock that its owner holds, and the children that it forks hold with it; the kernel drops it with the last of
them, however they end. What always holds: a directory is swept away only when its lock is free, so never that of
somebody alive, and never while it is being made.

Gunicorn's master loads this module; it knows nothing of the router.
"""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

LOCK: Final = "owner.lock"
YOUNG_SECONDS: Final = 60.0
"""So long one may be without its lock: it is being made."""


class OwnDirectory:
    """A new directory `prefix...` for temporary files, with what dead owners of such left swept away before."""

    def __init__(self, prefix: str) -> None:
        sweep(prefix)
        made = Path(tempfile.mkdtemp(prefix=f".{prefix}"))
        self._lock: int | None = os.open(made / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = made.rename(made.with_name(made.name.removeprefix(".")))  # found by others from now on

    def delete(self) -> None:
        """With all that is in it; harmless when repeated."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep(prefix: str) -> list[Path]:
    """Delete the directories `prefix...` of dead owners; answers which those were."""
    swept = []
    for path in _candidates(prefix):
        if _is_left(path):
            shutil.rmtree(path, ignore_errors=True)
            swept.append(path)
    return swept


def _candidates(prefix: str) -> Iterator[Path]:
    """Our own ones: what belongs to others is theirs."""
    with suppress(OSError):
        for path in Path(tempfile.gettempdir()).iterdir():
            if path.name.removeprefix(".").startswith(prefix) and _is_ours(path):
                yield path


def _is_ours(path: Path) -> bool:
    with suppress(OSError):
        found = path.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return False


def _is_left(path: Path) -> bool:
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return _is_old(path) and not _names_a_living_process(path)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return not path.name.startswith(".") or _is_old(path)
    finally:
        os.close(lock)


def _is_old(path: Path) -> bool:
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > YOUNG_SECONDS
    return False


def _names_a_living_process(path: Path) -> bool:
    """Of a version that had no locks: its files are named for the processes that wrote them."""
    numbers = {name.stem.rpartition("_")[2] for name in path.glob("*.db")}
    return any(is_alive(int(number)) for number in numbers if number.isdigit())


def is_alive(process: int) -> bool:
    """Whether there is a process of that number, of any user."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
