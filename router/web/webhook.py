"""The webhook: what the PBX tells us (§3.1, §3.2, §4.4), taken in, from any server and framework.

Requests arrive one at a time from Flask's routes (`webhook_routes`), or several at once from a server that has read
their HTTP already: the fast path, which is nothing but `answer_all`. Every request may be hostile. What always holds:
nothing is stored unless the sign is right over the received bytes (contact-centre presence apart, which comes
unsigned); a request is answered with 200 only when it is durably stored or a known duplicate; no answer repeats
anything of the request.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from router.config.settings import AccountSettings, Settings
from router.errors import RequestRefused, StoreUnavailable
from router.logs import get_logger
from router.protocol.envelope import Envelope, decode_form, open_envelope
from router.protocol.parse import NOTHING_ODD, dedupe_key, read_event
from router.protocol.request_refusals import malformed, too_large, unknown_key, unknown_sender, wrong_sign
from router.protocol.sign import is_signed
from router.protocol.unsigned import UNSIGNED, check_size, own_fields
from router.runtime.intake.ingest import Notification
from router.runtime.monitoring.metrics import Counted, count_events
from router.runtime.monitoring.refusal_lines import tell_refused_notification
from router.runtime.monitoring.refusals import NOTIFICATION, refusals
from router.web.router_parts import RouterParts
from router.web.senders import gate, read_address, sender_of
from router.web.wsgi_body import addresses, announced_length, read_body

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PING: Final = "ping"
NOTHING_SAID: Final = b"{}"

log = get_logger()
MOUNTS: Final = ("/", "/vpbx/", "/vpbx/api/v1/")
"""In front of a service's path; the last one in an example of §3.3.4.3."""
_slashes = re.compile(r"/{2,}")
_plain_path = re.compile(r"[A-Za-z0-9_./-]{1,128}").fullmatch


class Reply(msgspec.Struct, frozen=True):
    """An answer: the HTTP status, and the facts of its body."""

    status: int
    code: int  # of the document's list
    error: str  # a stable kebab-case word; "" when all is well
    message: str
    account: str = ""  # for the metrics alone; "" when the key is no account's

    def body(self) -> bytes:
        """Only a refusal has an `error`: logs of receivers' answers are searched for that word."""
        error = {"error": self.error} if self.error else {}
        return msgspec.json.encode({"code": self.code, **error, "message": self.message})


