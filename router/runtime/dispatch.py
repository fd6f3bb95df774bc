"""From rows to requests: sends what is queued, within the limits, on whichever process is free.

Theory of operation. A command is a row before it is a request. Every process runs one dispatcher; none owns a command,
the database does. One cycle for one account:

1. *Look*, in a snapshot that locks nobody out: what lost its sender, what stayed without an outcome, what expired, what
   may be sent now, or when that can change. Most looks end here.
2. *Give up* what can no longer help, one transaction each, and tell the engine, before it costs a slot.
3. *Claim* one command: look again under the lock, take its slots, make it `sent` with a lease, commit. Only then may a
   request leave, so a crash can lose no command and send none that no row knows of.
4. *Send*, in a thread of the account's share, so that a slow peer stops nobody else.
5. *Settle* the answer in one transaction: slots, row, how the account stands, and the engine's event.

A claim whose answer was never settled (the process died) is found by its lease in step 1. Whoever comes second finds
the row changed and leaves it alone: a result or an event of the PBX may conclude a command before its HTTP answer is
known, and then the answer only fills in its own fields. `answers` holds the rules of each case, `settle` their
transactions, `schedule` the order, `limits` the proof that the limits hold.

The loop sleeps until the next instant that a look named, until `wake` (this process committed something), or until the
store has changed (another one did), which it polls.

Notifications are rows like commands, and go to webhooks of the flows' authors. They have a lane, and so a dispatcher,
of their own: no limit of the PBX holds for them, and a receiver that hangs takes no place that a command needs.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf
from typing import Final

import msgspec
import structlog

from router.errors import CommandInvalid, StoreUnavailable
from router.protocol.commands import validate
from router.runtime import answers
from router.runtime.lanes import TO_PBX, Lane
from router.runtime.limits import Limits
from router.runtime.metrics import count_command
from router.runtime.ports import NOTIFY, SENT, Answer, Clock, CommandRow, Reading, Sender, Store, Transaction
from router.runtime.schedule import Decision, choose
from router.runtime.settle import RETRY_SECONDS, Apply, Settling

REQUEST_SECONDS: Final = 8.0  # from the claim until a request is over, whatever happens to it
START_SECONDS: Final = 1.0  # of those, how late it may start: a process that was suspended must not send any more
SETTLE_SECONDS: Final = 2.0  # from then until the answer is in the database; after that the claim is taken back
RESULT_SECONDS: Final = 60.0  # from the answer until the outcome counts as unknown
SENDERS: Final = 4  # requests of one account on the wire from this process
MAX_SENDERS: Final = 64

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one account's outbox asks for at one instant."""

    lost: list[CommandRow]  # their lease ended without an answer
    silent: list[CommandRow]  # accepted, and no outcome came
    decision: Decision
    next_at: float | None  # when to look again if nothing else happens


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
    ) -> None:
        self._store = store
        self._sender = sender
        self._accounts = accounts
        self._clock = clock
        self._lane = lane
        self._settling = Settling(store, accounts, apply, clock, count)
        self._aloft = _Aloft(senders)
        self._pool: ThreadPoolExecutor | None = None
        if senders:
            self._pool = ThreadPoolExecutor(min(MAX_SENDERS, senders * max(1, len(accounts))), f"{lane.name}-sender")
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
        """Claim and send everything that may be sent now; answers when there is something to do again, None when only
        a commit or an answer can bring it."""
        return min((at for at in map(self._serve, self._accounts) if at is not None), default=None)

    # The cycle.

    def _serve(self, account: str) -> float | None:
        while not self._stopping.is_set() and self._store.has_work(account):
            with self._store.snapshot() as reading:
                look = self._look(reading, account)
            if self._give_up(look):
                continue
            if look.decision.chosen is None:
                return look.next_at
            if not self._aloft.enter(account):
                return look.next_at  # every sender is busy; the first that is back wakes us
            self._send_one(account)
        return None

    def _look(self, reading: Reading, account: str) -> Look:
        now = reading.now
        paused_until = reading.paused_until(account)[0] if self._lane.heeds_pauses else 0.0
        decision = choose(
            self._lane.candidates(reading, account),
            reading.slots(account),
            self._accounts[account],
            now,
            paused_until,
        )
        lease, answered = reading.awaited(account)
        instants = (decision.next_at, lease, None if answered is None else answered + RESULT_SECONDS)
        return Look(
            lost=reading.unanswered(account, now),
            silent=reading.unconfirmed(account, now - RESULT_SECONDS),
            decision=decision,
            next_at=min((at for at in instants if at is not None), default=None),
        )

    def _give_up(self, look: Look) -> bool:
        """Whether anything was settled, so that it takes another look."""
        for row in look.lost:
            self._settling.settle(row, answers.after_lost_lease)
        for row in look.silent:
            self._settling.settle(row, answers.after_silence)
        for row in look.decision.expired:
            self._settling.settle(row, answers.after_expiry)
        return bool(look.lost or look.silent or look.decision.expired)

    def _send_one(self, account: str) -> None:
        """Claim what is best now and let it fly; the place aloft is already taken."""
        row = None
        try:
            row = self._claim(account)
        finally:
            if row is None:
                self._aloft.leave(account)
        if row is None:
            return
        if self._pool is None:
            self._fly(row)
        else:
            self._pool.submit(self._fly, row)

    def _claim(self, account: str) -> CommandRow | None:
        with self._store.transaction() as transaction:
            chosen = self._look(transaction, account).decision.chosen
            if chosen is None:
                return None
            refusal = _why_invalid(chosen)
            if refusal is None:
                return self._take(transaction, chosen)
        self._settling.settle(chosen, lambda row, now: answers.after_invalid(row, now, refusal))
        return None

    def _take(self, transaction: Transaction, row: CommandRow) -> CommandRow:
        now = transaction.now
        claimed = msgspec.structs.replace(
            row,
            state=SENT,
            sent=now,
            answered=None,
            http_status=None,
            reason="",
            attempts=row.attempts + 1,
            lease=now + REQUEST_SECONDS + SETTLE_SECONDS,
        )
        self._accounts[row.account].take(transaction, claimed, REQUEST_SECONDS)
        transaction.update_command(claimed)
        return claimed

    # A request.

    def _fly(self, row: CommandRow) -> None:
        try:
            self._settling.settle_answer(row, self._ask(row))
        except Exception:
            log.exception("an answer could not be settled; its claim will be taken back", command_id=row.command_id)
        finally:
            self._aloft.leave(row.account)
            self.wake()

    def _ask(self, row: CommandRow) -> Answer:
        if self._clock.now() - (row.sent or 0.0) > START_SECONDS:
            return Answer(kind="not_sent", body="this process could not send in time")
        try:
            return self._sender.send(row.account, row.command, row.params)
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
        """Return when it is time to look again."""
        until = inf if next_at is None else next_at
        while not self._woken.wait(min(self._lane.poll_seconds, max(0.0, until - self._clock.now()))):
            if self._clock.now() >= until or self._store.changed() != seen:
                return


class _Aloft:
    """How many requests of each account are on the wire from this process; `most` 0 sets no bound."""

    def __init__(self, most: int) -> None:
        self._most = most or inf
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def enter(self, account: str) -> bool:
        with self._lock:
            if self._counts[account] >= self._most:
                return False
            self._counts[account] += 1
            return True

    def leave(self, account: str) -> None:
        with self._lock:
            self._counts[account] -= 1


def _why_invalid(row: CommandRow) -> str | None:
    if row.command == NOTIFY:  # its author's data have no schema
        return None
    try:
        validate(row.command, row.params)
    except CommandInvalid as invalid:
        return invalid.message
    return None
