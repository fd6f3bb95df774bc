"""What the database knows of the versions of all accounts, from one query: enough to see that nothing is new.

A process that starts looks at each account's directory. Asked for one account after the other, the database of 5,000
accounts takes half a minute to say that all of them were published before.
"""

from collections.abc import Sequence

from router.flow.bundle_image import IMAGE_HEAD
from router.runtime.ports import Store
from router.runtime.records import StoredVersion
from router.runtime.versions.publish import Seen, latest


class KnownVersions:
    """As they were when this was made. What was activated once stays so, so what is found here stays true."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._active = {account: row.version for account, row in store.active_versions().items()}
        self._versions: dict[str, dict[str, StoredVersion]] = {}
        for row in store.stored_versions(len(IMAGE_HEAD)):
            self._versions.setdefault(row.account, {})[row.version] = row

    def version_of(self, accounts: Sequence[str], content: bytes) -> str | None:
        """The version that any of these accounts, which have one directory, has with exactly this content.

        Accounts with the same active version mostly have the same ones before it, so one of them is asked.
        """
        asked = {self._active.get(account, ""): account for account in accounts if account in self._versions}
        found = (self._store.version_of(account, content) for account in asked.values())
        return next((version for version in found if version is not None), None)

    def seen(self, account: str, version: str | None) -> Seen | None:
        """That a directory has a version that was active once, and that this program opens; None when not."""
        versions = self._versions.get(account, {})
        row = versions.get(version or "")
        if row is None or not row.was_active or row.image_head != IMAGE_HEAD:
            return None
        followed = {known.version: known.followed for known in versions.values() if known.followed}
        return Seen(version=row.version, at=followed.get(row.version, latest(followed)))
