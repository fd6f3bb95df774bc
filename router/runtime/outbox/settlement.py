"""Writing down what became of a command: one transaction for its slots, its row, the account's standing and its call.

Requests overlap with everything else, so each transaction first looks whether the row is still the one that the caller
knows. What always holds: the first conclusive outcome stays, an answer frees the slots of its own claim only, and a
call whose engine fails cannot keep its command from being settled.
"""

from collections.abc import Callable, Mapping
from typing import Final

from router.catalogue.methods import PBX
from router.engine.state import ENDED, CommandAnswered, CommandConcluded
from router.errors import StoreUnavailable
from router.history.journal import NOTIFY, QUEUED, SENT, CommandRow
from router.logs import get_logger
from router.protocol.events import DISCONNECTED
from router.runtime.calls.read_environment import FoldedLegs
from router.runtime.limits import adaptive_share
from router.runtime.limits.database_clock import DatabaseClock
from router.runtime.limits.limiter import Claim, Limits
from router.runtime.monitoring.metrics import CountCommand, count_drop
from router.runtime.monitoring.outage import database_away
from router.runtime.monitoring.refusal_lines import tell_invalid_command, tell_odd_answer
from router.runtime.monitoring.refusals import COMMAND, refusals
from router.runtime.outbound_ports import Answer
from router.runtime.outbox import outcomes
from router.runtime.outbox.outcomes import Settled
from router.runtime.ports import Clock, Transaction

Apply = Callable[[Transaction, str, CommandAnswered | CommandConcluded], object]
"""Steps the command's call within the transaction: (transaction, account, event)."""

Decide = Callable[[CommandRow, float], Settled]
"""What becomes of a row at an instant."""

RETRY_SECONDS: Final = 0.5  # while the database is unavailable

log = get_logger()


