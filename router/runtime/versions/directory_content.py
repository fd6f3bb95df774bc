"""What a bundle's directory holds at one moment, packed and built at most once for all accounts that it belongs to."""

import hashlib
from collections.abc import Callable
from functools import cached_property

from router.errors import RouterError
from router.runtime.versions.publish import Build, Built, Files


class DirectoryContent:
    """The files of a directory; `pack` and `build` are for a `Publisher`."""

    def __init__(
        self, files: Files, pack: Callable[[Files], bytes], build: Build, outcome: Built | RouterError | None = None
    ) -> None:
        self.files = files
        self._pack = pack
        self._build = build
        self._outcome = outcome  # of building `files`, once that is known

    @cached_property
    def packed(self) -> bytes:
        """As the database keeps it."""
        return self._pack(self.files)

    @cached_property
    def digest(self) -> bytes:
        """The same for the same files only."""
        told = hashlib.blake2b(digest_size=16)
        for name, content in sorted(self.files.items()):
            written = name.encode(errors="surrogateescape")
            told.update(b"%d %d " % (len(written), len(content)) + written)
            told.update(content)
        return told.digest()

    def pack(self, files: Files) -> bytes:
        """`packed`, or that of other files."""
        return self.packed if files is self.files else self._pack(files)

    def build(self, files: Files) -> Built:
        """What becomes of these files. Those of the directory are built once, also when that fails."""
        if files is not self.files:  # with the days of the calendar that an account's version keeps
            return self._build(files)
        if self._outcome is None:
            try:
                self._outcome = self._build(files)
            except RouterError as error:
                self._outcome = error
        if isinstance(self._outcome, RouterError):
            raise self._outcome
        return self._outcome
