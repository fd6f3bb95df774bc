"""`runtime.ports_aging.Aging` over SQLite: the part of a transaction that forgets."""

import sqlite3

from router.store.sqlite import sql


class SqliteAging:
    """Mixed into the transaction, whose connection it uses."""

    _connection: sqlite3.Connection

    def ended_calls(self, before: float, limit: int, *, unmasked: bool = False) -> list[tuple[str, str]]:
        statement = sql.UNMASKED_CALLS if unmasked else sql.ENDED_CALLS
        return self._connection.execute(statement, (before, limit)).fetchall()

    def forget_call(self, account: str, entry_id: str) -> tuple[int, int]:
        lines = self.forget_journal(account, entry_id)
        commands = self._connection.execute(sql.FORGET_COMMANDS_OF_CALL, (account, entry_id)).rowcount
        self._connection.execute(sql.FORGET_CALL, (account, entry_id))
        return lines, commands

    def forget_journal(self, account: str, entry_id: str) -> int:
        return self._connection.execute(sql.FORGET_JOURNAL, (account, entry_id)).rowcount

    def mark_masked(self, account: str, entry_id: str) -> None:
        self._connection.execute(sql.MARK_MASKED, (account, entry_id))

    def sweep_journal(self, before: float, after: int, limit: int) -> tuple[int, int | None]:
        lines = self._connection.execute(sql.OLDEST_LINES, (after, limit)).fetchall()
        strays = [(line,) for line, at, has_call in lines if at < before and not has_call]
        self._connection.executemany(sql.FORGET_LINE, strays)
        goes_on = len(lines) == limit and lines[-1][1] < before
        return len(strays), lines[-1][0] if goes_on else None

    def forget_commands(self, before: float, limit: int) -> int:
        return self._connection.execute(sql.FORGET_COMMANDS, (before, limit)).rowcount

    def forget_version(self, account: str, version: str) -> None:
        self._connection.execute(sql.FORGET_VERSION, (account, version))
