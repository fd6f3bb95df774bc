"""What the runtime needs of the outside world, by role. Adapters live in `store`, `sender` and `files`.

The hot path's shape is fixed here: a transaction is one `with` block; it reads once (`load`) and then only writes, so
that an adapter may buffer the writes and send them in one round trip.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from router.engine.state import Call, Entry
from router.flow.model import Bundle
from router.runtime.ports_aging import Aging

# States of a command.
QUEUED = "queued"
SENT = "sent"
CONFIRMED = "confirmed"
FAILED = "failed"
EXPIRED = "expired"
UNKNOWN = "unknown"
CONCLUSIVE = frozenset({CONFIRMED, FAILED, EXPIRED})  # a late result still turns unknown into one of these

NOTIFY = "notify"
"""The one command of the outbox that is not for the PBX: it goes to a webhook of the flow's author."""


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


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """What an account's new calls get: one row, read in the transaction of every event, so that all workers of all
    hosts change at one commit. Calls that are up keep the version that they began on."""

    active: str | None = None  # the version, None when nothing was published
    canary: str = ""  # a version that a share of the callers gets; "" for none
    share: float = 0.0  # of the callers, 0 to 1
    since: float = 0.0  # when the canary began
    paused: bool = False  # events are recorded; no new call is taken, and nothing is sent to the PBX


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How the calls of one version ended."""

    calls: int = 0  # that are over
    missed: int = 0  # of these, ended before anybody took them: the callers hung up
    failing: int = 0  # of these, had a command that failed


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """By what an event is known: as a duplicate, and to which call it belongs."""

    account: str
    dedupe: str | None = None
    entry_id: str = ""
    command_id: str = ""  # alone it stands for its call


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """All that one event needs to know, read in its transaction."""

    known: bytes | None  # the digest stored under the dedupe key, None when it is new
    call: Call | None
    command: CommandRow | None  # the command that a result or a leg names
    serving: Serving


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stands with the PBX: what its latest answers mean for the next requests of every process."""

    paused_until: float = 0.0  # send nothing before
    reason: str = ""  # of the pause, for people
    strikes: int = 0  # requests in a row that nobody listened to; each doubles the next pause
    invalid_at: float = 0.0  # the first 3xxx of the last two minutes (PROTOCOL.md, C); 0 when there was none
    credit_from: float = 0.0  # no slot is freed early before: a credit was once given wrongly


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one window whoever else uses the key leaves to us, as the PBX's refusals told (`runtime.shares`)."""

    window: str
    share: float = 1.0  # of our limit, at `since`; from then on it grows back
    since: float = 0.0  # the last refusal
    closed_until: float = 0.0  # nothing goes in this window before
    strikes: int = 0  # refusals in a row; each doubles the time that the window stays closed


class Reading(Protocol):
    """The dispatcher's reads: locked within a transaction, or a consistent plain look in a snapshot."""

    @property
    def now(self) -> float:
        """The database's clock when this began, or when its latest turn came; Unix seconds."""

    def candidates(self, account: str, limit: int) -> list[CommandRow]:
        """Queued commands for the PBX in serving order (high priority first, then those for
        which no time can be bought, then earliest deadline, then oldest), at most `limit` of each kind, without those
        of a call that has another one on the wire (sent, not answered)."""

    def notifications(self, account: str, limit: int) -> list[CommandRow]:
        """Queued notifications (NOTIFY), the one that may go first first. They are nothing to the PBX, and nothing that
        a call waits for."""

    def slots(self, account: str, path: str = "") -> dict[str, list[float]]:
        """Per window name, the instants at which its occupied slots become free again, in order; only those > now.

        A slot that was freed with a credit on this `path` is free so much earlier; "" is nobody's path."""

    def shares(self, account: str) -> dict[str, Share]:
        """What refusals said about the account's windows, by window; one without a row is ours as configured."""

    def all_slots(self) -> dict[str, dict[str, list[float]]]:
        """`slots` of every account that has any occupied."""

    def all_shares(self) -> list[tuple[str, Share]]:
        """(account, share) of every window that was ever refused."""

    def pauses(self) -> dict[str, Standing]:
        """The accounts that are paused now."""

    def waiting(self, notifications: bool) -> dict[str, int]:
        """The accounts, sorted, that have queued commands for the PBX (or notifications), each with its mark: a number
        that differs after any commit that changed the account's outbox, slots, standing or shares."""

    def clock_shift(self) -> float:
        """The sum of all `Transaction.shift_clock` so far, seconds."""

    def standing(self, account: str) -> Standing: ...

    def serving(self, account: str) -> Serving: ...

    def paused_until(self, account: str) -> tuple[float, str]:
        """(instant, reason), whether the PBX asked for the pause or somebody paused the account; (0.0, "") when it was
        never paused."""

    def unanswered(self, by: float, limit: int) -> list[CommandRow]:
        """Every account's commands in state sent without an answer whose lease ended by that instant."""

    def unconfirmed(self, by: float, limit: int) -> list[CommandRow]:
        """Every account's commands in state sent that were answered by that instant and have no outcome yet."""

    def awaited(self) -> tuple[float | None, float | None]:
        """(the earliest lease of an unanswered command, the earliest answer without an outcome), of all accounts."""

    def command(self, account: str, command_id: str) -> CommandRow | None: ...

    def presence(self, account: str) -> dict[str, str]:
        """Employee -> online, dnd, break, offline, dial."""

    def remembers(self, account: str, list_name: str, value: str) -> bool:
        """Whether a value was put into a list and is still to be kept."""


