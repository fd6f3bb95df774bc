"""Resource files become what flows refer to by name: prompts, extensions, opening hours, lists, tables.

A name that was written counts as known even when its entry is faulty: the fault is reported where it is, and not
again at every use. While some file of the bundle could not be read at all, no name is called unknown.
"""

import csv
import posixpath
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from router.flow.advice import Suggestion
from router.flow.findings import Report, did_you_mean, has_errors
from router.flow.fixes import report_at
from router.flow.hours import OpeningHours, is_holiday_country, is_timezone, parse_days, parse_ranges
from router.flow.listed import Listed
from router.flow.lists import CompiledList, entry_problem, parse_list_file
from router.flow.model import Audio, Hours, Mark, NumberList, Prompt, Table
from router.flow.reading.fields import Fields
from router.flow.shape import Damaged
from router.flow.source import Node, items, pairs, read_text, refuse_unreadable

KINDS: Final = ("audio", "groups", "people", "hours", "lists", "tables")
MOST_TOLD: Final = 20  # entries of one file, or rows; a file of something else has thousands
DEFAULT_TIMEZONE: Final = "Europe/Moscow"


@dataclass(slots=True, kw_only=True)
class Resources:
    """All resources of a bundle."""

    known: dict[str, dict[str, Node]] = field(default_factory=lambda: {kind: {} for kind in KINDS})  # names written
    complete: bool = True  # every file could be read
    prompts: dict[str, Prompt] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)  # name -> extension
    people: dict[str, str] = field(default_factory=dict)
    hours: dict[str, Hours] = field(default_factory=dict)
    lists: dict[str, NumberList] = field(default_factory=dict)
    listed: dict[str, Listed] = field(default_factory=dict)  # the lists with what was written
    tables: dict[str, Table] = field(default_factory=dict)
    contents: dict[str, Any] = field(default_factory=dict)  # "lists.NAME" -> what its file holds, for the version


