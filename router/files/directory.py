"""What stands in a bundle's directory, and what of it is no part of any bundle.

A bundle is what stands in one directory and nothing else: a link that leads out of it is refused, so that publishing
never picks up a file that its author cannot see there. Nothing is opened that could block, and nothing is read for
longer than a bundle may be: a directory may hold pipes, devices, links that lead to themselves, files that grow.
"""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from router.flow.findings import Finding, Severity
from router.flow.model import Mark

SUFFIXES: Final = (".yaml", ".txt", ".csv", ".tsv", ".json")
APART: Final = ".nobundle"
"""A file of this name keeps the directory that it stands in out of the bundle around it."""
UNREADABLE: Final = "F116"
_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(slots=True)
class Scan:
    """Of one directory. `files` are the bundle's: path -> relative posix name."""

    root: Path
    files: dict[Path, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def tell(self, path: Path, message: str, suggestion: str, severity: Severity = "error") -> None:
        """Something is wrong with this path."""
        name = os.fsencode(path.relative_to(self.root)).decode(errors="backslashreplace")
        mark = Mark(file=name, line=1, column=1)
        self.findings.append(
            Finding(
                code=UNREADABLE,
                severity=severity,
                message=message,
                mark=mark,
                excerpt="",
                length=1,
                suggestion=suggestion,
            )
        )


def scan(root: Path) -> Scan:
    """The files with one of the suffixes, by name, and what is wrong with links, names and directories. Hidden files
    and directories (editors' drafts, version control) are not looked at, nor directories below that are kept apart."""
    found = Scan(root)
    for path in sorted(_visible(root, found)):
        if path.is_symlink() and not _is_sound_link(path, found):
            continue
        if not path.name.endswith(SUFFIXES) or (path.is_symlink() and path.is_dir()):
            continue
        if _is_text(path.relative_to(root).as_posix()):
            found.files[path] = path.relative_to(root).as_posix()
        else:
            found.tell(path, "the file's name is not UTF-8", "rename it")
    return found


def _visible(root: Path, found: Scan) -> Iterator[Path]:
    """All but directories, which are entered unless they are links."""

    def unreadable(error: OSError) -> None:
        found.tell(
            Path(error.filename), f"the directory cannot be read: {error.strerror}", "mend its owner or its mode"
        )

    for directory, below, names in os.walk(root, onerror=unreadable):
        below[:] = [name for name in below if not name.startswith(".") and not is_apart(Path(directory, name))]
        links = [name for name in below if os.path.islink(os.path.join(directory, name))]
        yield from (Path(directory, name) for name in (*links, *names) if not name.startswith("."))


def is_apart(directory: Path) -> bool:
    """Whether the directory is no part of the bundle around it. A bundle's own directory may be so, too."""
    return os.path.lexists(directory / APART)


def _is_sound_link(link: Path, found: Scan) -> bool:
    """Whether a link leads to something within the bundle; else that is told."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself, before Python 3.13
        if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
            found.tell(link, "the link leads to itself", "put the file here in its place, or remove the link")
        elif link.name.endswith(SUFFIXES):
            found.tell(link, "the link leads to nothing that can be read", "put the file here, or remove the link")
        return False
    root = found.root.resolve()
    if target.is_dir():
        where = "a directory that holds it" if link.parent.resolve().is_relative_to(target) else "a directory"
        found.tell(link, f"the link leads to {where}, and is not entered", "put the files here", "warning")
        return False
    if link.name.endswith(SUFFIXES) and not target.is_relative_to(root):
        found.tell(link, "the link leads out of the bundle", "put the file here in its place")
        return False
    return True


def read(path: Path, found: Scan, most_bytes: int) -> bytes | None:
    """A file's content; None when it is none that can be read, which is told then."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            kind = os.fstat(file.fileno()).st_mode
            content = file.read(most_bytes + 1) if stat.S_ISREG(kind) else None
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket cannot be opened
            _tell_kind(path, found, stat.S_IFSOCK)
        else:
            found.tell(path, f"the file cannot be read: {error.strerror}", "mend its owner or its mode")
        return None
    if content is None:
        _tell_kind(path, found, kind)
    elif len(content) > most_bytes:
        found.tell(path, f"the file is larger than {most_bytes // 1024**2} MiB", "put nothing but the bundle here")
        return None
    return content


def _tell_kind(path: Path, found: Scan, mode: int) -> None:
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "no file")
    found.tell(path, f"this is {kind}, not a file", "remove it, or name it otherwise")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
