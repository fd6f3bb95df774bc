"""Sending one signed command, and telling exactly what is known of it afterwards.

Only one question decides whether a command may be sent again: can the PBX have seen it? So the one place where a
connection is made raises an error of its own, and every failure outside of it counts as "perhaps". What always holds:

- `not_sent` means that no byte of the request left; a time-out, a reset, or a kept-alive connection that the PBX had
  closed is `unclear`;
- nothing is retried, redirected or cached here, and a request that could not start in time does not start;
- keys and salts are in no log, error or repr.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import msgspec
import urllib3
from urllib3.connection import HTTPSConnection

from router.catalogue.methods import CONTACT_CENTRE, METHODS, PBX
from router.errors import ConfigurationError
from router.protocol.codes import is_success
from router.protocol.envelope import encode_form
from router.protocol.sign import salt_name
from router.runtime.outbound_ports import Answer, Departure
from router.runtime.outbox.claims import LATE_SECONDS, REQUEST_SECONDS
from router.runtime.outbox.outcomes import WRONG_SIGN
from router.sender.answer_reasons import why_odd, why_unanswered, why_unconnected
from router.sender.deadline import Deadline, TimedConnection
from router.sender.pools import ProcessPools, make_pools, read_body
from router.sender.timed_request import TooLateError, board, flight_of_this_thread
from router.sender.transport_faults import text_of_fault

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 5.0
MAX_ANSWER_BYTES: Final = 64 * 1024
MAX_TOLD_BYTES: Final = 256 * 1024  # of a query's answer
MAX_REPORT_BYTES: Final = 32 * 1024 * 1024  # of statistics: a month of a large company
HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "ivr-router"}
LARGEST_CODE: Final = 1_000_000  # the document's codes have four digits
OVER_LIMIT: Final = 5008  # the contact centre's word for it, with HTTP 200 (§1.4.2, §4.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where an account's requests go, and what signs them. URLs end with a slash."""

    url: str  # of the PBX: commands go to <url>commands/...
    cc_url: str = ""  # of the contact centre
    api_key: str = field(repr=False)
    salt: str = field(repr=False)
    other_salt: str = field(repr=False, default="")  # tried when the PBX refuses the sign of the first

    def base(self, api: str) -> str:
        """The URL of one of the two APIs."""
        return self.cc_url if api == CONTACT_CENTRE else self.url


