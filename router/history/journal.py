"""What is kept of a call: the records of its journal, and its rows of the outbox. Instants are Unix seconds.

The store writes them, the runtime makes them, and everything that tells what a call was reads them.
"""

from typing import Any, Final, Protocol

import msgspec

from router.engine.state import Call, Entry

# States of a command.
QUEUED = "queued"
SENT = "sent"
CONFIRMED = "confirmed"
FAILED = "failed"
EXPIRED = "expired"
UNKNOWN = "unknown"
STATES = (QUEUED, SENT, CONFIRMED, FAILED, EXPIRED, UNKNOWN)
CONCLUSIVE = frozenset({CONFIRMED, FAILED, EXPIRED})  # a late result still turns unknown into one of these


NOTIFY = "notify"
"""The one command of the outbox that is not for the PBX: it goes to a webhook of the flow's author."""


SEALED = "sealed"
"""Field of a stored `dtmf` that was typed in secret: its digits, sealed with the account's salt."""


BY_HAND: Final = "by_hand"
"""Kind of a record: a person gave a command."""


LIMITS: Final = "limits"
PRESENCE: Final = "presence"
LISTS: Final = "lists"
VALUES: Final = "values"
"""Kinds of trace entries: waits that a step saw (command -> seconds), who was online (extension -> status, None when
nothing is known), what lists filled by calls said (list -> whether it had the value, for each question in turn), and
values of the configuration (name -> value)."""


class CommandRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the outbox."""

    command_id: str
    account: str
    entry_id: str  # "" for a command that belongs to no call
    call_id: str
    command: str  # route, play/start, call/hangup, transfer, sms, task/add, notify, ...
    params: dict[str, Any]  # the request's json; of a notification its url and data
    label: str
    state: str  # queued, sent, confirmed, failed, expired, unknown
    queued: float
    deadline: float | None = None  # its place in the queue, and until when it can help if no time is bought
    high_priority: bool = False
    buyable: bool = False  # a `hold` prompt can still buy it time
    bought_until: float | None = None  # what prompts have bought
    not_before: float = 0.0  # a requeued one waits until then
    sent: float | None = None  # when the last request left; of a queued one, a request that may have been obeyed
    answered: float | None = None  # when its HTTP answer came
    confirmed: float | None = None  # when its outcome was known
    code: int | None = None
    http_status: int | None = None
    attempts: int = 0
    reason: str = ""  # why it expired, failed or is unknown, for people
    lease: float | None = None  # a claim without an answer by then is taken back
    receiver: str = ""  # of a notification: scheme, host and port of its address

    @property
    def expires(self) -> float | None:
        """Until when it can help; None for ever."""
        if self.deadline is None or self.bought_until is None:
            return self.deadline
        return max(self.deadline, self.bought_until)

    @property
    def wait_seconds(self) -> float | None:
        """How long it waited in the queue, None while it does."""
        return None if self.sent is None or self.state == QUEUED else self.sent - self.queued


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal: an event (ours or theirs) with what it did."""

    account: str
    entry_id: str  # "" when it belongs to no call
    at: float
    kind: str  # call, dtmf, summary, result, timer, answered, concluded, ...
    dedupe: str | None = None  # unique within the account; None for our own
    digest: bytes = b""  # of the content, to tell a duplicate from a conflict
    body: str = ""  # the json as received
    trace: tuple[Entry, ...] = ()


class JournalLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the journal, and how its call stands."""

    number: int
    account: str
    entry_id: str  # "" for what belongs to no call
    at: float
    kind: str  # of the record
    body: str  # as it came, of what belongs to no call and of what we know ourselves of a command; else ""
    trace: tuple[Entry, ...]
    call: Call | None
    is_masked: bool = False  # the call was written anew to mask its numbers: no news of it


MOST_COMMANDS: Final = 10_000
"""Of one call that are read."""


class KeptCalls(Protocol):
    """Where calls are kept: what of `runtime.ports.Store` tells their history."""

    def call(self, account: str | None, entry_id: str) -> Call | None: ...

    def journal(self, account: str, entry_id: str) -> list[Record]:
        """Oldest first; of no call the records that belong to none."""

    def journal_page(self, account: str, entry_id: str, after: int, limit: int) -> list[tuple[int, Record]]:
        """The lines of `journal` behind the one of number `after` (0: from the first on), each with its number."""

    def commands(
        self, account: str | None, *, entry_id: str | None = None, state: str | None = None, limit: int = 200
    ) -> list[CommandRow]:
        """A call's commands, oldest first."""