class Transaction(Reading, Aging, Protocol):
    """One atomic unit. Everything or nothing is kept; a read after a write sees it. `now` may be set back: what is
    written after that is written as of then.

    Two that touch the same take turns: those of one call, by `load` and `command`, until the commit; and those of one
    account that begin with its outbox, slots or standing. So an account comes first, then one call; a transaction that
    began with a call only looks at its account, and who needs several calls says so by `expect` or `claim`. A store may
    let all others run at the same time.
    """

    @property
    def now(self) -> float: ...

    @now.setter
    def now(self, instant: float) -> None: ...

    def after_commit(self, action: Callable[[], object]) -> None:
        """Have `action` called once everything is on disk: in this thread, outside of all locks, in the order of
        asking. Never called if nothing was kept; what it raises is logged, since it can undo nothing."""

    def expect(self, several: Sequence[Names]) -> None:
        """Said before loads that will ask for these, so that a store may lock and read for all of them at once."""

    def load(self, account: str, *, dedupe: str | None = None, entry_id: str = "", command_id: str = "") -> Loaded:
        """Lock and read. With `command_id` alone the call is the command's. Locks the call until the commit."""

    def save_call(self, call: Call) -> None:
        """Insert or replace the call's row (state and the columns derived from it, `wake_at` included)."""

    def record(self, record: Record) -> None:
        """Append to the journal."""

    def queue(self, command: CommandRow) -> None:
        """Insert a new command."""

    def update_command(self, command: CommandRow) -> None:
        """Replace the row with that command_id."""

    def queued_commands(self, account: str, entry_id: str) -> list[CommandRow]:
        """The call's commands still in state queued."""

    # the dispatcher's part
    def claim(self, row: CommandRow) -> bool:
        """Whether the command is still as it was read, now that nobody else can change it until the commit. False also
        while its call is busy: a claim waits for no call, so a transaction may hold several."""

    def take_slot(self, account: str, window: str, claim: str, free_at: float) -> None:
        """Occupy one slot of a window until `free_at`. A claim is one attempt of one command."""

    def free_slots(
        self, account: str, claim: str, free_at: Mapping[str, float], credit: float = 0.0, path: str = ""
    ) -> None:
        """The claim's slot in each window becomes free at `free_at[window]`, and `credit` seconds earlier for requests
        that go the same `path`."""

    def save_standing(self, account: str, standing: Standing) -> None: ...

    def save_share(self, account: str, share: Share) -> None: ...

    def shift_clock(self, seconds: float) -> None:
        """The database's wall clock was set forward by so much (back, when negative): whatever is still to come moves
        with it. That is: slots, standings, shares, and every instant of commands that are queued or sent."""

    def pause(self, account: str, until: float, reason: str) -> None:
        """Send nothing for the account until then (0 ends a pause)."""

    def set_presence(self, account: str, abonent: str, status: str) -> None: ...

    def remember(self, account: str, list_name: str, value: str, keep_seconds: float | None) -> None:
        """Put a value into a list, for so long from now (None for ever). A list that has it keeps it anew."""

    # versions
    def store_version(self, account: str, version: str, content: bytes, activate: bool, image: bytes = b"") -> None:
        """Insert the version's content if it is new; with `activate` make it the active one, which ends a canary. An
        `image` (the bundle as `flow.image` packs it) replaces the one that is there."""

    def save_serving(self, account: str, serving: Serving) -> None:
        """Change what new calls get; both versions count as activated now."""

    def note_version(self, account: str, version: str, note: str) -> None:
        """Keep a sentence about a version, for people."""


