"""The part of a transaction that forgets: `runtime.ports_retention.Retention`."""

from router.store import statements
from router.store.reading import Reading


class Retention(Reading):
    """Mixed into the transaction."""

    def ended_calls(self, before: float, limit: int, *, unmasked: bool = False) -> list[tuple[str, str]]:
        statement = statements.UNMASKED_CALLS if unmasked else statements.ENDED_CALLS
        return [(account, entry_id) for account, entry_id in self._rows(statement, before, limit)]

    def forget_call(self, account: str, entry_id: str) -> tuple[int, int]:
        of_call = (account, entry_id)
        lines, commands, _ = self._ask(
            (statements.FORGET_JOURNAL, of_call),
            (statements.FORGET_COMMANDS_OF_CALL, of_call),
            (statements.FORGET_CALL, of_call),
        )
        return len(lines), len(commands)

    def forget_journal(self, account: str, entry_id: str) -> int:
        return len(self._rows(statements.FORGET_JOURNAL, account, entry_id))

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

    def forget_version(self, account: str, version: str) -> None:
        self._rows(statements.FORGET_VERSION, account, version)
