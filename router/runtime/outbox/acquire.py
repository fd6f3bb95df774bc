"""Asking the PBX something at once, within the limits that it shares with everything else of the same key.

A query is no command: it is not stored, and its caller waits. But it counts in the same windows, so it takes a slot in
the same database, heeds the same pauses, and what its answer says of the key holds for all. Used by `Inquiries`
and by the client.
"""

from dataclasses import dataclass
from typing import Final

from router.catalogue.methods import METHODS, PBX
from router.runtime.limits.limiter import Limits
from router.runtime.limits.pauses import pause_of
from router.runtime.outbound_ports import Answer
from router.runtime.outbox.outcomes import standing_after
from router.runtime.outbox.settlement import keep_shares
from router.runtime.ports import Clock, Store

SHORTEST_SECONDS: Final = 0.01  # what is left of a time-out that is worth a request
SETTLE_SECONDS: Final = 2.0  # from the end of a query until its slots' true length is in the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One request, as a claim of the limits."""

    account: str
    command: str  # the method's name; one that the catalogue does not have counts as any request
    command_id: str
    attempts: int = 1


class WithinLimits:
    """The limits of one account, for those who ask."""

    def __init__(self, store: Store, limits: Limits, clock: Clock) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock

    def wait(self, claim: Query, until: float) -> bool:
        """Wait until the limits and pauses allow the request, and take its slots; False when that is after `until`."""
        while (seconds := self.take(claim, until)) is not None:
            if not seconds:
                return True
            self._clock.sleep(seconds)
        return False

    def take(self, claim: Query, until: float) -> float | None:
        """Take the request's slots if the limits and pauses allow it now, and answer 0; else after how many seconds to
        ask again, or None when that is after `until`."""
        left = until - self._clock.now()
        if left < SHORTEST_SECONDS:
            return None
        with self._store.transaction() as transaction:
            left_to_us = self._limits.lowered(transaction.shares(claim.account), transaction.now)
            paused_until, _reason = pause_of(transaction, claim.account)
            ready_at = max(left_to_us.free_at(claim.command, transaction.slots(claim.account)), paused_until)
            if ready_at <= transaction.now:
                self._limits.take(transaction, claim, left + SETTLE_SECONDS)
                return 0.0
        return None if ready_at >= until else max(SHORTEST_SECONDS, ready_at - self._clock.now())

    def settle(self, claim: Query, answer: Answer, asked_at: float) -> None:
        """Its slots, and what it says about how the account stands with the PBX, as after a command."""
        with self._store.transaction() as transaction:
            if answer.kind == "not_sent":
                self._limits.never_sent(transaction, claim)
            elif answer.status or answer.over:
                self._limits.answered(transaction, claim)
            keep_shares(transaction, self._limits, claim, answer, asked_at)
            before = transaction.standing(claim.account)
            base = METHODS[claim.command].base if claim.command in METHODS else PBX
            after = standing_after(answer, before, transaction.now, base)
            if after != before:
                transaction.save_standing(claim.account, after)
