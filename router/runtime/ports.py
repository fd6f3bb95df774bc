"""What the runtime needs of the outside world, by role. The adapters of what is here live in `store`.

The hot path's shape is fixed here: a transaction is one `with` block; it reads once (`load`) and then only writes, so
that an adapter may buffer the writes and send them in one round trip.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

from router.engine.state import Call
from router.flow.model import Bundle
from router.history.journal import CommandRow, JournalLine, Record
from router.runtime.ports_administration import Administration
from router.runtime.ports_figures import Figuring
from router.runtime.ports_queries import Queries
from router.runtime.ports_retention import Retention
from router.runtime.records import AccountState, ActiveVersion, EventContext, EventKeys, Origin, Share

CONTENT: Final = "content"
IMAGE: Final = "image"
"""What of a version needs a part."""

NO_PARTS: Final[Mapping[str, Collection[str]]] = {}


class Reading(Queries, Protocol):
    """The dispatcher's reads: locked within a transaction, or a consistent plain look in a snapshot."""

    @property
    def now(self) -> float:
        """The database's clock when this began, or when its latest turn came; Unix seconds."""

    def candidates(self, account: str, limit: int) -> list[CommandRow]:
        """Queued commands for the PBX in serving order (high priority first, then those for
        which no time can be bought, then earliest deadline, then oldest), at most `limit` of each kind, without those
        of a call that has another one on the wire (sent, not answered)."""

    def notifications(self, account: str, limit: int, without: Iterable[str] = ()) -> list[CommandRow]:
        """Queued notifications (NOTIFY), the one that may go first first, but for those to the receivers `without`.
        They are nothing to the PBX, and nothing that a call waits for."""

    def slots(self, account: str) -> dict[str, list[float]]:
        """Per window name, the instants at which its occupied slots become free again, in order; only those > now."""

    def shares(self, account: str) -> dict[str, Share]:
        """What refusals said about the account's windows, by window; one without a row is ours as configured."""

    def all_slots(self) -> dict[str, dict[str, list[float]]]:
        """`slots` of every account that has any occupied."""

    def all_shares(self) -> list[tuple[str, Share]]:
        """(account, share) of every window that was ever refused."""

    def pauses(self) -> dict[str, AccountState]:
        """The accounts that are paused now."""

    def waiting(self, notifications: bool) -> dict[str, int]:
        """The accounts, sorted, that have queued commands for the PBX (or notifications), each with its mark: a number
        that differs after any commit that changed the account's outbox, slots, standing or shares."""

    def clock_shift(self) -> float:
        """The sum of all `Transaction.shift_clock` so far, seconds."""

    def standing(self, account: str) -> AccountState: ...

    def unanswered(self, by: float, limit: int) -> list[CommandRow]:
        """Every account's commands in state sent without an answer whose lease ended by that instant."""

    def unconfirmed(self, by: float, limit: int) -> list[CommandRow]:
        """Every account's commands in state sent that were answered by that instant and have no outcome yet."""

    def awaited(self) -> tuple[float | None, float | None]:
        """(the earliest lease of an unanswered command, the earliest answer without an outcome), of all accounts."""

    def command(self, account: str, command_id: str) -> CommandRow | None: ...

    def presence(self, account: str) -> dict[str, str]:
        """Employee -> online, dnd, break, offline, dial."""

    def was_told_of(self, account: str, entry_id: str, call_id: str) -> bool:
        """Whether the journal of a call has an event of a leg (`events/call`)."""

    def remembers(self, account: str, list_name: str, value: str) -> bool:
        """Whether a value was put into a list and is still to be kept."""


