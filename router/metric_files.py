"""The files in which prometheus-client's processes count: those of dead workers are added to one.

Each worker has a file for its counters and one for its histograms, and what a dead one has counted must still count.
So its files cannot go, and every worker that was ever replaced would leave some. Here they are folded into the files of
"process 0". What always holds: every reader sees each count once, since the folding happens under a lock that readers
share; what cannot be read (its process died while it made the file) is nothing and goes.

Gunicorn's master loads this module; it knows nothing of the router.
"""

import fcntl
import os
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from router.own_directory import is_alive

KINDS: Final = ("counter", "histogram", "summary")
FOLDED: Final = 0
LOCK: Final = "fold.lock"
READ_SECONDS: Final = 1.0
TRY_SECONDS: Final = 0.005


@contextmanager
def reading(directory: str) -> Iterator[None]:
    """While this lasts, nothing is folded; unless a process that folds hangs, which no reader waits for."""
    with _lock(directory, fcntl.LOCK_SH):
        yield


def fold_dead(directory: str) -> int:
    """Add the files of dead processes up; answers how many files that were."""
    with _lock(directory, fcntl.LOCK_EX) as is_ours:
        return sum(_fold(Path(directory), kind) for kind in KINDS) if is_ours else 0


def _fold(directory: Path, kind: str) -> int:
    folded = directory / f"{kind}_{FOLDED}.db"
    dead = [path for path in directory.glob(f"{kind}_*.db") if path != folded and not _is_used(path)]
    if not dead:
        return 0
    new = directory / f"{kind}_{FOLDED}.new"
    try:
        new.write_bytes(_content(_sums([folded, *dead])))
        new.replace(folded)
    except OSError:  # no room: the dead ones' files count on, until the next worker ends
        new.unlink(missing_ok=True)
        return 0
    for path in dead:
        path.unlink(missing_ok=True)
    return len(dead)


def _is_used(path: Path) -> bool:
    number = path.stem.rpartition("_")[2]
    return not number.isdigit() or is_alive(int(number))


def _sums(paths: Iterable[Path]) -> dict[str, float]:
    from prometheus_client.mmap_dict import MmapedDict

    sums: dict[str, float] = {}
    for path in paths:
        with suppress(OSError, RuntimeError, ValueError, struct.error):
            values = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
            for key, value, *_ in list(values):
                sums[key] = sums.get(key, 0.0) + value
    return sums


def _content(sums: dict[str, float]) -> bytes:
    """A file of prometheus-client's: its used length, and each key, padded, with its value and no instant. Not made by
    the client, since that writes through a mapping: on a full disk the master would die of it."""
    entries = []
    for key, value in sums.items():
        name = key.encode()
        padded = name + b" " * (8 - (len(name) + 4) % 8)
        entries.append(struct.pack(f"=i{len(padded)}sdd", len(name), padded, value, 0.0))
    body = b"".join(entries)
    return struct.pack("=ii", 8 + len(body), 0) + body


@contextmanager
def _lock(directory: str, how: int) -> Iterator[bool]:
    try:
        lock = os.open(Path(directory, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # a full disk, or a directory that is being deleted
        yield False
        return
    try:
        yield _is_locked(lock, how)
    finally:
        os.close(lock)


def _is_locked(lock: int, how: int) -> bool:
    until = time.monotonic() + READ_SECONDS
    while True:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= until:
                return False
            time.sleep(TRY_SECONDS)
        else:
            return True
