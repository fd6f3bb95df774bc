"""Asking the PBX something within the account's limits, outside of the outbox: a query is asked once and kept nowhere.

What always holds: its slots are taken before it leaves, in the same log as those of commands, and what its answer says
about how the account stands with the PBX is kept, as after a command.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from router.runtime.limits.limiter import Limits
from router.runtime.outbound_ports import Answer, Queries
from router.runtime.outbox.acquire import SHORTEST_SECONDS, Query, WithinLimits
from router.runtime.outbox.outcomes import WRONG_SIGN
from router.runtime.ports import Clock, Store


class Inquiries:
    """Thread-safe; waits for slots in the caller's thread."""

    def __init__(self, store: Store, limits: Mapping[str, Limits], queries: Queries, clock: Clock) -> None:
        self._store = store
        self._limits = limits
        self._queries = queries
        self._clock = clock

    def ask(self, account: str, method: str, arguments: Mapping[str, Any], until: float) -> Answer | None:
        """The answer; None when the limits leave no room for it before the instant `until`. What the PBX refused for
        its sign is asked once more if there is another salt to sign it with."""
        answer = self._ask(account, method, arguments, until)
        if answer is not None and answer.code == WRONG_SIGN and answer.other_salt:
            return self._ask(account, method, arguments, until) or answer
        return answer

    def _ask(self, account: str, method: str, arguments: Mapping[str, Any], until: float) -> Answer | None:
        query = Query(account=account, command=method, command_id=f"query-{uuid4().hex}")
        limits = WithinLimits(self._store, self._limits[account], self._clock)
        if not limits.wait(query, until):
            return None
        left, asked_at = max(SHORTEST_SECONDS, until - self._clock.now()), self._clock.now()
        answer = self._queries.query(account, method, arguments, left)
        limits.settle(query, answer, asked_at)
        return answer
