"""Resource files become what flows refer to by name: prompts, extensions, opening hours, lists, tables.

A name whose entry is faulty stands for Invalid: the fault is reported where it is, and not again at every use. So does
every other name while some file of the bundle could not be read at all.
"""

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from router.flow.findings import Finding, Report, did_you_mean
from router.flow.invalid import INVALID
from router.flow.load_cache import Kept
from router.flow.model import Audio, Hours, Mark, NumberList, Prompt, PromptSet, Table
from router.flow.reading.setting_fields import Fields
from router.flow.reading.table_files import MOST_TOLD, WrittenTable, check_keys, line_of_header, read_rows, table_of
from router.flow.reading.timetables import read_hours
from router.flow.resources.holiday_calendar import Frozen, country_meant
from router.flow.resources.list_entries import entry_advice, entry_problem, parse_list_file
from router.flow.resources.list_overlap import Listed
from router.flow.resources.number_lists import CompiledList
from router.flow.resources.text_encoding import decoded
from router.flow.suggestions.advice import Suggestion, edit, write
from router.flow.suggestions.fixes import report_at
from router.flow.yaml.node import Node, find, pairs, read_text, refuse_unreadable
from router.protocol.dial_plan import DEFAULT_COUNTRY, is_country

KINDS: Final = ("audio", "groups", "people", "hours", "lists", "tables")


@dataclass(slots=True, kw_only=True)
class Resources:
    """All resources of a bundle."""

    known: dict[str, dict[str, Node]] = field(default_factory=lambda: {kind: {} for kind in KINDS})  # names written
    unknown: Any = None  # what a name stands for that nothing defines: INVALID while some file could not be read
    prompts: dict[str, Prompt | PromptSet] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)  # name -> extension
    people: dict[str, str] = field(default_factory=dict)
    hours: dict[str, Hours] = field(default_factory=dict)
    lists: dict[str, NumberList] = field(default_factory=dict)
    listed: dict[str, Listed] = field(default_factory=dict)  # the lists with what was written
    tables: dict[str, Table] = field(default_factory=dict)
    written_tables: dict[str, WrittenTable] = field(default_factory=dict)  # where their cells stand
    country: str = DEFAULT_COUNTRY  # in which the bundle's numbers are written
    contents: dict[str, Sequence[Any]] = field(default_factory=dict)  # "lists.NAME" -> what its file holds
    kept: dict[str, Kept] = field(default_factory=dict)  # "lists.NAME" -> what was computed from it

    def find(self, kind: str, name: str) -> Any:
        """What the name of a kind stands for: INVALID if it has a finding; None if the bundle certainly has none."""
        kinds: dict[str, Mapping[str, Any]] = {
            "audio": self.prompts, "groups": self.groups, "people": self.people, "hours": self.hours,
            "lists": self.lists, "tables": self.tables,
        }  # fmt: skip
        return kinds[kind].get(name, INVALID if name in self.known[kind] else self.unknown)


