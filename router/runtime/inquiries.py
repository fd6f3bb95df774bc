"""Asking the PBX something within the account's limits, outside of the outbox: a query is asked once and kept nowhere.

What always holds: its slots are taken before it leaves, in the same log as those of commands, and what its answer says
about how the account stands with the PBX is kept, as after a command.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from router.catalogue.methods import METHODS, PBX
from router.runtime.answers import standing_after
from router.runtime.limits import Limits
from router.runtime.ports import Answer, Clock, Queries, Store
from router.runtime.settle import keep_shares

SHORTEST_SECONDS: Final = 0.01  # what is left of a time-out that is worth a request
SETTLE_SECONDS: Final = 2.0  # from the end of a query until its slots' true length is in the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One request, as a claim of the limits."""

    account: str
    command: str  # the method's name; one that the catalogue does not have counts as any request
    command_id: str
    attempts: int = 1


class Inquiries:
    """Thread-safe; waits for slots in the caller's thread."""

    def __init__(self, store: Store, limits: Mapping[str, Limits], queries: Queries, clock: Clock) -> None:
        self._store = store
        self._limits = limits
        self._queries = queries
        self._clock = clock

    def ask(self, account: str, method: str, arguments: Mapping[str, Any], until: float) -> Answer | None:
        """The answer; None when the limits leave no room for it before the instant `until`."""
        query = Query(account=account, command=method, command_id=f"query-{uuid4().hex}")
        if not self._take_slot(query, until):
            return None
        left, asked_at = max(SHORTEST_SECONDS, until - self._clock.now()), self._clock.now()
        answer = self._queries.query(account, method, arguments, left)
        self._settle(query, answer, asked_at)
        return answer

    def _take_slot(self, query: Query, until: float) -> bool:
        """Wait until the account's limits and pauses allow a request; False when that is too late."""
        limits = self._limits[query.account]
        while (left := until - self._clock.now()) >= SHORTEST_SECONDS:
            with self._store.transaction() as transaction:
                left_to_us = limits.lowered(transaction.shares(query.account), transaction.now)
                slots = transaction.slots(query.account)
                paused_until, _reason = transaction.paused_until(query.account)
                ready_at = max(left_to_us.free_at(query.command, slots), paused_until)
                if ready_at <= transaction.now:
                    limits.take(transaction, query, left + SETTLE_SECONDS)
                    return True
            if ready_at >= until:
                return False
            self._clock.sleep(max(SHORTEST_SECONDS, ready_at - self._clock.now()))
        return False

    def _settle(self, query: Query, answer: Answer, asked_at: float) -> None:
        """Its slots, and what it says about how the account stands with the PBX, as after a command."""
        limits = self._limits[query.account]
        base = METHODS[query.command].base if query.command in METHODS else PBX
        with self._store.transaction() as transaction:
            if answer.kind == "not_sent":
                limits.never_sent(transaction, query)
            elif answer.status or answer.over:
                limits.answered(transaction, query)
            keep_shares(transaction, limits, query, answer, asked_at)
            before = transaction.standing(query.account)
            after = standing_after(answer, before, transaction.now, base)
            if after != before:
                transaction.save_standing(query.account, after)
