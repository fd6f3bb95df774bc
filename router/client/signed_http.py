"""The client's HTTP: one signed request, its whole answer, and files in pieces.

As in the router's sender, what matters afterwards is whether the PBX can have seen the request: `answer.kind` says it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic, time
from typing import Any, Final
from urllib.parse import quote

import urllib3

from router.catalogue.methods import Method
from router.client.partial_file import DownloadFailed, PartialFile
from router.protocol.envelope import encode_form
from router.runtime.outbound_ports import Answer
from router.sender.answer_reasons import why_unanswered
from router.sender.command_sender import HEADERS, NeverConnectedError, Peer, classify, connecting_pools
from router.sender.pools import read_body
from router.sender.transport_faults import text_of_fault

CONNECT_SECONDS: Final = 5.0
MOST_BYTES: Final = 256 * 1024 * 1024  # of an answer: a month of statistics
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
LINK_SECONDS: Final = 600  # for which a signed link is good, unless its maker says otherwise
CHUNK_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one request."""

    answer: Answer  # what it means
    body: bytes = b""
    location: str = ""  # of a redirect
    content_type: str = field(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, signed."""

    verb: str
    url: str
    body: bytes | None

    @property
    def headers(self) -> Mapping[str, str]:
        return HEADERS if self.body is not None else {}


def request_of(peer: Peer, method: Method, params: Mapping[str, Any]) -> Request:
    """What is sent for a method."""
    if method.kind == "link":
        return Request(verb="GET", url=link_of(peer, method, params), body=None)
    body = encode_form(peer.api_key, peer.salt, params)
    return Request(verb="POST", url=f"{peer.base(method.base)}{method.path}", body=body)


def link_of(peer: Peer, method: Method, params: Mapping[str, Any]) -> str:
    """The address of a recording (§3.4.2, §3.4.3)."""
    parts = [str(params["recording_id"]), str(params["action"])]
    if "timestamp" in params:
        until = str(params["timestamp"])
        signed = f"{peer.api_key}{until}{parts[0]}{peer.salt}"
        parts += [peer.api_key, until, sha256(signed.encode()).hexdigest()]
    return f"{peer.base(method.base)}{method.path}/" + "/".join(quote(part, safe="") for part in parts)


def reply_of(method: Method, status: int, told: bytes | None, location: str) -> Reply:
    """What an answer says; `told` is None when it broke off."""
    if status in REDIRECTS and method.answer == "redirect":
        answer = Answer(kind="accepted", status=status)
    else:
        answer = classify(status, told, api=method.base)
    return Reply(answer=answer, body=told or b"", location=location)


class Wire:
    """Requests of one account, in the thread that asks."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._pools = connecting_pools()

    def close(self) -> None:
        """End the connections that are kept alive."""
        self._pools.clear()

    def ask(self, method: Method, params: Mapping[str, Any], timeout_seconds: float) -> Reply:
        """One request. Never raises for what the network or the peer does."""
        request = request_of(self._peer, method, params)
        timeout = urllib3.Timeout(total=timeout_seconds, connect=min(timeout_seconds, CONNECT_SECONDS))
        try:
            response = self._pools.request(
                request.verb, request.url, body=request.body, headers=request.headers or None, timeout=timeout,
                retries=False, redirect=False, preload_content=False,
            )  # fmt: skip
        except NeverConnectedError as error:
            return Reply(answer=Answer(kind="not_sent", body=str(error), reason=error.reason))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return Reply(answer=Answer(kind="unclear", body=text_of_fault(error), reason=why_unanswered(error)))
        told = read_body(response, MOST_BYTES, monotonic() + timeout_seconds)
        return reply_of(method, response.status, told, response.headers.get("Location", ""))

    def download(self, url: str, file: PartialFile, timeout_seconds: float) -> int:
        """Stream a file to its place; its size in bytes. Raises DownloadFailed and OSError."""
        try:
            with self._pools.request(
                "GET", url, headers=file.headers(), preload_content=False, timeout=timeout_seconds
            ) as response:
                file.begin(response.status, response.headers)
                while chunk := response.read1(CHUNK_BYTES, decode_content=False):
                    file.write(chunk)
        except (urllib3.exceptions.HTTPError, NeverConnectedError) as error:
            raise DownloadFailed(text_of_fault(error)) from error
        finally:
            file.close()
        return file.finish()


def good_until(seconds: float = LINK_SECONDS) -> int:
    """The timestamp of a link that is good for so long from now."""
    return int(time() + seconds)
