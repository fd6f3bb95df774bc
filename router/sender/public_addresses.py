"""Which addresses are the public internet's, by IANA's two registries of special-purpose addresses.

An address that carries another one (mapped, translated by NAT64, 6to4) is what it carries. What is not plainly
global unicast counts as private: in IPv6 that is all but 2000::/3.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

PRIVATE_4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a provider's NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; clouds tell secrets there
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
GLOBAL_6: Final = IPv6Network("2000::/3")
PRIVATE_6: Final = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052; 64:ff9b:1::/48 is for networks' own use


def is_private(address: str) -> bool:
    """Whether an IP address is not one of the public internet, mapped and translated forms included."""
    found = ip_address(address)
    if isinstance(found, IPv6Address) and (carried := _carried(found)) is not None:
        found = carried
    if isinstance(found, IPv4Address):
        return _is_within(found, PRIVATE_4)
    return found not in GLOBAL_6 or _is_within(found, PRIVATE_6)


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_within(address: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)