class Settling:
    """The transactions that end a request, or a wait."""

    def __init__(
        self, database: DatabaseClock, accounts: Mapping[str, Limits], apply: Apply, clock: Clock, count: CountCommand
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._apply = apply
        self._clock = clock
        self._count = count

    def settle(self, row: CommandRow, decide: Decide) -> None:
        """Carry out a decision about a row, unless the row is no longer the one that was looked at."""

        def write(transaction: Transaction, apply: Apply) -> Settled | None:
            if transaction.command(row.account, row.command_id) != row:
                return None
            return _keep(transaction, apply, decide(row, transaction.now))

        self._count_conclusion(self._transact(write))

    def settle_answer(self, row: CommandRow, answer: Answer) -> None:
        """Keep the answer to a claimed row, however long the database takes, until the claim is anybody's again."""

        def write(transaction: Transaction, apply: Apply) -> Settled | None:
            return self._keep_answer(transaction, apply, row, answer)

        settled = self._persist(row, write)
        self._count_answer(row, answer)
        self._count_conclusion(settled)

    def _persist(self, row: CommandRow, write: Callable[[Transaction, Apply], Settled | None]) -> Settled | None:
        while True:
            try:
                return self._transact(write)
            except StoreUnavailable as error:
                if self._clock.steady() >= self._database.surely_past(row.lease or 0.0):
                    raise
                database_away(error, "an answer of the PBX")
                self._clock.sleep(RETRY_SECONDS)

    def _keep_answer(self, transaction: Transaction, apply: Apply, row: CommandRow, answer: Answer) -> Settled | None:
        before = transaction.standing(row.account)
        after = outcomes.standing_after(answer, before, transaction.now, outcomes.receiver(row.command))
        keep_shares(transaction, self._accounts[row.account], row, answer, row.sent or 0.0)
        self._free_slots(transaction, row, answer)
        if after != before:
            transaction.save_standing(row.account, after)
        if after.paused_until > before.paused_until and answer.kind != "not_sent":  # that has a line of its own
            seconds = round(after.paused_until - transaction.now, 1)
            log.warning("the key is paused", seconds=seconds, because=after.reason, **named(row))
        current = transaction.command(row.account, row.command_id)
        if current is None or current.attempts != row.attempts:
            return None  # taken back and claimed again: the row tells of a later request
        if _is_still_open(current):
            claimed = current if current.state == SENT else row  # its instants moved if the clock was set meanwhile
            return _keep(transaction, apply, outcomes.after_answer(claimed, answer, before, transaction.now))
        transaction.update_command(outcomes.with_http(current, answer, transaction.now))
        return None

    def _free_slots(self, transaction: Transaction, row: CommandRow, answer: Answer) -> None:
        limits = self._accounts[row.account]
        if answer.kind != "limited":  # who was refused may try again when the window is surely empty of him
            limits = limits.lowered(transaction.shares(row.account), transaction.now)
        if answer.kind == "not_sent":
            limits.never_sent(transaction, row)
        elif answer.trip is not None:
            limits.answered(transaction, row, self._database.at_the_latest(answer.trip.came))
        elif answer.kind != "unclear" or answer.status or answer.over:  # else it is unknown whether it was counted
            limits.answered(transaction, row)

    def _transact(self, write: Callable[[Transaction, Apply], Settled | None]) -> Settled | None:
        """One transaction. If the engine fails on its event, the command is settled without it: one call's fault may
        not stop an account's commands."""
        try:
            return self._database.run(lambda transaction: write(transaction, self._apply))
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("a call could not take what became of its command")
        return self._database.run(lambda transaction: write(transaction, _tell_nobody))

    def _count_answer(self, row: CommandRow, answer: Answer) -> None:
        waited = row.wait_seconds if answer.kind == "accepted" else None
        self._count(row.command, answer.kind, account=row.account, reason=answer.reason, wait_seconds=waited)
        if answer.held:
            return
        if answer.kind != "accepted" or answer.reason:
            refusals.note(COMMAND, row.account, answer.reason or answer.kind, row.command)
            tell_odd_answer(row, answer)

    def _count_conclusion(self, settled: Settled | None) -> None:
        if settled is None or settled.row.state in (QUEUED, SENT):
            return
        row = settled.row
        self._count(row.command, row.state, account=row.account, reason=outcomes.reason_of(row))
        if why := outcomes.drop_reason(row):
            count_drop(row.command, why)
            if why == "invalid":
                tell_invalid_command(row)


def keep_shares(transaction: Transaction, limits: Limits, claim: Claim, answer: Answer, left_at: float) -> None:
    """What an answer of the PBX says about its windows: another integration uses the key too, or no longer does."""
    if outcomes.receiver(claim.command) != PBX:
        return
    known, now = transaction.shares(claim.account), transaction.now
    if answer.kind == "limited":
        window = limits.window_refused(claim.command)
        after = adaptive_share.refused(window, known.get(window), now, left_at)
        if after != known.get(window):
            transaction.save_share(claim.account, after)
            log.warning("somebody else uses the key too", account=claim.account, window=window, share=after.share)
    elif answer.status and known:
        for limit in limits.of(claim.command):
            open_again = adaptive_share.passed(known.get(limit.window), left_at)
            if open_again is not None:
                transaction.save_share(claim.account, open_again)


def named(row: CommandRow) -> dict[str, str]:
    """What the log says of a command."""
    return {"account": row.account, "entry_id": row.entry_id, "command_id": row.command_id}


def _keep(transaction: Transaction, apply: Apply, settled: Settled) -> Settled:
    settled = _unless_gone(transaction, settled)
    transaction.update_command(settled.row)
    if settled.row.command == NOTIFY and settled.row.state == QUEUED:
        transaction.hold_back(settled.row, settled.row.not_before)
    if settled.event is not None and settled.row.entry_id:
        apply(transaction, settled.row.account, settled.event)
    return settled


def _unless_gone(transaction: Transaction, settled: Settled) -> Settled:
    """A command that would be asked for again, but whose call has moved on meanwhile, expires instead."""
    row = settled.row
    if row.state != QUEUED or not row.call_id:
        return settled
    reason = _why_gone(transaction, row)
    return settled if reason is None else outcomes.after_expiry(row, transaction.now, reason)


def _why_gone(transaction: Transaction, row: CommandRow) -> str | None:
    call = transaction.load(row.account, entry_id=row.entry_id).call
    if call is None:
        return None
    leg = call.legs.get(row.call_id)
    is_folded = leg is None and call.folded and row.call_id in FoldedLegs(transaction, call.account, call.entry_id)
    if call.status == ENDED or is_folded or (leg is not None and leg.last.state == DISCONNECTED):
        return "its leg has ended"
    others = transaction.queued_commands(row.account, row.entry_id)
    if any(other.call_id and other.queued > row.queued and not call.holds_with(other.command_id) for other in others):
        return "a newer command of the call took its place"
    return None


def _is_still_open(row: CommandRow) -> bool:
    """Nothing concluded it since it was claimed; at most its lease ended and it waits to be claimed again."""
    return row.state == QUEUED or (row.state == SENT and row.answered is None)


def _tell_nobody(_transaction: Transaction, _account: str, _event: CommandAnswered | CommandConcluded) -> None:
    """Stands in for an engine that failed."""
