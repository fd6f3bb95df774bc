"""Values that a test gives to variables and outputs, and names that the bundle does not have."""

import re
from collections.abc import Iterable
from typing import Final

from router.flow.findings import Report, did_you_mean
from router.flow.model import TEXTS, Value
from router.flow.resources.foreign_values import fitted
from router.flow.yaml.node import Node, length_of
from router.protocol.dial_plan import DEFAULT_COUNTRY

_JSON_FLOAT: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15}([eE][+-]?[0-9]{1,2})?|[eE][+-]?[0-9]{1,2})", re.ASCII)


def read_value(node: Node, kind: str, report: Report, country: str = DEFAULT_COUNTRY) -> Value | None:
    """The text as a value of the type `kind`; None, and a finding, when it is none."""
    if node.kind != "scalar":
        report.add("F204", node.mark, f"`{node.text}` is not a {kind}", length=length_of(node))
        return None
    if kind in TEXTS and not node.text:
        return ""
    value, note = fitted(_as_json(node), kind, country)
    if value is None:
        report.add("F204", node.mark, note, length=length_of(node))
    return value  # type: ignore[no-any-return]


def _as_json(node: Node) -> str | float:
    """What JSON would make of an unquoted number with a fraction or an exponent: `7.9e10` is 79000000000."""
    fraction = not node.quoted and _JSON_FLOAT.fullmatch(node.text)
    return float(node.text) if fraction else node.text


def unknown(code: str, what: str, key: Node, known: Iterable[str], report: Report) -> None:
    """Report a name that the bundle does not have."""
    message = f"there is no {what} `{key.text}`"
    report.add(code, key.mark, message, length=length_of(key), suggestion=did_you_mean(key.text, known))