class Transaction(Reading, Retention, Administration, Figuring, Protocol):
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

    def before_commit(self, key: Hashable, action: Callable[[], object]) -> None:
        """Have `action` called when all else is done, the first of each key only. What it raises is logged, unless the
        database raised it."""

    def after_commit(self, action: Callable[[], object], otherwise: Callable[[], object] | None = None) -> None:
        """Have `action` called once everything is on disk: in this thread, outside of all locks, in the order of
        asking; `otherwise` if nothing was kept, or that is unknown. What they raise is logged, since it can undo
        nothing."""

    def expect(self, several: Sequence[EventKeys]) -> None:
        """Said before loads that will ask for these, so that a store may lock and read for all of them at once."""

    def load(
        self, account: str, *, dedupe: str | None = None, entry_id: str = "", command_id: str = ""
    ) -> EventContext:
        """Lock and read. With `command_id` alone the call is the command's. Locks the call until the commit."""

    def save_call(self, call: Call) -> None:
        """Insert or replace the call's row (state and the columns derived from it, `wake_at` included)."""

    def record(self, record: Record) -> None:
        """Append to the journal."""

    def queue(self, command: CommandRow) -> None:
        """Insert a new command."""

    def update_command(self, command: CommandRow) -> None:
        """Replace the row with that command_id."""

    def hold_back(self, notification: CommandRow, until: float) -> None:
        """What its call has queued for the same receiver may not be sent before that instant."""

    def queued_commands(self, account: str, entry_id: str) -> list[CommandRow]:
        """The call's commands still in state queued."""

    # the dispatcher's part
    def claim(self, row: CommandRow) -> bool:
        """Whether the command is still as it was read, and locks it until the commit. False also
        while its call is busy: a claim waits for no call, so a transaction may hold several."""

    def try_account(self, account: str, candidates: int) -> bool:
        """Lock the account until the commit, though calls are locked; False when another transaction has it, or when
        this one writes as of then. If True, `now` is the database's clock under that lock. So many candidates of each
        kind will be asked for next."""

    def take_slot(self, account: str, window: str, claim: str, free_at: float) -> None:
        """Occupy one slot of a window until `free_at`. A claim is one attempt of one command."""

    def free_slots(self, account: str, claim: str, free_at: Mapping[str, float]) -> None:
        """The claim's slot in each window becomes free at `free_at[window]`."""

    def save_standing(self, account: str, standing: AccountState) -> None: ...

    def save_share(self, account: str, share: Share) -> None: ...

    def shift_clock(self, seconds: float) -> None:
        """The database's wall clock was set forward by so much (back, when negative): all that is still to come moves
        with it. That is: slots, standings, shares, and every instant of commands that are queued or sent."""

    def set_presence(self, account: str, abonent: str, status: str) -> None: ...

    def remember(self, account: str, list_name: str, value: str, keep_seconds: float | None) -> None:
        """Put a value into a list, for so long from now (None for ever). A list that has it keeps it anew."""

    # requests of the API that may be repeated
    def lock_request(self, account: str, name: str) -> None:
        """Take turns with whoever asks for the same. Before a call is locked."""

    def request(self, account: str, name: str) -> tuple[bytes, bytes] | None:
        """(digest of what it said, its answer), while that is kept."""

    def keep_request(self, account: str, name: str, digest: bytes, answer: bytes, until: float) -> None: ...

    # versions
    def store_version(
        self,
        account: str,
        version: str,
        content: bytes,
        activate: bool,
        image: bytes = b"",
        parts: Mapping[str, Collection[str]] = NO_PARTS,
    ) -> None:
        """Insert the version's content if it is new, or there as an older program kept it; with `activate` make it the
        active one, which ends a canary. An `image` (the bundle as `flow.bundle_image` packs it) replaces the one that
        is there. `parts` are those that either needs: kept for as long as the version."""

    def store_part(self, account: str, part: str, content: bytes) -> None:
        """Insert a part (a piece of a version, by its digest), compressed, unless it is there. One that no version
        needs is kept for a day."""

    def adopt_version(self, account: str, version: str, content: bytes, parts: Collection[str]) -> None:
        """Replace content that an older program has stored in one, and drop the image that it made."""

    def save_serving(self, account: str, serving: ActiveVersion) -> None:
        """Change what new calls get; both versions count as activated now."""

    def touch(self) -> None:
        """Change something that nothing goes by, to see whether writes work. (SQLite does not write what is there.)"""

    def note_version(self, account: str, version: str, note: str) -> None:
        """Keep a sentence about a version, for people."""

    def note_origin(self, account: str, version: str, origin: Origin) -> None:
        """Keep where a version comes from."""

    def note_pause(self, account: str, by: str) -> None:
        """Keep who paused the account, and that it was now; with "" that it goes on. After `save_serving`."""

    def followed(self, account: str) -> dict[str, float]:
        """Version -> the latest instant at which a watched directory changed to it, of those that one ever did. No
        other transaction reads them for the same account until this one has ended."""

    def note_followed(self, account: str, version: str, at: float) -> None:
        """A watched directory changed to the stored version."""


class Store(Queries, Protocol):
    """The durable side. Thread-safe; safe among processes."""

    side_by_side: bool
    """Whether transactions run at the same time, under the locks of what they touch; else one after the other."""

    def now(self) -> float:
        """The database's clock as far as this process knows it, Unix seconds; without a question."""

    def transaction(self, patience_seconds: float | None = None) -> AbstractContextManager[Transaction]:
        """A write transaction; raises StoreUnavailable when it cannot begin or commit. A database that is silent for
        longer than the patience counts as away, and then the transaction may be kept all the same; without one it takes
        what a large piece of work may take."""

    def snapshot(self) -> AbstractContextManager[Reading]:
        """A look at one committed state, without a lock."""

    def changed(self) -> int:
        """A number that differs after any commit, another process's included; cheap enough to poll."""

    def last_record(self) -> int:
        """The number of the newest line of the journal, 0 when it is empty; no line before it can appear any more."""

    def first_record(self) -> int:
        """The number of the oldest line that is kept, 0 when there is none."""

    def records_after(self, number: int, limit: int) -> list[JournalLine]:
        """The journal's lines after `number`, in order, each with its call as it stands now; only those that no line
        before them can appear any more, so that the last one's number is a place to go on from."""

    def verify(self) -> None:
        """Raises DatabaseUnfit when the database is not one that this program can work with; one that does not answer
        yet may be."""

    def close(self) -> None: ...


class Bundles(Protocol):
    """Compiled bundles by version, cached."""

    def get(self, account: str, version: str) -> Bundle | None: ...


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds. It may be set."""

    def steady(self) -> float:
        """Seconds since some instant; it cannot be set, and no other host has the same."""

    def sleep(self, seconds: float) -> None: ...
