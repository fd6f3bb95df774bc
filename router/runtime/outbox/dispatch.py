"""From rows to requests: sends what is queued, within the limits, on whichever process is free.

Theory of operation. A command is a row before it is a request. Every process runs one dispatcher; none owns a command,
the database does. One round:

1. *Survey*, in a snapshot that locks nobody out: what lost its sender, what stayed without an outcome, and which
   accounts have commands waiting. Only those cost anything, and of them only the ones where something has changed or
   whose next instant has come: each has a mark that every commit of its own changes. Most rounds end here.
2. *Look* at such an account: what expired, what may be sent now or in a moment, or when that can change.
3. *Claim* as many commands as there are senders free: look again under the lock, take the slots, make the row `sent`
   with a lease and the instant at which it may leave, commit. Only then may a request leave, so a crash can lose no
   command and send none that no row knows of.
4. *Send*, in a thread of the account's share (`requests_in_flight`, `bulkheads`), so that a slow peer stops nobody
   else; each receiver of notifications has a share of its own. The claim was made ahead of its instant, so the request
   is signed and its connection made before; then it leaves, exactly.
5. *Give up* what can no longer help, one transaction each, and tell the engine. None of it costs a slot.
6. *Settle* the answer in one transaction: slots, row, how the account stands, and the engine's event.

Most commands need no round: where limits and wire have room, steps 2 and 3 are done in the transaction that queues the
command (`immediate_claims`), and the dispatcher is not even woken.

A claim whose answer was never settled (the process died) is found by its lease in step 1. The second process finds
the row changed and leaves it alone: a result or an event of the PBX may conclude a command before its HTTP answer is
known, and then the answer only fills in its own fields. `outcomes` holds the rules of each case, `settlement` their
transactions, `schedule` the order, `limiter` the proof that the limits hold, `database_clock` what an instant is.

The loop sleeps until the next instant that a round named, until `wake` (this process committed something), or until
the store has changed (another one did), which it polls. A poll delays only what another process queued or freed and
does not serve itself: a thread that frees a slot looks at once, and one that knows when one will be free wakes in time.
While the limits let nothing leave, each commit of a busy account would ask for another round that finds nothing: such a
round puts the next one off by a multiple of its own length, milliseconds at the most, and an account of which no
request at all may leave is left alone for longer. So a backlog costs its account's events little; an instant that a
round named is kept all the same.

Notifications are rows like commands, and go to webhooks of the flows' authors. They have a lane, and so a dispatcher,
of their own: no limit of the PBX holds for them, and a receiver that hangs takes no place that a command needs.
"""

import threading
from bisect import bisect_right
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import partial
from typing import Final

from router.errors import StoreUnavailable
from router.history.journal import CommandRow
from router.logs import get_logger
from router.runtime.group_commit import GroupCommit
from router.runtime.limits.database_clock import DatabaseClock
from router.runtime.limits.limiter import Limits
from router.runtime.monitoring.heartbeats import Pulse
from router.runtime.monitoring.metrics import CountCommand, count_command
from router.runtime.monitoring.outage import database_away
from router.runtime.outbound_ports import Sender
from router.runtime.outbox import outcomes
from router.runtime.outbox.bulkheads import SENDERS
from router.runtime.outbox.claims import Claim, Rest, claim_best
from router.runtime.outbox.command_queues import TO_PBX, Lane
from router.runtime.outbox.dispatch_plan import Survey, look, look_around
from router.runtime.outbox.immediate_claims import ImmediateClaims
from router.runtime.outbox.requests_in_flight import RequestsInFlight
from router.runtime.outbox.settlement import RETRY_SECONDS, Apply, Decide, Settling
from router.runtime.ports import Clock, Store, Transaction

