"""Making a command ours to send: its row `sent`, its slots taken and its departure named, in one transaction."""

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from router.errors import CommandInvalid
from router.history.journal import NOTIFY, SENT, CommandRow
from router.protocol.commands import validate
from router.runtime.limits.limiter import Limits
from router.runtime.outbox.command_queues import Lane
from router.runtime.outbox.dispatch_plan import Terms, look
from router.runtime.ports import Reading, Transaction

REQUEST_SECONDS: Final = 8.0  # from its departure until a request is over in every case
LATE_SECONDS: Final = 3.0  # of those, how late it may depart: connecting may last, and a process may be suspended
SETTLE_SECONDS: Final = 2.0  # from then until the answer is in the database; after that the claim is taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A row that is ours to send, from an instant of the database's clock."""

    row: CommandRow
    entered: float  # when it took its place on the wire, on the steady clock
    refused_salt: str = ""  # which salt is not to sign it

    @property
    def leave_at(self) -> float:
        assert self.row.sent is not None, "a claimed command has a departure"
        return self.row.sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a claim left behind."""

    refused: tuple[CommandRow, str] | None  # the next one, with what its schema has against it, if that ended it
    is_waiting: bool  # whether the dispatcher has something to look at


def claim_best(
    transaction: Transaction, account: str, terms: Terms, claims: list[Claim], most: int, entered: float
) -> Rest:
    """Claim at most so many, the best first; `claims` has at any time what the transaction has claimed. The queue is
    read once, and nothing is asked once it is empty; what is just being changed is left out."""
    queue: dict[int, list[CommandRow]] = {}

    def read_once(reading: Reading, account: str, limit: int) -> list[CommandRow]:
        if limit not in queue:
            queue[limit] = terms.lane.candidates(reading, account, limit)
        return queue[limit]

    once = replace(terms, lane=replace(terms.lane, candidates=read_once))
    refused: tuple[CommandRow, str] | None = None
    is_waiting = False
    while len(claims) < most and (not queue or any(queue.values())):
        seen = look(transaction, account, once)
        if seen.chosen is None:
            break
        if not transaction.claim(seen.chosen):
            is_waiting = True
            for limit, rows in queue.items():
                queue[limit] = [other for other in rows if other.command_id != seen.chosen.command_id]
            continue
        why = _why_invalid(seen.chosen)
        if why is not None:
            refused = seen.chosen, why
            break
        row = _take(transaction, seen.chosen, terms.limits, seen.leave_at)
        claims.append(Claim(row=row, entered=entered, refused_salt=seen.refused_salt))
        for limit, rows in queue.items():
            queue[limit] = [other for other in rows if _may_fly_beside(other, row, terms.lane)]
    return Rest(refused=refused, is_waiting=is_waiting or any(queue.values()))


def _may_fly_beside(other: CommandRow, taken: CommandRow, lane: Lane) -> bool:
    """One request of a call is on the wire at a time; for notifications that is nothing."""
    if lane.notifications or not taken.entry_id:
        return other.command_id != taken.command_id
    return other.entry_id != taken.entry_id


def _take(transaction: Transaction, row: CommandRow, full: Limits, leave_at: float) -> CommandRow:
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
    limits = full.lowered(transaction.shares(row.account), transaction.now)
    limits.take(transaction, claimed, REQUEST_SECONDS, leave_at)
    transaction.update_command(claimed)
    return claimed


def _why_invalid(row: CommandRow) -> str | None:
    if row.command == NOTIFY:  # its author's data have no schema
        return None
    try:
        validate(row.command, row.params)
    except CommandInvalid as invalid:
        return invalid.message
    return None