@dataclass(slots=True, kw_only=True)
class ResourceReader:
    """Reads resource files one after another into `resources`."""

    files: Mapping[str, bytes]
    report: Report
    resources: Resources = field(default_factory=Resources)
    calendars: Mapping[str, Frozen] = field(default_factory=dict)  # of a stored version: country -> its days
    kept: Mapping[str, Kept] = field(default_factory=dict)  # file -> what was computed from it

    def read_country(self, roots: Iterable[Node]) -> None:
        """`country` of any file holds for the whole bundle, so it is read before everything else."""
        written = [node for root in roots if (node := find(root, "country")) is not None and not node.invalid]
        for node in written:
            if not is_country(node.text):
                code = country_meant(node.text)
                advice = write(code) if code and is_country(code) else "write an ISO code such as RU"
                self._say("F311", node, f"`{node.text}` is no country", advice)
            elif node.text != written[0].text:
                first = written[0].mark
                self._say(
                    "F307", node, f"the bundle's country is `{written[0].text}` already at {first.file}:{first.line}"
                )
        if written and is_country(written[0].text):
            self.resources.country = written[0].text

    def read(self, root: Node) -> None:
        """Add what stands in one file."""
        if any(key.invalid or value.invalid for key, value in pairs(root)):
            self.resources.unknown = INVALID
        for kind, names in Fields(root).entries():
            for name, entry in pairs(names) if kind.text in _READ else ():
                if self._is_new(kind.text, name) and not (name.invalid or entry.invalid):
                    _READ[kind.text](self, name, Fields(entry))

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
        for key in ("each", "pick"):
            if fields.get(key) is not None:
                self.resources.prompts[name.text] = _prompt_set(name.text, fields.inside(key), each=key == "each")
                return
        if prompt := _recordings(name.text, fields):
            self.resources.prompts[name.text] = prompt

    def _group(self, name: Node, fields: Fields) -> None:
        self.resources.groups[name.text] = fields.text("extension")

    def _person(self, name: Node, fields: Fields) -> None:
        self.resources.people[name.text] = fields.text("extension")

    def _hours(self, name: Node, fields: Fields) -> None:
        self.resources.hours[name.text] = read_hours(fields, self.calendars, self.report)

    def _list(self, name: Node, fields: Fields) -> None:
        written, filed, kept = self._written_entries(fields), tuple[str, ...](), Kept()
        file = fields.get("file")
        if file is not None:
            filed, kept = self._filed_entries(file)
            self.resources.contents[f"lists.{name.text}"] = filed
        country = self.resources.country
        if fields.is_unclear("keep"):
            return
        keep, entries = fields.seconds("keep"), (*written, *filed)
        compiled = kept.keep("list", lambda: (CompiledList(entries, keep, country), Kept()), (written, keep, country))
        self.resources.lists[name.text], self.resources.kept[f"lists.{name.text}"] = compiled
        self.resources.listed[name.text] = Listed(name=name.text, entries=entries, numbers=compiled[0], country=country)

    def _written_entries(self, fields: Fields) -> tuple[str, ...]:
        nodes = fields.one_or_many("numbers")
        for node in nodes:
            problem = entry_problem(node.text, self.resources.country)
            if problem:
                advice = entry_advice(node.text, self.resources.country, filed=False)
                self._say("F207", node, f"`{node.text}`: {problem}", advice)
        return tuple(node.text for node in nodes)

    def _filed_entries(self, node: Node) -> tuple[tuple[str, ...], Kept]:
        """The entries of a list's file, and what was computed from it."""
        file, text = self._referenced(node)
        if text is None:
            return (), Kept()
        kept = self.kept[file]
        entries, findings = kept.keep("entries", partial(self._entries_in, file, text), self.resources.country)
        self.report.findings.extend(findings)
        return entries, kept

    def _entries_in(self, file: str, text: str) -> tuple[tuple[str, ...], list[Finding]]:
        report = Report(lines=self.report.lines)
        lines, country = parse_list_file(text), self.resources.country
        wrong = [(number, entry, problem) for number, entry in lines if (problem := entry_problem(entry, country))]
        for number, entry, problem in wrong[:MOST_TOLD]:
            column = report.lines[file][number - 1].find(entry) + 1
            mark = Mark(file=file, line=number, column=max(1, column))
            advice = entry_advice(entry, country, filed=True)
            fix = () if advice.instead is None else (edit(number, mark.column, len(entry), advice.instead),)
            report.add("F207", mark, f"`{entry}`: {problem}", length=len(entry), suggestion=advice, fix=fix)
        if len(wrong) > MOST_TOLD:
            mark = Mark(file=file, line=wrong[MOST_TOLD][0], column=1)
            report.add("F207", mark, f"this entry and {len(wrong) - MOST_TOLD - 1} more cannot match anything either")
        return tuple(entry for _, entry in lines), report.findings

    def _table(self, name: Node, fields: Fields) -> None:
        file, key = fields.get("file"), fields.get("key")
        if file is None or key is None:
            return
        path, text = self._referenced(file)
        if text is None:
            return
        kept = self.kept[path]
        written, findings = kept.keep("rows", partial(self._rows_in, path, text, key.text, kept.earlier), key.text)
        self.resources.contents[f"tables.{name.text}"] = written.rows
        self.resources.kept[f"tables.{name.text}"] = kept
        if (line := line_of_header(written, key.text)) is not None:
            message, advice = "the names of the columns stand here, below other rows", "remove the lines above this one"
            self.report.add("F309", Mark(file=path, line=line, column=1), message, suggestion=advice)
            return
        self.report.findings.extend(findings)
        if not written.rows:
            self._say("F309", file, f"{path} is empty", "its first line names the columns")
        elif self._has_key(written, key) and not findings:
            made_from = key.text, self.resources.country
            compiled = kept.keep("table", partial(self._compiled, written, key.text), made_from)
            self.resources.tables[name.text], findings, self.resources.kept[f"tables.{name.text}"] = compiled
            self.resources.written_tables[name.text] = written
            self.report.findings.extend(findings)

    def _rows_in(self, path: str, text: str, key: str, earlier: Kept | None) -> tuple[WrittenTable, list[Finding]]:
        report = Report(lines=self.report.lines)
        before = earlier.get("rows", key) if earlier is not None else None
        return read_rows(path, text, key, report, before[0] if before is not None else None), report.findings

    def _compiled(self, written: WrittenTable, key: str) -> tuple[Table, list[Finding], Kept]:
        report = Report(lines=self.report.lines)
        check_keys(written, key, report)
        return table_of(written, key, self.resources.country), report.findings, Kept()

    def _has_key(self, written: WrittenTable, key: Node) -> bool:
        header = written.header
        double = next((column for number, column in enumerate(header) if column in header[:number]), None)
        if double is not None:
            line = written.lines[0]
            text = self.report.lines[written.path][line - 1]
            mark = Mark(file=written.path, line=line, column=max(0, text.rfind(double)) + 1)
            self.report.add("F309", mark, f"a second column `{double}`", length=len(double))
        elif key.text not in header:
            piped = len(header) == 1 and "|" in header[0]
            columns = "cells are separated by commas, and here by `|`" if piped else f"its columns: {', '.join(header)}"
            advice = did_you_mean(key.text, header) or columns
            self._say("F309", key, f"{written.path} has no column `{key.text}`", advice)
        return double is None and key.text in header

    def _referenced(self, node: Node) -> tuple[str, str | None]:
        """(path, text) of a file named by `node`: beside the file that names it, else from the bundle's top.

        The text is None when there is none to be had; then a finding says why.
        """
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(node.mark.file), node.text))
        path = next((path for path in (beside, posixpath.normpath(node.text)) if path in self.files), None)
        base, suffix = posixpath.splitext(path or node.text)
        if suffix.lower() in _SPREADSHEETS or (path is not None and self.files[path].startswith(_WORKBOOKS)):
            advice = f"save the sheet as CSV, and write {posixpath.basename(base)}.csv"
            self._say("F309", node, f"{node.text} is a workbook of a spreadsheet, and no text", advice)
            return node.text, None
        if path is None:
            alike = [name for name in self.files if posixpath.splitext(name)[1] == posixpath.splitext(node.text)[1]]
            self._say("F308", node, f"the bundle has no file `{node.text}`", did_you_mean(node.text, alike))
            return node.text, None
        text, lines, findings = self.kept[path].keep("text", partial(_text_of, path, self.files[path]))
        self.report.findings.extend(findings)
        if lines is not None:
            self.report.lines[path] = lines
        return path, text