@dataclass(slots=True, kw_only=True)
class ResourceReader:
    """Reads resource files one after another into `resources`."""

    files: Mapping[str, bytes]
    report: Report
    resources: Resources = field(default_factory=Resources)
    row_lines: dict[str, list[int]] = field(default_factory=dict)  # path of a table -> the line at which each row ends

    def read(self, root: Node, damaged: Damaged) -> None:
        """Add what stands in one file; a faulty kind leaves all its names unknown."""
        self.resources.complete &= not any({id(key), id(value)} & damaged for key, value in pairs(root))
        for kind, names in Fields(root, damaged).entries():
            for name, entry in pairs(names):
                if self._is_new(kind.text, name) and id(name) not in damaged and id(entry) not in damaged:
                    _READ[kind.text](self, name, Fields(entry, damaged))

    def _is_new(self, kind: str, name: Node) -> bool:
        known = self.resources.known[kind]
        first = known.setdefault(name.text, name)
        if first is not name:
            place = f"{first.mark.file}:{first.mark.line}"
            self._say("F307", name, f"`{kind}.{name.text}` is defined already at {place}")
        return first is name

    def _say(self, code: str, node: Node, message: str, suggestion: Suggestion = "") -> None:
        report_at(self.report, code, node, message, suggestion)

    def _prompt(self, name: Node, fields: Fields) -> None:
        if fields.get("id") is not None or fields.get("length") is not None:
            variants = {"": _audio(fields)}
        else:
            variants = {language.text: _audio(Fields(node, fields.damaged)) for language, node in fields.entries()}
        if variants:
            self.resources.prompts[name.text] = Prompt(name=name.text, variants=variants)

    def _group(self, name: Node, fields: Fields) -> None:
        self.resources.groups[name.text] = fields.text("extension")

    def _person(self, name: Node, fields: Fields) -> None:
        self.resources.people[name.text] = fields.text("extension")

    def _hours(self, name: Node, fields: Fields) -> None:
        timezone = self._timezone(fields)
        open_days = {
            key.text: self._ranges(node) for key, node in fields.inside("open").entries() if self._is_days(key)
        }
        dates = {key.text: self._ranges(node) for key, node in fields.inside("dates").entries() if self._is_date(key)}
        self.resources.hours[name.text] = OpeningHours(timezone, open_days, self._country(fields), dates)

    def _timezone(self, fields: Fields) -> str:
        node = fields.get("timezone")
        return node.text if node is not None and check_timezone(node, self.report) else DEFAULT_TIMEZONE

    def _country(self, fields: Fields) -> str | None:
        node = fields.get("holidays")
        if node is None:
            return None
        if is_holiday_country(node.text):
            return node.text
        self._say("F311", node, f"the `holidays` library does not know `{node.text}`", "write an ISO code such as RU")
        return None

    def _is_days(self, key: Node) -> bool:
        if parse_days(key.text) is None:
            self._say("F207", key, f"`{key.text}` is not a day such as mon, or days such as mon-fri")
            return False
        return True

    def _is_date(self, key: Node) -> bool:
        try:
            date.fromisoformat(key.text)
        except ValueError:
            self._say("F207", key, f"`{key.text}` is not a day of any calendar")
            return False
        return True

    def _ranges(self, node: Node) -> tuple[str, ...]:
        """The ranges of a day; `closed` is none."""
        if node.text == "closed":
            return ()
        written = items(node) or ((node,) if node.kind == "scalar" else ())
        for wrong in (item for item in written if parse_ranges(item.text) is None):
            self._say("F207", wrong, f"`{wrong.text}` is not a range such as 09:00-18:00, nor closed")
        return tuple(item.text for item in written if parse_ranges(item.text) is not None)

    def _list(self, name: Node, fields: Fields) -> None:
        entries = self._written_entries(fields)
        file = fields.get("file")
        if file is not None:
            filed = self._filed_entries(file)
            self.resources.contents[f"lists.{name.text}"] = filed
            entries = [*entries, *filed]
        numbers = self.resources.lists[name.text] = CompiledList(entries, fields.seconds("keep"))
        self.resources.listed[name.text] = Listed(name=name.text, entries=entries, numbers=numbers)

    def _written_entries(self, fields: Fields) -> list[str]:
        nodes = fields.one_or_many("numbers")
        for node in nodes:
            problem = entry_problem(node.text)
            if problem:
                self._say("F207", node, f"`{node.text}`: {problem}")
        return [node.text for node in nodes]

    def _filed_entries(self, node: Node) -> list[str]:
        file, text = self._referenced(node)
        lines = parse_list_file(text or "")
        wrong = [(number, entry, problem) for number, entry in lines if (problem := entry_problem(entry))]
        for number, entry, problem in wrong[:MOST_TOLD]:
            column = self.report.lines[file][number - 1].find(entry) + 1
            mark = Mark(file=file, line=number, column=max(1, column))
            self.report.add("F207", mark, f"`{entry}`: {problem}", length=len(entry))
        if len(wrong) > MOST_TOLD:
            mark = Mark(file=file, line=wrong[MOST_TOLD][0], column=1)
            self.report.add(
                "F207", mark, f"this entry and {len(wrong) - MOST_TOLD - 1} more cannot match anything either"
            )
        return [entry for _, entry in lines]

    def _table(self, name: Node, fields: Fields) -> None:
        file, key = fields.get("file"), fields.get("key")
        if file is None or key is None:
            return
        path, text = self._referenced(file)
        rows = self._rows(path, text) if text is not None else []
        self.resources.contents[f"tables.{name.text}"] = rows
        if rows and self._has_key(path, key, rows[0]) and all(len(row) == len(rows[0]) for row in rows):
            self.resources.tables[name.text] = _table_of(rows, key.text)
            self._check_keys(path, rows, rows[0].index(key.text))
        elif text is not None and not text.strip():
            self._say("F309", file, f"{path} is empty", "its first line names the columns")

    def _has_key(self, path: str, key: Node, header: list[str]) -> bool:
        double = next((column for number, column in enumerate(header) if column in header[:number]), None)
        if double is not None:
            line = self.report.lines[path][0]
            mark = Mark(file=path, line=1, column=max(0, line.rfind(double)) + 1)
            self.report.add("F309", mark, f"a second column `{double}`", length=len(double))
        elif key.text not in header:
            other = next((sign for sign in ";\t|" if len(header) == 1 and sign in header[0]), "")
            suggestion = f"cells are separated by commas, and here by `{other}`" if other else ""
            self._say("F309", key, f"{path} has no column `{key.text}`", suggestion or did_you_mean(key.text, header))
        return double is None and key.text in header

    def _check_keys(self, path: str, rows: list[list[str]], column: int) -> None:
        seen, double = set[str](), list[str]()
        for number, row in enumerate(rows):
            if row[column] in seen and len(double) < MOST_TOLD:
                double.append(row[column])
                line = self.row_lines[path][number]
                message = f"a row with `{row[column]}` stands above already, and that one is found"
                self.report.add("W611", Mark(file=path, line=line, column=1), message, length=self._width(path, line))
            seen.add(row[column])

    def _width(self, path: str, line: int) -> int:
        return len(self.report.lines[path][line - 1])

    def _rows(self, path: str, text: str) -> list[list[str]]:
        """The rows, the header's cells without the blanks around them."""
        rows: list[list[str]] = []
        lines, wrong = self.row_lines.setdefault(path, []), 0
        lines.clear()
        reader = csv.reader(text.splitlines(keepends=True), strict=True)
        try:
            for row in filter(None, reader):
                rows.append(row if rows else [cell.strip() for cell in row])
                lines.append(reader.line_num)
                if len(row) != len(rows[0]):
                    wrong += 1
                if len(row) != len(rows[0]) and wrong <= MOST_TOLD:
                    message = f"{len(row)} cell{'' if len(row) == 1 else 's'} under a header of {len(rows[0])}"
                    mark = Mark(file=path, line=reader.line_num, column=1)
                    self.report.add("F309", mark, message, length=self._width(path, reader.line_num))
        except csv.Error as error:
            self.report.add("F309", Mark(file=path, line=max(1, reader.line_num), column=1), f"not CSV: {error}")
        return rows

    def _referenced(self, node: Node) -> tuple[str, str | None]:
        """(path, text) of a file named by `node`: beside the file that names it, else from the bundle's top.

        The text is None when there is none to be had; then a finding says why.
        """
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(node.mark.file), node.text))
        path = next((path for path in (beside, posixpath.normpath(node.text)) if path in self.files), None)
        if path is None:
            alike = [name for name in self.files if posixpath.splitext(name)[1] == posixpath.splitext(node.text)[1]]
            self._say("F308", node, f"the bundle has no file `{node.text}`", did_you_mean(node.text, alike))
            return node.text, None
        text, findings = read_text(path, self.files[path])
        self.report.findings.extend(findings)
        self.report.lines[path] = text.splitlines()
        if has_errors(findings) or refuse_unreadable(path, text, self.report):
            return path, None
        return path, text