class HttpSender:
    """`runtime.ports.Sender` and `Queries` over HTTP. Thread-safe; a forked child makes connections of its own."""

    def __init__(
        self,
        peers: Mapping[str, Peer],
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        if read_seconds > REQUEST_SECONDS - LATE_SECONDS:
            raise ConfigurationError(f"an answer may take {REQUEST_SECONDS - LATE_SECONDS:g} s")
        self._peers = peers
        self._timeout = urllib3.Timeout(connect=connect_seconds, read=read_seconds)
        self._read_seconds = read_seconds
        self._pools = ProcessPools(connecting_pools)
        self._refused: dict[str, str] = {}  # account -> name of the salt that the PBX did not take

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """POST `params`, signed, to the command's path (§3.2, §4.2). Never raises for what the network does."""
        method = METHODS[command]
        url = f"{self._peers[account].base(method.base)}{method.path}"
        if departure.refused_salt:
            self._refused[account] = departure.refused_salt
        salt = self._salt(account)
        with board(departure) as flight:
            answered = self._post(account, url, params, self._timeout, MAX_ANSWER_BYTES, salt=salt)
        answer = answered if isinstance(answered, Answer) else classify(*answered, api=method.base)
        return msgspec.structs.replace(self._signed(account, answer, salt), trip=flight.trip)

    def query(self, account: str, path: str, params: Mapping[str, Any], timeout_seconds: float) -> Answer:
        """POST `params`, signed, to a method's path, or to `<url><path>` of one that the catalogue does not have. Never
        raises for what the network does."""
        method, peer = METHODS.get(path), self._peers[account]
        url = f"{peer.url}{path.lstrip('/')}" if method is None else f"{peer.base(method.base)}{method.path}"
        timeout = urllib3.Timeout(total=timeout_seconds, connect=min(timeout_seconds, CONNECT_SECONDS))
        most_bytes = MAX_REPORT_BYTES if method is not None and method.answer == "csv" else MAX_TOLD_BYTES
        salt = self._salt(account)
        with Deadline(monotonic() + timeout_seconds) as deadline:
            answered = self._post(account, url, params, timeout, most_bytes, deadline, salt=salt)
        api = PBX if method is None else method.base
        answer = answered if isinstance(answered, Answer) else classify(*answered, api=api)
        return self._signed(account, answer, salt)

    def _salt(self, account: str) -> str:
        """The salt to sign with: the first, unless it was refused last and there is another."""
        peer = self._peers[account]
        is_refused = peer.other_salt and self._refused.get(account) == salt_name(peer.salt)
        return peer.other_salt if is_refused else peer.salt

    def _signed(self, account: str, answer: Answer, salt: str) -> Answer:
        """The answer with what it says of the salt, where there are two."""
        peer = self._peers[account]
        if not peer.other_salt:
            return answer
        name, other = salt_name(salt), salt_name(peer.salt if salt == peer.other_salt else peer.other_salt)
        if answer.code == WRONG_SIGN:
            self._refused[account] = name
        return msgspec.structs.replace(answer, salt=name, other_salt=other)

    def _post(
        self,
        account: str,
        url: str,
        params: Mapping[str, Any],
        timeout: urllib3.Timeout,
        most_bytes: int,
        deadline: Deadline | None = None,
        *,
        salt: str,
    ) -> Answer | tuple[int, bytes | None]:
        """(HTTP status, body or None when it broke off), or why there is no answer."""
        peer = self._peers[account]
        try:
            response = self._pools.here().request(
                "POST",
                url,
                body=encode_form(peer.api_key, salt, params),
                headers=HEADERS,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            if deadline is not None and deadline.is_over:  # a head that was cut off may look like a short one
                response.close()
                raise TimeoutError
        except NeverConnectedError as error:
            return Answer(kind="not_sent", body=str(error), reason=error.reason)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            fault = TimeoutError() if deadline is not None and deadline.is_over else error
            reason = why_unanswered(fault)
            return Answer(kind="unclear", body=text_of_fault(fault), reason=reason, over=_ended_by_peer(fault))
        until = monotonic() + self._read_seconds if deadline is None else deadline.until
        body = read_body(response, most_bytes, until)
        return response.status, None if deadline is not None and deadline.is_over else body


def classify(status: int, body: bytes | None, *, api: str = PBX) -> Answer:
    """What an HTTP answer says (§1.4, §3.2; PROTOCOL.md B and C). `body` is None when it broke off."""
    code = _code(body or b"")
    kind = _kind(status, code, whole=body is not None)
    if api == CONTACT_CENTRE and code == OVER_LIMIT:
        kind = "limited"
    reason = why_odd(status, code, body)
    if reason == "html" and kind == "accepted":  # a page of something in between: what the PBX saw is unknown
        kind = "unclear"
    return Answer(kind=kind, status=status, code=code, body=(body or b"").decode(errors="replace"), reason=reason)


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
        answer = msgspec.json.decode(body.removeprefix(BOM_UTF8))
    except (msgspec.DecodeError, RecursionError):
        return 0
    found = (answer.get("result") or answer.get("code")) if isinstance(answer, dict) else None
    try:
        code = int(found or 0)
    except (TypeError, ValueError, OverflowError):
        return 0
    return code if 0 <= code < LARGEST_CODE else 0


class NeverConnectedError(Exception):
    """No connection came about, so nothing of the request left; `reason` is one of a few words."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class _Connecting(TimedConnection):
    """Tells a failure to connect from every later one, and bounds it as a whole: a name server, several addresses and
    a TLS handshake each have time-outs of their own, and a request must not start when its slot may be another's.

    A request that has a flight leaves at its instant."""

    def connect(self) -> None:
        begun = monotonic()
        try:
            super().connect()
        except Exception as error:
            raise NeverConnectedError(f"cannot connect: {text_of_fault(error)}", why_unconnected(error)) from error
        if isinstance(self.timeout, (int, float)) and monotonic() - begun > self.timeout:
            self.close()
            raise NeverConnectedError("connecting took too long", "connect-timeout")

    def request(self, *args: Any, **kwargs: Any) -> None:
        flight = flight_of_this_thread()
        while flight is not None:
            if self.sock is None:
                self.connect()
            try:
                flight.depart()
            except TooLateError:
                self.close()
                raise NeverConnectedError("this process could not send in time", "late") from None
            if self.is_connected:
                break
            self.close()  # the PBX may have closed what was idle for a while: do not send into it
        super().request(*args, **kwargs)

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 itself has it
        response = super().getresponse()
        flight = flight_of_this_thread()
        if flight is not None:
            flight.arrive()
        return response


class _ConnectingSecurely(_Connecting, HTTPSConnection):
    """The same over TLS; the handshake is part of connecting."""


def _ended_by_peer(error: Exception) -> bool:
    """Whether it was the other side that closed or reset the connection: then it counted the request, or never will."""
    return any(isinstance(part, ConnectionError) for part in (error, *error.args, error.__cause__))


def connecting_pools() -> urllib3.PoolManager:
    """Pools whose failures to connect are `NeverConnectedError`."""
    return make_pools(_Connecting, _ConnectingSecurely)