class Store(Protocol):
    """The durable side. Thread-safe; safe among processes."""

    writers: int
    """How many transactions of one process can usefully be under way at the same time. 1: they take turns, so what
    waits shares one (`group`)."""

    side_by_side: bool
    """Whether transactions run at the same time, under the locks of what they touch; else one after the other."""

    def now(self) -> float:
        """The database's clock as far as this process knows it, Unix seconds; asks nobody."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A write transaction; raises StoreUnavailable when it cannot begin or commit."""

    def snapshot(self) -> AbstractContextManager[Reading]:
        """A look at one committed state that locks nobody out."""

    def due_calls(self, before: float, limit: int = 100) -> list[tuple[str, str]]:
        """(account, entry_id) of calls with wake_at <= before, earliest first; a plain read."""

    def next_wake(self) -> float | None:
        """The earliest wake_at of any call."""

    def changed(self) -> int:
        """A number that differs after any commit, another process's included; cheap enough to poll."""

    def version_content(self, account: str, version: str) -> bytes | None: ...

    def version_of(self, account: str, content: bytes) -> str | None:
        """The version that was stored with exactly this content, None when there is none."""

    def version_image(self, account: str, version: str) -> bytes:
        """The version's image; b"" when there is none."""

    def accounts(self) -> list[str]:
        """The accounts that have versions, by name."""

    def versions(self, account: str) -> list[dict[str, Any]]:
        """version, created, activated, state (active, canary, draining, retired), live_calls, note; newest first."""

    def serving(self, account: str) -> Serving:
        """By a plain read."""

    def canaries(self) -> dict[str, Serving]:
        """The accounts that have a canary now; a plain read."""

    def figures(self, account: str, version: str, since: float) -> Figures:
        """Of the calls that began on the version since then; a plain read."""

    def calls(self, account: str | None, filters: Mapping[str, str], limit: int, after: str) -> list[dict[str, Any]]:
        """Rows for the list of calls, newest first (by start, then entry_id): account, entry_id, status, flow, version,
        direction, line, caller, started, ended, outcome, cursor. `after` is the `cursor` of a page's last row, "" for
        the first page. Filters: live ("1" or "0"), line, flow, outcome, since (Unix seconds). ValueError names a
        filter or a cursor that cannot be read."""

    def call(self, account: str | None, entry_id: str) -> Call | None: ...

    def journal(self, account: str, entry_id: str) -> list[Record]: ...

    def last_record(self) -> int:
        """The number of the newest line of the journal, 0 when it is empty."""

    def records_after(self, number: int, limit: int) -> list[tuple[int, str, str, float, str]]:
        """(number, account, entry_id, at, kind) of the journal's lines after `number`, in order; a plain read."""

    def commands(
        self, account: str | None, *, entry_id: str | None = None, state: str | None = None, limit: int = 200
    ) -> list[CommandRow]:
        """A call's commands oldest first, or without `entry_id` the newest first."""

    def queue_depths(self) -> dict[tuple[str, str], int]:
        """(account, command) -> how many are queued."""

    def slots(self, account: str) -> dict[str, list[float]]:
        """As in a transaction, by a plain read."""

    def live_calls(self) -> dict[tuple[str, str], int]:
        """(account, flow) -> how many calls are live."""

    def older_than(self, before: float) -> dict[str, int]:
        """calls, events and commands -> how many a purge of what was over by then would delete; a plain read."""

    def ping(self) -> None:
        """Raises StoreUnavailable when the database does not answer."""

    def verify(self) -> None:
        """Raises DatabaseUnfit when the database is not one that this program can work with; one that does not answer
        yet may be."""

    def close(self) -> None: ...


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """When a request may leave, on the steady clock of this process."""

    at: float  # not before
    latest: float  # nor later than
    credit: float = 0.0  # on another path than the next, not before so much after `at`
    path: str = ""


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """How a request travelled. Instants are of this process's steady clock."""

    left: float  # just before its first byte
    came: float  # just after its answer's head
    path: str = ""  # from which host to which address
    floor_seconds: float = 0.0  # the shortest round trip that the network itself showed on the path, 0 when unknown


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one HTTP request.

    kind: `accepted` (HTTP 200), `refused` (the peer said no, with `code`), `limited` (503 or 429), `banned` (401),
    `not_sent` (connection refused, nothing went out), `unclear` (time-out, broken connection, 5xx other than 503).
    """

    kind: str
    status: int = 0
    code: int = 0
    body: str = ""
    over: bool = False  # of an unclear one: the peer itself ended the connection, so it counts it now or never
    trip: Trip | None = None  # None when nobody looked


class Sender(Protocol):
    """Sends one signed command."""

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """Make everything ready, wait for the departure, POST. Never raises for what the network or the peer does."""


class Queries(Protocol):
    """Asks the PBX for something, at once: the methods of the API that are no commands."""

    def query(self, account: str, path: str, params: Mapping[str, Any], timeout_seconds: float) -> Answer:
        """POST it, signed, to the API's `path`; `body` is what it told. Never raises for what the peer does."""


class OutsideRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to somebody else's system, with its secrets in it: never to be logged, kept or shown."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None  # JSON

    def __repr__(self) -> str:
        return f"OutsideRequest({self.method})"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request to somebody else's system."""

    status: int = 0  # 0 when there was no answer
    body: bytes = b""
    fault: str = ""  # why there is no whole answer, for people; no part of the request


class Outside(Protocol):
    """Other people's systems."""

    def fetch(self, request: OutsideRequest, timeout_seconds: float, *, private_redirects: bool = False) -> Reply:
        """The answer, redirects of a GET followed; into private networks only if that is allowed. Never raises for
        what the network or the peer does."""


class Bundles(Protocol):
    """Compiled bundles by version, cached."""

    def get(self, account: str, version: str) -> Bundle | None: ...


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds. Somebody may set it."""

    def steady(self) -> float:
        """Seconds since some instant; nobody can set it, and no other host has the same."""

    def sleep(self, seconds: float) -> None: ...
