"""Values that a test gives to variables and outputs, and names that the bundle does not have."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from router.engine.values import digits_of
from router.flow.findings import Report, did_you_mean
from router.flow.model import Value
from router.flow.source import Node, length_of


def read_value(node: Node, kind: str, report: Report) -> Value | None:
    """The text as a value of the type `kind`; None, and a finding, when it is none."""
    value = TYPES[kind](node.text) if node.kind == "scalar" else None
    if value is None:
        report.add("F204", node.mark, f"`{node.text}` is not a {kind}", length=length_of(node))
    return value


def unknown(code: str, what: str, key: Node, known: Iterable[str], report: Report) -> None:
    """Report a name that the bundle does not have."""
    message = f"there is no {what} `{key.text}`"
    report.add(code, key.mark, message, length=length_of(key), suggestion=did_you_mean(key.text, known))


def _number(text: str) -> Value | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


TYPES: Final[Mapping[str, Callable[[str], Value | None]]] = {
    "text": str,
    "phone": digits_of,
    "number": _number,
    "bool": {"true": True, "false": False}.get,
}
