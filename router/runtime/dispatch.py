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
4. *Send*, in a thread of the account's share (`bulkheads`), so that a slow peer stops nobody else. The claim was made
   ahead of its instant, so the request is signed and its connection made before; then it leaves, exactly.
5. *Give up* what can no longer help, one transaction each, and tell the engine. None of it costs a slot.
6. *Settle* the answer in one transaction: slots, row, how the account stands, and the engine's event.

A claim whose answer was never settled (the process died) is found by its lease in step 1. Whoever comes second finds
the row changed and leaves it alone: a result or an event of the PBX may conclude a command before its HTTP answer is
known, and then the answer only fills in its own fields. `answers` holds the rules of each case, `settle` their
transactions, `schedule` the order, `limits` the proof that the limits hold, `database_clock` what an instant is.

The loop sleeps until the next instant that a round named, until `wake` (this process committed something), or until
the store has changed (another one did), which it polls. A poll delays only what another process queued or freed and
does not serve itself: whoever frees a slot looks at once, and whoever knows when one will be free wakes in time.

Notifications are rows like commands, and go to webhooks of the flows' authors. They have a lane, and so a dispatcher,
of their own: no limit of the PBX holds for them, and a receiver that hangs takes no place that a command needs.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import msgspec
import structlog

from router.errors import CommandInvalid, StoreUnavailable
from router.protocol.commands import validate
from router.runtime import answers
from router.runtime.bulkheads import SENDERS, THREADS, Bulkheads
from router.runtime.database_clock import DatabaseClock
from router.runtime.group import GroupCommit
from router.runtime.lanes import TO_PBX, Lane
from router.runtime.limits import Limits
from router.runtime.look import Look, look
from router.runtime.metrics import count_command
from router.runtime.pace import RoundTrips
from router.runtime.ports import NOTIFY, SENT, Answer, Clock, CommandRow, Departure, Reading, Sender, Store, Transaction
from router.runtime.settle import RETRY_SECONDS, Apply, Decide, Settling

