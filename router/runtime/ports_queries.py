"""What can be asked of what is kept: of a store by a plain read, or within a snapshot or a transaction."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from router.engine.state import Call
from router.history.journal import CommandRow, Record
from router.runtime.ports_administration import AdministrationQueries
from router.runtime.ports_figures import FigureQueries
from router.runtime.records import Activation, ActiveVersion, EndedCall, Figures, OldContent, StoredVersion


class Queries(AdministrationQueries, FigureQueries, Protocol):
    """Calls, their journals and commands, versions, tokens and the audit. Instants are Unix seconds."""

    def due_calls(self, before: float, limit: int = 100) -> list[tuple[str, str]]:
        """(account, entry_id) of calls with wake_at <= before, earliest first."""

    def next_wake(self) -> float | None:
        """The earliest wake_at of any call."""

    def version_content(self, account: str, version: str) -> bytes | None: ...

    def version_of(self, account: str, content: bytes) -> str | None:
        """The version that was stored with exactly this content, None when there is none."""

    def version_image(self, account: str, version: str) -> bytes:
        """The version's image; b"" when there is none."""

    def parts(self, account: str, parts: Collection[str]) -> dict[str, bytes]:
        """Those of these parts that the account has, with their content as it was stored."""

    def known_parts(self, account: str, parts: Collection[str]) -> set[str]:
        """Those of these parts that the account has."""

    def announced(self, since: float) -> list[tuple[str, str]]:
        """(account, version) of what was stored since that instant and was never active, in order."""

    def unadopted_versions(self) -> list[tuple[str, str]]:
        """(account, version) of large ones whose content an older program has stored in one."""

    def stored_versions(self, head: int) -> list[StoredVersion]:
        """The versions of all accounts, with the first `head` bytes of their images."""

    def accounts(self) -> list[str]:
        """The accounts that have versions, by name."""

    def versions(self, account: str) -> list[dict[str, Any]]:
        """version, created, activated, state (active, canary, draining, retired), live_calls, note, and
        what its `Origin` says; newest first."""

    def all_versions(self) -> dict[str, list[dict[str, Any]]]:
        """Account -> its `versions`, of all accounts that have any, by name."""

    def serving(self, account: str) -> ActiveVersion:
        """What the account's new calls get."""

    def all_serving(self) -> dict[str, ActiveVersion]:
        """Account -> `serving`, of those that something was ever published for."""

    def active_versions(self) -> dict[str, Activation]:
        """Of each account that has, or had, any."""

    def last_events(self, limit: int) -> dict[str, float]:
        """Account -> when the newest of its notifications came, of the newest `limit` of all."""

    def figures(self, account: str, version: str, since: float) -> Figures:
        """Of the calls that began on the version since then."""

    def calls(self, account: str | None, filters: Mapping[str, str], limit: int, after: str) -> list[dict[str, Any]]:
        """Rows for the list of calls, newest first (by start, then entry_id): account, entry_id, status, flow, version,
        direction, line, caller, started, ended, outcome, sip_call_id, cursor. `after` is the `cursor` of a page's last
        row, "" for the first page. Filters: live ("1" or "0"), line, flow, outcome, sip_call_id, since (Unix seconds).
        ValueError names a filter or a cursor that cannot be read."""

    def live_states(self, account: str | None, limit: int) -> list[Call]:
        """The calls that a flow has now, the newest first."""

    def changed_calls(self, since: float, limit: int, after: str, *, live: bool = True) -> list[dict[str, Any]]:
        """The same rows, by their last change: live calls, whenever theirs was, unless `live` is off; then the others
        that have changed since that instant, the latest first."""

    def traces(self, account: str, entry_ids: Collection[str]) -> list[tuple[str, bytes]]:
        """(entry_id, the trace of a line of its journal, as `engine.codec` writes it), in no order."""

    def call(self, account: str | None, entry_id: str) -> Call | None: ...

    def has_old_requests(self, before: float) -> bool:
        """Whether an answer to a request of the API was to be kept until then, and is still there."""

    def journal(self, account: str, entry_id: str) -> list[Record]: ...

    def journal_page(self, account: str, entry_id: str, after: int, limit: int) -> list[tuple[int, Record]]:
        """The lines of `journal` behind the one of number `after` (0: from the first on), each with its number."""

    def commands(
        self, account: str | None, *, entry_id: str | None = None, state: str | None = None, limit: int = 200
    ) -> list[CommandRow]:
        """The commands of an account's call, oldest first; or without `entry_id` the newest first, None for those of
        all accounts."""

    def deliveries(
        self,
        account: str | None,
        *,
        state: str | None = None,
        receiver: str | None = None,
        entry_id: str | None = None,
        limit: int = 200,
        after: str = "",
    ) -> tuple[list[CommandRow], str | None]:
        """Notifications, newest first, of one receiver (scheme, host and port) or call, and the cursor of what follows
        them, None at the end; `after` is such a cursor. ValueError when it cannot be read."""

    def queue_depths(self) -> dict[tuple[str, str], int]:
        """(account, command) -> how many are queued."""

    def live_calls(self) -> dict[tuple[str, str], int]:
        """(account, flow) -> how many calls are live."""

    def ended_calls(
        self, before: float, after: EndedCall | None, limit: int, *, unmasked: bool = False
    ) -> list[EndedCall]:
        """Calls that were over by then and have no command queued or sent, in the order of their starts, those `after`
        one of them (None begins); with `unmasked` those only that nothing was masked in, or that were written to
        since."""

    def read_ahead(self, calls: Collection[EndedCall]) -> None:
        """Read all that a transaction that forgets or masks these will change, so that it does not wait for the disk
        in its turn to write."""

    def older_than(self, before: float) -> OldContent:
        """How much a purge of what was over by then would delete; an estimate where there is too much to count."""
