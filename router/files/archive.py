"""A bundle as one archive, for its way through HTTP: a tar, compressed by gzip or not, of what the directory holds.

`write_archive` makes the same bytes of the same files. `read_archive` takes what strangers made: nothing is written to
a disk, every member is a plain file with a name inside of the bundle or is refused, and neither the archive nor what
it says of itself can make the reader hold more than a bundle may have.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, Protocol, cast

from router.errors import ArchiveInvalid, BundleRefused
from router.files.bundle import MOST_BYTES, MOST_FILES
from router.files.directory import APART, SUFFIXES, UNREADABLE
from router.flow.findings import Finding
from router.flow.model import Mark

GZIP: Final = b"\x1f\x8b"
CHUNK_BYTES: Final = 64 * 1024
MOST_ENTRIES: Final = 2 * MOST_FILES  # directories and files that are no part of a bundle, too
ENTRY_BYTES: Final = 4 * tarfile.BLOCKSIZE  # a header, an extended one with its content, and what fills the last block
MOST_PLAIN_BYTES: Final = MOST_BYTES + MOST_ENTRIES * ENTRY_BYTES
LEVEL: Final = 6

_KINDS: Final[Mapping[bytes, str]] = {
    tarfile.SYMTYPE: "a link",
    tarfile.LNKTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """The files as a compressed tar, the same bytes for the same files."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=cast("BinaryIO", plain), mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), LEVEL, mtime=0)


def read_archive(content: bytes) -> dict[str, bytes]:
    """The files of the bundle in an archive: relative posix name -> content, by name. As in a directory, hidden files,
    those with other suffixes, and directories that are kept apart are passed over.

    Raises ArchiveInvalid for what is no archive, or a larger one than any bundle is, and BundleRefused with a finding
    for each member that no bundle may have.
    """
    plain: Readable = _Inflated(content) if content.startswith(GZIP) else io.BytesIO(content)
    try:
        files, findings = _read(_Bounded(plain))
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError, zlib.error) as error:
        raise ArchiveInvalid(f"the body is no tar that can be read, compressed by gzip or not: {error}") from error
    if findings:
        first = findings[0]
        raise BundleRefused(f"{first.mark.file}: {first.message}; nothing was published", findings)
    return dict(sorted(files.items()))


def _read(plain: "_Bounded") -> tuple[dict[str, bytes], list[Finding]]:
    files: dict[str, bytes] = {}
    findings: list[Finding] = []
    apart: set[str] = set()
    size = 0
    # A stream is read once, from its beginning to its end: no offset in it leads anywhere.
    with tarfile.open(fileobj=cast("BinaryIO", plain), mode="r|", encoding="utf-8") as archive:
        for member in _members(archive, apart):
            if problem := _problem(member, files):
                findings.append(_finding(member, problem))
            elif member.isreg() and member.name.endswith(SUFFIXES):
                size += member.size
                if size > MOST_BYTES or len(files) >= MOST_FILES:
                    raise _too_large()
                files[_name(member)] = _content(archive, member)
    while plain.read(CHUNK_BYTES):
        pass  # up to the checksum behind the compressed data
    part_of_it = {name: content for name, content in files.items() if not _is_apart(name, apart)}
    return part_of_it, [finding for finding in findings if not _is_apart(finding.mark.file, apart)]


def _is_apart(name: str, apart: set[str]) -> bool:
    """Whether the member stands below one of these directories; the mark may come behind it."""
    parts = _parts(name)
    return bool(apart) and any("/".join(parts[:count]) in apart for count in range(1, len(parts)))


def _too_large() -> ArchiveInvalid:
    limit = f"{MOST_FILES} files and {MOST_BYTES // 1024**2} MiB"
    return ArchiveInvalid(f"the archive holds more than {limit}; is it a bundle?")


def _members(archive: tarfile.TarFile, apart: set[str]) -> Iterator[tarfile.TarInfo]:
    """All but the root itself and what is hidden; `apart` is filled with the directories that are marked so."""
    for count, member in enumerate(archive):
        if count >= MOST_ENTRIES:
            raise ArchiveInvalid(f"the archive has more than {MOST_ENTRIES} members; is it a bundle?")
        archive.members = []  # type: ignore[attr-defined]  # else it keeps every one
        parts = [part for part in member.name.split("/") if part != "."]
        if parts and parts[-1] == APART:
            apart.add("/".join(_parts(member.name)[:-1]))
        if parts and not any(part.startswith(".") and part != ".." for part in parts):
            yield member


def _problem(member: tarfile.TarInfo, files: Mapping[str, bytes]) -> str:
    """Why no bundle may have this member; "" when it may."""
    if member.name.startswith("/") or ".." in member.name.split("/"):
        return "the name leads out of the bundle"
    if not _is_text(member.name):
        return "the file's name is not UTF-8, or holds a NUL"
    if member.isdir():
        return ""
    if not member.isreg() or member.issparse():
        return f"this is {_KINDS.get(member.type, 'no plain file')}, and a bundle has none"
    if _name(member) in files:
        return "the archive has two files of this name"
    return "" if 0 <= member.size <= MOST_BYTES else f"the file is larger than {MOST_BYTES // 1024**2} MiB"


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    content = file.read() if file is not None else b""
    if len(content) != member.size:
        raise tarfile.ReadError(f"{member.name} breaks off")
    return content


def _name(member: tarfile.TarInfo) -> str:
    return "/".join(_parts(member.name))


def _parts(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in name


def _finding(member: tarfile.TarInfo, problem: str) -> Finding:
    name = member.name.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return Finding(
        code=UNREADABLE,
        severity="error",
        message=problem,
        mark=Mark(file=name, line=1, column=1),
        excerpt="",
        length=1,
        suggestion="make the archive of the bundle's directory: tar -C DIRECTORY -czf bundle.tar.gz .",
    )


class _Bounded:
    """At most so many bytes as the largest bundle has as a tar."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._left = MOST_PLAIN_BYTES

    def read(self, size: int) -> bytes:
        chunk = self._source.read(min(size, self._left + 1))
        self._left -= len(chunk)
        if self._left < 0:
            raise _too_large()
        return chunk


class _Inflated:
    """What gzip compressed, a piece at a time: a few bytes can stand for gigabytes."""

    def __init__(self, content: bytes) -> None:
        self._source = io.BytesIO(content)
        self._inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def read(self, size: int) -> bytes:
        chunk = b""
        while not chunk and not self._inflater.eof:
            more = self._inflater.unconsumed_tail or self._source.read(CHUNK_BYTES)
            if not more:
                raise EOFError("the compressed data breaks off")
            chunk = self._inflater.decompress(more, size)
        return chunk
