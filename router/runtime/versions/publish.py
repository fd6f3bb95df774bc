"""Publishing a bundle: checked whole, stored whole, active at one commit, or refused whole.

A version is the hash of its content, so publishing what is already stored only activates it again. At start-up only
content that was never published is activated: a restart does not undo a rollback.

While the router runs, what changes in a directory is published, also when it changes back. Every worker of every host
watches its own copy, and all of them see a change, at different times: a slow one must not publish again what was
has rolled back meanwhile. So a directory's changes are written down with their instants (`followed`), and a process
knows up to which of them its copy had come (`Seen`). A change to content that was followed later than that is a copy
that arrives late, and changes nothing; any other one is a decision, and is published.

While a canary runs a watched directory is written down like that, and held: to publish it would end the canary, which
is more than the one who saves a file has decided. It is not published by itself afterwards either. The canary may have
ended at night because it did worse, and the files may be made of it; or all callers have it, and the files lack it.

Checking a large bundle takes a second of a processor. `Build` may do it in another process; what it gives is stored
beside the files as an image, which every worker opens in a moment (`flow.bundle_image`), so no call waits for a
publication. What is large of both is stored in parts, once for all versions that have it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from router.errors import BundleRefused, ConfigurationError
from router.flow.account_needs import UNKNOWN_ACCOUNT, AccountFacts, unmet
from router.flow.bundle_image import calendars_of, is_current, pack_image
from router.flow.findings import Finding
from router.flow.image_parts import Buffer
from router.flow.load_cache import LoadCache
from router.flow.loader import load
from router.flow.model import Need
from router.flow.resources.holiday_calendar import with_calendars
from router.logs import get_logger
from router.runtime.administration.audit import CANARY, PROMOTE, PUBLISH, ROLLBACK, THE_ROUTER, Actor, note
from router.runtime.ports import CONTENT, IMAGE, Store, Transaction
from router.runtime.records import ActiveVersion
from router.runtime.versions.file_manifest import file_pieces, is_manifest, named_pieces
from router.runtime.versions.publication import NO_WARNINGS, Publication, Warnings, warnings_of
from router.runtime.versions.stored_pieces import store_pieces

log = get_logger()

Files = Mapping[str, bytes]

ATTEMPTS: Final = 3  # at storing parts of which some are forgotten in the same moment
BETWEEN_SECONDS: Final = 0.001  # two changes that a directory followed are never of one instant


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bundle's files."""

    version: str  # "" when a finding is an error
    image: bytes  # of the bundle, for `open_image`
    parts: dict[str, bytes] = {}  # that the image refers to, by digest
    errors: tuple[Finding, ...] = ()  # and what else was found, when the bundle is refused
    warnings: Warnings = NO_WARNINGS  # otherwise
    needs: tuple[Need, ...] = ()  # of the account that publishes it


Build = Callable[[Files], Built]


