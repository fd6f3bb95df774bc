"""What the expressions of one flow may name: the language's own names, and those that the flow and the bundle bring."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from router.flow.expressions import BUILTIN_NAMES, hours_names
from router.flow.findings import Report
from router.flow.invalid import INVALID
from router.flow.model import TEXTS, Output, Value, Variable
from router.flow.reading.resources import Resources
from router.flow.reading.setting_fields import NOTHING, Fields
from router.flow.resources.foreign_values import fitted
from router.flow.suggestions.foreign_words import plain_word
from router.flow.yaml.node import Node, find, length_of, pairs

EMPTY: Final[Mapping[str, Value]] = {"text": "", "phone": "", "date": "", "number": 0, "bool": False}
TAKEN: Final = frozenset({name.partition(".")[0] for name in BUILTIN_NAMES}) | {
    "hours", "lists", "visits", "vars", "secrets",
}  # fmt: skip
"""How names of the language begin; a step with outputs cannot be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a flow that runs another one has to know of it."""

    variables: Mapping[str, Variable]
    secrets: frozenset[str]  # variables that are typed in secret
    exits: frozenset[str]  # what it returns as
    returned: Mapping[str, str]  # name -> type


Contracts = Mapping[str, Contract]
"""Of the flows of a bundle by their names; INVALID of one that cannot be judged, and of ANY_FLOW if one has no name."""
ANY_FLOW: Final = "*"


def names_of(
    variables: Mapping[str, Variable],
    outputs: Mapping[str, Output],
    resources: Resources,
    steps: Mapping[str, Node],
) -> dict[str, str]:
    """Every name that the flow's expressions may use, with its type; INVALID of what cannot be judged."""
    names = {name: type_in_expressions(output) for name, output in outputs.items()} | BUILTIN_NAMES
    for name in resources.known["hours"]:
        names |= hours_names(name)
    names |= {f"lists.{name}": "list" for name in resources.known["lists"]}
    names |= {f"visits.{name}": "number" for name in steps}
    names |= {f"vars.{name}": type_in_expressions(variable) for name, variable in variables.items()}
    names["values.*"] = "text"  # which there are is the deployment's matter
    if resources.unknown is INVALID:
        names |= {"hours.*": INVALID, "lists.*": INVALID}
    return names


def type_in_expressions(declared: Output | Variable) -> str:
    """Its type; a date is compared as its text, 2026-11-30."""
    if not declared:
        return INVALID
    return "text" if declared.type == "date" else declared.type


def variables_of(fields: Fields, country: str, report: Report) -> dict[str, Variable]:
    """The flow's `vars`; a faulty one is INVALID, and any (`*`) is when all of them are."""
    written = find(fields.node, "vars") or NOTHING
    if fields.is_unclear("vars"):
        return {"*": INVALID}
    found = {name.text: _variable(name, Fields(node), country, report) for name, node in pairs(written)}
    return {plain_word(name.text): INVALID for name, _ in pairs(written) if name.invalid} | found


def _variable(name: Node, fields: Fields, country: str, report: Report) -> Variable:
    kind = fields.text("type")
    if name.invalid or kind not in EMPTY:
        return INVALID
    return Variable(name=name.text, type=kind, default=read_default(kind, fields, country, report))


def read_default(kind: str, fields: Fields, country: str, report: Report) -> Value:
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
    collected = [settings for _, _, settings in written_steps(fields, ("collect",))]
    return frozenset(settings.text("into") for settings in collected if settings.flag("secret"))


def written_steps(fields: Fields, verbs: Container[str]) -> Iterator[tuple[Node, str, Fields]]:
    """(name, verb, settings) of every step with one of the verbs, and of every invalid one."""
    for name, step in pairs(find(fields.node, "steps") or NOTHING):
        for verb, settings in pairs(step) if not step.invalid else [(step, step)]:
            if verb.value in verbs or settings.invalid:
                yield name, verb.text, Fields(settings)
