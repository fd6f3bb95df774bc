"""The webhook: where the PBX tells us what happens (§3.1, §3.2, §4.4).

This is the hot path, and every request of it may be hostile. So it is a plain WSGI callable in front of the Flask
application, which is entered only for other paths: Flask's routing and request objects cost more than all that happens
here. What always holds: nothing is stored unless the sign is right over the received bytes (contact-centre presence
apart, which comes unsigned); a request is answered with 200 only when it is durably stored or a known duplicate; no
answer repeats anything of the request.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final

import msgspec

from router.errors import RequestRefused, StoreUnavailable
from router.protocol.envelope import Envelope, decode_form, open_envelope
from router.protocol.events import Unhandled
from router.protocol.parse import dedupe_key, parse_event
from router.protocol.refusals import malformed, too_large, unknown_key, unknown_sender, wrong_method, wrong_sign
from router.protocol.sign import is_signed
from router.runtime.metrics import event_counter, event_kind, event_seconds
from router.runtime.settings import AccountSettings, Settings
from router.web.parts import RouterParts
from router.web.senders import gate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PING: Final = "ping"
UNSIGNED: Final = "events/user/"  # §4.4: the contact centre's, whose examples bear no sign
STATUS_LINES: Final[Mapping[int, str]] = {
    200: "200 OK",
    400: "400 Bad Request",
    403: "403 Forbidden",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    503: "503 Service Unavailable",
}

_log = logging.getLogger(__name__)
_plain_path = re.compile(r"[A-Za-z0-9_./-]{1,128}").fullmatch


class Reply(msgspec.Struct, frozen=True):
    """An answer: the HTTP status, and the three facts of its body."""

    status: int
    code: int  # of the document's list
    error: str  # a stable kebab-case word; "" when all is well
    message: str

    def body(self) -> bytes:
        return msgspec.json.encode({"code": self.code, "error": self.error, "message": self.message})


UNAVAILABLE: Final = Reply(503, 5000, "store-unavailable", "the notification cannot be stored now")


@dataclass(frozen=True, slots=True)
class Door:
    """An account as the webhook sees it."""

    account: AccountSettings
    api_key: bytes
    admits: Callable[[str, str], bool]  # (peer, X-Forwarded-For)


class Webhook:
    """Answers notifications; hands every other path on to `inner`."""

    def __init__(self, parts: RouterParts, inner: "WSGIApplication") -> None:
        self._ingest = parts.ingest
        self._inner = inner
        settings = parts.settings
        self._max_body = settings.max_body_bytes
        self._mounts = tuple(dict.fromkeys(["/", "/vpbx/", *([f"/{settings.prefix}/"] if settings.prefix else [])]))
        self._doors = {door.api_key: door for door in _doors(settings)}
        self._admitted_somewhere = tuple(door.admits for door in self._doors.values())

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI's entry."""
        path = self.service(environ["PATH_INFO"])
        if path is None:
            return self._inner(environ, start_response)
        reply = self.answer(path, environ)
        body = reply.body()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if reply.status == 405:
            headers.append(("Allow", "POST"))
        start_response(STATUS_LINES[reply.status], headers)
        return [body]

    def service(self, path_info: str) -> str | None:
        """What a path asks of us ("events/call", "ping"), without mount and outer slashes; None for others' paths."""
        for mount in self._mounts:
            if path_info.startswith(mount):
                rest = path_info[len(mount) :].rstrip("/")
                if rest == PING or rest.startswith(("events/", "result/")):
                    return rest
        return None

    def answer(self, path: str, environ: "WSGIEnvironment") -> Reply:
        """What a request is answered with; never raises. Counts it, too."""
        began = perf_counter()
        try:
            outcome = self._take(path, environ)
            reply = Reply(200, 1000, "", outcome)
        except RequestRefused as refusal:
            outcome, reply = "refused", Reply(refusal.status, refusal.result, refusal.error, refusal.message)
            _log.info("refused a notification: %s (%d)", refusal.error, refusal.status)
        except StoreUnavailable as error:
            outcome, reply = "unavailable", UNAVAILABLE
            _log.error("a notification could not be stored: %s", error.message)
        except Exception:  # the transaction is rolled back, so the peer has to know that nothing is kept
            outcome, reply = "unavailable", UNAVAILABLE
            _log.exception("a notification could not be taken in")
        event_counter(event_kind(path), outcome).inc()
        event_seconds.observe(perf_counter() - began)
        return reply

    def _take(self, path: str, environ: "WSGIEnvironment") -> str:
        if environ["REQUEST_METHOD"] != "POST":
            raise wrong_method()
        length = _announced_length(environ, self._max_body)
        peer, forwarded_for = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
        if not any(admits(peer, forwarded_for) for admits in self._admitted_somewhere):
            raise unknown_sender("notifications are not taken from this address")
        if not _plain_path(path):
            raise malformed("the path has characters or a length that no notification has")
        body = _read_body(environ, length, self._max_body)
        if path == PING:
            return self._pong(body, environ.get("CONTENT_TYPE", ""), peer, forwarded_for)
        form = decode_form(body, environ.get("CONTENT_TYPE", ""))
        envelope = open_envelope(form, unsigned=path.startswith(UNSIGNED))
        door = self._verified(envelope, peer, forwarded_for)
        event = parse_event(path, envelope.json)
        if envelope.sign is None and isinstance(event, Unhandled):
            event = Unhandled(kind=event.kind)  # nobody signed it, so it may not speak of a call
        key, digest = dedupe_key(event, path, envelope.json)
        return self._ingest.accept(door.account.name, path, event, envelope.json.decode(), key, digest)

    def _verified(self, envelope: Envelope, peer: str, forwarded_for: str) -> Door:
        """The account that the envelope is for, once its sender and its sign are known to be right."""
        door = self._doors.get(envelope.api_key)
        if door is None:
            raise unknown_key()
        if not door.admits(peer, forwarded_for):
            raise unknown_sender("notifications for this key are not taken from this address")
        if envelope.sign is not None and not is_signed(
            envelope.api_key, envelope.json, envelope.sign, door.account.salts
        ):
            raise wrong_sign()
        return door

    def _pong(self, body: bytes, content_type: str, peer: str, forwarded_for: str) -> str:
        """The cabinet's "check connection", possibly with nothing in it, or with what is no form at all. A key that it
        does carry must be right: this is how a wrong salt is found before the first call."""
        form: Mapping[str, bytes] = {}
        with suppress(RequestRefused):
            form = decode_form(body, content_type)
        if "vpbx_api_key" in form:
            envelope = Envelope(api_key=form["vpbx_api_key"], sign=form.get("sign"), json=form.get("json", b""))
            self._verified(envelope, peer, forwarded_for)
        return "answered"


