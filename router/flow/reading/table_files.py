"""A table is a file that people keep in a spreadsheet: rows of cells under a header.

Commas, semicolons or tabs separate the cells; blanks around a cell do not count, nor do rows and last columns that are
empty. A key may be looked up in another form than the table has: a day by its ISO date, a number by its digits.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from router.flow.findings import Report
from router.flow.model import Mark, Output, Table
from router.flow.reading.changed_lines import changed_lines, has_plain_lines
from router.flow.resources.foreign_values import Fitted, fitted, iso_date
from router.flow.resources.packed_texts import TableRows
from router.protocol.phone_numbers import read_number

MOST_ABOVE: Final = 10  # rows of a title, a month, a company's name above a header
LONGEST_HEADER: Final = 10_000  # characters in which the key's column is looked for
MOST_TOLD: Final = 20  # rows or cells of one file; a file of something else has thousands
SEPARATORS: Final = ",;\t"
_LIKE_A_DAY: Final = re.compile(
    r"\d{1,4}([./-])\d{1,2}\1\d{2,4}|\d{1,2}[ .-]?[^\W\d_]{3,8}\.?[ .-]?\d{2,4}|[^\W\d_]{3,9} \d{1,2},? \d{4}"
)
_HAS_DIGITS: Final = re.compile(r"\d")
_SEPARATOR_LINE: Final = "sep="  # how a file tells a spreadsheet what separates its cells


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTable:
    """The rows of a file and where each stands."""

    path: str
    separator: str
    rows: tuple[tuple[str, ...], ...]  # the first is the header
    lines: tuple[int, ...]  # at which each row ends, from 1
    plain: str = field(default="", compare=False)  # the text when each of its lines is a row; else ""
    seen: dict[tuple[int, str, str], list[tuple[int, Fitted]]] = field(default_factory=dict, compare=False)
    _days: dict[int, list[str]] = field(default_factory=dict, compare=False)

    @property
    def header(self) -> tuple[str, ...]:
        return self.rows[0] if self.rows else ()

    def days(self, column: int) -> list[str]:
        """Each cell of a column, the header's too, as an ISO date; "" of one that is none."""
        if column not in self._days:
            cells = (row[column] for row in self.rows)
            self._days[column] = ["" if cell.isdecimal() else iso_date(cell) for cell in cells]
        return self._days[column]

    def misfits(self, column: int, kind: str, country: str) -> list[tuple[int, Fitted]]:
        """(place of the row, why) of the first cells of a column that do not fit a type: looked for once, whatever the
        number of steps that ask."""
        asked = column, kind, country
        if asked not in self.seen:
            cells = enumerate(row[column] for row in self.rows[1:])
            unfit = ((place, found) for place, cell in cells if cell and (found := fitted(cell, kind, country)).note)
            self.seen[asked] = list(islice(unfit, MOST_TOLD + 1))
        return self.seen[asked]


def read_rows(path: str, text: str, key: str, report: Report, before: WrittenTable | None = None) -> WrittenTable:
    """The rows as wide as the header; what is wider or narrower is reported, and so is what is not CSV. `before` is an
    earlier content of the file, read with the same key: rows that stand there too are not read again."""
    if before is not None and (found := _with_changes(before, path, text)) is not None:
        return found
    lines = text.splitlines(keepends=True)
    skipped = 1 if lines and lines[0].lower().startswith(_SEPARATOR_LINE) else 0
    separator = _separator(lines[skipped:], key)
    if '"' not in text and (plain := _plain_rows(lines[skipped:], separator)) is not None:
        numbers = range(1 + skipped, 1 + skipped + len(plain))
        kept = text if has_plain_lines(text) else ""
        return WrittenTable(path=path, separator=separator, rows=tuple(plain), lines=tuple(numbers), plain=kept)
    rows: list[tuple[str, ...]] = []
    ends: list[int] = []
    wrong = width = 0
    reader = csv.reader(lines[skipped:], delimiter=separator, strict=True)
    try:
        for cells in reader:
            row = tuple(map(str.strip, cells))
            if not row or not row[-1]:
                row = _without_last_blanks(row, width)
            if not row or not any(row):
                continue
            rows.append(row)
            ends.append(reader.line_num + skipped)
            width = width or len(row)
            if len(row) != width:
                wrong += 1
                if wrong <= MOST_TOLD:
                    _report_width(path, ends[-1], len(row), width, report)
    except csv.Error as error:
        mark = Mark(file=path, line=max(1, reader.line_num + skipped), column=1)
        report.add("F309", mark, f"not CSV: {error}", suggestion="a quote that begins a cell ends it, too")
    return WrittenTable(path=path, separator=separator, rows=tuple(rows), lines=tuple(ends))


