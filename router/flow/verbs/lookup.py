"""`lookup`: asks another system, the PBX or a table of the bundle; what it takes from the answer is `STEP.OUTPUT`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jmespath
from jmespath.exceptions import JMESPathError

from router.flow.findings import Report, did_you_mean
from router.flow.invalid import INVALID
from router.flow.known_lookups import KNOWN_LOOKUPS, known_in
from router.flow.model import Expression, Output, Settings, Template
from router.flow.reading.chosen_names import read_chosen
from router.flow.reading.flow_scope import FlowScope
from router.flow.reading.names import EMPTY, Contracts, read_default
from router.flow.reading.setting_fields import NOTHING, Fields
from router.flow.reading.steps import StepReader, or_default
from router.flow.reading.table_files import check_cells
from router.flow.verbs import common
from router.flow.verbs.addresses import read_address, read_texts, read_tree
from router.flow.verbs.lookup_schema import SCHEMA
from router.flow.verbs.spec import Exits, Family, Timing, VerbSpec
from router.flow.yaml.node import Node, pairs

TIMEOUT_SECONDS: Final = 2.0
WAYS: Final = ("http", "api", "table", *KNOWN_LOOKUPS)
_NAME: Final = re.compile(r"@\w[\w.]*|[\w$](?:[\w $:-]*[\w$])?")
_NEEDS_NONE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A lookup's request. Names in the URL are percent-encoded, secrets stay names until it is sent."""

    method: str  # GET, POST, PUT, PATCH
    url: Template  # its scheme and host are literal text
    headers: Mapping[str, Template] = field(default_factory=dict)
    json: Any = None  # None, or a tree of dict, list, Template (text fields) and literal values


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Settings):
    """Asks somebody else: exactly one of http, api, table and known is set."""

    http: HttpRequest | None = None
    api: str = ""  # a method's path, e.g. queries/user_info_by_dct_number
    arguments: Mapping[str, Template] = field(default_factory=dict)  # `with` of an api lookup
    table: str = ""  # a name in Bundle.tables
    table_by: Template | None = None  # the text that names it in the call, in place of that
    known: str = ""  # a key of KNOWN_LOOKUPS
    key: Expression | None = None  # of a table or known lookup, text: what to find there
    timeout: float = 2.0
    cache: float = 0.0  # seconds an answer may be used again; 0 asks every time
    stale_on_error: bool = False  # an older answer is better than none
    outputs: Mapping[str, Output] = field(default_factory=dict)

    @property
    def in_table(self) -> bool:
        """Whether nobody outside is asked."""
        return bool(self.table) or self.table_by is not None


def _read(step: StepReader) -> Lookup:
    """Exactly one of WAYS says who is asked; the schema has refused several."""
    step.read_exits()
    written = [way for way in WAYS if step.fields.written(way) is not None]
    if not written and not any(key.invalid for key, _ in pairs(step.fields.node)):
        step.scope.say("F205", step.verb_node, "`lookup` needs `http`, `api`, `table`, `contact` or `visitor`")
    if len(written) != 1:
        return step.scope.invalid()
    table = step.fields.get("table")
    if table is not None:
        return _in_table(step, table)
    if written[0] in KNOWN_LOOKUPS:
        return _known(step, written[0])
    http = _request(step.scope, step.fields.inside("http")) if step.fields.get("http") is not None else None
    api = step.fields.text("api")
    return Lookup(
        http=http,
        api=api,
        arguments=read_texts(step.scope, step.fields.inside("with")),
        timeout=or_default(step.fields.seconds("timeout"), TIMEOUT_SECONDS),
        cache=or_default(step.fields.seconds("cache"), 0.0),
        stale_on_error=step.fields.flag("stale_on_error"),
        outputs=_read_outputs(step),
    )


def _known(step: StepReader, way: str) -> Lookup:
    """`contact: EXPR` or `visitor: EXPR`; its outputs are declared already, those that are written are added."""
    known = KNOWN_LOOKUPS[way]
    return Lookup(
        known=way,
        key=step.scope.expression(step.fields.get(way), "text"),
        timeout=or_default(step.fields.seconds("timeout"), TIMEOUT_SECONDS),
        cache=or_default(step.fields.seconds("cache"), known.cache_seconds),
        stale_on_error=step.fields.flag("stale_on_error"),
        outputs={**known.outputs, **_read_outputs(step)},
    )


def _in_table(step: StepReader, node: Node) -> Lookup:
    key = step.scope.expression(step.fields.get("key"), "text")
    if step.fields.written("key") is None:
        step.scope.say("F205", step.verb_node, "a lookup in a table needs `key`, what to find there")
    by = read_chosen(step.scope, node, "tables")
    if by is not None:
        outputs = _read_outputs(step)
        _check_columns_of_all(step, outputs)
        return Lookup(table_by=by, key=key, outputs=outputs) if by else step.scope.invalid()
    if not step.scope.is_known("tables", node.text, node):
        return step.scope.invalid()
    table, outputs = step.scope.resources.tables[node.text], _read_outputs(step)
    step.scope.tables.add(node.text)
    for name, fields in _written_outputs(step):
        output = outputs.get(name.text)
        if output is not None and output.path not in table.columns:
            where = fields.get("from") or name
            message = f"the table `{node.text}` has no column `{output.path}`"
            step.scope.say("F314", where, message, did_you_mean(output.path, table.columns))
        elif output is not None and (written := step.scope.resources.written_tables.get(node.text)) is not None:
            check_cells(written, output, step.scope.resources.country, step.scope.report)
    return Lookup(table=node.text, key=key, outputs=outputs)


