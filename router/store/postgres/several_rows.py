"""Rows that are written in the same way go as one statement, whose parameters are the columns.

What a statement costs besides its rows (a portal, a snapshot, its plan's start and end, the answer) is more than a row
does. So the events of one transaction are written by two or three statements, however many they are.
"""

from collections.abc import Iterable, Sequence

from router.store.statement import Asked, Column, Statement, Value


def together(writes: Iterable[Asked]) -> list[Asked]:
    """The same writes in fewer statements. None crosses a statement that may concern more than its own row."""
    gathered: list[Asked] = []
    rows: dict[Statement, list[Sequence[Value]]] = {}
    for statement, values in writes:
        if statement.several is not None:
            rows.setdefault(statement, []).append(values)
        else:
            gathered += _gathered(rows)
            rows.clear()
            gathered.append((statement, values))
    return gathered + _gathered(rows)


def _gathered(rows: dict[Statement, list[Sequence[Value]]]) -> list[Asked]:
    return [_as_one(statement, several) for statement, several in rows.items()]


def _as_one(statement: Statement, rows: list[Sequence[Value]]) -> Asked:
    if len(rows) == 1 or statement.several is None:
        return statement, rows[0]
    types = statement.several.types
    columns = zip(types, zip(*rows, strict=True), strict=True)
    return statement.several, [Column(type, values) for type, values in columns]
