"""Who receives what flows tell by `notify`, and the secrets that sign it.

A receiver that the configuration names has secrets of its own, two while they are rotated. Any other one has a secret
that is derived from the account's salt and its own scheme, host and port: it tells nothing of the salt, and is nobody
else's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from router.protocol.webhook_sign import derived_secret, receiver_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """An entry of an account's `receivers`."""

    name: str
    url: str  # what is sent to addresses that begin with it is signed by these
    secrets: tuple[str, ...] = field(repr=False)  # the newest first

    def takes(self, url: str) -> bool:
        """Whether an address lies at or below the receiver's."""
        mine, other = urlsplit(self.url), urlsplit(url)
        if receiver_of(self.url) != receiver_of(url):
            return False
        path = mine.path.rstrip("/")
        return other.path == path or other.path.startswith(f"{path}/")


def secrets_for(url: str, receivers: Iterable[Receiver], salts: Sequence[str]) -> tuple[str, ...]:
    """The secrets that sign what is sent to an address: those of the receiver that is named for it most exactly."""
    taking = [receiver for receiver in receivers if receiver.takes(url)]
    if taking:
        return max(taking, key=lambda receiver: len(receiver.url)).secrets
    return tuple(derived_secret(salt, receiver_of(url)) for salt in salts)
