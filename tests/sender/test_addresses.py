"""Which addresses are private, against IANA's registries of special-purpose addresses and the standard library."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.sender.public_addresses import is_private

NOT_GLOBAL = [
    "0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.170/32", "192.0.0.171/32", "192.0.2.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
    "::1/128", "::/128", "::/96", "::ffff:0:0/104", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
    "2001::/23", "2001::/32", "2001:2::/48", "2001:10::/28", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7",
    "fe80::/10", "fec0::/10", "ff00::/8", "4000::/3", "e000::/4", "2002:a00::/24", "2002:7f00::/24", "2002:c0a8::/32",
    "64:ff9b::a00:0/104", "64:ff9b::7f00:0/104", "64:ff9b::a9fe:a9fe/128", "::ffff:10.0.0.0/104", "::ffff:127.0.0.1/128",
]  # fmt: skip
"""By the registries "Globally Reachable: False"; multicast, deprecated and unallocated blocks; and what carries one."""

GLOBAL = [
    "1.1.1.1/32", "93.184.216.34/32", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "223.255.255.255/32",
    "172.32.0.0/16", "100.128.0.0/16", "198.20.0.0/16", "2606:2800:220:1::1/128", "2620:4f:8000::/48", "2a00:1450::/32",
    "::ffff:93.184.216.34/128", "64:ff9b::5db8:d822/128", "2002:5db8:d822::/48",
]  # fmt: skip


@pytest.mark.parametrize("block", NOT_GLOBAL)
def test_blocks_that_are_not_global(block: str) -> None:
    network = ip_network(block)
    assert is_private(str(network[0]))
    assert is_private(str(network[-1]))
    assert is_private(str(network[network.num_addresses // 2]))


@pytest.mark.parametrize("block", GLOBAL)
def test_blocks_that_are_global(block: str) -> None:
    network = ip_network(block)
    assert not is_private(str(network[0]))
    assert not is_private(str(network[-1]))


def test_the_link_that_an_address_is_of_does_not_matter() -> None:
    assert is_private("fe80::1%eth0")


CARRIERS = [IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"), IPv6Network("::ffff:0:0/96")]


@given(st.ip_addresses() | st.ip_addresses(v=4) | st.sampled_from([ip_address("64:ff9b::"), ip_address("2002::")]))
def test_what_the_standard_library_calls_private_is(address: IPv4Address | IPv6Address) -> None:
    carries = isinstance(address, IPv6Address) and any(address in carrier for carrier in CARRIERS)
    if not carries and (not address.is_global or address.is_multicast or address.is_reserved):
        assert is_private(str(address))


@given(st.ip_addresses(v=4))
def test_an_address_that_carries_another_is_as_that_one(address: IPv4Address) -> None:
    carriers = (int(IPv6Address("::ffff:0:0")), int(IPv6Address("64:ff9b::")))
    six_to_four = IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)
    for carrier in (*(IPv6Address(start | int(address)) for start in carriers), six_to_four):
        assert is_private(str(carrier)) is is_private(str(address))
