"""The figures in the database: `runtime.ports_figures`."""

from collections.abc import Collection, Hashable
from operator import itemgetter
from typing import Final

import msgspec

from router.engine.codec import decode_call, decode_trace
from router.engine.state import Entry
from router.history.figure_facts import Fact
from router.history.journal import CommandRow
from router.runtime.ports_figures import Cell, Changed, EndedHistory, Question, Sum, added
from router.store import encoding, figure_statements
from router.store.statement import Row, Statement, Value

_FACT: Final = len(figure_statements.FACT_COLUMNS)


class FigureQueries:
    """Mixed into the store's queries."""

    def _rows(self, statement: Statement, *values: Value) -> list[Row]:
        raise NotImplementedError

    def uncounted_calls(self, after: Changed, until: float, limit: int) -> list[Changed]:
        return [Changed(*row) for row in self._rows(figure_statements.UNCOUNTED_CALLS, *after, until, limit)]

    def ended_histories(self, account: str, entry_ids: Collection[str]) -> list[EndedHistory]:
        names = _json(list(entry_ids))
        traces: dict[str, list[Entry]] = {}
        for entry_id, trace in self._rows(figure_statements.TRACES, account, names):
            traces.setdefault(entry_id, []).extend(decode_trace(trace))
        commands: dict[str, list[CommandRow]] = {}
        for columns in self._rows(figure_statements.COMMANDS_OF_CALLS, account, names):
            row = encoding.command_from(columns)
            commands.setdefault(row.entry_id, []).append(row)
        return [
            EndedHistory(decode_call(state), tuple(traces.get(entry_id, ())), tuple(commands.get(entry_id, ())))
            for entry_id, state in self._rows(figure_statements.ENDED_STATES, account, names)
        ]

    def figure_sums(self, question: Question) -> list[Sum]:
        by = tuple(question.by)
        statement = figure_statements.sums(by, tuple(question.where), hourly=question.hourly)
        kinds, days = (question.kinds[0], question.kinds[-1]), (question.first, question.last)
        rows = self._rows(statement, question.account, *kinds, *days, *question.where.values())
        return [_sum(row, len(by)) for row in sorted(rows, key=itemgetter(slice(len(by) + _FACT)))]

    def figure_mark(self, account: str, name: str) -> float:
        found = self._rows(figure_statements.FIGURE_MARK, account, name)
        return float(found[0][0]) if found else 0.0

    def kept_calls_began(self, account: str) -> tuple[float, float] | None:
        oldest, masked = self._rows(figure_statements.KEPT_CALLS, account)[0]
        return None if oldest is None else (float(oldest), float(masked))


class Figuring(FigureQueries):
    """Mixed into the transaction."""

    def _write(self, key: Hashable, statement: Statement, *values: Value) -> None:
        raise NotImplementedError

    def count_calls(self, account: str, entry_ids: Collection[str]) -> set[str]:
        return {one for (one,) in self._rows(figure_statements.COUNT_CALLS, account, _json(sorted(entry_ids)))}

    def add_figures(self, account: str, cells: Collection[Cell]) -> None:
        """In one order for everybody, so that two transactions never wait for each other's cells."""
        for hour, rows in sorted(_told(cells).items()):
            self._write(object(), figure_statements.ADD_FIGURES[hour], account, _json(rows))

    def set_figure_mark(self, account: str, name: str, at: float) -> None:
        self._write(("figure mark", account, name), figure_statements.SET_FIGURE_MARK, account, name, at)

    def forget_figures(self, account: str, day: int, begins: float, ends: float) -> None:
        self._rows(figure_statements.FORGET_DAY, account, day)
        self._rows(figure_statements.UNCOUNT, account, begins, ends)


def _sum(row: Row, by: int) -> Sum:
    times, calls, seconds, *hours = row[by + _FACT :]
    fact = Fact(*row[by : by + _FACT])
    return Sum(tuple(row[:by]), fact, int(times), int(calls), float(seconds), tuple(map(int, hours)))


def _told(cells: Collection[Cell]) -> dict[int, list[list[object]]]:
    """Hour of the day -> the rows of the statement's JSON: the cells in both grains, no two of one key."""
    hours: dict[int, dict[tuple[object, ...], Cell]] = {}
    for cell in cells:
        found = hours.setdefault(cell.hour, {})
        kind, *rest = cell.fact
        for grain, line in ((figure_statements.LINE, cell.line), (figure_statements.DAY, "")):
            key = (kind, grain, cell.day, cell.flow, line, cell.version, *rest)
            known = found.get(key)
            found[key] = cell if known is None else added(known, cell)
    return {
        hour: [[*key, cell.times, cell.calls, cell.seconds] for key, cell in sorted(found.items())]
        for hour, found in hours.items()
    }


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()