def _doors(settings: Settings) -> Iterable[Door]:
    for account in settings.accounts:
        yield Door(account, account.api_key.encode(), gate(account.allowed_networks, settings.trusted_proxies))


def _announced_length(environ: "WSGIEnvironment", max_bytes: int) -> int | None:
    """The length that the peer announces; None when it sends chunks. Too much is refused unread."""
    announced = environ.get("CONTENT_LENGTH") or ""
    if not announced:
        # Without a length and without chunks there is no body to wait for.
        return None if environ.get("wsgi.input_terminated") else 0
    if not (announced.isascii() and announced.isdigit() and len(announced) < 16):
        raise malformed("the length of the body is not a number")
    if int(announced) > max_bytes:
        raise too_large(max_bytes)
    return int(announced)


def _read_body(environ: "WSGIEnvironment", length: int | None, max_bytes: int) -> bytes:
    """The whole body; chunks that go on for too long are cut off."""
    try:
        body: bytes = environ["wsgi.input"].read(max_bytes + 1 if length is None else length)
    except Exception:  # a connection that broke, or chunks that are none: each server has errors of its own for it
        raise malformed("the body cannot be read") from None
    if len(body) > max_bytes:
        raise too_large(max_bytes)
    if length is not None and len(body) < length:
        raise malformed("the body is shorter than announced")
    return body
