"""Which processes have a SQLite database open: each shares a lock on its `-lock` file, which the kernel drops with it.

Who puts another file into its place takes that lock alone, so that no router runs then and none starts meanwhile. The
lock belongs to the open file (`F_OFD_SETLK`), so neither a fork nor another descriptor takes it away.
"""

import fcntl
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

from router.private_files import open_private

LOCK: Final = "-lock"
FILES: Final = ("", "-wal", "-shm", LOCK)


def open_lock(path: str) -> int:
    """A descriptor of the lock file, which is made if need be. Made by root it is the database owner's, as SQLite does
    with its own files: else `sudo ivr …` would lock the router out."""
    file = open_private(path)
    if os.geteuid() == 0:
        with suppress(OSError):
            owner = os.stat(path.removesuffix(LOCK))
            os.fchown(file, owner.st_uid, owner.st_gid)
    return file


def share(file: int) -> bool:
    """Be one of those that have the database open; False while somebody has it alone."""
    return _locked(file, fcntl.F_RDLCK)


def have_alone(file: int) -> bool:
    """Keep everybody else out until the descriptor is closed; False while another process has it open."""
    return _locked(file, fcntl.F_WRLCK)


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 1, 0))
    except BlockingIOError:
        return False
    return True


def users(database: str) -> list[str]:
    """The other processes that have a file of the database open, as "pid 123 (gunicorn wsgi:app)": of a server with
    workers its master. Only those that this user may look at."""
    found: set[tuple[int, int]] = set()
    for sidecar in FILES:
        with suppress(OSError):
            status = os.stat(database + sidecar)
            found.add((status.st_dev, status.st_ino))
    pids = {_master(pid) for pid in _pids() if pid != os.getpid() and _has_open(pid, found)}
    return [f"pid {pid} ({command})" for pid in sorted(pids) if (command := _command(pid))]


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _has_open(pid: int, files: set[tuple[int, int]]) -> bool:
    with suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                status = os.stat(f"/proc/{pid}/fd/{name}")
                if (status.st_dev, status.st_ino) in files:
                    return True
    return False


def _master(pid: int) -> int:
    """A worker's parent, when it is the same program. Where `setproctitle` is installed gunicorn calls the two
    `gunicorn: master [wsgi:app]` and `gunicorn: worker [wsgi:app]`."""
    with suppress(OSError, ValueError, IndexError):
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        mine = _command(pid).replace("gunicorn: worker ", "gunicorn: master ")
        return parent if _command(parent) in (mine, _command(pid)) else pid
    return pid


def _command(pid: int) -> str:
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return " ".join(os.path.basename(word.decode(errors="replace")) for word in words if word)[:80]
    return ""
