"""Why a request got no answer, in a sentence for people; `answer_reasons` has the words for programs.

Libraries wrap the cause several times (urllib3's error holds http.client's, that one holds the socket's), so it is
looked for along the whole chain. A mistake in TLS is told as what it is: a self-signed certificate needs another remedy
than a host that is away. No sentence holds an address, a key or an object's repr.
"""

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Final

import urllib3

_CERTIFICATES: Final[Mapping[int, str]] = {  # OpenSSL's X509_V_ERR_…
    9: "its certificate is not valid yet: compare the clocks",
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate comes from an authority that this machine does not trust (self-signed)",
    20: "its certificate comes from an authority that this machine does not know, or the server leaves out the"
    " certificates between",
    21: "its certificate cannot be verified: the server leaves out the certificates between, or it is self-signed",
    23: "its certificate was revoked",
    62: "its certificate is for another host name",
    64: "its certificate is for another address",
}
_HANDSHAKES: Final[Mapping[str, str]] = {  # OpenSSL's reasons, by a part of them
    "WRONG_VERSION_NUMBER": "it does not speak TLS on this port: plain HTTP where https:// is written",
    "HTTP_REQUEST": "it does not speak TLS on this port: plain HTTP where https:// is written",
    "RECORD_LAYER_FAILURE": "it does not speak TLS on this port: plain HTTP where https:// is written",
    "PROTOCOL_VERSION": "it has no version of TLS that is new enough (1.2)",
    "UNSUPPORTED_PROTOCOL": "it has no version of TLS that is new enough (1.2)",
    "CERTIFICATE_REQUIRED": "it wants a certificate from us",
    "UNRECOGNIZED_NAME": "it does not serve this host name",
    "EOF": "it closed the connection in the TLS handshake",
    "HANDSHAKE_FAILURE": "it refused the TLS handshake",
}
_NETWORK: Final[Mapping[int, str]] = {
    errno.ECONNREFUSED: "nobody listens there",
    errno.ENETUNREACH: "there is no way to that network",
    errno.EHOSTUNREACH: "there is no way to that host",
    errno.ETIMEDOUT: "the host does not answer: it is away, or a firewall drops the request",
    errno.ENOENT: "there is no such socket",
    errno.EACCES: "this user may not connect there",
    errno.EPERM: "this machine's firewall does not let it out",
}
SPEAKS_TLS: Final = "it speaks TLS: https:// is needed where http:// is written"
_TLS_ALERT: Final = "\x15\x03"  # what a TLS server answers to a request in plain text
MOST_QUOTED: Final = 60  # characters of what is no HTTP


def text_of_fault(error: BaseException) -> str:
    """What an exception of a request means."""
    chain = tuple(_chain(error))
    for told in (_of_certificate, _of_handshake, _of_name, _of_stranger, _of_network, _of_time, _of_closing):
        for part in chain:
            if (found := told(part)) is not None:
                return found
    return f"the request failed ({type(error).__name__})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps, each once."""
    seen: list[int] = []
    waiting: list[object] = [error]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, BaseException) and id(part) not in seen:
            seen.append(id(part))
            yield part
            waiting += [*part.args, part.__cause__, part.__context__, getattr(part, "reason", None)]


def _of_certificate(part: BaseException) -> str | None:
    if isinstance(part, ssl.SSLCertVerificationError):
        return _CERTIFICATES.get(part.verify_code, f"its certificate is not valid: {part.verify_message}")
    return None


def _of_handshake(part: BaseException) -> str | None:
    if not isinstance(part, ssl.SSLError):
        return None
    reason = str(part.reason or part)
    known = next((text for name, text in _HANDSHAKES.items() if name in reason.upper().replace(" ", "_")), None)
    return known or f"TLS fails: {reason}"


def _of_name(part: BaseException) -> str | None:
    if isinstance(part, socket.gaierror):
        if part.errno == socket.EAI_AGAIN:
            return "its name cannot be looked up: no name server answers"
        return "there is no host of that name"
    return None


def _of_stranger(part: BaseException) -> str | None:
    if isinstance(part, http.client.RemoteDisconnected):  # a kind of BadStatusLine, and no answer at all
        return "it closed the connection without an answer"
    if isinstance(part, http.client.BadStatusLine):
        line = str(getattr(part, "line", "")).strip("'\"")
        if line.startswith((_TLS_ALERT, repr(_TLS_ALERT).strip("'"))):
            return SPEAKS_TLS
        return f"what it answers is no HTTP: {line[:MOST_QUOTED]!r}"
    if isinstance(part, http.client.HTTPException) and not isinstance(part, http.client.IncompleteRead):
        return f"what it answers is no HTTP ({type(part).__name__})"
    return None


def _of_time(part: BaseException) -> str | None:
    if isinstance(part, urllib3.exceptions.ConnectTimeoutError):
        return _NETWORK[errno.ETIMEDOUT]
    if isinstance(part, urllib3.exceptions.ReadTimeoutError | TimeoutError) and getattr(part, "errno", None) is None:
        if "handshake" in str(part):
            return "it took the connection and does not begin TLS: it hangs, or speaks plain HTTP on this port"
        return "it took the connection, and no answer came in time"
    return None


def _of_network(part: BaseException) -> str | None:
    return _NETWORK.get(part.errno or 0) if isinstance(part, OSError) else None


def _of_closing(part: BaseException) -> str | None:
    if isinstance(part, ConnectionError | http.client.IncompleteRead | EOFError):
        return "it closed the connection before the answer was whole"
    return None
