"""A draft as the language service sees it: files of the database, in a directory that is on no disk."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from router.lsp.workspace import OpenBundle, Workspace, uri_of

ROOT: Final = Path("/draft")


class DraftSpace(Workspace):
    """One draft; its files are `file:///draft/NAME` to an editor."""

    def __init__(self, files: Mapping[str, bytes], today: Callable[[], date | None]) -> None:
        super().__init__(today=today)
        self._saved = dict(files)
        self.draft = self.bundle_of(ROOT / "main.yaml")

    def save(self, files: Mapping[str, bytes]) -> None:
        """Another revision."""
        self._saved = dict(files)
        self.refresh(self.draft)

    def refresh(self, bundle: OpenBundle) -> None:
        bundle.disk, bundle.of_files = dict(self._saved), ()
        bundle.read = None

    def _directory_of(self, path: Path) -> Path:
        return ROOT


def uri_in_draft(file: str) -> str:
    return uri_of(ROOT / file)
