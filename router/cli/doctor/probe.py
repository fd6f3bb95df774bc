"""One HTTP request for a check: its answer, or in a sentence why there is none. Nothing is repeated or redirected."""

import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import msgspec
import urllib3

from router.config.settings import AccountSettings
from router.protocol.envelope import encode_form
from router.sender.command_sender import NeverConnectedError, connecting_pools
from router.sender.pools import read_body
from router.sender.transport_faults import SPEAKS_TLS, text_of_fault

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 4.0
NAME_SECONDS: Final = 2.0
MOST_BYTES: Final = 1024 * 1024
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "ivr-doctor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a request."""

    fault: str = ""  # why there is no answer, "" when there is one
    status: int = 0
    body: bytes | None = b""  # None when it broke off, or was longer than any answer
    headers: Mapping[str, str] = field(default_factory=dict)

    def said(self, name: str) -> object:
        """A field of a JSON answer, None when there is none."""
        try:
            told = msgspec.json.decode(self.body or b"")
        except (msgspec.DecodeError, RecursionError):
            return None
        return told.get(name) if isinstance(told, dict) else None

    @property
    def code(self) -> int:
        """The document's code, 0 when there is none."""
        found = self.said("code")
        return found if isinstance(found, int) else 0


class Prober:
    """Requests that share connections; of one thread at a time."""

    def __init__(self) -> None:
        self._pools = connecting_pools()

    def post(self, url: str, account: AccountSettings) -> Heard:
        """A signed request with nothing in it."""
        return self._ask("POST", url, encode_form(account.api_key, account.api_salt, {}), FORM)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Heard:
        return self._ask("GET", url, None, headers or {})

    def _ask(self, verb: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Heard:
        until = monotonic() + ANSWER_SECONDS
        if not is_address(url):
            return Heard(fault="that is no address: write http:// or https://, a host, and a port below 65536")
        try:
            if why := _unknown_name(url):
                return Heard(fault=why)
            response = self._pools.request(
                verb, url, body=body, headers=headers, retries=False, redirect=False, preload_content=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
            )  # fmt: skip
        except NeverConnectedError as error:
            return Heard(fault=str(error))
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return Heard(fault=_fault(error, url))
        content = read_body(response, MOST_BYTES, until)
        return Heard(status=response.status, body=content, headers=dict(response.headers))


def _fault(error: Exception, url: str) -> str:
    """Why there is no answer. A TLS server that gets plain text often just hangs up."""
    parts = urlsplit(url)
    if parts.scheme == "http" and _begins_tls(parts.hostname or "", parts.port or 80):
        return SPEAKS_TLS
    return text_of_fault(error)


def is_address(url: str) -> bool:
    """Whether it can be asked at all."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        return False


def _begins_tls(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), timeout=1.0) as plain, context.wrap_socket(plain):
            return True
    except (OSError, ValueError):
        return False


def _unknown_name(url: str) -> str:
    """Why the host's name means no address; "" when it does. A name server may be away for half a minute."""
    host = urlsplit(url).hostname or ""
    found: list[Exception | None] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.append(None)
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(NAME_SECONDS)
    if not found:
        return f"the name {host} cannot be looked up: no name server answers"
    return f"{host}: {text_of_fault(found[0])}" if found[0] is not None else ""
