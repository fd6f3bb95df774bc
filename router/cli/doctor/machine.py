"""What the machine tells of users, file systems and sockets, in words for people."""

import os
import pwd
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

LISTENING: Final = "0A"  # in /proc/net/tcp
KINDS: Final[tuple[tuple[Callable[[int], bool], str], ...]] = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def user_name(uid: int) -> str:
    """The user's name, or the number of one that has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def this_user() -> str:
    return user_name(os.geteuid())


def kind_of(found: os.stat_result) -> str:
    """ "" of an ordinary file, else what it is."""
    return next((name for is_kind, name in KINDS if is_kind(found.st_mode)), "")


def owned(found: os.stat_result) -> str:
    """Whose a file is, and who may do what."""
    return f"it belongs to {user_name(found.st_uid)}, mode {stat.S_IMODE(found.st_mode):04o}"


def may(found: os.stat_result, uid: int, wanted: int) -> bool:
    """Whether a user may read (4), write (2) or enter (1) a file by its mode; groups are those of the user database."""
    if uid == 0:
        return True
    shift = 6 if found.st_uid == uid else 3 if found.st_gid in _groups(uid) else 0
    return bool(found.st_mode >> shift & wanted)


def _groups(uid: int) -> list[int]:
    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        return []
    return os.getgrouplist(user.pw_name, user.pw_gid)


def listener(port: int) -> int | None:
    """The user whose process listens on a TCP port of this machine; None when none does, or the machine does not
    tell."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except (OSError, ValueError):
            continue
        for fields in map(str.split, lines):
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                return int(fields[7])
    return None


def file_system(path: Path) -> str:
    """The type of the file system that holds a path, "" when the machine does not tell."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return ""
    holding = [(len(fields[1]), fields[2]) for fields in mounts if path.is_relative_to(_unescaped(fields[1]))]
    return max(holding, default=(0, ""))[1]


def _unescaped(mount: str) -> str:
    return mount.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")


def is_tilde(path: str) -> bool:
    """Whether a path begins with the ~ of a shell, which nothing here expands."""
    return path.startswith("~")


ERRNO_REMEDIES: Final[Mapping[type[OSError], str]] = {
    PermissionError: "run ivr doctor as the router's user",
    NotADirectoryError: "a part of the path is a file: correct the path",
    FileNotFoundError: "correct the path",
}


def remedy_of(error: OSError, path: Path) -> str:
    """What to do about a path that cannot be used."""
    if isinstance(error, PermissionError):
        with suppress(OSError):
            return f"run ivr doctor as the user that it belongs to: sudo -u {user_name(path.stat().st_uid)} ivr doctor"
    return next((remedy for kind, remedy in ERRNO_REMEDIES.items() if isinstance(error, kind)), "look at the disk")
