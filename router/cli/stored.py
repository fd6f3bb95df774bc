"""A bundle of the database, for the commands that look back at calls."""

from router.errors import ConfigurationError
from router.files.bundle import unpack
from router.flow.model import Bundle
from router.runtime.ports import Store
from router.runtime.versions.version_bundles import VersionBundles


def stored_bundle(store: Store, account: str, version: str) -> Bundle:
    """A version of the database; raises ConfigurationError when it is not there (any more)."""
    bundle = VersionBundles(store, unpack).get(account, version) if version else None
    if bundle is None:
        raise ConfigurationError(f"the database has no version {version or '(none)'} of {account} that can be loaded")
    return bundle
