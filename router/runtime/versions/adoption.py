"""Versions that an older program has stored in one become parts, beside the traffic, once after an upgrade.

Their files stay as they are, byte for byte, and so does their name. An image that the older program made is of no use
to this one, and goes; what callers get has one made anew, so that a worker need not read it from its files whenever it
starts.
"""

import threading
from collections.abc import Callable
from typing import Final

from router.errors import ConfigurationError
from router.flow.bundle_image import IMAGE_HEAD
from router.logs import get_logger
from router.runtime.ports import Store
from router.runtime.versions.file_manifest import Fetch, file_pieces, is_manifest
from router.runtime.versions.publish import Files
from router.runtime.versions.stored_pieces import store_pieces

REST_SECONDS: Final = 0.05
"""Between two versions: nothing waits for the next one."""

log = get_logger()


def adopt_versions(
    store: Store, unpack: Callable[[bytes, Fetch], Files], pack: Callable[[Files], bytes], stop: threading.Event
) -> int:
    """Answers how many there were. Raises StoreUnavailable."""
    adopted = 0
    for account, version in store.unadopted_versions():
        if stop.wait(REST_SECONDS):
            break
        adopted += _adopted(store, account, version, unpack, pack)
    if adopted:
        log.info("versions of an older program share their parts now", versions=adopted)
    return adopted


def without_image(store: Store) -> list[tuple[str, str]]:
    """(account, version) of what new calls get and has no image that this program opens. What stands in a directory had
    one made when that was published or found so: this is what was rolled back to, or came from elsewhere."""
    served = {(name, version) for name, row in store.active_versions().items() for version in (row.version, row.canary)}
    rows = store.stored_versions(len(IMAGE_HEAD))
    return [
        (row.account, row.version)
        for row in rows
        if (row.account, row.version) in served and row.image_head != IMAGE_HEAD
    ]


def _adopted(
    store: Store,
    account: str,
    version: str,
    unpack: Callable[[bytes, Fetch], Files],
    pack: Callable[[Files], bytes],
) -> bool:
    content = store.version_content(account, version)
    if content is None:
        return False
    try:
        files = unpack(content, lambda _: {})
    except ConfigurationError as error:  # it stays as it is
        log.warning("a stored version cannot be read", account=account, version=version, error=error.message)
        return False
    packed = pack(files)
    if not is_manifest(packed):
        return False
    pieces = file_pieces(files)
    store_pieces(store, account, pieces)
    with store.transaction() as tx:
        if tx.known_parts(account, pieces.keys()) >= pieces.keys():
            tx.adopt_version(account, version, packed, pieces.keys())
    return True
