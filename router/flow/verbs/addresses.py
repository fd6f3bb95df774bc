"""What goes to other systems, by `lookup` and `notify`. Only here may the configuration's secrets be named.

An address has its scheme and host written out, so that nothing that a caller types and nothing that another system
answers can turn a request elsewhere; what stands behind the host may come from the call, percent-encoded.
"""

import re
from typing import Any, Final, cast

from router.flow.model import Template
from router.flow.reading.flow_scope import FlowScope
from router.flow.reading.setting_fields import Fields
from router.flow.yaml.node import Node, items, pairs

_ADDRESS: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#]|$)|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?([/?#]|$)"
)
_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?", re.ASCII)
_JSON_WORDS: Final = {"true": True, "false": False, "null": None}


def read_texts(scope: FlowScope, fields: Fields) -> dict[str, Template]:
    """Text fields by name."""
    return {name.text: scope.template(node, secrets=True) for name, node in fields.entries()}


def read_address(scope: FlowScope, node: Node | None) -> Template | None:
    """A URL whose scheme and host are literal."""
    if node is None:
        return None
    template = scope.template(node, secrets=True)
    literal, names, _ = node.text.partition("${")
    found = _ADDRESS.match(literal)
    if found is None or (names and found.end() == len(literal) and literal[-1] not in "/?#"):
        message = "the scheme and the host of an address are written out"
        return scope.say("F509", node, message, "only what stands behind the host's / can come from the call")
    return template


def read_tree(scope: FlowScope, node: Node | None) -> Any:
    """A tree of dict, list, templates and literals."""
    if node is None or node.empty:
        return None
    if node.kind == "mapping":
        return {key.text: read_tree(scope, value) for key, value in pairs(node)}
    if node.kind == "sequence":
        return [read_tree(scope, item) for item in items(node)]
    return _leaf(scope, node)


def _leaf(scope: FlowScope, node: Node) -> Any:
    """Quoted it is text; unquoted, what JSON would take for a number, true, false or null is that."""
    if not node.quoted and node.text in _JSON_WORDS:
        return _JSON_WORDS[node.text]
    if not node.quoted and _JSON_NUMBER.fullmatch(node.text):
        return float(node.text) if "." in node.text else int(node.text)
    return cast("Any", scope.template(node, secrets=True))
