"""What the other side answers to a lookup, as a test writes it: JSON, CSV, or a file of either.

It is read as the running router reads an answer, by the outputs' own paths and types, so that a test shows what becomes
of a number in quotes, of a field that is not there, or of a date as people write it.
"""

import csv
import json
import posixpath
import re
from collections.abc import Mapping
from typing import Any, Final

from router.flow.findings import Report, did_you_mean
from router.flow.model import Table
from router.flow.reading.table_files import read_rows, table_of
from router.flow.resources.text_encoding import decoded
from router.flow.verbs.lookup import Lookup
from router.flow.yaml.node import Node, items, length_of, pairs
from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.runtime.lookups.lookup_answers import extract
from router.simulator.script import Answer

JSON, CSV, FILE = "json", "csv", "file"
FORMS: Final = frozenset({JSON, CSV, FILE})
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None}


def written_form(node: Node, lookup: Lookup) -> tuple[str, Node] | None:
    """(JSON, CSV or FILE, what stands there); None where outputs are written, one of which may be called so."""
    entries = pairs(node)
    if len(entries) != 1 or entries[0][0].text not in FORMS or entries[0][0].text in lookup.outputs:
        return None
    return entries[0][0].text, entries[0][1]


def read_foreign(
    form: str, node: Node, lookup: Lookup, report: Report, country: str = DEFAULT_COUNTRY, *, repeats: bool = False
) -> Answer:
    """The answer of a lookup by http, by api, or of a known shape."""
    body = _body(form, node, report)
    outputs = [(output.name, output.type, output.path) for output in lookup.outputs.values()]
    if body is None:
        return Answer(mark=node.mark, state="failed", repeats=repeats)
    found = extract(body, outputs, country)
    if found.state != "found":
        report.add("F207", node.mark, found.reason, length=length_of(node))
    return Answer(mark=node.mark, state=found.state, outputs=found.outputs, notes=found.notes, repeats=repeats)


def read_table(form: str, node: Node, key: str, report: Report, country: str) -> Table | None:
    """The table that takes the place of the bundle's for one lookup; None, and a finding, where it is none."""
    if form == JSON:
        report.add("F207", node.mark, "a table's rows are written as csv: or file:", length=length_of(node))
        return None
    name, text = (node.mark.file, node.text) if form == CSV else _file(node, report)
    if text is None:
        return None
    inner = Report()
    written = read_rows(name, text, key, inner)
    if inner.findings or not written.rows or key not in written.header:
        lacking = f"it has no column `{key}`" if written.rows and not inner.findings else "it is no table"
        near = did_you_mean(key, written.header) if written.rows else ""
        report.add("F309", node.mark, lacking, length=length_of(node), suggestion=near)
        return None
    return table_of(written, key, country)


def _body(form: str, node: Node, report: Report) -> bytes | None:
    """What would have come over the network."""
    if form == JSON:
        is_text = node.kind == "scalar" and node.quoted and node.text.lstrip()[:1] in ("{", "[")
        return node.text.encode() if is_text else json.dumps(as_json(node), ensure_ascii=False).encode()
    name, text = (CSV, node.text) if form == CSV else _file(node, report)
    if text is None:
        return None
    is_rows = form == CSV or name.lower().endswith(".csv")
    return json.dumps(_first_row(text), ensure_ascii=False).encode() if is_rows else text.encode()


def as_json(node: Node) -> Any:
    """YAML as the JSON that it looks like: unquoted numbers, true, false and null are such, all else is text."""
    if node.kind == "mapping":
        return {key.text: as_json(value) for key, value in pairs(node)}
    if node.kind == "sequence":
        return [as_json(item) for item in items(node)]
    if node.empty:
        return None
    if not node.quoted and node.text in _WORDS:
        return _WORDS[node.text]
    if not node.quoted and (found := _NUMBER.fullmatch(node.text)):
        return float(node.text) if found[2] or found[3] else int(node.text)
    return node.text


def _first_row(text: str) -> dict[str, str]:
    """The cells of the first row by the header's names."""
    lines = text.splitlines()
    separator = max((",", ";", "\t"), key=(lines[0] if lines else "").count)
    return next(iter(csv.DictReader(lines, delimiter=separator, skipinitialspace=True)), {})


def _file(node: Node, report: Report) -> tuple[str, str | None]:
    """(path, text) of a file beside the test, else from the bundle's top."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(node.mark.file), node.text))
    path = next((path for path in (beside, posixpath.normpath(node.text)) if path in report.files), None)
    text = decoded(report.files[path]) if path is not None else None
    if path is None or text is None:
        what = "the bundle has no file" if path is None else "this is no text:"
        near = did_you_mean(node.text, report.files)
        report.add("F308", node.mark, f"{what} `{node.text}`", length=length_of(node), suggestion=near)
    return path or node.text, text
