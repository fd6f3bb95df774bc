"""How the value of a setting is read from text. Each function raises ValueError with what it wants instead.

Units are made explicit here, once: durations become seconds, sizes bytes.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

from router.flow.durations import parse_duration
from router.flow.resources.time_zones import is_timezone
from router.protocol.webhook_sign import read_secret, receiver_of

BYTES: Final[Mapping[str, int]] = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
FLAGS: Final[Mapping[str, bool]] = {
    "1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False,
}  # fmt: skip

ROLES: Final = ("viewer", "operator", "author", "admin")  # those of `runtime.administration.roles`

_size = re.compile(r"([0-9]+)\s*(|KiB|MiB|GiB)").fullmatch
_rate = re.compile(r"([1-9][0-9]{0,5})\s*/\s*(.+)").fullmatch
_prefix = re.compile(r"[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*").fullmatch


_origin = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:[1-9][0-9]{0,4})?").fullmatch


def joined(value: Any) -> str:
    """A list of the file as it would stand in a variable."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


LEAST_TOKEN: Final = 24  # characters
_visible: Final = re.compile(r"[!-~]*").fullmatch


def text(value: str) -> str:
    if not value:
        raise ValueError("it is empty")
    return value


def optional_text(value: str) -> str:
    return value


def token(value: str) -> str:
    """A bearer token that is too long to guess, or nothing."""
    if value and len(value) < LEAST_TOKEN:
        raise ValueError(f"it has {len(value)} characters, and guessing it is easy: `ivr token` makes one")
    if not _visible(value):
        raise ValueError("a token is letters, digits and signs, without blanks: `ivr token` makes one")
    return value


def flag(value: str) -> bool:
    if value.lower() not in FLAGS:
        raise ValueError("write 1 or 0")
    return FLAGS[value.lower()]


def timezone(value: str) -> str:
    """A zone's name as the tz database has it."""
    if not is_timezone(value):
        raise ValueError("write a time zone's name, such as Europe/Moscow or Asia/Yekaterinburg")
    return value


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser that takes nothing but these."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"write {' or '.join(choices)}")
        return value

    return parse


def share(value: str) -> float:
    """A part of one: 0 < share <= 1."""
    wanted = "write a number above 0 and at most 1, such as 0.5"
    try:
        number = float(value)
    except ValueError:
        raise ValueError(wanted) from None
    if not 0.001 <= number <= 1:  # a thousandth: one route in half an hour; false for NaN too
        raise ValueError(wanted)
    return number


def duration(value: str) -> float:
    """Seconds, of `300ms`, `10s`, `1m30s`, `4h` or `30d`."""
    seconds = parse_duration(value)
    if not seconds:
        raise ValueError("write a number with its unit, such as 300ms, 10s, 5m, 4h or 30d")
    return seconds


def duration_or_never(value: str) -> float | None:
    if value == "never":
        return None
    try:
        return duration(value)
    except ValueError as error:
        raise ValueError(f"{error}, or never") from None


def milliseconds(value: str) -> float:
    """Seconds, of a whole number of milliseconds up to a minute."""
    if not (value.isascii() and value.isdigit() and int(value) <= 60_000):
        raise ValueError("write milliseconds as a whole number from 0 to 60000")
    return int(value) / 1000


def byte_size(value: str) -> int:
    """Bytes, of `1048576`, `512KiB` or `1MiB`; at least 4 KiB, since no event may be too large for it; a
    worker has to hold two of them in memory."""
    match = _size(value)
    if match is None or len(match[1]) > 12 or not 4096 <= int(match[1]) * BYTES[match[2]] <= 1 << 30:
        raise ValueError("write a size between 4KiB and 1024MiB, such as 1MiB or 1048576")
    return int(match[1]) * BYTES[match[2]]


def rate(value: str) -> tuple[int, float]:
    """(count, seconds) of `1/2s` or `10/1s`."""
    match = _rate(value)
    if match is None:
        raise ValueError("write requests per time, such as 1/2s")
    return int(match[1]), duration(match[2])


def origins(value: str) -> tuple[str, ...]:
    """Origins of web pages, as browsers write them, separated by spaces or commas."""
    found = value.replace(",", " ").split()
    for part in found:
        if not _origin(part):
            raise ValueError(
                f"{part!r} is no origin: write scheme, host and port as a browser does, in small letters, without a"
                " path, such as https://wall.example.org"
            )
    return tuple(found)


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks, separated by spaces or commas."""
    found = []
    for part in value.replace(",", " ").split():
        try:
            found.append(ip_network(part))
        except ValueError:
            raise ValueError(f"{part!r} is neither an IP address nor a network such as 10.0.0.0/8") from None
    return tuple(found)


def networks_or_any(value: str) -> tuple[IPv4Network | IPv6Network, ...] | None:
    """None for `any`."""
    if value == "any":
        return None
    found = networks(value)
    if not found:
        raise ValueError("write addresses, or any; nobody could send anything")
    return found


def url(value: str) -> str:
    """An http or https URL, with a slash at its end."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("write a URL such as https://app.mango-office.ru/vpbx/")
    return value if value.endswith("/") else value + "/"


def issuer(value: str) -> str:
    """An OpenID Connect provider, as it names itself to the letter; nothing for none."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("write the provider's issuer, such as https://id.example.org/realms/office")
    return value


def roles_of_groups(value: str) -> tuple[tuple[str, str], ...]:
    """GROUP=ROLE, separated by commas."""
    found = []
    for part in filter(None, (one.strip() for one in value.split(","))):
        group, _, role = (side.strip() for side in part.rpartition("="))
        if not group or role not in ROLES:
            raise ValueError(f"{part!r} gives no role: write GROUP=ROLE with a role of {', '.join(ROLES)}")
        found.append((group, role))
    return tuple(found)


def receiver_url(value: str) -> str:
    """The address of a receiver of notifications, or the beginning of several."""
    parts = urlsplit(value)
    if not receiver_of(value) or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("write a URL without a query, such as https://crm.example/hooks")
    return value


def webhook_secret(value: str) -> str:
    read_secret(value)
    return value


def optional_webhook_secret(value: str) -> str:
    return webhook_secret(value) if value else ""


def database_url(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("write sqlite:///PATH or postgresql://USER@HOST/NAME")
    return value


def host_and_port(value: str) -> str:
    """What gunicorn binds: HOST:PORT, [IPv6]:PORT, or unix:PATH."""
    host, _, port = value.rpartition(":")
    if value.startswith("unix:") and len(value) > 5:
        return value
    if not host or not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError("write HOST:PORT, such as 127.0.0.1:8080")
    return value


def path_prefix(value: str) -> str:
    """A path without its outer slashes; empty for none."""
    stripped = value.strip("/")
    if stripped and not _prefix(stripped):
        raise ValueError("write a plain path such as /mango")
    return stripped
