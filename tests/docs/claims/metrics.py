"""Names of metrics and their labels, and of alerts: the program exports them, and the rules have them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Final

from tests.docs.claims.page import PROJECT, Page

_METRIC: Final = re.compile(r"(?<![.\w])(ivr_[a-z_]+)(?:\{([^}]*)\})?")
_SERIES: Final = re.compile(r"(?:_bucket|_sum|_count)$")
NO_METRICS: Final = {"ivr_owner", "ivr_router", "ivr_limit_count"}
"""A role of PostgreSQL, the file of a wheel, and a name that is said to be gone."""


def wrong(page: Page) -> Iterator[str]:
    written = chain(
        ((span.line, span.text) for span in page.spans),
        ((fence.line, fence.text) for fence in page.fences if fence.info in ("", "text", "promql", "sh")),
    )
    for line, text in written:
        for name, labels in _METRIC.findall(text):
            if (said := complaint(name, labels)) is not None:
                yield f"{page.place(line)}: {said}"
    for number, text in enumerate(page.text.splitlines(), 1):
        for alert in re.findall(r"\bIvr[A-Z]\w+", text):
            if alert not in alerts():
                yield f"{page.place(number)}: there is no alert {alert}"


def complaint(name: str, labels: str) -> str | None:
    """What is wrong with `NAME{LABELS}`; None when it is exported so."""
    if name in NO_METRICS or name.endswith("_"):
        return None
    if name not in exported():
        name = _SERIES.sub("", name)
    if name not in exported():
        return f"there is no metric {name}"
    known = exported()[name]
    for label in re.findall(r"(\w+)(?:=\"[^\"]*\")?(?:,|$)", labels):
        if known is not None and label not in known:
            return f"{name} has no label {label}"
    return None


@cache
def exported() -> dict[str, frozenset[str] | None]:
    """Each metric with its labels; None where the source does not spell them out."""
    found: dict[str, frozenset[str] | None] = {
        f"ivr_{role}_heartbeat_age_seconds": frozenset() for role in ("dispatcher", "timers")
    }
    for source in (PROJECT / "router").rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        if "ivr_" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and (name := _named(node)):
                found[name] = found.get(name) or _labels(node)
            elif isinstance(node, ast.Dict):
                found |= {name: None for key in node.keys if (name := _text(key))}
    return found


@cache
def alerts() -> frozenset[str]:
    rules = (PROJECT / "deploy" / "prometheus").rglob("*.y*ml")
    return frozenset(name for file in rules for name in re.findall(r"\balert: (\w+)", file.read_text(encoding="utf-8")))


def _named(call: ast.Call) -> str:
    return _text(call.args[0]) if call.args else ""


def _text(node: ast.expr | None) -> str:
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return text if re.fullmatch(r"ivr_[a-z_]+", text) else ""


def _labels(call: ast.Call) -> frozenset[str] | None:
    lists = [*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "labels")]
    for given in lists:
        if isinstance(given, (ast.List, ast.Tuple)) and all(isinstance(each, ast.Constant) for each in given.elts):
            return frozenset(str(each.value) for each in given.elts if isinstance(each, ast.Constant))
    return None
