"""What goes to other systems: `lookup` and `notify`. Only here may the configuration's secrets be named.

An address has its scheme and host written out, so that nothing that a caller types and nothing that another system
answers can turn a request elsewhere; what stands behind the host may come from the call, percent-encoded.
"""

import re
from typing import Any, Final, cast

import jmespath
from jmespath.exceptions import JMESPathError

from router.flow.findings import did_you_mean
from router.flow.known_lookups import KNOWN_LOOKUPS
from router.flow.model import HttpRequest, Lookup, Notify, Output, Template
from router.flow.reading.fields import Fields
from router.flow.reading.scope import FlowScope
from router.flow.reading.steps import StepReader, or_default
from router.flow.reading.tables import check_cells
from router.flow.yaml.node import Node, items, pairs

TIMEOUT_SECONDS: Final = 2.0
WAYS: Final = ("http", "api", "table", *KNOWN_LOOKUPS)

_ADDRESS: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#]|$)|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?([/?#]|$)"
)
_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?", re.ASCII)
_JSON_WORDS: Final = {"true": True, "false": False, "null": None}


def read_lookup(step: StepReader) -> Lookup | None:
    """Exactly one of WAYS says who is asked; the schema has refused several."""
    step.read_exits()
    written = [way for way in WAYS if step.fields.written(way) is not None]
    if not written and not any(key.invalid for key, _ in pairs(step.fields.node)):
        step.scope.say("F205", step.verb_node, "`lookup` needs `http`, `api`, `table`, `contact` or `visitor`")
    if len(written) != 1:
        return None
    table = step.fields.get("table")
    if table is not None:
        return _in_table(step, table)
    if written[0] in KNOWN_LOOKUPS:
        return _known(step, written[0])
    http = _request(step.scope, step.fields.inside("http")) if step.fields.get("http") is not None else None
    api = step.fields.text("api")
    if http is None and not api:
        return None
    return Lookup(
        http=http,
        api=api,
        arguments=_texts(step.scope, step.fields.inside("with")),
        timeout=or_default(step.fields.seconds("timeout"), TIMEOUT_SECONDS),
        cache=or_default(step.fields.seconds("cache"), 0.0),
        stale_on_error=step.fields.flag("stale_on_error"),
        outputs=_outputs(step),
    )


def read_notify(step: StepReader) -> Notify | None:
    """`{url, data, next}`."""
    step.read_exits()
    url = _address(step.scope, step.fields.get("url"))
    data = _tree(step.scope, step.fields.written("data"))
    return None if url is None else Notify(url=url, data=data)


def _known(step: StepReader, way: str) -> Lookup | None:
    """`contact: EXPR` or `visitor: EXPR`; its outputs are declared already, those that are written are added."""
    known = KNOWN_LOOKUPS[way]
    key = step.scope.expression(step.fields.get(way), "text")
    if key is None:
        return None
    return Lookup(
        known=way,
        key=key,
        timeout=or_default(step.fields.seconds("timeout"), TIMEOUT_SECONDS),
        cache=or_default(step.fields.seconds("cache"), known.cache_seconds),
        stale_on_error=step.fields.flag("stale_on_error"),
        outputs={**known.outputs, **_outputs(step)},
    )


def _in_table(step: StepReader, node: Node) -> Lookup | None:
    key = step.scope.expression(step.fields.get("key"), "text")
    if step.fields.written("key") is None:
        step.scope.say("F205", step.verb_node, "a lookup in a table needs `key`, what to find there")
    if not step.scope.is_known("tables", node.text, node) or key is None:
        return None
    table = step.scope.resources.tables.get(node.text)
    if table is None:
        return None
    outputs = _outputs(step)
    for name, fields in _written_outputs(step):
        output = outputs.get(name.text)
        if output is not None and output.path not in table.columns:
            where = fields.get("from") or name
            message = f"the table `{node.text}` has no column `{output.path}`"
            step.scope.say("F314", where, message, did_you_mean(output.path, table.columns))
        elif output is not None and (written := step.scope.resources.written_tables.get(node.text)) is not None:
            check_cells(written, output, step.scope.resources.country, step.scope.report)
    return Lookup(table=node.text, key=key, outputs=outputs)


def _written_outputs(step: StepReader) -> list[tuple[Node, Fields]]:
    entries = step.fields.inside("outputs").entries()
    return [(name, Fields(node)) for name, node in entries]


def _outputs(step: StepReader) -> dict[str, Output]:
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
        scope.say("F507", node, f"`{node.text}` is not a JMESPath expression")


def _request(scope: FlowScope, fields: Fields) -> HttpRequest | None:
    url = _address(scope, fields.get("url"))
    headers = _texts(scope, fields.inside("headers"))
    body = _tree(scope, fields.written("json"))
    if url is None:
        return None
    return HttpRequest(method=fields.text("method", "GET"), url=url, headers=headers, json=body)


def _texts(scope: FlowScope, fields: Fields) -> dict[str, Template]:
    read = {name.text: scope.template(node, secrets=True) for name, node in fields.entries()}
    return {name: template for name, template in read.items() if template is not None}


def _address(scope: FlowScope, node: Node | None) -> Template | None:
    """A URL whose scheme and host are literal."""
    if node is None:
        return None
    template = scope.template(node, secrets=True)
    literal, names, _ = node.text.partition("${")
    found = _ADDRESS.match(literal)
    if found is None or (names and found.end() == len(literal) and literal[-1] not in "/?#"):
        message = "the scheme and the host of an address are written out"
        scope.say("F509", node, message, "only what stands behind the host's / can come from the call")
        return None
    return template


def _tree(scope: FlowScope, node: Node | None) -> Any:
    """A tree of dict, list, templates and literals."""
    if node is None or node.empty:
        return None
    if node.kind == "mapping":
        return {key.text: _tree(scope, value) for key, value in pairs(node)}
    if node.kind == "sequence":
        return [_tree(scope, item) for item in items(node)]
    return _leaf(scope, node)


def _leaf(scope: FlowScope, node: Node) -> Any:
    """Quoted it is text; unquoted, what JSON would take for a number, true, false or null is that."""
    if not node.quoted and node.text in _JSON_WORDS:
        return _JSON_WORDS[node.text]
    if not node.quoted and _JSON_NUMBER.fullmatch(node.text):
        return float(node.text) if "." in node.text else int(node.text)
    return cast("Any", scope.template(node, secrets=True))
