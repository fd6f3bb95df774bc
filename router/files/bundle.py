"""A bundle's files: from its directory (`directory`), and to and from the bytes that the database keeps."""

import fcntl
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from router.errors import BundleRefused, ConfigurationError
from router.files.directory import read, scan
from router.flow.findings import Finding, has_errors
from router.runtime.ports import Store
from router.runtime.versions.file_manifest import INLINE_BYTES, Fetch, files_of, is_manifest, manifest_of
from router.runtime.versions.opened_parts import fetch_pieces

MOST_BYTES: Final = 64 * 1024 * 1024  # of all files together; a list of a million numbers takes 12 MB
MOST_FILES: Final = 10_000


def read_directory(path: Path) -> dict[str, bytes]:
    """The files of the bundle in `path`: relative posix name -> content, by name.

    Raises BundleRefused when one of them cannot be part of a bundle, and ConfigurationError when there is no such
    directory, or the whole is larger than any bundle.
    """
    files, findings = look_into(path)
    if has_errors(findings):
        first = next(finding for finding in findings if finding.severity == "error")
        told = f"{path / first.mark.file}: {first.message}; {first.suggestion}"
        raise BundleRefused(told, findings)
    return files


def look_into(path: Path) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The same with what is wrong beside it; those files are left out."""
    if not path.is_dir():
        raise ConfigurationError(f"there is no directory {path}", path=str(path))
    files: dict[str, bytes] = {}
    size = 0
    found = scan(path)
    for file, name in found.files.items():
        if (content := read(file, found, MOST_BYTES)) is None:
            continue
        size += len(content)
        if size > MOST_BYTES or len(files) >= MOST_FILES:
            limit = f"{MOST_FILES} files and {MOST_BYTES // 1024**2} MiB"
            raise ConfigurationError(f"{path} holds more than {limit}; is it a bundle?", path=str(path))
        files[name] = content
    return files, tuple(found.findings)


def file_states(path: Path) -> tuple[tuple[str, int, int], ...]:
    """(name, size, time of change) of each file of the bundle in `path`: different when any of them was written. Raises
    OSError when there is no such directory."""
    path.stat()
    found = []
    for file, name in scan(path).files.items():
        state = file.stat()
        found.append((name, state.st_size, max(state.st_mtime_ns, state.st_ctime_ns)))
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
        fcntl.flock(directory, fcntl.LOCK_UN)  # under gevent closing comes later
        os.close(directory)


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files as a version's row has them, the same for the same files: compressed, or where they are many a list of
    them, which names the parts that they are kept in."""
    if sum(map(len, files.values())) <= INLINE_BYTES:
        return zlib.compress(msgspec.msgpack.encode(sorted(files.items())), level=6)
    return manifest_of(files)


def unpack(content: bytes, fetch: Fetch = lambda _: {}) -> dict[str, bytes]:
    """What `pack` was given; `fetch` gives the pieces of parts. Raises ConfigurationError for anything that it did not
    make, and where a part is gone."""
    try:
        if is_manifest(content):
            return files_of(content, fetch)
        plain = zlib.decompressobj().decompress(content, 2 * MOST_BYTES)
        return dict(msgspec.msgpack.decode(plain, type=list[tuple[str, bytes]]))
    except (zlib.error, msgspec.DecodeError, KeyError) as error:
        raise ConfigurationError("the stored bundle is damaged") from error


def stored_files(store: Store, account: str, version: str) -> dict[str, bytes] | None:
    """The files of a version; None when the database has none of that name."""
    content = store.version_content(account, version)
    return None if content is None else unpack(content, partial(fetch_pieces, store, account))
