"""The flows of a bundle are read; one that was read before, under the same names, is not read again.

Only a sound flow is kept. All its names were found then, so what reading it gives depends on its file, on the
interface of the resources (their names, and what flows take over of them), on the tables that it looks into, whose
cells are checked against its outputs, and on the flows that it runs. A flow with a fault is read each time: what is
said of it may name anything in the bundle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b

from router.flow.findings import Finding, Report
from router.flow.invalid import INVALID
from router.flow.load_cache import Kept
from router.flow.model import Table
from router.flow.reading.flows import ParsedFlow, read_flow, runs_of
from router.flow.reading.names import Contract
from router.flow.reading.resources import Resources
from router.flow.symbols import SymbolNotes
from router.flow.yaml.node import Node


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadFlow:
    """A flow, and what reading it noted besides."""

    parsed: ParsedFlow
    findings: tuple[Finding, ...]
    symbols: SymbolNotes | None
    tables: Mapping[str, Table | None]  # that it looks into
    kept: Kept  # what was computed from it


@dataclass(slots=True, kw_only=True)
class FlowReader:
    """Reads the flows of one bundle, each behind those that it runs."""

    resources: Resources
    report: Report
    symbols: SymbolNotes | None
    contracts: dict[str, Contract] = field(default_factory=dict)  # of the bundle's flows, as far as they are read
    kept: dict[str, Kept] = field(default_factory=dict)  # flow -> what was computed from it
    _interface: str = ""
    _read: dict[str, ReadFlow] = field(default_factory=dict)  # those that have a contract

    def read(self, root: Node, kept: Kept, *, circular: bool) -> ParsedFlow:
        """One flow, whose shape was checked; `kept` is of its file. One on a circle of flows has no contract."""
        self._interface = self._interface or interface_of(self.resources)
        key = (self._interface, self.symbols is not None, *(self._read.get(name) for name in runs_in(root, kept)))
        found: ReadFlow | None = kept.get("flow", key)
        if found is not None and self._still_holds(found, root):
            self.report.findings.extend(found.findings)
        else:
            found = self._read_now(root)
        parsed, name = found.parsed, found.parsed.name.text
        if self.symbols is not None and found.symbols is not None:
            self.symbols.found.update(found.symbols.found)
            self.symbols.expressions.update(found.symbols.expressions)
        self.kept[name] = found.kept
        if parsed.flow:
            kept.put("flow", key, found)
        if parsed.flow and not circular:
            self._read[name] = found
            self.contracts[name] = parsed.contract
        line_list = parsed.takes.line_list if parsed.takes is not None else None
        return replace(parsed, contracts=self.contracts, listed=self.resources.listed.get(line_list or ""))

    def read_double(self, root: Node) -> ParsedFlow:
        """A second flow of a name."""
        return read_flow(root, self.resources, self.report, self.contracts)

    def _still_holds(self, found: ReadFlow, root: Node) -> bool:
        tables = self.resources.tables
        are_same = all(tables.get(name) is table for name, table in found.tables.items())
        return are_same and not self.report.has_errors_in(root.mark.file)

    def _read_now(self, root: Node) -> ReadFlow:
        before = len(self.report.findings)
        symbols = SymbolNotes() if self.symbols is not None else None
        parsed = read_flow(root, self.resources, self.report, self.contracts, symbols)
        findings, tables = tuple(self.report.findings[before:]), self.resources.tables
        return ReadFlow(
            parsed=parsed,
            findings=findings,
            symbols=symbols,
            tables={name: tables.get(name) for name in parsed.tables},
            kept=Kept(),
        )


def runs_in(root: Node, kept: Kept) -> tuple[str, ...]:
    """The flows that a flow runs."""
    return tuple(name for _, name in written_runs(root, kept))


def written_runs(root: Node, kept: Kept) -> tuple[tuple[Node, str], ...]:
    """The same with where they are named: `runs_of`, once for a file whose shape is sound."""
    if kept.get("sound shape") is None:
        return runs_of(root)
    return kept.keep("runs", partial(runs_of, root))


def interface_of(resources: Resources) -> str:
    """The same where flows find the same: all but the entries of lists, the rows of tables, and opening times."""
    known = [(kind, [(name, node.invalid) for name, node in names.items()]) for kind, names in resources.known.items()]
    found = (
        resources.country, resources.unknown is INVALID, known, resources.prompts, resources.groups, resources.people,
        list(resources.hours), [(name, one.keep_seconds) for name, one in resources.lists.items()],
        [(name, one.columns) for name, one in resources.tables.items()],
    )  # fmt: skip
    return blake2b(repr(found).encode(errors="surrogatepass"), digest_size=16).hexdigest()
