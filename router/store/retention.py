"""The part of a transaction that forgets: `runtime.ports_retention.Retention`."""

from collections.abc import Collection, Iterable

import msgspec

from router.runtime.ports_figures import PURGED
from router.runtime.records import EndedCall, EventKeys
from router.store import figure_statements, statements
from router.store.old_content import entry_ids_by_account
from router.store.reading import Reading


class Retention(Reading):
    """Mixed into the transaction."""

    def forget_calls(self, calls: Collection[EndedCall], before: float) -> tuple[int, int, int]:
        """All locks are taken by one statement: two transactions that want the same ones do so in the same order."""
        of_accounts = entry_ids_by_account(calls)
        names = [EventKeys(account=account, entry_id=one) for account, those in of_accounts.items() for one in those]
        asked = [(statements.FORGET_CALLS, (account, _json(those), before)) for account, those in of_accounts.items()]
        _, *found = self._ask((statements.LOCK_CALLS, (_json(names),)), *asked)
        gone = [(account, _json([one for (one,) in rows])) for account, rows in zip(of_accounts, found, strict=True)]
        lines = self._ask(*((statements.FORGET_JOURNAL, of_account) for of_account in gone))
        commands = self._ask(*((statements.FORGET_COMMANDS_OF_CALLS, of_account) for of_account in gone))
        self._ask(*((figure_statements.FORGET_COUNTED, of_account) for of_account in gone))
        self._note_purged(calls)
        return sum(map(len, found)), sum(map(len, lines)), sum(map(len, commands))

    def _note_purged(self, calls: Iterable[EndedCall]) -> None:
        """Figures of days of which calls are gone cannot be made anew."""
        latest: dict[str, float] = {}
        for call in calls:
            latest[call.account] = max(call.started, latest.get(call.account, 0.0))
        self._ask(*((figure_statements.SET_FIGURE_MARK, (one, PURGED, at)) for one, at in sorted(latest.items())))

    def forget_journal(self, account: str, entry_id: str) -> int:
        return len(self._rows(statements.FORGET_JOURNAL, account, _json([entry_id])))

    def mark_masked(self, account: str, entry_id: str) -> None:
        self._rows(statements.MARK_MASKED, account, entry_id)

    def sweep_journal(self, before: float, after: int, limit: int) -> tuple[int, int | None]:
        looked = self._rows(statements.OLDEST_LINES, after, limit)
        if not looked:
            return 0, None
        last, at = looked[-1]
        gone = self._rows(statements.SWEEP_LINES, after, last, before)
        return len(gone), last if len(looked) == limit and at < before else None

    def forget_commands(self, before: float, limit: int) -> int:
        return len(self._rows(statements.FORGET_COMMANDS, before, limit))

    def forget_requests(self, before: float) -> None:
        self._rows(statements.FORGET_REQUESTS, before)

    def forget_version(self, account: str, version: str) -> None:
        self._rows(statements.FORGET_VERSION, account, version)
        self._rows(statements.FORGET_USES, account, version)

    def forget_parts(self, account: str, before: float, limit: int) -> int:
        self._lock_account(account)  # who publishes looks whether they are there, and says that they are needed
        return len(self._rows(statements.FORGET_PARTS, account, before, limit))


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()