def build(files: Files, cache: LoadCache | None = None) -> Built:
    """Check the files and make their image, here and now; a `cache` has what is known of files that did not change."""
    loaded = load(files, cache=cache)
    if loaded.bundle is None:
        return Built(version="", image=b"", errors=loaded.findings)
    parts: dict[str, bytes] = {}
    image = pack_image(loaded.bundle, parts, loaded.kept)
    warnings, needs = warnings_of(loaded.findings), loaded.bundle.needs
    return Built(version=loaded.bundle.version, image=image, parts=parts, warnings=warnings, needs=needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a process last saw in a directory."""

    version: str  # "" when it could not be read as a bundle
    at: float  # the latest of the followed changes that this content is, or comes after


class Publisher:
    """Puts bundles into the database and makes them active."""

    def __init__(
        self,
        store: Store,
        pack: Callable[[Files], bytes],
        build: Build = build,
        facts_of: Callable[[str], AccountFacts] = lambda _account: UNKNOWN_ACCOUNT,
        stored: Callable[[str, str, int], object] = lambda *_: None,
    ) -> None:
        """`stored` is told of each version before it may become active: account, version, and how many bytes of parts
        nothing had before."""
        self._store = store
        self._pack = pack
        self._build = build
        self._facts_of = facts_of
        self._stored_version = stored

    def publish(self, account: str, files: Files, share: float = 1.0, by: Actor = THE_ROUTER) -> Publication:
        """Check and store the files and make them active, or with a `share` below 1 a canary for that share of the
        callers. Raises BundleRefused with all findings."""
        built = self._store_built(account, files, self._pack(files))
        return replace(self.activate(account, built.version, share, by, PUBLISH), warnings=built.warnings)

    def renew(self, account: str, files: Files) -> None:
        """Make the image of a stored version anew: another program made the one that is there. Raises BundleRefused
        when this program cannot read its files any more."""
        self._store_built(account, files, self._pack(files))

    def activate(
        self, account: str, version: str, share: float = 1.0, by: Actor = THE_ROUTER, action: str = ""
    ) -> Publication:
        """Give new calls a stored version: all of them, which ends a canary, or a share, which begins one (also a
        rollback). Raises ConfigurationError when there is nothing to compare a canary with. `action` is what the audit
        calls it, when that does not follow from what was there."""
        with self._store.transaction() as tx:
            before = tx.serving(account)
            if share < 1 and before.active in (None, version):
                compared = "nothing is active" if before.active is None else f"{version} is the active version"
                raise ConfigurationError(f"a canary is another version beside the active one, and {compared}")
            serving = ActiveVersion(active=version, paused=before.paused)
            if share < 1:
                serving = msgspec.structs.replace(before, canary=version, share=share, since=tx.now)
            tx.save_serving(account, serving)
            tx.note_version(account, version, "")
            _note(tx, by, action or _action(before, serving), account, version, before, serving)
        return Publication(version=version, replaced=before.active or "")

    def publish_new(self, account: str, files: Files) -> tuple[Publication, Seen]:
        """The same for content that was never active: what a process does when it starts.

        Other content is left as it is, but for an image that this program cannot open: that is made anew. What is
        stored already byte for byte is not even read.
        """
        built = self._stored(account, files)
        version = built.version
        with self._store.transaction() as tx:
            followed, before = tx.followed(account), tx.serving(account)
            held = bool(before.canary) and version in followed  # also when a worker died and another one starts
            if held or self._was_active(account, version):
                seen = Seen(version=version, at=followed.get(version, latest(followed)))
                return Publication(version=version, changed=False), seen
            seen = self._follow(tx, account, version, followed)
        return Publication(version=version, replaced=before.active or "", warnings=built.warnings), seen

    def follow(self, account: str, files: Files, seen: Seen) -> tuple[Publication, Seen]:
        """The same for a directory that has changed since it was `seen`; while a canary runs nothing is published."""
        built = self._stored(account, files)
        version = built.version
        unchanged = Publication(version=version, changed=False)
        if version == seen.version:
            return unchanged, seen
        with self._store.transaction() as tx:
            followed, before = tx.followed(account), tx.serving(account)
            if followed.get(version, 0.0) > seen.at:
                if version == before.active:
                    return unchanged, Seen(version=version, at=latest(followed))
                told = self._was_active(account, version)  # what is held was told by the process that saw it first
                return replace(unchanged, followed=told), Seen(version=version, at=followed[version])
            was_active = self._was_active(account, version)
            if before.canary and version != before.active:
                held = replace(unchanged, held=True, canary=before.canary)
                return held, self._note_followed(tx, account, version, followed)
            now_seen = self._follow(tx, account, version, followed)
        if version == before.active:
            return unchanged, now_seen
        warnings = built.warnings if built.warnings.count else self._build(files).warnings
        published = Publication(version=version, replaced=before.active or "", put_back=was_active, warnings=warnings)
        return published, now_seen

    @staticmethod
    def _note_followed(tx: Transaction, account: str, version: str, followed: Mapping[str, float]) -> Seen:
        at = max(tx.now, latest(followed) + BETWEEN_SECONDS)
        tx.note_followed(account, version, at)
        return Seen(version=version, at=at)

    def _follow(self, tx: Transaction, account: str, version: str, followed: Mapping[str, float]) -> Seen:
        """A directory's content becomes the active version; a canary of another one ends."""
        seen = self._note_followed(tx, account, version, followed)
        before = tx.serving(account)
        if before.active != version:
            serving = ActiveVersion(active=version, paused=before.paused)
            tx.save_serving(account, serving)
            tx.note_version(account, version, "")
            by = msgspec.structs.replace(THE_ROUTER, reason="the account's directory has this content")
            _note(tx, by, PUBLISH, account, version, before, serving)
        return seen

    def _stored(self, account: str, files: Files) -> Built:
        """The version of the files, which is stored then; without findings and image when it was stored already."""
        content = self._pack(files)
        version = self._store.version_of(account, content)
        if version is None or not self._can_open(account, version):
            return self._store_built(account, files, content)
        return Built(version=version, image=b"")

    def _store_built(self, account: str, files: Files, content: bytes) -> Built:
        """Store the large part by itself: the commit that counts is small, and delays no event."""
        built = self._built(account, files)
        found = built.errors or unmet(built.needs, self._facts_of(account), files)
        if found:
            errors = sum(finding.severity == "error" for finding in found)
            counted = "1 error" if errors == 1 else f"{errors} errors"
            raise BundleRefused(f"the bundle has {counted}; nothing was published", found)
        of_files: dict[str, Buffer] = dict(file_pieces(files)) if is_manifest(content) else {}
        needed = {CONTENT: of_files, IMAGE: _pieces(built.parts)}
        pieces = needed[CONTENT] | needed[IMAGE]
        new_bytes = 0
        for _ in range(ATTEMPTS):
            new_bytes += store_pieces(self._store, account, pieces)
            with self._store.transaction() as tx:
                if tx.known_parts(account, pieces.keys()) >= pieces.keys():  # none has gone meanwhile
                    tx.store_version(account, built.version, content, activate=False, image=built.image, parts=needed)
                    break
        else:
            raise ConfigurationError("the parts of the bundle go as they come; is a purge of everything running?")
        self._stored_version(account, built.version, new_bytes)
        return built

    def _built(self, account: str, files: Files) -> Built:
        """A version that is stored already keeps the days of its holidays' calendar, whatever the library says."""
        built = self._build(files)
        kept = calendars_of(self._store.version_image(account, built.version)) if built.version else {}
        if not kept or kept == calendars_of(built.image):
            return built
        return self._build(with_calendars(files, kept))

    def _can_open(self, account: str, version: str) -> bool:
        return is_current(self._store.version_image(account, version))

    def _was_active(self, account: str, version: str) -> bool:
        return any(row["version"] == version and row["activated"] is not None for row in self._store.versions(account))


def _pieces(parts: Mapping[str, bytes]) -> dict[str, Buffer]:
    return {digest: piece for content in parts.values() for digest, piece in named_pieces(content).items()}


def latest(followed: Mapping[str, float]) -> float:
    """The last of the followed changes; 0.0 when there was none."""
    return max(followed.values(), default=0.0)


def _action(before: ActiveVersion, serving: ActiveVersion) -> str:
    """What the audit calls it to give new calls a stored version."""
    if serving.canary:
        return CANARY
    return PROMOTE if serving.active == before.canary else ROLLBACK


def _note(
    tx: Transaction, by: Actor, action: str, account: str, version: str, before: ActiveVersion, serving: ActiveVersion
) -> None:
    """With what of it has changed."""
    pairs = {name: [getattr(before, name), getattr(serving, name)] for name in ("active", "canary", "share")}
    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    note(tx, by, action, account=account, subject=version, **changes)