class Posted(Protocol):
    """A request with its whole body, from a server that has read and checked its HTTP already."""

    @property
    def path(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def content_type(self) -> str: ...
    @property
    def peer(self) -> str: ...
    @property
    def forwarded_for(self) -> str: ...


class Read(msgspec.Struct, frozen=True):
    """One that came by WSGI."""

    path: str
    body: bytes
    content_type: str
    peer: str
    forwarded_for: str


UNAVAILABLE: Final = Reply(503, 5000, "store-unavailable", "the notification cannot be stored now")
FAULT: Final = Reply(503, 5000, "failed", "the notification could not be taken in")
PONG: Final = Reply(200, 1000, "", "answered")


@dataclass(frozen=True, slots=True)
class AccountEndpoint:
    """An account as the webhook sees it."""

    account: AccountSettings
    api_key: bytes
    admits: Callable[[str, str], bool]  # (peer, X-Forwarded-For)


class Webhook:
    """Answers notifications. Safe among threads."""

    def __init__(self, parts: RouterParts) -> None:
        self._ingest = parts.ingest
        self._store = parts.store
        settings = parts.settings
        self._max_body = settings.max_body_bytes
        self._trusted = settings.trusted_proxies
        own = [f"/{settings.prefix}{mount}" for mount in MOUNTS] if settings.prefix else []
        self.mounts = tuple(dict.fromkeys([*MOUNTS, *own]))
        self._endpoints = {endpoint.api_key: endpoint for endpoint in _endpoints(settings)}
        self._admitted_somewhere = tuple(endpoint.admits for endpoint in self._endpoints.values())

    def service(self, path_info: str) -> str | None:
        """What a path asks of us ("events/call", "ping"), without mount and outer slashes; None for others' paths.

        Several slashes count as one: it is unknown how the cabinet joins its address and the path (PROTOCOL.md, B)."""
        if "//" in path_info:
            path_info = _slashes.sub("/", path_info)
        for mount in self.mounts:
            if path_info.startswith(mount):
                rest = path_info[len(mount) :].rstrip("/")
                if rest == PING or rest.startswith(("events/", "result/")):
                    return rest
        return None

    def takes(self, path: str) -> bool:
        """Whether `answer_all` may be asked for a POST to this path."""
        return self.service(path) is not None

    threads = 1
    """How many can usefully be in `answer_all`: what waits shares one transaction."""

    def answer(self, path: str, environ: "WSGIEnvironment") -> Reply:
        """What a request of WSGI's to a path that `service` knows is answered with; never raises. Counts it, too."""
        began, (peer, forwarded_for) = perf_counter(), addresses(environ)
        taken: Notification | Reply
        try:
            length = announced_length(environ, self._max_body)
            self._admit_somewhere(path, peer, forwarded_for)
            body = read_body(environ, length, self._max_body)
            taken = self._open(path, Read(path, body, environ.get("CONTENT_TYPE", ""), peer, forwarded_for))
        except Exception as error:
            taken = self._refused(error, path, peer, forwarded_for)
        (reply,) = self._keep([taken])
        count_events({_counted(path, taken, reply): 1}, perf_counter() - began)
        return reply

    def answer_all(self, requests: Sequence[Posted]) -> list[tuple[int, bytes]]:
        """(status, body) for each of several POSTs that came at the same time, whose paths `service` knows: the way
        around WSGI. Their events share a transaction where that helps. Never raises."""
        began = perf_counter()
        paths = [self.service(request.path) or "" for request in requests]
        opened = [self._opened(path, request) for path, request in zip(paths, requests, strict=True)]
        replies = self._keep(opened)
        count_events(Counter(map(_counted, paths, opened, replies)), perf_counter() - began)
        return [(reply.status, reply.body()) for reply in replies]

    def _opened(self, path: str, request: Posted) -> "Notification | Reply":
        try:
            if len(request.body) > self._max_body:
                raise too_large(self._max_body)
            self._admit_somewhere(path, request.peer, request.forwarded_for)
            return self._open(path, request)
        except Exception as error:
            return self._refused(error, path, request.peer, request.forwarded_for)

    def _refused(self, error: Exception, path: str, peer: str, forwarded_for: str) -> Reply:
        """The answer; who was refused, and why, is remembered for an hour, but for a ping of this machine and for what
        is signed and empty: that is `ivr doctor`, which tells it itself."""
        is_doctor = path == PING and _is_this_machine(peer, forwarded_for)
        if isinstance(error, RequestRefused) and not (is_doctor or error.is_question):
            sender = str(sender_of(peer, forwarded_for, self._trusted) or "")
            refusals.note(NOTIFICATION, error.account, error.error, sender)
            tell_refused_notification(error.account, error.error, sender, error.message)
        return _reply_to(error)

    def _keep(self, opened: Sequence["Notification | Reply"]) -> list[Reply]:
        """Have the notifications stored; the others are answered already."""
        try:
            outcomes = iter(self._ingest.accept_all([one for one in opened if isinstance(one, Notification)]))
            return [one if isinstance(one, Reply) else _reply_to(next(outcomes)) for one in opened]
        except Exception as error:
            return [one if isinstance(one, Reply) else _reply_to(error) for one in opened]

    def _admit_somewhere(self, path: str, peer: str, forwarded_for: str) -> None:
        if not any(admits(peer, forwarded_for) for admits in self._admitted_somewhere):
            if path == PING and _is_this_machine(peer, forwarded_for):
                return
            raise unknown_sender("notifications are not taken from this address")

    def _open(self, path: str, request: Posted) -> "Notification | Reply":
        """The verified notification in a request; a ping is answered at once. Raises RequestRefused."""
        if not _plain_path(path):
            raise malformed("the path has characters or a length that no notification has")
        if path == PING:
            return self._pong(request)
        form = decode_form(request.body, request.content_type)
        envelope = open_envelope(form, unsigned=path in UNSIGNED)
        account = self._verified(envelope, request.peer, request.forwarded_for).account.name
        body = envelope.json
        try:
            if envelope.sign is None:
                check_size(body)
            event, odd = read_event(path, body)
        except RequestRefused as refused:
            refused.is_question = body == NOTHING_SAID
            refused.account = "" if refused.is_question else account
            raise
        if envelope.sign is None:
            body, odd = own_fields(event), NOTHING_ODD
        key, digest = dedupe_key(event, path, body)
        return Notification(
            account=account, path=path, event=event, body=body.decode(), dedupe=key, digest=digest, odd=odd
        )

    def _verified(
        self, envelope: Envelope, peer: str, forwarded_for: str, *, is_admitted: bool = False
    ) -> AccountEndpoint:
        """The account that the envelope is for, once its sender and its sign are known to be right."""
        endpoint = self._endpoints.get(envelope.api_key)
        if endpoint is None:
            raise unknown_key()
        if not (is_admitted or endpoint.admits(peer, forwarded_for)):
            raise _of(endpoint, unknown_sender("notifications for this key are not taken from this address"))
        if envelope.sign is not None and not is_signed(
            envelope.api_key, envelope.json, envelope.sign, endpoint.account.salts
        ):
            raise _of(endpoint, wrong_sign())
        return endpoint

    def _pong(self, request: Posted) -> Reply:
        """The cabinet's "check connection", possibly with nothing in it, or with what is no form at all. A key that it
        does carry must be right: this is how a wrong salt is found before the first call. This machine itself may ask
        it, too, whatever addresses notifications are taken from (`ivr doctor`)."""
        form: Mapping[str, bytes] = {}
        with suppress(RequestRefused):
            form = decode_form(request.body, request.content_type)
        if "vpbx_api_key" in form:
            envelope = Envelope(api_key=form["vpbx_api_key"], sign=form.get("sign"), json=form.get("json", b""))
            is_here = _is_this_machine(request.peer, request.forwarded_for)
            endpoint = self._verified(envelope, request.peer, request.forwarded_for, is_admitted=is_here)
            return msgspec.structs.replace(PONG, account=endpoint.account.name)
        return PONG


def _is_this_machine(peer: str, forwarded_for: str) -> bool:
    """Whether it comes over loopback, and no proxy says that it passes it on."""
    address = read_address(peer)
    return not forwarded_for and address is not None and address.is_loopback


def _reply_to(outcome: str | Exception) -> Reply:
    """The answer to what became of a notification; what went wrong is logged."""
    if isinstance(outcome, str):
        return Reply(200, 1000, "", outcome)
    if isinstance(outcome, RequestRefused):
        return Reply(outcome.status, outcome.result, outcome.error, outcome.message, outcome.account)
    if isinstance(outcome, StoreUnavailable):
        log.error("a notification was not accepted (503): neither database nor spool keep it", error=outcome.message)
        return UNAVAILABLE
    # The transaction is rolled back, so the peer has to know that nothing is kept.
    log.error("a notification could not be taken in", exc_info=outcome)
    return FAULT


def _of(endpoint: AccountEndpoint, refused: RequestRefused) -> RequestRefused:
    """The refusal, with the account whose key it is about."""
    refused.account = endpoint.account.name
    return refused


def _counted(path: str, opened: "Notification | Reply", reply: Reply) -> Counted:
    """What is counted of a notification and its answer."""
    if reply.status == 200:
        return path, reply.message, "", opened.account
    return path, "unavailable" if reply.status == 503 else "refused", reply.error, opened.account


def _endpoints(settings: Settings) -> Iterable[AccountEndpoint]:
    for account in settings.accounts:
        yield AccountEndpoint(
            account, account.api_key.encode(), gate(account.allowed_networks, settings.trusted_proxies)
        )
