"""A bundle's files: from its directory, and to and from the bytes that the database keeps.

A bundle is what stands in one directory and nothing else: a link that leads out of it is refused, so that publishing
never picks up a file that its author cannot see there. Hidden files and directories (editors' drafts, version
control) are not part of it.
"""

import fcntl
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from router.errors import ConfigurationError

SUFFIXES: Final = (".yaml", ".txt", ".csv", ".tsv")
MOST_BYTES: Final = 64 * 1024 * 1024  # of all files together; a list of a million numbers takes 12 MB
MOST_FILES: Final = 10_000


def read_directory(path: Path) -> dict[str, bytes]:
    """The files of the bundle in `path`: relative posix name -> content, by name.

    Raises ConfigurationError when there is no such directory, a file cannot be read, a link leads out, or the whole
    is larger than any bundle.
    """
    if not path.is_dir():
        raise ConfigurationError(f"there is no directory {path}", path=str(path))
    files: dict[str, bytes] = {}
    size = 0
    for file in sorted(_files(path)):
        content = _read(file, path)
        size += len(content)
        if size > MOST_BYTES or len(files) >= MOST_FILES:
            limit = f"{MOST_FILES} files and {MOST_BYTES // 1024**2} MiB"
            raise ConfigurationError(f"{path} holds more than {limit}; is it a bundle?", path=str(path))
        files[file.relative_to(path).as_posix()] = content
    return files


def file_states(path: Path) -> tuple[tuple[str, int, int], ...]:
    """(name, size, time of change) of each file of the bundle in `path`: different when any of them was written. Raises
    OSError when there is no such directory."""
    path.stat()
    found = []
    for file in sorted(_files(path)):
        state = file.stat()
        found.append((file.relative_to(path).as_posix(), state.st_size, max(state.st_mtime_ns, state.st_ctime_ns)))
    return tuple(found)


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """While this lasts, no other thread or process of the machine is inside of it for the same directory. Raises
    ConfigurationError when there is no such directory."""
    try:
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigurationError(f"there is no directory {path}", path=str(path)) from error
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def _files(path: Path) -> Iterator[Path]:
    """Every file with one of the suffixes; directories that are links are not entered."""
    for directory, below, names in os.walk(path):
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (Path(directory, name) for name in names if name.endswith(SUFFIXES) and not name.startswith("."))


def _read(file: Path, directory: Path) -> bytes:
    if file.is_symlink() and not file.resolve().is_relative_to(directory.resolve()):
        raise ConfigurationError(f"{file} is a link that leads out of the bundle", path=str(file))
    try:
        if file.stat().st_size > MOST_BYTES or not file.is_file():
            raise ConfigurationError(f"{file} is too large, or no ordinary file", path=str(file))
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}", path=str(file)) from error


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files as bytes: compressed, and the same for the same files."""
    return zlib.compress(msgspec.msgpack.encode(sorted(files.items())), level=6)


def unpack(content: bytes) -> dict[str, bytes]:
    """What `pack` was given. Raises ConfigurationError for anything that it did not make."""
    decompressor = zlib.decompressobj()
    try:
        plain = decompressor.decompress(content, 2 * MOST_BYTES)
        return dict(msgspec.msgpack.decode(plain, type=list[tuple[str, bytes]]))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ConfigurationError("the stored bundle is damaged") from error
