"""What goes to other systems, by `lookup` and `notify`. Only here may the configuration's secrets be named.

An address has its scheme and host written out, so that nothing that a caller types and nothing that another system
answers can turn a request elsewhere; what stands behind the host may come from the call, percent-encoded. In place of
scheme and host a value of the configuration may stand, which is checked when the bundle is published.
"""

import re
from dataclasses import replace
from typing import Any, Final, cast

import msgspec

from router.flow.model import ADDRESS, VALUE, Need, Template
from router.flow.reading.flow_scope import FlowScope
from router.flow.reading.name_advice import typed
from router.flow.reading.setting_fields import Fields
from router.flow.yaml.node import Node, items, pairs

ADDRESS_BEGINS: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#]|$)|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?([/?#]|$)"
)
VALUE_FIRST: Final = re.compile(r"\$\{values\.([a-z_][a-z0-9_]*)\}(?=[/?#]|$)", re.ASCII)
"""An address that begins with a value of the configuration, which then is its scheme and host."""
_HOST_OF_VALUE: Final = re.compile(
    r"(https?://)?\$\{values\.(?P<name>[a-z_][a-z0-9_]*)\}(:[0-9]{1,5})?(?P<path>[^$]*(/.*)?)", re.ASCII | re.DOTALL
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
    if (value := VALUE_FIRST.match(node.text)) is not None:
        scope.needs = [_as_address(need, value[1]) for need in scope.needs]
        return template
    literal, names, _ = node.text.partition("${")
    found = ADDRESS_BEGINS.match(literal)
    if found is None or (names and found.end() == len(literal) and literal[-1] not in "/?#"):
        return _say_open(scope, node)
    return template


def _as_address(need: Need, value: str) -> Need:
    """Wherever else the value is asked for, it has to be an address here."""
    return msgspec.structs.replace(need, kind=ADDRESS) if (need.kind, need.name) == (VALUE, value) else need


def _say_open(scope: FlowScope, node: Node) -> Any:
    message = "the scheme and the host of an address are written out"
    found = _HOST_OF_VALUE.fullmatch(node.text)
    if found is not None:
        path = found["path"] if found["path"].startswith(("/", "?", "#")) or not found["path"] else f"/{found['path']}"
        meant = typed(node, 0, f"${{values.{found['name']}}}{path}")
        return scope.say(
            "F509", node, message, replace(meant, words=f"{meant.words}: the value has scheme and port, too")
        )
    return scope.say("F509", node, message, "only what stands behind the host's / can come from the call")


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