def line_of_header(written: WrittenTable, key: str) -> int | None:
    """The line of a header that stands below a title; None where the first row is the header, or none is in sight."""
    if key in written.header:
        return None
    below = zip(written.rows[1 : MOST_ABOVE + 1], written.lines[1:], strict=False)
    return next((line for row, line in below if key in row), None)


def _with_changes(before: WrittenTable, path: str, text: str) -> WrittenTable | None:
    """The rows, of which those that stand in `before` are its own; None where the file has to be read whole: its
    first lines are others, or a row is not plain."""
    if not before.plain or '"' in text or not has_plain_lines(text):
        return None
    changed = changed_lines(before.plain, text)
    skipped = before.lines[0] - 1
    above = text.count("\n", 0, changed.start) - skipped
    if above <= MOST_ABOVE:  # the first lines tell what separates the cells
        return None
    lines = text[changed.start : changed.end].splitlines(keepends=True)
    new = _plain_rows(lines, before.separator) if lines else []
    if new is None or any(len(row) != len(before.header) for row in new):
        return None
    below = before.plain.count("\n", 0, changed.before_end) - skipped
    tail = before.rows[below:] if changed.end < len(text) else ()
    rows = (*before.rows[:above], *new, *tail)
    numbers = before.lines if len(rows) == len(before.rows) else tuple(range(1 + skipped, 1 + skipped + len(rows)))
    return WrittenTable(path=path, separator=before.separator, rows=rows, lines=numbers, plain=text)


def _separator(lines: Sequence[str], key: str) -> str:
    """The one under which the header, or a row below a title, has the key's column; else the one that is there most
    often."""
    first = list(islice((line for line in lines if line.strip()), MOST_ABOVE + 1))
    for line in first:
        for separator in SEPARATORS:
            if key in (
                cell.strip() for row in csv.reader([line[:LONGEST_HEADER]], delimiter=separator) for cell in row
            ):
                return separator
    return max(SEPARATORS, key=first[0].count) if first else SEPARATORS[0]


def _plain_rows(lines: Sequence[str], separator: str) -> list[tuple[str, ...]] | None:
    """The rows of a file without quotes in which each line is one, and all are as wide; None of any other. It is what
    most large files are, and takes a third less."""
    try:
        rows = [tuple(map(str.strip, cells)) for cells in csv.reader(lines, delimiter=separator, strict=True)]
    except csv.Error:
        return None
    is_plain = len(set(map(len, rows))) == 1 and all(row and row[-1] for row in rows)
    return rows if is_plain else None


