"""Requests on their way: a claim is handed over here, flies in a thread of its account's share, and is settled.

What always holds: a request leaves only after the transaction that claimed it is on disk; it holds one of its account's
places on the wire (`bulkheads`) from before its claim until its answer is settled, or of its receiver's where it is a
notification; a place that was taken for a claim which was not made, or not kept, is given back.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from router.logs import get_logger
from router.runtime.limits.database_clock import DatabaseClock
from router.runtime.limits.limiter import Limits
from router.runtime.outbound_ports import Answer, Departure, Sender
from router.runtime.outbox.bulkheads import THREADS, Bulkheads
from router.runtime.outbox.claims import LATE_SECONDS, Claim
from router.runtime.outbox.command_queues import Lane, narrowed
from router.runtime.outbox.dispatch_plan import Terms
from router.runtime.outbox.round_trips import RoundTrips
from router.runtime.outbox.settlement import Settling, named
from router.runtime.ports import Clock

STOP_SECONDS: Final = 3.0
"""How long an end waits for transactions that hold places: longer than an event's may take."""

log = get_logger()


class RequestsInFlight:
    """The requests of one lane of this process. With `senders` 0 each is made in the thread that hands it over."""

    def __init__(
        self,
        sender: Sender,
        accounts: Mapping[str, Limits],
        settling: Settling,
        database: DatabaseClock,
        clock: Clock,
        lane: Lane,
        senders: int,
    ) -> None:
        self.trips = RoundTrips()
        self.landed = threading.Event()  # an answer was settled since it was cleared
        self._sender = sender
        self._accounts = accounts
        self._settling = settling
        self._database = database
        self._clock = clock
        self._lane = lane
        self._bulkheads: Bulkheads[tuple[str, str]] | None = Bulkheads(senders, clock.steady) if senders else None
        self._pool = ThreadPoolExecutor(THREADS, f"{lane.name}-sender") if senders else None
        self._boarding = threading.Condition()
        self._held = 0  # places that are taken for claims which are still to be made, or kept
        self._is_closed = False

    def terms(self, account: str, receiver: str | None = None) -> Terms:
        """How the account is served now: of its notifications those to one receiver, or to all that have a place."""
        lane, full = self._lane, set[str]()
        if lane.notifications and self._bulkheads is not None:
            full = {name for owner, name in self._bulkheads.full() if owner == account}
            lane = narrowed(lane, receiver, full)
        pace = self.trips.pace(account)
        return Terms(lane=lane, limits=self._accounts[account], pace=pace, is_narrowed=bool(full))

    def enter(self, account: str, receiver: str = "") -> int:
        """Take the free places of the account, or of a receiver of its notifications, to be handed to `depart` with
        what was claimed for them."""
        with self._boarding:
            if self._is_closed:
                return 0
            places = self._bulkheads.enter((account, receiver)) if self._bulkheads is not None else 1
            self._held += places
            return places

    def depart(self, account: str, places: int, claims: list[Claim], receiver: str = "") -> None:
        """Let the claims fly that were made for these places, and are on disk; give the other places back."""
        if self._bulkheads is not None and places > len(claims):
            self._bulkheads.leave((account, receiver), places - len(claims))
        try:
            for claim in claims:
                if self._pool is None:
                    self._fly(claim)
                else:
                    self._pool.submit(self._fly, claim)
        finally:
            with self._boarding:
                self._held -= places
                self._boarding.notify_all()

    def stop(self) -> None:
        """Take no more, and finish what is on the wire."""
        with self._boarding:
            self._is_closed = True
            self._boarding.wait_for(lambda: not self._held, timeout=STOP_SECONDS)
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _fly(self, claim: Claim) -> None:
        account, answered = claim.row.account, False
        try:
            answer = self._ask(claim)
            answered = bool(answer.status)
            if answer.trip is not None:
                self.trips.add(account, answer.trip.came - answer.trip.left)
            self._settling.settle_answer(claim.row, answer)
        except Exception:
            log.exception("an answer could not be settled; its claim will be taken back", **named(claim.row))
        finally:
            if self._bulkheads is not None:
                self._bulkheads.returned((account, claim.row.receiver), claim.entered, answered=answered)
            self.landed.set()

    def _ask(self, claim: Claim) -> Answer:
        row, at = claim.row, self._database.surely_past(claim.leave_at)
        departure = Departure(at=at, latest=at + LATE_SECONDS, refused_salt=claim.refused_salt)
        if self._clock.steady() > departure.latest:
            return Answer(kind="not_sent", body="this process could not send in time", reason="late")
        try:
            return self._sender.send(row.account, row.command, row.params, departure)
        except Exception:
            log.exception("the sender failed", **named(row))
            return Answer(kind="unclear", body="our sender failed", reason="sender-failed")