def _check_columns_of_all(step: StepReader, outputs: Mapping[str, Output]) -> None:
    """Of a table that is chosen in the call: a column that none of them has is a mistake."""
    columns = {column for table in step.scope.resources.tables.values() for column in table.columns}
    for name, fields in _written_outputs(step):
        output = outputs.get(name.text)
        if output is not None and columns and output.path not in columns:
            message = f"no table has a column `{output.path}`"
            step.scope.say("F314", fields.get("from") or name, message, did_you_mean(output.path, columns))


def _written_outputs(step: StepReader) -> list[tuple[Node, Fields]]:
    entries = step.fields.inside("outputs").entries()
    return [(name, Fields(node)) for name, node in entries]


def _read_outputs(step: StepReader) -> dict[str, Output]:
    """The outputs, declared already before any step was read; a path into an answer is checked here."""
    found: dict[str, Output] = {}
    for name, fields in _written_outputs(step):
        output = step.scope.outputs.get(f"{step.name}.{name.text}")
        if output is not None:
            found[name.text] = output
            if step.fields.get("table") is None:
                _check_path(step.scope, fields.get("from"))
    return found


def _check_path(scope: FlowScope, node: Node | None) -> None:
    if node is None:
        return
    try:
        jmespath.compile(node.text)
    except JMESPathError:
        scope.say("F507", node, f"`{node.text}` is not a JMESPath expression", _quoting(node.text))


def _quoting(path: str) -> str:
    """What to write where only quotes around a name are missing: bare names are Latin letters, digits and _. OData's
    begin with @ and hold a dot."""
    quoted = _NAME.sub(lambda name: name[0] if _NEEDS_NONE.fullmatch(name[0]) else f'"{name[0]}"', path)
    try:
        jmespath.compile(quoted)
    except JMESPathError:
        return ""
    return f"put the name in quotes, and the whole in single ones: '{quoted}'"


def _request(scope: FlowScope, fields: Fields) -> HttpRequest:
    url = read_address(scope, fields.get("url"))
    headers = read_texts(scope, fields.inside("headers"))
    body = read_tree(scope, fields.written("json"))
    if not url:
        return scope.invalid()
    return HttpRequest(method=fields.text("method", "GET"), url=url, headers=headers, json=body)


def _outputs(step: Node, fields: Fields, contracts: Contracts, country: str, report: Report) -> dict[str, Output]:
    invalid: dict[str, Output] = {f"{step.text}.*": INVALID}
    written = fields.written("outputs") or NOTHING
    entries = fields.inside("outputs").entries()
    if fields.is_unclear("outputs") or len(entries) != len(pairs(written)):
        return invalid
    known = known_in({key.text: value for key, value in fields.entries()})
    built_in = KNOWN_LOOKUPS[known].outputs if known else {}
    found = {f"{step.text}.{name}": output for name, output in built_in.items()}
    for name, node in entries:
        inner = Fields(node)
        kind = inner.text("type")
        if kind not in EMPTY:
            return invalid
        path, default = inner.text("from", name.text), read_default(kind, inner, country, report)
        found[f"{step.text}.{name.text}"] = Output(name=name.text, type=kind, path=path, default=default)
    return found


# the verb


def _about(settings: Lookup) -> list[str]:
    if settings.http is not None:
        return [f"{settings.http.method} {settings.http.url.source}"]
    if settings.table_by is not None:
        return [f"tables[{settings.table_by.source}]"]
    return [settings.api or f"table {settings.table}"]


def _required(settings: Lookup) -> tuple[str, ...]:
    """A table always answers."""
    return ("next", "not_found") if settings.in_table else ("next", "not_found", "failed")


SPEC: Final[VerbSpec[Lookup]] = VerbSpec(
    name="lookup",
    settings=Lookup,
    schema=SCHEMA,
    example="lookup: {http: {url: https://HOST/PATH}, outputs: {NAME: {type: text}}, next: STEP}",
    foreign_words=(
        "http request http_request rest_command fetch function run_function curl api api_call make_http_request "
        "webhook query sql get post dip db lookup_contact database"
    ),
    read=_read,
    outputs=_outputs,
    ordered_map="",
    traits=common.FALLIBLE,
    family=Family.DECIDES,
    exits=Exits(
        described=(
            ("next", "An answer came; the outputs hold what was found in it."),
            ("not_found", "The answer is that there is nothing: HTTP 404 or 204, or no such row in the table."),
            ("failed", "No answer in time, or none that can be used. Outputs hold their defaults."),
            ("else", "`not_found` or `failed`, where that is not written."),
        ),
        required=_required,
        own=common.no_exits,
        redirected=common.unchanged,
    ),
    timing=Timing(
        at_once=common.ever,
        most=lambda settings: 0.0 if settings.in_table else settings.timeout,
        silence=None,
        commands=common.no_commands,
    ),
    about=_about,
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
