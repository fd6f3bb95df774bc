"""Claiming a command in the transaction that queues it, where it may leave at once.

A claim of its own costs another transaction, and its own wait for the disk, between an event and its command. Most
commands need neither: their limits have a free slot, and this process a free place on the wire. So when all else of a
transaction that queued commands is done, the account's best commands are claimed in it, by the same rules and under
the same lock as the dispatcher's (`claims`); they leave once it is on disk. What always holds:

- an event never waits for an account that another transaction claims from, and never fails for what is done here: what
  cannot be claimed at once is the dispatcher's, as ever;
- nothing is claimed while the database's clock does not show what this process knows of it;
- where limits let nothing leave, or more waits than this process may have on the wire, an account's events ask for it
  a few times a second only: a dispatcher that is busy with an account claims several commands at once.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from router.runtime.limits.database_clock import DatabaseClock
from router.runtime.outbox.claims import Claim, Rest, claim_best
from router.runtime.outbox.command_queues import LOOK_AHEAD
from router.runtime.outbox.requests_in_flight import RequestsInFlight
from router.runtime.ports import Clock, Transaction

REST_SECONDS: Final = 0.05
"""How long an account of which nothing could be claimed is left to the dispatcher; twice as long each time in a row."""

LONGEST_REST_SECONDS: Final = 0.4

FAULT_SECONDS: Final = 5.0
"""The same after a fault."""


class ImmediateClaims:
    """Of one process; thread-safe. `wake` calls the dispatcher."""

    def __init__(
        self, requests: RequestsInFlight, database: DatabaseClock, clock: Clock, wake: Callable[[], object]
    ) -> None:
        self._requests = requests
        self._database = database
        self._clock = clock
        self._wake = wake
        self._rests_until: dict[str, float] = {}  # account -> on the steady clock
        self._rested: dict[str, float] = {}  # account -> how long, when nothing could be claimed the last time
        self.is_open = False  # while a dispatcher runs in this process

    def queued(self, transaction: Transaction, account: str) -> None:
        """The transaction queues a command of the account: claim in it, or call the dispatcher after it."""
        if self.is_open and self._clock.steady() >= self._rests_until.get(account, 0.0):
            transaction.before_commit(("claim", account), partial(self._claim, transaction, account))
        else:
            transaction.after_commit(self._wake)

    def _claim(self, transaction: Transaction, account: str) -> None:
        entered = self._clock.steady()
        places = self._requests.enter(account)
        if not places:
            self._rests_until[account] = entered + REST_SECONDS
            transaction.after_commit(self._wake)
            return
        claims: list[Claim] = []
        transaction.after_commit(
            partial(self._depart, account, places, claims),
            otherwise=partial(self._requests.depart, account, places, []),
        )
        if not self._may_claim(transaction, account, entered):
            return
        self._rests_until[account] = entered + FAULT_SECONDS  # unless it ends well
        left = claim_best(transaction, account, self._requests.terms(account), claims, places, entered)
        self._rests_until[account] = entered + self._rest(account, places, len(claims), left)
        if claims and left.is_waiting:
            transaction.after_commit(self._wake)

    def _rest(self, account: str, places: int, claimed: int, left: Rest) -> float:
        """How many seconds the account is left to the dispatcher."""
        if claimed:
            self._rested.pop(account, None)
            return REST_SECONDS if claimed == places and left.is_waiting else 0.0
        seconds = min(LONGEST_REST_SECONDS, max(REST_SECONDS, 2 * self._rested.get(account, 0.0)))
        self._rested[account] = seconds
        return seconds

    def _may_claim(self, transaction: Transaction, account: str, entered: float) -> bool:
        return transaction.try_account(account, LOOK_AHEAD) and self._database.is_explained(transaction, entered)

    def _depart(self, account: str, places: int, claims: list[Claim]) -> None:
        self._requests.depart(account, places, claims)
        if not claims:
            self._wake()
