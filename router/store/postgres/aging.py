"""`runtime.ports_aging.Aging` over PostgreSQL: the part of a transaction that forgets."""

from router.store.postgres import sql
from router.store.postgres.reading import PostgresReading


class PostgresAging(PostgresReading):
    """Mixed into the transaction."""

    def ended_calls(self, before: float, limit: int, *, unmasked: bool = False) -> list[tuple[str, str]]:
        statement = sql.UNMASKED_CALLS if unmasked else sql.ENDED_CALLS
        return [(account, entry_id) for account, entry_id in self._rows(statement, before, limit)]

    def forget_call(self, account: str, entry_id: str) -> tuple[int, int]:
        of_call = (account, entry_id)
        lines, commands, _ = self._ask(
            (sql.FORGET_JOURNAL, of_call), (sql.FORGET_COMMANDS_OF_CALL, of_call), (sql.FORGET_CALL, of_call)
        )
        return lines[0][0], commands[0][0]

    def forget_journal(self, account: str, entry_id: str) -> int:
        return int(self._rows(sql.FORGET_JOURNAL, account, entry_id)[0][0])

    def mark_masked(self, account: str, entry_id: str) -> None:
        self._rows(sql.MARK_MASKED, account, entry_id)

    def sweep_journal(self, before: float, after: int, limit: int) -> tuple[int, int | None]:
        (count, looked, last, at), *_ = self._rows(sql.SWEEP_JOURNAL, before, after, limit)
        return count, last if looked == limit and at < before else None

    def forget_commands(self, before: float, limit: int) -> int:
        return int(self._rows(sql.FORGET_COMMANDS, before, limit)[0][0])

    def forget_version(self, account: str, version: str) -> None:
        self._rows(sql.FORGET_VERSION, account, version)
