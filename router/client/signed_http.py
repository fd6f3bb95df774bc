"""The client's HTTP: one signed request, its whole answer, and files in pieces.

As in the router's sender, what matters afterwards is whether the PBX can have seen the request: `answer.kind` says it.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import monotonic, time
from typing import Any, Final
from urllib.parse import quote

import urllib3

from router.catalogue.methods import Method
from router.private_files import open_private
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

Progress = Callable[[int, int | None], object]
"""Is told how many bytes have come, and of how many when that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one request."""

    answer: Answer  # what it means
    body: bytes = b""
    location: str = ""  # of a redirect
    content_type: str = field(default="")


class Wire:
    """Requests of one account."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._pools = connecting_pools()

    def ask(self, method: Method, params: Mapping[str, Any], timeout_seconds: float) -> Reply:
        """One request. Never raises for what the network or the peer does."""
        if method.kind == "link":
            return self._send("GET", method, self.link(method, params), None, timeout_seconds)
        body = encode_form(self._peer.api_key, self._peer.salt, params)
        return self._send("POST", method, f"{self._peer.base(method.base)}{method.path}", body, timeout_seconds)

    def link(self, method: Method, params: Mapping[str, Any]) -> str:
        """The address of a recording (§3.4.2, §3.4.3)."""
        parts = [str(params["recording_id"]), str(params["action"])]
        if "timestamp" in params:
            until = str(params["timestamp"])
            signed = f"{self._peer.api_key}{until}{parts[0]}{self._peer.salt}"
            parts += [self._peer.api_key, until, sha256(signed.encode()).hexdigest()]
        return f"{self._peer.base(method.base)}{method.path}/" + "/".join(quote(part, safe="") for part in parts)

    def download(self, url: str, path: Path, timeout_seconds: float, progress: Progress | None) -> int:
        """Stream a file to `path`, under another name until it is whole; its size in bytes. Raises OSError and
        urllib3's errors."""
        partial = path.with_name(f"{path.name}.part")
        with self._pools.request("GET", url, preload_content=False, timeout=timeout_seconds) as response:
            if response.status != 200:
                raise urllib3.exceptions.HTTPError(f"HTTP {response.status}")
            length = response.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
            done = 0
            with os.fdopen(open_private(partial, os.O_WRONLY | os.O_TRUNC), "wb") as file:
                while chunk := response.read(CHUNK_BYTES):
                    done += file.write(chunk)
                    if progress is not None:
                        progress(done, total)
        if total is not None and done != total:
            raise urllib3.exceptions.HTTPError(f"the file broke off after {done} of {total} bytes")
        partial.replace(path)
        return done

    def _send(self, verb: str, method: Method, url: str, body: bytes | None, timeout_seconds: float) -> Reply:
        timeout = urllib3.Timeout(total=timeout_seconds, connect=min(timeout_seconds, CONNECT_SECONDS))
        try:
            response = self._pools.request(
                verb, url, body=body, headers=HEADERS if body is not None else None, timeout=timeout,
                retries=False, redirect=False, preload_content=False,
            )  # fmt: skip
        except NeverConnectedError as error:
            return Reply(answer=Answer(kind="not_sent", body=str(error), reason=error.reason))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return Reply(answer=Answer(kind="unclear", body=text_of_fault(error), reason=why_unanswered(error)))
        told = read_body(response, MOST_BYTES, monotonic() + timeout_seconds)
        if response.status in REDIRECTS and method.answer == "redirect":
            answer = Answer(kind="accepted", status=response.status)
        else:
            answer = classify(response.status, told, api=method.base)
        return Reply(answer=answer, body=told or b"", location=response.headers.get("Location", ""))


def good_until(seconds: float = LINK_SECONDS) -> int:
    """The timestamp of a link that is good for so long from now."""
    return int(time() + seconds)