def _text_of(path: str, content: bytes) -> tuple[str | None, list[str] | None, list[Finding]]:
    """The text of a file that is no YAML, its lines, and what is wrong with it; without a text it cannot be used."""
    text = decoded(content)
    if text is None:
        return None, None, read_text(path, content)[1]
    lines = text.splitlines()
    report = Report(lines={path: lines})
    return None if refuse_unreadable(path, text, report) else text, lines, report.findings


_SPREADSHEETS: Final = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods; .xls

_READ: Final[Mapping[str, Callable[[ResourceReader, Node, Fields], None]]] = {
    "audio": ResourceReader._prompt,
    "groups": ResourceReader._group,
    "people": ResourceReader._person,
    "hours": ResourceReader._hours,
    "lists": ResourceReader._list,
    "tables": ResourceReader._table,
}


def _prompt_set(name: str, fields: Fields, *, each: bool) -> PromptSet:
    """Recordings by what they stand for; `else` is for everything else."""
    written = {key.text: _recordings(f"{name}[{key.text}]", Fields(node)) for key, node in fields.entries()}
    entries = {key: prompt for key, prompt in written.items() if prompt is not None}
    other = entries.pop(ELSE, None)
    return PromptSet(name=name, each=each, entries=entries, other=other)


def _recordings(name: str, fields: Fields) -> Prompt | None:
    """One for all languages, or one for each."""
    if fields.get("id") is not None or fields.get("length") is not None:
        return Prompt(name=name, variants={"": _audio(fields)})
    variants = {language.text: _audio(Fields(node)) for language, node in fields.entries()}
    return Prompt(name=name, variants=variants) if variants else None


ELSE: Final = "else"
"""The key of a recording for what has none of its own."""


def _audio(fields: Fields) -> Audio:
    return Audio(id=fields.integer("id", 0), length=fields.seconds("length") or 0.0, says=fields.text("says"))
