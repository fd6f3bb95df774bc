"""Asking a lookup's question once, outside of any call: what `ivr lookup` shows.

The code of a live router asks it, over a store that is forgotten; beside it stands what the other side said.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router.bootstrap.outgoing import peer_of
from router.bootstrap.store_clock import StoreClock
from router.config.settings import AccountSettings
from router.engine.effects import StartLookup
from router.runtime.calls.encryption import SaltSealer
from router.runtime.limits.limiter import Limits
from router.runtime.lookups.lookup_cache import Found
from router.runtime.lookups.lookup_runner import Lookups, means_of
from router.runtime.outbound_ports import Answer, OutsideRequest, Queries, Reply
from router.sender.command_sender import HttpSender
from router.sender.outside import HttpOutside
from router.store.repository import Repository
from router.store.sqlite.database import SqliteDatabase
from router.store.sqlite.memory import MemoryConnections


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the other side answered, as it came."""

    to: str  # GET, or the method's path
    status: int  # 0 when there was no answer
    body: bytes
    fault: str = ""


@dataclass(slots=True)
class Asked:
    """What came of the question."""

    found: Found = field(default_factory=lambda: Found(state="failed"))
    said: list[Said] = field(default_factory=list)
    seconds: float = 0.0


def ask(account: AccountSettings, request: StartLookup) -> Asked:
    """Ask now. Never raises for what the network or the other side does."""
    asked = Asked()
    store = Repository(SqliteDatabase(MemoryConnections(), time.time))
    limits = Limits(overrides=account.limits, share=account.limit_share)
    lookups = Lookups(
        store,
        {account.name: means_of(account, SaltSealer(account.salts), limits)},
        lambda transaction, entry_id, event: None,
        outside=_Outside(asked.said),
        queries=_Queries(HttpSender({account.name: peer_of(account)}), asked.said),
        clock=StoreClock(store),
        wake=lambda: None,
    )
    begun = time.monotonic()
    try:
        asked.found = lookups.find(account.name, request)
    finally:
        asked.seconds = time.monotonic() - begun
        lookups.stop()
    return asked


class _Outside:
    """`runtime.outbound_ports.Outside` that keeps what was answered."""

    def __init__(self, said: list[Said]) -> None:
        self._outside, self._said = HttpOutside(), said

    def fetch(self, request: OutsideRequest, timeout_seconds: float, *, private_redirects: bool = False) -> Reply:
        reply = self._outside.fetch(request, timeout_seconds, private_redirects=private_redirects)
        self._said.append(Said(to=request.method, status=reply.status, body=reply.body, fault=reply.fault))
        return reply


class _Queries:
    """The same of the PBX."""

    def __init__(self, queries: Queries, said: list[Said]) -> None:
        self._queries, self._said = queries, said

    def query(self, account: str, path: str, params: Mapping[str, Any], timeout_seconds: float) -> Answer:
        answer = self._queries.query(account, path, params, timeout_seconds)
        self._said.append(Said(to=path, status=answer.status, body=answer.body.encode(), fault=answer.reason))
        return answer
