"""The part of a transaction that writes versions: their content, their images, and the parts that they share."""

from collections.abc import Collection, Hashable, Mapping

import msgspec

from router.runtime.ports import CONTENT, IMAGE, NO_PARTS
from router.runtime.records import ActiveVersion, Origin
from router.runtime.versions.file_manifest import MARK, is_manifest
from router.store import statements
from router.store.retention import Retention
from router.store.statement import Statement, Value


class VersionWrites(Retention):
    """Mixed into the transaction."""

    def _write(self, key: Hashable, statement: Statement, *values: Value) -> None:
        raise NotImplementedError

    def save_serving(self, account: str, serving: ActiveVersion) -> None:
        raise NotImplementedError

    def known_parts(self, account: str, parts: Collection[str]) -> set[str]:
        self._lock_account(account)
        return super().known_parts(account, parts)

    def store_part(self, account: str, part: str, content: bytes) -> None:
        self._write(("part", account, part), statements.STORE_PART, account, part, self.now, content)

    def store_version(
        self,
        account: str,
        version: str,
        content: bytes,
        activate: bool,
        image: bytes = b"",
        parts: Mapping[str, Collection[str]] = NO_PARTS,
    ) -> None:
        self._write(("version", account, version), statements.STORE_VERSION, account, version, content, self.now)
        if is_manifest(content):
            self._adopt(account, version, content)
        if image:
            self._write(("image", account, version), statements.STORE_IMAGE, image, account, version)
            self._write(("leave", account, version), statements.LEAVE_PARTS, account, version, IMAGE)
        for kind, digests in parts.items():
            self._use_parts(account, version, kind, digests)
        if activate:
            self.save_serving(account, ActiveVersion(active=version, paused=self.serving(account).paused))

    def adopt_version(self, account: str, version: str, content: bytes, parts: Collection[str]) -> None:
        self._adopt(account, version, content)
        self._write(("drop", account, version), statements.DROP_IMAGE, account, version)
        self._use_parts(account, version, CONTENT, parts)

    def followed(self, account: str) -> dict[str, float]:
        self._lock_account(account)
        return dict(self._rows(statements.FOLLOWED, account))

    def note_followed(self, account: str, version: str, at: float) -> None:
        self._write(("followed", account, version), statements.NOTE_FOLLOWED, at, account, version)

    def note_version(self, account: str, version: str, note: str) -> None:
        self._write(("note", account, version), statements.NOTE_VERSION, note, account, version)

    def note_origin(self, account: str, version: str, origin: Origin) -> None:
        text = msgspec.json.encode(origin).decode()
        self._write(("origin", account, version), statements.NOTE_ORIGIN, text, account, version)

    def _adopt(self, account: str, version: str, content: bytes) -> None:
        self._write(("adopt", account, version), statements.ADOPT_CONTENT, content, account, version, MARK)

    def _use_parts(self, account: str, version: str, kind: str, parts: Collection[str]) -> None:
        for part in parts:
            self._write(("use", account, version, kind, part), statements.USE_PART, account, version, kind, part)
