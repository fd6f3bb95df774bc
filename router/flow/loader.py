"""A directory's files become a bundle, or findings that say why not. Never raises for anything in the files.

Each stage works with what the stages before it could make sense of:

    text -> nodes            flow.yaml      YAML, with places; traps
    nodes -> shape           flow.schema    the JSON Schemas
    resources -> names       flow.reading   what flows may refer to
    flows -> parsed flows    flow.reading   names, expressions, settings; a flow after those that it runs
    parsed flows             flow.checks    what would go wrong in a call

What has a finding is Invalid from then on (`flow.invalid`), and so is what depends on it.

Only when no stage found an error is there a bundle.

What a stage finds in a file is kept with it (`flow.load_cache`), for the next load of a bundle that has the same file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from router.flow.analysis import Traffic
from router.flow.bundle_content import BundleContent
from router.flow.cached_flows import FlowReader, written_runs
from router.flow.checks import check_flows
from router.flow.checks.days import check_days
from router.flow.checks.long_waits import check_patience
from router.flow.findings import Finding, Report, has_errors
from router.flow.flow_order import running_order
from router.flow.invalid import INVALID
from router.flow.load_cache import Kept, LoadCache
from router.flow.model import Bundle, Flow, Mark
from router.flow.reading.flows import ParsedFlow, refuse_unread
from router.flow.reading.names import ANY_FLOW
from router.flow.reading.resources import KINDS, ResourceReader, Resources
from router.flow.reading.setting_fields import NOTHING
from router.flow.resources.holiday_calendar import calendars_in
from router.flow.schema.schema_check import check_shape
from router.flow.suggestions.vocabulary import Vocabulary
from router.flow.symbols import Occurrence, Symbol, SymbolNotes, WrittenExpression
from router.flow.verbs.collect import Collect
from router.flow.verbs.digit_input import DigitInput
from router.flow.yaml.node import Node, find, length_of, made_invalid, read_text, split_lines
from router.flow.yaml.parser import parse_yaml

YAML_SUFFIX: Final = ".yaml"
TEST_SUFFIX: Final = ".test.yaml"
_WHERE: Final = "a flow stands in a file named *.yaml and begins with `flow: NAME`"
_OF_A_FLOW: Final = ("flow", "steps", "start")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedBundle:
    """What loading gave."""

    bundle: Bundle | None  # None when any finding is an error
    findings: tuple[Finding, ...]  # by file, line and column
    tests: Mapping[str, Node]  # file -> the root of each *.test.yaml that could be read
    written: BundleContent  # what the version is made of
    resources: Resources  # what could be read of them, also without a bundle
    flows: Mapping[str, ParsedFlow]  # the same of the flows; a second flow of one name stands under " FILE"
    symbols: tuple[Occurrence, ...] = ()
    expressions: tuple[WrittenExpression, ...] = ()
    kept: Mapping[str, Kept] = field(default_factory=dict)  # "flows.NAME", "lists.NAME", … -> what was computed from it

    @property
    def content(self) -> dict[str, Any]:
        """What the version is made of, as str, list and dict; empty without a bundle."""
        return self.written.plain()


def load(
    files: Mapping[str, bytes],
    today: date | None = None,
    traffic: Traffic | None = None,
    *,
    symbols: bool = False,
    cache: LoadCache | None = None,
) -> LoadedBundle:
    """Load the files of one bundle: relative posix name -> content.

    With `today` the opening hours of the year from then on are looked at, with `traffic` the limits of the PBX; with
    `symbols` it is noted where each name stands. A `cache` has what earlier loads found out, and gets what this one
    does.
    """
    loading = _Loading(files, SymbolNotes() if symbols else None, cache or LoadCache())
    bundle = loading.load()
    if bundle is not None:
        check_patience(bundle, traffic, loading.report, loading.kept)
        if today is not None:
            check_days(bundle.hours, loading.hours_written, today, loading.report)
    findings = loading.report.sorted()
    return LoadedBundle(
        bundle=None if has_errors(findings) else bundle,
        findings=findings,
        tests=loading.tests,
        written=loading.content,
        resources=loading.read_resources,
        flows=loading.read_flows,
        symbols=tuple(loading.symbols.found) if loading.symbols is not None else (),
        expressions=tuple(loading.symbols.expressions.values()) if loading.symbols is not None else (),
        kept=loading.kept,
    )


class _Loading:
    """One bundle while it is loaded."""

    def __init__(self, files: Mapping[str, bytes], symbols: SymbolNotes | None, cache: LoadCache) -> None:
        self.files = files
        self.symbols = symbols
        self.of_files = {file: cache.of(file, content) for file, content in files.items()}
        self.kept: dict[str, Kept] = {}
        self.content = BundleContent()
        self.read_resources = Resources()
        self.read_flows: dict[str, ParsedFlow] = {}
        self.report = Report()
        self.tests: dict[str, Node] = {}
        self.flows: list[Node] = []
        self.resources: list[Node] = []
        self.unknown: Any = None  # what a name stands for that no file defines
        self.hours_written: Mapping[str, Node] = {}

    def load(self) -> Bundle | None:
        for file in sorted(self.files):
            if file.endswith(TEST_SUFFIX):
                self._take_test(file)
            elif file.endswith(YAML_SUFFIX):
                self._take(file)
        resources = self._read_resources()
        self._check_flows(resources)
        all_parsed = self.read_flows = self._read_flows(resources)
        check_flows(all_parsed, self.report, self.kept)
        if not all_parsed and not self.report.errors:
            self.report.add("F210", Mark(file=".", line=1, column=1), "the bundle has no flow", suggestion=_WHERE)
        if self.report.errors:
            return None
        for parsed in all_parsed.values():
            refuse_unread(parsed, self.report)
        written = [_name_of(root) for root in self.flows]
        flows = {name: flow for name in written if (flow := all_parsed[name].flow)}
        return None if self.report.errors else self._bundle(flows, resources, all_parsed.values())

    def _parse(self, file: str) -> Node | None:
        parsed = self.of_files[file].keep("parsed", lambda: _parsed(file, self.files[file]))
        root, self.report.lines[file], findings = parsed
        self.report.findings.extend(findings)
        return root

    def _take_test(self, file: str) -> None:
        root = self._parse(file)
        if root is not None:
            self.tests[file] = root

    def _take(self, file: str) -> None:
        """Find out what a file is, and whether it has the shape of that."""
        before = self.report.errors
        root = self._parse(file)
        if root is None and self.report.errors > before:
            self.unknown = INVALID
        elif root is not None and find(root, "tests") is not None and find(root, "steps") is None:
            named = f"rename it {file.removesuffix(YAML_SUFFIX)}{TEST_SUFFIX}"
            self.report.add("F210", root.mark, "tests stand in a file named *.test.yaml", suggestion=named)
        elif root is not None and any(find(root, key) is not None for key in _OF_A_FLOW):
            self.flows.append(root)
        elif root is not None and any(find(root, kind) is not None for kind in (*KINDS, "country")):
            self.resources.append(self._shaped(root, "resources"))
        else:
            self.unknown = INVALID
            mark = root.mark if root is not None else Mark(file=file, line=1, column=1)
            self.report.add("F210", mark, "neither a flow nor resources", suggestion="a flow begins with `flow: NAME`")

    def _shaped(self, root: Node, schema: str, vocabulary: Vocabulary | None = None) -> Node:
        """`check_shape`, which says the same of a file without faults whatever stands beside it."""
        kept, before = self.of_files[root.mark.file], len(self.report.findings)
        if kept.get("sound shape") == schema:
            return root
        shaped = check_shape(root, schema, self.report, vocabulary)
        if shaped is root and len(self.report.findings) == before:
            kept.put("sound shape", None, schema)
        return shaped

    def _read_resources(self) -> Resources:
        calendars = calendars_in(self.files)
        reader = ResourceReader(files=self.files, report=self.report, calendars=calendars, kept=self.of_files)
        reader.resources.unknown = self.unknown
        reader.read_country(self.resources)
        for root in self.resources:
            reader.read(root)
        self.kept |= reader.resources.kept
        self.hours_written = reader.resources.known["hours"]
        self.read_resources = reader.resources
        if self.symbols is not None:
            for kind, names in reader.resources.known.items():
                for name, node in names.items():
                    lines = self.report.lines.get(node.mark.file, ())
                    self.symbols.note(Symbol(kind, name), node, lines, defines=True)
        return reader.resources

    def _check_flows(self, resources: Resources) -> None:
        """Check their shape, now that a suggestion can name what the bundle has."""
        flows = {_name_of(root): root for root in self.flows}
        self.flows = [
            self._shaped(root, "flow", Vocabulary(names=resources.known, root=root, flows=flows)) for root in self.flows
        ]

    def _read_flows(self, resources: Resources) -> dict[str, ParsedFlow]:
        """The parsed flows by name, each behind those that it runs; of several flows with one name the first counts."""
        first: dict[str, Node] = {}
        doubles: list[Node] = []
        for root in self.flows:
            name = _name_of(root)
            doubles += [root] if name in first else []
            first.setdefault(name, root)
        reader = FlowReader(resources=resources, report=self.report, symbols=self.symbols)
        reader.contracts |= dict.fromkeys(first, INVALID)
        if any((find(root, "flow") or made_invalid(root)).invalid for root in self.flows):
            reader.contracts[ANY_FLOW] = INVALID
        all_parsed: dict[str, ParsedFlow] = {}
        kept = {name: self.of_files[root.mark.file] for name, root in first.items()}
        order, circular = running_order(
            {name: written_runs(root, kept[name]) for name, root in first.items()}, self.report
        )
        for name in order:
            all_parsed[name] = reader.read(first[name], kept[name], circular=name in circular)
        self.kept |= {f"flows.{name}": kept for name, kept in reader.kept.items()}
        for root in doubles:
            parsed = all_parsed[f" {root.mark.file}"] = reader.read_double(root)
            place = all_parsed[_name_of(root)].name.mark
            message = f"the flow `{parsed.name.text}` is defined already at {place.file}:{place.line}"
            self.report.add("F307", parsed.name.mark, message, length=length_of(parsed.name))
        return all_parsed

    def _bundle(self, flows: Mapping[str, Flow], resources: Resources, all_parsed: Iterable[ParsedFlow]) -> Bundle:
        by_line: dict[str, tuple[str, ...]] = {}
        for flow in flows.values():
            for line in dict.fromkeys(flow.takes.lines if flow.takes is not None else ()):
                by_line[line] = (*by_line.get(line, ()), flow.name)
        self.content = BundleContent(
            flows=tuple(self.flows), resources=tuple(self.resources), contents=resources.contents
        )
        settings = (step.settings for flow in flows.values() for step in flow.steps.values())
        listening = [one for one in settings if isinstance(one, DigitInput)]
        return Bundle(
            version=self.content.version(self.kept),
            flows=flows,
            prompts=resources.prompts,
            hours=resources.hours,
            lists=resources.lists,
            tables=resources.tables,
            by_line=by_line,
            country=resources.country,
            collects_secrets=any(isinstance(one, Collect) and one.secret for one in listening),
            needs=tuple(need for parsed in all_parsed for need in parsed.needs),
            types_ahead=any(one.type_ahead for one in listening),
        )


def _parsed(file: str, content: bytes) -> tuple[Node | None, Sequence[str], list[Finding]]:
    """The root, the lines, and what is wrong with them."""
    text, findings = read_text(file, content)
    root, more = parse_yaml(file, text)
    return root, split_lines(text), [*findings, *more]


def _name_of(root: Node) -> str:
    """The flow's name; of a flow without one, which has a finding, something that is no name."""
    return (find(root, "flow") or NOTHING).text or f" {root.mark.file}"