_READ: Final[Mapping[str, Callable[[ResourceReader, Node, Fields], None]]] = {
    "audio": ResourceReader._prompt,
    "groups": ResourceReader._group,
    "people": ResourceReader._person,
    "hours": ResourceReader._hours,
    "lists": ResourceReader._list,
    "tables": ResourceReader._table,
}


def _table_of(rows: list[list[str]], key: str) -> Table:
    """The first row is the header. Of two rows with one key the first counts."""
    header = tuple(rows[0]) if rows else ()
    by_key: dict[str, Mapping[str, str]] = {}
    for row in rows[1:]:
        cells = dict(zip(header, row, strict=True))
        by_key.setdefault(cells[key], cells)
    return Table(columns=header, rows=by_key)


def _audio(fields: Fields) -> Audio:
    return Audio(id=fields.integer("id", 0), length=fields.seconds("length") or 0.0, says=fields.text("says"))


def check_timezone(node: Node, report: Report) -> bool:
    """Whether the node names a time zone; if not, that is reported."""
    if is_timezone(node.text):
        return True
    report_at(report, "F310", node, f"unknown time zone `{node.text}`", did_you_mean(node.text, _all_timezones()))
    return False


def _all_timezones() -> Iterable[str]:
    return zoneinfo.available_timezones()
