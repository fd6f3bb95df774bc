"""What the expressions of one flow may name: the language's own names, and those that the flow and the bundle bring."""

from collections.abc import Iterator, Mapping
from typing import Final

from router.flow.expressions import BUILTIN_NAMES, hours_names
from router.flow.findings import Report
from router.flow.known_lookups import KNOWN_LOOKUPS, known_in
from router.flow.model import TEXTS, Output, Value, Variable
from router.flow.reading.fields import NOTHING, Fields
from router.flow.reading.resources import Resources
from router.flow.reading.scope import Contract
from router.flow.resources.foreign_values import fitted
from router.flow.yaml.node import Node, find, length_of, pairs

EMPTY: Final[Mapping[str, Value]] = {"text": "", "phone": "", "date": "", "number": 0, "bool": False}
TAKEN: Final = frozenset({name.partition(".")[0] for name in BUILTIN_NAMES}) | {
    "hours", "lists", "visits", "vars", "secrets",
}  # fmt: skip
"""How names of the language begin; a step with outputs cannot be called so."""

Contracts = Mapping[str, Contract | None]


def names_of(
    variables: Mapping[str, Variable],
    outputs: Mapping[str, Output],
    resources: Resources,
    steps: Mapping[str, Node],
) -> dict[str, str]:
    """Every name that the flow's expressions may use, with its type."""
    names = {name: _in_expressions(output.type) for name, output in outputs.items()} | BUILTIN_NAMES
    for name in resources.known["hours"]:
        names |= hours_names(name)
    names |= {f"lists.{name}": "list" for name in resources.known["lists"]}
    names |= {f"visits.{name}": "number" for name in steps}
    names |= {f"vars.{name}": _in_expressions(variable.type) for name, variable in variables.items()}
    return names


def _in_expressions(kind: str) -> str:
    """A date is compared as its text, 2026-11-30."""
    return "text" if kind == "date" else kind


def variables_of(fields: Fields, country: str, report: Report) -> dict[str, Variable]:
    """The flow's `vars`; a faulty one is absent."""
    entries = fields.inside("vars").entries()
    found = (_variable(name, Fields(node, fields.damaged), country, report) for name, node in entries)
    return {variable.name: variable for variable in found if variable is not None}


def _variable(name: Node, fields: Fields, country: str, report: Report) -> Variable | None:
    kind = fields.text("type")
    if kind not in EMPTY:
        return None
    return Variable(name=name.text, type=kind, default=_default(kind, fields, country, report))


def _default(kind: str, fields: Fields, country: str, report: Report) -> Value:
    node = fields.get("default")
    if node is None or (kind in TEXTS and not node.text):
        return EMPTY[kind]
    value, note = fitted(node.text, kind, country)
    if value is None:
        reason = f": {note}" if kind == "phone" else ""
        message = f"expected {_WANTED[kind]}, found `{node.text}`{reason}"
        report.add("F507", node.mark, message, length=length_of(node))
    return EMPTY[kind] if value is None else value


_WANTED: Final = {
    "text": "text",
    "number": "a number",
    "bool": "true or false",
    "date": "a date such as 2026-11-30",
    "phone": "a telephone number",
}


def secrets_of(fields: Fields) -> frozenset[str]:
    """The variables into which a `collect` types in secret."""
    collected = [settings for _, verb, settings in written_steps(fields) if verb == "collect"]
    return frozenset(settings.text("into") for settings in collected if settings.flag("secret"))


def outputs_of(
    fields: Fields, contracts: Contracts, country: str, report: Report
) -> tuple[dict[str, Output], tuple[str, ...]]:
    """("STEP.NAME" -> output of every lookup and run, beginnings of the names that cannot be judged)."""
    outputs: dict[str, Output] = {}
    opaque: list[str] = []
    for name, verb, settings in written_steps(fields):
        found = _DECLARED[verb](name, settings, contracts, country, report) if verb in _DECLARED else {}
        if found is None:
            opaque.append(f"{name.text}.")
        elif found and name.text in TAKEN:
            message = f"`{name.text}` begins names of the language, so a step with outputs cannot be called so"
            report.add("F307", name.mark, message, length=length_of(name))
        else:
            outputs |= found
    return outputs, tuple(opaque)


def written_steps(fields: Fields) -> Iterator[tuple[Node, str, Fields]]:
    """(name, verb, settings) of every step that has settings."""
    for name, step in pairs(find(fields.node, "steps") or NOTHING):
        for verb, settings in pairs(step):
            yield name, verb.text, Fields(settings, fields.damaged)


def _of_lookup(
    step: Node, fields: Fields, contracts: Contracts, country: str, report: Report
) -> dict[str, Output] | None:
    """None when some output is faulty, since names may then be missing."""
    written = fields.written("outputs")
    entries = fields.inside("outputs").entries()
    if id(fields.node) in fields.damaged or len(entries) != len(pairs(written or NOTHING)):
        return None
    known = known_in({key.text: value for key, value in fields.entries()})
    built_in = KNOWN_LOOKUPS[known].outputs if known else {}
    found = {f"{step.text}.{name}": output for name, output in built_in.items()}
    for name, node in entries:
        inner = Fields(node, fields.damaged)
        kind = inner.text("type")
        if kind not in EMPTY:
            return None
        path, default = inner.text("from", name.text), _default(kind, inner, country, report)
        found[f"{step.text}.{name.text}"] = Output(name=name.text, type=kind, path=path, default=default)
    return found


def _of_run(step: Node, fields: Fields, contracts: Contracts, country: str, report: Report) -> dict[str, Output] | None:
    contract = contracts.get(fields.text("flow"))
    if contract is None:
        return None
    return {
        f"{step.text}.{name}": Output(name=name, type=kind, path="", default=EMPTY[kind])
        for name, kind in contract.returned.items()
    }


_DECLARED: Final = {"lookup": _of_lookup, "run": _of_run}
