"""A router that is reached by its admin API (`--url`, `--token`, or IVR_URL and IVR_TOKEN), for commands that publish.

A refusal that says when to come again is obeyed a few times; redirects are not followed, since the token goes with the
request.
"""

import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlencode

import click
import msgspec
import urllib3

from router.sender.transport_faults import text_of_fault

CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 660.0  # replaying takes its time
MOST_TRIES: Final = 5
MOST_WAIT_SECONDS: Final = 60
AGAIN: Final = frozenset({429, 503})
ARCHIVE: Final = "application/gzip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API answered, below 300 or 422: everything else ends the command."""

    status: int
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """The JSON object; a ClickException when it is none, since it is not our API that answers then."""
        try:
            told: dict[str, Any] = msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise click.ClickException("the address answers, and not as a router does: is it the right one?") from None
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """The admin API of one router."""

    url: str
    token: str
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))

    def publish(self, archive: bytes, query: Mapping[str, str]) -> Answer:
        """Send a bundle."""
        digest = b64encode(sha256(archive).digest()).decode()
        headers = {"Content-Type": ARCHIVE, "Content-Digest": f"sha-256=:{digest}:"}
        return self._ask("POST", "versions", query, archive, headers)

    def activate(self, version: str, account: str | None, reason: str) -> dict[str, Any]:
        query = {**_of(account), **({"reason": reason} if reason else {})}
        return self._ask("POST", f"versions/{quote(version, safe='')}/activate", query).told

    def versions(self, account: str | None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "versions", _of(account)).told["versions"]
        return found

    def canary(self, account: str) -> dict[str, Any]:
        """A canary beside the active version."""
        return self._ask("GET", "canary", _of(account)).told

    def serving(self, account: str | None) -> list[dict[str, Any]]:
        """Of each account: account, active, canary."""
        found: list[dict[str, Any]] = self._ask("GET", "accounts", _of(account)).told["accounts"]
        return found

    def archive(self, version: str, account: str | None) -> bytes:
        """A stored version."""
        path = f"versions/{quote(version, safe='')}/files"
        return self._ask("GET", path, _of(account), headers={"Accept": ARCHIVE}).body

    def _ask(
        self,
        verb: str,
        path: str,
        query: Mapping[str, str],
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        url = f"{self.url}/api/{path}" + (f"?{urlencode(query)}" if query else "")
        sent = {**(headers or {}), **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
        for tries in range(1, MOST_TRIES + 1):
            try:
                response = self.http.request(verb, url, body=body, headers=sent, timeout=timeout, redirect=False)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise click.ClickException(f"{self.url} does not answer: {text_of_fault(error)}") from None
            if response.status not in AGAIN or tries == MOST_TRIES:
                break
            time.sleep(min(_seconds(response.headers.get("Retry-After", "")), MOST_WAIT_SECONDS))
        if response.status < 300 or response.status == 422:
            return Answer(status=response.status, body=response.data)
        raise click.ClickException(f"{self.url} answers {response.status}: {_why(response)}")


def _of(account: str | None) -> dict[str, str]:
    return {"account": account} if account else {}


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 1


def _why(response: urllib3.BaseHTTPResponse) -> str:
    """The detail of our own problems; of anything else what can be said."""
    if 300 <= response.status < 400:
        return f"it leads to {response.headers.get('Location', 'another place')}; write that address"
    try:
        return str(msgspec.json.decode(response.data)["detail"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "and not as a router does: is the address right?"
