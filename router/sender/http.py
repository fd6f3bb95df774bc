"""Sending one signed command, and telling exactly what is known of it afterwards.

Only one question decides whether a command may be sent again: can the PBX have seen it? So the one place where a
connection is made raises an error of its own, and every failure outside of it counts as "perhaps". What always holds:

- `not_sent` means that no byte of the request left; a time-out, a reset, or a kept-alive connection that the PBX had
  closed is `unclear`;
- nothing is retried, redirected or cached here, and a request that could not start in time does not start;
- keys and salts are in no log, error or repr.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import msgspec
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from router.errors import ConfigurationError
from router.protocol.codes import is_success
from router.protocol.envelope import encode_form
from router.runtime.dispatch import REQUEST_SECONDS, START_SECONDS
from router.runtime.ports import Answer

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 5.0
MAX_ANSWER_BYTES: Final = 64 * 1024
KEPT_ALIVE: Final = 16  # connections to one host
HOSTS: Final = 64
HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "ivr-router"}


LARGEST_CODE: Final = 1_000_000  # the document's codes have four digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where an account's commands go, and what signs them."""

    url: str  # ends with a slash: commands go to <url>commands/...
    api_key: str = field(repr=False)
    salt: str = field(repr=False)


class HttpSender:
    """`runtime.ports.Sender` over HTTP. Thread-safe; a forked child makes connections of its own."""

    def __init__(
        self,
        peers: Mapping[str, Peer],
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        if connect_seconds + read_seconds > REQUEST_SECONDS - START_SECONDS:
            raise ConfigurationError(
                f"a request may take {REQUEST_SECONDS - START_SECONDS:g} s, to connect and to be answered together"
            )
        self._peers = peers
        self._timeout = urllib3.Timeout(connect=connect_seconds, read=read_seconds)
        self._read_seconds = read_seconds
        self._pools = _ProcessPools()

    def send(self, account: str, command: str, params: Mapping[str, Any]) -> Answer:
        """POST `params`, signed, to `<url>commands/<command>` (§3.2). Never raises for what the network does."""
        peer = self._peers[account]
        body = encode_form(peer.api_key, peer.salt, params)
        try:
            response = self._pools.here().request(
                "POST",
                f"{peer.url}commands/{command}",
                body=body,
                headers=HEADERS,
                timeout=self._timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except NeverConnectedError as error:
            return Answer(kind="not_sent", body=str(error))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return Answer(kind="unclear", body=type(error).__name__)
        return classify(response.status, self._read(response))

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes | None:
        """The answer's body, None when it did not come whole, in time and of a bearable size."""
        until = monotonic() + self._read_seconds
        body = bytearray()
        try:
            while chunk := response.read1(MAX_ANSWER_BYTES):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES or monotonic() > until:
                    response.close()
                    return None
        except (urllib3.exceptions.HTTPError, OSError):
            response.close()
            return None
        response.release_conn()
        return bytes(body)


def classify(status: int, body: bytes | None) -> Answer:
    """What an HTTP answer says (§1.4, §3.2; PROTOCOL.md B and C). `body` is None when it broke off."""
    code = _code(body or b"")
    text = (body or b"")[:MAX_ANSWER_BYTES].decode(errors="replace")
    return Answer(kind=_kind(status, code, whole=body is not None), status=status, code=code, body=text)


_KINDS: Final[Mapping[int, str]] = {401: "banned", 429: "limited", 503: "limited"}


def _kind(status: int, code: int, *, whole: bool) -> str:
    if status in _KINDS:
        return _KINDS[status]
    if status >= 500:
        return "unclear"
    if status >= 300:
        return "refused"
    if not whole:
        return "unclear"
    return "accepted" if code == 0 or is_success(code) else "refused"


def _code(body: bytes) -> int:
    """The code that an answer carries, as `result` or as `code`, as a number or as text; 0 when there is none."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return 0
    found = (answer.get("result") or answer.get("code")) if isinstance(answer, dict) else None
    try:
        code = int(found or 0)
    except (TypeError, ValueError, OverflowError):
        return 0
    return code if 0 <= code < LARGEST_CODE else 0


class NeverConnectedError(Exception):
    """No connection came about, so nothing of the request left."""


class _Connecting(HTTPConnection):
    """Tells a failure to connect from every later one, and bounds it as a whole: a name server, several addresses and
    a TLS handshake each have time-outs of their own, and a request must not start when its slot may be another's."""

    def connect(self) -> None:
        begun = monotonic()
        try:
            super().connect()
        except Exception as error:
            raise NeverConnectedError(_plain(error)) from error
        if isinstance(self.timeout, (int, float)) and monotonic() - begun > self.timeout:
            self.close()
            raise NeverConnectedError("connecting took too long")


class _ConnectingSecurely(_Connecting, HTTPSConnection):
    """The same over TLS; the handshake is part of connecting."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connecting


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _ConnectingSecurely


class _ProcessPools:
    """The connection pools of whichever process asks; sockets that were open at a fork stay the parent's."""

    def __init__(self) -> None:
        self._of: tuple[int, urllib3.PoolManager] | None = None

    def here(self) -> urllib3.PoolManager:
        if self._of is None or self._of[0] != os.getpid():
            self._of = (os.getpid(), _pools())
        return self._of[1]


def _pools() -> urllib3.PoolManager:
    pools = urllib3.PoolManager(
        num_pools=HOSTS,
        maxsize=KEPT_ALIVE,
        cert_reqs="CERT_REQUIRED",
        ssl_minimum_version=ssl.TLSVersion.TLSv1_2,  # the only one they take (PROTOCOL.md, C)
    )
    pools.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return pools


def _plain(error: Exception) -> str:
    """The cause without addresses or object reprs, for people."""
    return f"cannot connect ({type(error).__name__})"