REQUEST_SECONDS: Final = 8.0  # from its departure until a request is over, whatever happens to it
LATE_SECONDS: Final = 3.0  # of those, how late it may depart: connecting may last, and a process may be suspended
SETTLE_SECONDS: Final = 2.0  # from then until the answer is in the database; after that the claim is taken back
RESULT_SECONDS: Final = 60.0  # from the answer until the outcome counts as unknown
FAULT_SECONDS: Final = 5.0  # before an account that cannot be looked at is tried again
ROOM_SECONDS: Final = 0.25  # the same when no place on the wire is free and none of its own is under way
IDLE_SECONDS: Final = 1.0  # the longest rest
AT_ONCE: Final = 100  # lost or silent commands in one round

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A row that is ours to send, from an instant of the database's clock."""

    row: CommandRow
    credit: float
    path: str
    entered: float  # when it took its place on the wire, on the steady clock

    @property
    def leave_at(self) -> float:
        assert self.row.sent is not None, "a claimed command has a departure"
        return self.row.sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What all accounts' outboxes ask for at one instant."""

    now: float
    waiting: dict[str, int]  # account -> its mark
    lost: list[CommandRow]  # their lease ended without an answer
    silent: list[CommandRow]  # accepted, and no outcome came
    next_at: float | None  # when that can change by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How an account was left."""

    mark: int
    next_at: float | None  # when to come back if its mark stays the same
    acted: bool = False  # something was sent or given up, so it is worth another visit


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
        count: Callable[[str, str, float | None], None] = count_command,
        senders: int = SENDERS,
        group: GroupCommit | None = None,
    ) -> None:
        self._store = store
        self._sender = sender
        self._accounts = accounts
        self._clock = clock
        self._lane = lane
        self._database = DatabaseClock(store, clock, group)
        self._settling = Settling(self._database, accounts, apply, clock, count)
        self._bulkheads = Bulkheads(senders, clock.steady) if senders else None
        self._pool = ThreadPoolExecutor(THREADS, f"{lane.name}-sender") if senders else None
        self.trips = RoundTrips()
        self._visits: dict[str, Visit] = {}
        self._rounds = 0
        self._paths: dict[str, str] = {}  # account -> the path that its last request went
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a thread of this process until `stop`."""
        self._thread = threading.Thread(target=self._loop, name=self._lane.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Claim nothing more, settle what is on the wire, and end. A stopped dispatcher does not start again."""
        self._stopping.set()
        self.wake()
        if self._thread is not None:
            self._thread.join()
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def wake(self) -> None:
        """Something was committed: look now, and do not wait for the poll. Cheap."""
        self._woken.set()

    def run_once(self) -> float | None:
        """Claim and send everything that may be sent now; answers when there is something to do again (an instant of
        the database's clock), None when only a commit or an answer can bring it."""
        while True:
            survey = self._survey()
            acted = self._give_up(
                [
                    *((row, answers.after_lost_lease) for row in survey.lost),
                    *((row, answers.after_silence) for row in survey.silent),
                ]
            )
            visits = [self._visit(account, survey) for account in self._in_turn(survey)]
            if not acted and not any(visit.acted for visit in visits):
                instants = (survey.next_at, *(visit.next_at for visit in visits))
                return min((at for at in instants if at is not None), default=None)

    # The round.

    def _survey(self) -> Survey:
        with self._database.snapshot() as reading:
            now = reading.now
            lease, answered = reading.awaited()
            silence = None if answered is None else answered + RESULT_SECONDS
            return Survey(
                now=now,
                waiting=reading.waiting(self._lane.notifications),
                lost=reading.unanswered(now, AT_ONCE) if lease is not None and lease <= now else [],
                silent=reading.unconfirmed(now - RESULT_SECONDS, AT_ONCE)
                if silence is not None and silence <= now
                else [],
                next_at=min((at for at in (lease, silence) if at is not None), default=None),
            )

    def _in_turn(self, survey: Survey) -> list[str]:
        """The accounts that wait, each time another one first."""
        names = [] if self._stopping.is_set() else [name for name in survey.waiting if name in self._accounts]
        self._visits = {name: visit for name, visit in self._visits.items() if name in survey.waiting}
        first = self._rounds % max(1, len(names))
        self._rounds += 1
        return names[first:] + names[:first]

    def _visit(self, account: str, survey: Survey) -> Visit:
        """Do what one account asks for, if anything can have changed since the last visit."""
        last, mark = self._visits.get(account), survey.waiting[account]
        if last is not None and last.mark == mark and (last.next_at is None or survey.now < last.next_at):
            return last
        try:
            visit = self._serve(account, mark)
        except StoreUnavailable:
            raise
        except Exception:  # one account's fault may not stop the commands of the others
            log.exception("an account's commands could not be served", account=account)
            visit = Visit(mark=mark, next_at=survey.now + FAULT_SECONDS)
        if not visit.acted:
            self._visits[account] = visit
        return visit

    def _serve(self, account: str, mark: int) -> Visit:
        with self._database.snapshot() as reading:
            seen = self._look(reading, account, self._lane)
        places = self._room(account) if seen.chosen is not None else 0
        if places:  # first of all: giving up can take a while when many run out of time together
            self._send(account, places)
        gone: list[tuple[CommandRow, Decide]] = [
            (one.command, partial(answers.after_expiry, reason=one.reason)) for one in seen.given_up
        ]
        if self._give_up(gone) or places:
            return Visit(mark=mark, next_at=None, acted=True)
        if seen.chosen is not None:  # whoever comes back wakes us, and the mark will have changed
            return Visit(mark=mark, next_at=reading.now + ROOM_SECONDS)
        return Visit(mark=mark, next_at=seen.next_at)

    def _room(self, account: str) -> int:
        """How many requests of the account may fly now; those places on the wire are taken."""
        return self._bulkheads.enter(account) if self._bulkheads is not None else 1

    def _look(self, reading: Reading, account: str, lane: Lane) -> Look:
        path, pace = self._paths.get(account, ""), self.trips.pace(account)
        return look(reading, account, lane, self._accounts[account], path, pace)

    def _give_up(self, rows: list[tuple[CommandRow, Decide]]) -> bool:
        """Whether anything was settled, so that it takes another look."""
        for row, decide in rows:
            self._settling.settle(row, decide)
        return bool(rows)

    # A request.

    def _send(self, account: str, places: int) -> None:
        """Claim what is best and let it fly; so many places on the wire are already taken."""
        claims: list[Claim] = []
        try:
            claims = self._claim(account, places)
        finally:
            if self._bulkheads is not None and places > len(claims):
                self._bulkheads.leave(account, places - len(claims))
        for claim in claims:
            if self._pool is None:
                self._fly(claim)
            else:
                self._pool.submit(self._fly, claim)

    def _claim(self, account: str, most: int) -> list[Claim]:
        claims, refused = self._database.run(lambda transaction: self._take_best(transaction, account, most))
        if refused is not None:
            row, refusal = refused
            self._settling.settle(row, lambda row, now: answers.after_invalid(row, now, refusal))
        return claims

    def _take_best(
        self, transaction: Transaction, account: str, most: int
    ) -> tuple[list[Claim], tuple[CommandRow, str] | None]:
        """The claims, and the command at which they stopped, with what is wrong with it. The queue is read once."""
        queue: dict[int, list[CommandRow]] = {}

        def read_once(reading: Reading, account: str, limit: int) -> list[CommandRow]:
            if limit not in queue:
                queue[limit] = self._lane.candidates(reading, account, limit)
            return queue[limit]

        lane = replace(self._lane, candidates=read_once)
        entered, claims = self._clock.steady(), list[Claim]()
        while len(claims) < most:
            seen = self._look(transaction, account, lane)
            if seen.chosen is None:
                break
            refusal = _why_invalid(seen.chosen)
            if refusal is not None:
                return claims, (seen.chosen, refusal)
            row = self._take(transaction, seen.chosen, seen.leave_at)
            claims.append(Claim(row=row, credit=seen.credit, path=self._paths.get(account, ""), entered=entered))
            for limit, rows in queue.items():
                queue[limit] = [other for other in rows if self._may_fly_beside(other, seen.chosen)]
        return claims, None

    def _may_fly_beside(self, other: CommandRow, taken: CommandRow) -> bool:
        """One request of a call is on the wire at a time; for notifications that is nothing."""
        if self._lane.notifications or not taken.entry_id:
            return other.command_id != taken.command_id
        return other.entry_id != taken.entry_id

    def _take(self, transaction: Transaction, row: CommandRow, leave_at: float) -> CommandRow:
        claimed = msgspec.structs.replace(
            row,
            state=SENT,
            sent=leave_at,
            answered=None,
            http_status=None,
            reason="",
            attempts=row.attempts + 1,
            lease=leave_at + REQUEST_SECONDS + SETTLE_SECONDS,
        )
        limits = self._accounts[row.account].lowered(transaction.shares(row.account), transaction.now)
        limits.take(transaction, claimed, REQUEST_SECONDS, leave_at)
        transaction.update_command(claimed)
        return claimed

    def _fly(self, claim: Claim) -> None:
        account, answered = claim.row.account, False
        try:
            answer = self._ask(claim)
            answered = bool(answer.status)
            if answer.trip is not None:
                self._paths[account] = answer.trip.path
                self.trips.add(account, answer.trip.came - answer.trip.left)
            credited = claim.credit > 0.0 and answer.trip is not None and answer.trip.path == claim.path
            self._settling.settle_answer(claim.row, answer, credited=credited)
        except Exception:
            log.exception(
                "an answer could not be settled; its claim will be taken back", command_id=claim.row.command_id
            )
        finally:
            if self._bulkheads is not None:
                self._bulkheads.returned(account, claim.entered, answered=answered)
            self.wake()

    def _ask(self, claim: Claim) -> Answer:
        row, at = claim.row, self._database.surely_past(claim.leave_at)
        departure = Departure(at=at, latest=at + LATE_SECONDS, credit=claim.credit, path=claim.path)
        if self._clock.steady() > departure.latest:
            return Answer(kind="not_sent", body="this process could not send in time")
        try:
            return self._sender.send(row.account, row.command, row.params, departure)
        except Exception:
            log.exception("the sender failed", command_id=row.command_id)
            return Answer(kind="unclear", body="our sender failed")

    # The loop.

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                seen = self._store.changed()
                self._rest(self.run_once(), seen)
            except StoreUnavailable as error:
                log.error("commands wait for the database", error=error.message)
                self._stopping.wait(RETRY_SECONDS)
            except Exception:
                log.exception("the dispatcher starts over")
                self._stopping.wait(RETRY_SECONDS)

    def _rest(self, next_at: float | None, seen: int) -> None:
        """Return when it is time to look again; once a second in any case, to know the database's clock."""
        steady = self._clock.steady
        until = steady() + IDLE_SECONDS
        if next_at is not None:
            until = min(until, self._database.surely_past(next_at))
        while not self._woken.wait(min(self._lane.poll_seconds, max(0.0, until - steady()))):
            if steady() >= until or self._store.changed() != seen:
                return


def _why_invalid(row: CommandRow) -> str | None:
    if row.command == NOTIFY:  # its author's data have no schema
        return None
    try:
        validate(row.command, row.params)
    except CommandInvalid as invalid:
        return invalid.message
    return None
