"""The bundles that an editor has files open of: the files of the disk, with what is typed over them.

A bundle is a directory. Of a file it is the outermost one, within the editor's folder, that directly holds a flow or
resources; so a file in a sub-directory belongs to the bundle above it, unless a directory between is kept apart.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from router.errors import RouterError
from router.files.bundle import look_into
from router.files.directory import SUFFIXES, is_apart
from router.flow.findings import Finding
from router.flow.load_cache import LoadCache
from router.flow.symbols import Symbol
from router.lsp.read_bundle import ReadBundle, read_bundle
from router.lsp.text_map import TextMap

_OF_A_BUNDLE: Final = re.compile(rb"(?m)^(?:\xef\xbb\xbf)?(flow|audio|groups|people|hours|lists|tables|country)\s*:")
_OF_A_PBX: Final = re.compile(
    rb"(?m)^(lines|employees|schemes)\s*:"
)  # of the emulator: its file may stand above the flows
_MOST_LOOKED_AT: Final = 256 * 1024  # bytes of a file, to find out what it is
_WITHOUT_FOLDER: Final = 3  # directories that are looked at above a file which is open by itself


@dataclass(slots=True, kw_only=True)
class OpenBundle:
    """A bundle of which a file is open."""

    directory: Path
    disk: dict[str, bytes] = field(default_factory=dict)
    of_files: tuple[Finding, ...] = ()  # what is wrong with the directory itself
    read: ReadBundle | None = None  # None: something changed since
    last: ReadBundle | None = None  # the one before, for names while a file is half-written
    last_sound: ReadBundle | None = None  # the last one that could be published
    defined: dict[str, frozenset[Symbol]] = field(default_factory=dict)  # by file, also of one that cannot be read now
    values: Mapping[str, str] = field(default_factory=dict)  # of its account's configuration, as far as it is known
    told: set[str] = field(default_factory=set)  # files that have findings in the editor
    cache: LoadCache = field(default_factory=LoadCache)  # of the files that did not change since it was read


class Workspace:
    """All open files and their bundles."""

    def __init__(self, folders: Iterable[Path] = (), today: Callable[[], date | None] = lambda: None) -> None:
        self.folders = [folder.resolve() for folder in folders]
        self.bundles: dict[Path, OpenBundle] = {}
        self._texts: dict[Path, str] = {}  # of open files
        self._today = today

    def open(self, path: Path, text: str) -> OpenBundle:
        """A file is shown, or was changed."""
        bundle = self.bundle_of(path)
        if self._texts.get(path) != text:
            self._texts[path] = text
            bundle.read = None
        return bundle

    def close(self, path: Path) -> OpenBundle | None:
        """A file is no longer shown: what stands on the disk counts again."""
        text = self._texts.pop(path, None)
        bundle = self._known(path)
        if bundle is not None and text is not None:
            self.refresh(bundle)
        return bundle

    def refresh(self, bundle: OpenBundle) -> None:
        """Files were saved, made or removed: read the directory again."""
        try:
            bundle.disk, bundle.of_files = look_into(bundle.directory)
        except (RouterError, OSError):
            bundle.disk, bundle.of_files = {}, ()
        bundle.read = None

    def bundle_of(self, path: Path) -> OpenBundle:
        """The bundle that a file belongs to, read from the disk when it is a new one."""
        directory = self._directory_of(path)
        bundle = self.bundles.get(directory)
        if bundle is None:
            bundle = self.bundles[directory] = OpenBundle(directory=directory)
            self.refresh(bundle)
        return bundle

    def _known(self, path: Path) -> OpenBundle | None:
        return next((bundle for directory, bundle in self.bundles.items() if is_part_of(directory, path)), None)

    def _directory_of(self, path: Path) -> Path:
        known = self._known(path)
        if known is not None:
            return known.directory
        top = next((folder for folder in self.folders if path.is_relative_to(folder)), None)
        above = [path.parent, *path.parent.parents]
        above = above[: above.index(top) + 1] if top in above else above[:_WITHOUT_FOLDER]
        above = above[: next((count for count, one in enumerate(above, 1) if is_apart(one)), len(above))]
        return next((directory for directory in reversed(above) if _holds_a_bundle(directory)), path.parent)

    def read(self, bundle: OpenBundle) -> ReadBundle:
        """The bundle as it is now."""
        if bundle.read is None:
            bundle.last = bundle.read = read_bundle(self._files(bundle), self._today(), bundle.cache)
            bundle.cache.forget_unused()
            if bundle.read.bundle is not None:
                bundle.last_sound = bundle.read
            _remember_names(bundle, bundle.read)
        return bundle.read

    def _files(self, bundle: OpenBundle) -> dict[str, bytes]:
        files = dict(bundle.disk)
        for path, text in self._texts.items():
            if is_part_of(bundle.directory, path) and path.name.endswith(SUFFIXES):
                files[path.relative_to(bundle.directory).as_posix()] = text.encode("utf-8", "replace")
        return files

    def shown(self, bundle: OpenBundle) -> list[str]:
        """The files of the bundle that are open."""
        return [
            path.relative_to(bundle.directory).as_posix() for path in self._texts if is_part_of(bundle.directory, path)
        ]

    def text_map(self, bundle: OpenBundle, file: str) -> TextMap:
        """The text of a file as it is shown, else as it stands on the disk."""
        shown = self._texts.get(bundle.directory / file)
        if shown is None:
            shown = (bundle.disk.get(file) or b"").decode("utf-8", "replace")
        return TextMap(shown)


def is_part_of(directory: Path, path: Path) -> bool:
    """Whether a file stands in a bundle's directory, and in none below that is kept apart."""
    if not path.is_relative_to(directory):
        return False
    return not any(is_apart(one) for one in path.parents[: len(path.relative_to(directory).parts) - 1])


def _remember_names(bundle: OpenBundle, read: ReadBundle) -> None:
    """What each file defines; a file that brings no names at the moment keeps those that it had."""
    found: dict[str, set[Symbol]] = {}
    for one in read.occurrences:
        if one.defines:
            found.setdefault(one.mark.file, set()).add(one.symbol)
    kept = {file: names for file, names in bundle.defined.items() if file in read.files}
    bundle.defined = {**kept, **{file: frozenset(names) for file, names in found.items()}}


def _holds_a_bundle(directory: Path) -> bool:
    try:
        files = [file for file in directory.glob("*.yaml") if not file.name.startswith(".")]
        return any(_is_of_a_bundle(_beginning(file)) for file in files)
    except OSError:
        return False


def _is_of_a_bundle(beginning: bytes) -> bool:
    return _OF_A_BUNDLE.search(beginning) is not None and _OF_A_PBX.search(beginning) is None


def _beginning(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_LOOKED_AT)
    except OSError:
        return b""


def path_of(uri: str) -> Path | None:
    """The path of a file: URI; None of any other (a text that was never saved, a file within an archive)."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    return Path(url2pathname(unquote(parts.path)))


def uri_of(path: Path) -> str:
    """The file: URI of a path."""
    return path.as_uri()