FAULT_SECONDS: Final = 5.0  # before an account that cannot be looked at is tried again
BUSY_SECONDS: Final = 0.01  # the same when all that may go is just being changed by events
ROOM_SECONDS: Final = 0.25  # the same when no place on the wire is free and none of its own is under way
IDLE_SECONDS: Final = 1.0  # the longest rest
CLOSED_SECONDS: Final = 0.05  # how long an account whose limits are used up is left alone, with any queue
CALM: Final = 8.0  # times as long as a round that found nothing to do, the next one is put off
CALM_SECONDS: Final = 0.008  # and no longer

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How an account was left."""

    mark: int
    next_at: float | None  # when to come back if its mark stays the same
    acted: bool = False  # something was sent or given up, so it is worth another visit
    closed_until: float = 0.0  # until then no change of the mark is worth one: nothing can leave


class Dispatcher:
    """Sends the queued commands of `accounts` (name -> its limits) through `sender`.

    `apply` tells the engine what became of a command. With `senders` 0 requests are made in the caller's thread, which
    is what a test or a simulation wants; else that many of each account may be on the wire from this process.
    """

    def __init__(
        self,
        store: Store,
        sender: Sender,
        accounts: Mapping[str, Limits],
        apply: Apply,
        clock: Clock,
        *,
        lane: Lane = TO_PBX,
        count: CountCommand = count_command,
        senders: int = SENDERS,
        group: GroupCommit | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._lane = lane
        self._pulse = pulse or Pulse()
        self.database = DatabaseClock(store, clock, group)
        self._settling = Settling(self.database, accounts, apply, clock, count)
        self._requests = RequestsInFlight(sender, accounts, self._settling, self.database, clock, lane, senders)
        self.trips = self._requests.trips
        self._woken = self._requests.landed
        self.immediate = ImmediateClaims(self._requests, self.database, clock, self.wake)
        self._visits: dict[str, Visit] = {}
        self._waited: Set[str] = frozenset()  # the accounts that waited at the last survey
        self._served_last = ""
        self._calm_until = 0.0  # on the steady clock
        self._urgent = threading.Event()  # there may be a new command, not only an answer
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a thread of this process until `stop`."""
        self.immediate.is_open = True
        self._thread = threading.Thread(target=self._loop, name=self._lane.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Claim nothing more, settle what is on the wire, and end. A stopped dispatcher does not start again."""
        self._stopping.set()
        self.immediate.is_open = False
        self.wake()
        if self._thread is not None:
            self._thread.join()
        self._requests.stop()

    def wake(self) -> None:
        """Something was committed: look now, and do not wait for the poll. Cheap, above all where the dispatcher has
        been woken and has not begun: it will look after this."""
        if not self._urgent.is_set():
            self._urgent.set()
        if not self._woken.is_set():
            self._woken.set()

    def run_once(self) -> float | None:
        """Claim and send everything that may be sent now; answers when there is something to do again (an instant of
        the database's clock), None when only a commit or an answer can bring it."""
        while True:
            begun = self._clock.steady()
            self._urgent.clear()
            with self.database.snapshot() as reading:
                survey = look_around(reading, self._lane)
            lost = [(row, outcomes.after_lost_lease) for row in survey.lost]
            silent = [(row, outcomes.after_silence) for row in survey.silent]
            acted = self._give_up([*lost, *silent])
            instants = [survey.next_at]
            for account in self._in_turn(survey):
                visit = self._visit(account, survey)
                if visit.acted:  # a round over many accounts takes a while, and a write says that it gets on
                    acted = True
                    self._pulse.well()
                instants.append(visit.next_at)
                if self._urgent.is_set() and visit.acted:  # an urgent command does not wait for a round of backlogs
                    break
            self._pulse.well()
            if not acted:
                self._calm_until = begun + min(CALM_SECONDS, (1.0 + CALM) * (self._clock.steady() - begun))
                return min((at for at in instants if at is not None), default=None)

    # The round.

    def _in_turn(self, survey: Survey) -> list[str]:
        """The accounts that wait: those first that did not before, then on from the one that was served last."""
        names = [] if self._stopping.is_set() else [name for name in survey.waiting if name in self._accounts]
        new = [name for name in names if name not in self._waited]
        self._waited = survey.waiting.keys()
        self._visits = {name: visit for name, visit in self._visits.items() if name in survey.waiting}
        place = bisect_right(names, self._served_last)
        return [*new, *(name for name in (*names[place:], *names[:place]) if name not in new)]

    def _visit(self, account: str, survey: Survey) -> Visit:
        """Do what one account asks for, if anything can have changed since the last visit."""
        last, mark = self._visits.get(account), survey.waiting[account]
        if last is not None and last.mark == mark and (last.next_at is None or survey.now < last.next_at):
            return last
        if last is not None and survey.now < last.closed_until:
            return Visit(mark=last.mark, next_at=last.closed_until)
        try:
            visit = self._serve(account, mark)
        except StoreUnavailable:
            raise
        except Exception:  # one account's fault may not stop the commands of the others
            log.exception("an account's commands could not be served", account=account)
            visit = Visit(mark=mark, next_at=survey.now + FAULT_SECONDS)
        if visit.acted:
            self._served_last = account
        else:
            self._visits[account] = visit
        return visit

    def _serve(self, account: str, mark: int) -> Visit:
        with self.database.snapshot() as reading:
            terms = self._requests.terms(account)
            seen = look(reading, account, terms)
        receiver = seen.chosen.receiver if seen.chosen is not None else ""
        places = self._requests.enter(account, receiver) if seen.chosen is not None else 0
        if places:  # first of all: giving up can take a while when many run out of time together
            places = self._send(account, receiver, places)
            if not places:
                return Visit(mark=mark, next_at=reading.now + BUSY_SECONDS)
        gone: list[tuple[CommandRow, Decide]] = [
            (one.command, partial(outcomes.after_expiry, reason=one.reason)) for one in seen.given_up
        ]
        if self._give_up(gone) or places:
            return Visit(mark=mark, next_at=None, acted=True)
        if seen.chosen is not None:  # a thread that comes back wakes us, and the mark will have changed
            return Visit(mark=mark, next_at=reading.now + ROOM_SECONDS)
        closed_until = min(seen.closed_until, reading.now + CLOSED_SECONDS)
        instants = [seen.next_at, reading.now + ROOM_SECONDS if terms.is_narrowed else None]
        next_at = min((at for at in instants if at is not None), default=None)
        return Visit(mark=mark, next_at=next_at, closed_until=closed_until)

    def _give_up(self, rows: list[tuple[CommandRow, Decide]]) -> bool:
        """Whether anything was settled, so that it takes another look."""
        for row, decide in rows:
            self._settling.settle(row, decide)
        return bool(rows)

    def _send(self, account: str, receiver: str, places: int) -> int:
        """Claim what is best and let it fly; so many places on the wire are already taken. Answers how many commands
        that ended well or badly: none when others are just changing them."""
        claims: list[Claim] = []
        try:
            claims, refused = self._claim(account, receiver, places)
        finally:
            self._requests.depart(account, places, claims, receiver)
        return len(claims) + refused

    def _claim(self, account: str, receiver: str, most: int) -> tuple[list[Claim], int]:
        """What may leave, at most so many, and how many commands were refused."""
        terms, entered = self._requests.terms(account, receiver), self._clock.steady()

        def claim(transaction: Transaction) -> tuple[list[Claim], Rest]:
            claims: list[Claim] = []  # of this time: it may be done twice
            return claims, claim_best(transaction, account, terms, claims, most, entered)

        claims, rest = self.database.run(claim)
        if rest.refused is not None:
            row, why = rest.refused
            self._settling.settle(row, lambda row, now: outcomes.after_invalid(row, now, why))
        return claims, int(rest.refused is not None)

    # The loop.

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                seen = self._store.changed()
                self._rest(self.run_once(), seen)
            except StoreUnavailable as error:
                self._pulse.failed(error.message)
                database_away(error, "commands")
                self._stopping.wait(RETRY_SECONDS)
            except Exception as error:
                self._pulse.failed(repr(error))
                log.exception("the dispatcher starts over")
                self._stopping.wait(RETRY_SECONDS)

    def _rest(self, next_at: float | None, seen: int) -> None:
        """Return when it is time to look again; once a second in any case, to know the database's clock."""
        steady = self._clock.steady
        until = steady() + IDLE_SECONDS
        if next_at is not None:
            until = min(until, self.database.surely_past(next_at))
        self._stopping.wait(max(0.0, min(self._calm_until, until) - steady()))
        while not self._woken.wait(min(self._lane.poll_seconds, max(0.0, until - steady()))):
            if steady() >= until or self._store.changed() != seen:
                return
