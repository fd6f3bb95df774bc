"""Who sent a request: the peer of the connection, or, behind proxies that we trust, the address that they vouch for.

X-Forwarded-For grows at its right end, one entry for each proxy. Only entries written by a trusted proxy mean anything,
so it is read from the right and the first address that is not a trusted proxy is the sender; whatever stands further
left was written by the sender.
"""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from router.config.settings import Networks

Address = IPv4Address | IPv6Address


def sender_of(peer: str, forwarded_for: str, trusted: Networks) -> Address | None:
    """The sender's address; None when it is unknown, which no list admits."""
    sender = read_address(peer)
    for entry in reversed(forwarded_for.split(",") if forwarded_for else []):
        if sender is None or not is_within(sender, trusted):
            break
        sender = read_address(entry)
    return sender


def read_address(text: str) -> Address | None:
    """An address as proxies write it: bare, with a port, or IPv4 mapped into IPv6; None for anything else."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_within(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def gate(allowed: Networks | None, trusted: Networks) -> Callable[[str, str], bool]:
    """A check of (peer, X-Forwarded-For) against the allowed networks. Few senders come often, so it remembers."""
    if allowed is None:
        return lambda _peer, _forwarded_for: True

    @lru_cache(maxsize=1024)
    def is_allowed(peer: str, forwarded_for: str) -> bool:
        sender = sender_of(peer, forwarded_for, trusted)
        return sender is not None and is_within(sender, allowed)

    return is_allowed
