"""Files and directories of this user alone, under any umask: they hold numbers, what callers said, and secrets.

Rights of others are taken away from what is there already, if it is ours, and never from a directory that somebody
else has made: it may be /tmp. Read-only stays read-only.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

FILE: Final = 0o600
DIRECTORY: Final = 0o700
OTHERS: Final = 0o077


def open_private(path: str | os.PathLike[str], flags: int = os.O_RDWR) -> int:
    """A descriptor of the file, which is made if need be. Raises OSError."""
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE)
    except FileExistsError:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, FILE)  # it may be gone again meanwhile
        keep_private(descriptor)
    else:
        with suppress(OSError):  # of a file system without modes
            os.fchmod(descriptor, FILE)
    return descriptor


def create_private(path: str | os.PathLike[str]) -> None:
    """Make an empty file, unless it is there, without opening one that is: SQLite's locks would be gone. Raises
    OSError."""
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE)
        try:
            with suppress(OSError):
                os.fchmod(descriptor, FILE)
        finally:
            os.close(descriptor)


def keep_private(file: int | str | os.PathLike[str]) -> bool:
    """Take away what group and others may; False when they still may something, because the file is not ours."""
    try:
        mode = stat.S_IMODE(os.stat(file).st_mode)
        if mode & OTHERS:
            os.chmod(file, mode & ~OTHERS)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def make_private_directory(path: Path) -> None:
    """Make the directory, and those above it, unless they are there. Raises OSError."""
    if path.is_dir():
        return
    make_private_directory(path.parent)
    try:
        path.mkdir(DIRECTORY)
    except FileExistsError:
        return
    with suppress(OSError):
        path.chmod(DIRECTORY)