def _without_last_blanks(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Spreadsheets write a separator for each column that ever had something in it."""
    while row and not row[-1] and (len(row) > width if width else True):
        row = row[:-1]
    return row


def _report_width(path: str, line: int, cells: int, columns: int, report: Report) -> None:
    plural = "" if cells == 1 else "s"
    mark = Mark(file=path, line=line, column=1)
    report.add("F309", mark, f"{cells} cell{plural} under a header of {columns}", length=_width(path, line, report))


def _width(path: str, line: int, report: Report) -> int:
    lines = report.lines.get(path, ())
    return len(lines[line - 1]) if line <= len(lines) else 1


def table_of(written: WrittenTable, key: str, country: str) -> Table:
    """The rows by their key. Of two rows with one key the first counts."""
    header, column = written.header, written.header.index(key)
    if (numbered := _numbered(written, column)) is not None:
        return Table(columns=header, rows=TableRows(header, numbered), dates={}, numbers={})
    rows: dict[str, tuple[str, ...]] = {}
    dates: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for row, day in zip(written.rows[1:], written.days(column)[1:], strict=True):
        cell = row[column]
        if not cell:  # nobody's row: an empty key, as that of a withheld number, is not found
            continue
        rows.setdefault(cell, row)
        if day:
            dates.setdefault(day, cell)
        elif not (cell.isascii() and cell.isdecimal() and cell.startswith("7")):
            number = read_number(cell, country).number
            if number and number != cell:
                numbers.setdefault(number, cell)
    return Table(columns=header, rows=TableRows(header, rows), dates=dates, numbers=numbers)


def _numbered(written: WrittenTable, column: int) -> dict[str, tuple[str, ...]] | None:
    """The rows by their key where each key is a number as it is dialled, and there once: it has no other form to be
    found by. Large tables are so, and all keys together are looked at sooner than one by one."""
    keys = [row[column] for row in written.rows[1:]]
    together = "".join(keys)
    if not (together.isascii() and together.isdecimal() and all(key.startswith("7") for key in keys)):
        return None
    rows = dict(zip(keys, written.rows[1:], strict=True))
    return rows if len(rows) == len(keys) else None


def check_keys(written: WrittenTable, key: str, report: Report) -> None:
    """W611 at a row whose key, in this form or another, stands above already; W612 at a key that is a day for people
    only."""
    _check_days(written, key, report)
    column, seen = written.header.index(key), set[str]()
    keys = [row[column] for row in written.rows]
    if any(days := written.days(column)):
        keys = [day or cell for cell, day in zip(keys, days, strict=True)]
    if len(set(keys)) == len(keys):
        return
    told = 0
    for row, line, same in zip(written.rows, written.lines, keys, strict=True):
        if same in seen and told < MOST_TOLD:
            told += 1
            message = f"a row with `{row[column]}` stands above already, and that one is found"
            report.add(
                "W611", Mark(file=written.path, line=line, column=1), message, length=_width(written.path, line, report)
            )
        seen.add(same)


def _check_days(written: WrittenTable, key: str, report: Report) -> None:
    """A day that cannot be read is never found by `now.date`, and nothing else would say so."""
    column = written.header.index(key)
    cells, days = [row[column] for row in written.rows[1:]], written.days(column)[1:]
    read = len(days) - days.count("")
    is_calendar = read > 0 and sum(_HAS_DIGITS.search(cell) is not None for cell in cells) <= 2 * read
    if not is_calendar and all(map(str.isdecimal, cells)):  # numbers, as most keys are, and 200,000 of them
        return
    told = 0
    for cell, day, row, line in zip(cells, days, written.rows[1:], written.lines[1:], strict=True):
        unread = not day and (_LIKE_A_DAY.fullmatch(cell) or (is_calendar and _HAS_DIGITS.search(cell)))
        if not unread or (told := told + 1) > MOST_TOLD:
            continue
        mark = Mark(file=written.path, line=line, column=_column(written, row, column, line, report))
        message = f"`{cell}` is not a day that can be read: it is never found by a date"
        report.add("W612", mark, message, length=len(cell), suggestion="write a date such as 2026-11-30")


def check_cells(written: WrittenTable, output: Output, country: str, report: Report) -> None:
    """W612 at every cell of the output's column that does not fit its type: the output's default would be taken."""
    column = written.header.index(output.path)
    for told, (place, found) in enumerate(written.misfits(column, output.type, country), 1):
        row, line = written.rows[place + 1], written.lines[place + 1]
        cell = row[column]
        if told > MOST_TOLD:
            report.add(
                "W612", Mark(file=written.path, line=line, column=1), "this cell and others below do not fit either"
            )
            return
        default = f"`{output.default}`" if output.default != "" else "empty"
        taken = f"the output `{output.name}` is {default} then" if found.value is None else f"{found.value} is dialled"
        mark = Mark(file=written.path, line=line, column=_column(written, row, column, line, report))
        report.add("W612", mark, f"{found.note}; {taken}", length=len(cell), suggestion=_instead(cell, output.type))


def _instead(cell: str, kind: str) -> str:
    wanted = {
        "phone": "write one number, or leave the cell empty",
        "number": "write a number, or leave the cell empty",
        "bool": "write yes or no, or leave the cell empty",
        "date": "write a date such as 2026-11-30, or leave the cell empty",
    }
    return wanted.get(kind, "")


def _column(written: WrittenTable, row: Sequence[str], column: int, line: int, report: Report) -> int:
    """Where the cell begins in its line, in characters from 1."""
    lines = report.lines.get(written.path, ())
    text = lines[line - 1] if line <= len(lines) else ""
    at = 0
    for before in _cells_before(row, column):
        found = text.find(before, at)
        at = at if found < 0 else text.find(written.separator, found + len(before)) + 1
    return max(0, text.find(row[column], at)) + 1


def _cells_before(row: Sequence[str], column: int) -> Iterator[str]:
    yield from row[:column]
