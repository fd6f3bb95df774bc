"""A flow file becomes a draft: what could be read of it, with the nodes that the checks will want to point at.

A draft is *whole* when nothing was wrong with it so far. Checks that judge by what is missing (an unreachable step,
an exit without a target) look only at what is whole, so that they never complain about the traces of another mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from router.flow.expressions import BUILTIN_NAMES, hours_names
from router.flow.findings import Report
from router.flow.lists import normalise
from router.flow.model import Expression, Flow, Prompt, Step, Takes, Value, Variable
from router.flow.reading.fields import NOTHING, Fields
from router.flow.reading.resources import DEFAULT_TIMEZONE, Resources, check_timezone
from router.flow.reading.scope import Edge, FlowScope
from router.flow.reading.verbs import VERBS, StepReader
from router.flow.shape import LATER_VERBS, Damaged
from router.flow.source import Node, find, pairs

WINDOW_SECONDS: Final = 30.0
BUDGET_STEPS: Final = 200
BUDGET_SECONDS: Final = 1800.0

_EMPTY: Final[Mapping[str, Value]] = {"text": "", "phone": "", "number": 0, "bool": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """One step as far as it could be read."""

    name: Node
    verb: Node  # where the verb is written
    settings: Node = NOTHING
    edges: tuple[Edge, ...] = ()
    step: Step | None = None  # None when its settings cannot be used
    whole: bool = False


@dataclass(slots=True, kw_only=True)
class FlowDraft:
    """One flow as far as it could be read."""

    name: Node
    root: Node
    steps: dict[str, StepDraft]
    start: Edge | None
    on_error: Edge | None
    on_end: Edge | None
    has_on_error: bool  # it is written, be it well or badly
    takes: Takes | None
    takes_node: Node  # where `for` says it
    lines: tuple[tuple[str, Node], ...]  # literal lines, normalised
    whole: bool
    flow: Flow | None = field(default=None)


def read_flow(root: Node, damaged: Damaged, resources: Resources, report: Report) -> FlowDraft:
    """Read one flow file whose shape was checked already."""
    before = len(report.findings)
    fields = Fields(root, damaged)
    scope = _scope(fields, resources, report)
    steps = {name.text: _step(scope, name, node) for name, node in pairs(fields.get("steps") or NOTHING)}
    draft = _draft(scope, fields, steps)
    timezone = _timezone(fields, report)
    hold = scope.resource_name("audio", fields.get("hold"))
    language = scope.expression(fields.get("language"), "text")
    draft.whole = not scope.faults and not damaged and len(report.findings) == before
    if draft.whole and draft.start is not None:
        draft.flow = _flow(scope, fields, draft, timezone, resources.prompts.get(hold or ""), language)
    return draft


def _scope(fields: Fields, resources: Resources, report: Report) -> FlowScope:
    variables = _variables(fields, report)
    steps = {name.text: name for name, _ in pairs(find(fields.node, "steps") or NOTHING)}
    written = frozenset(name.text for name, _ in pairs(find(fields.node, "vars") or NOTHING))
    return FlowScope(
        report=report,
        damaged=fields.damaged,
        resources=resources,
        steps=steps,
        variables=variables,
        variables_written=written,
        names=_names(variables, resources, steps),
        opaque=_opaque(fields, resources, written - set(variables)),
    )


def _names(variables: Mapping[str, Variable], resources: Resources, steps: Mapping[str, Node]) -> dict[str, str]:
    """Every name that the flow's expressions may use, with its type."""
    names = dict(BUILTIN_NAMES)
    for name in resources.known["hours"]:
        names |= hours_names(name)
    names |= {f"lists.{name}": "list" for name in resources.known["lists"]}
    names |= {f"visits.{name}": "number" for name in steps}
    names |= {f"vars.{name}": variable.type for name, variable in variables.items()}
    return names


def _opaque(fields: Fields, resources: Resources, faulty_variables: frozenset[str]) -> tuple[str, ...]:
    """How names begin that would be known but for a mistake reported elsewhere."""
    steps = pairs(find(fields.node, "steps") or NOTHING)
    later = [name.text for name, step in steps if any(verb.text in LATER_VERBS for verb, _ in pairs(step))]
    unread = () if resources.complete else ("hours.", "lists.")
    return (*unread, *(f"{name}." for name in later), *(f"vars.{name}" for name in faulty_variables))


def _variables(fields: Fields, report: Report) -> dict[str, Variable]:
    found = (_variable(name, Fields(node, fields.damaged), report) for name, node in fields.inside("vars").entries())
    return {variable.name: variable for variable in found if variable is not None}


def _variable(name: Node, fields: Fields, report: Report) -> Variable | None:
    kind, node = fields.text("type"), fields.get("default")
    if kind not in _EMPTY:
        return None
    default: Any = _EMPTY[kind] if node is None else _converted(kind, node.text)
    if default is None and node is not None:
        wanted = "a number" if kind == "number" else "true or false"
        report.add("F507", node.mark, f"expected {wanted}, found `{node.text}`", length=len(node.text))
        default = _EMPTY[kind]
    return Variable(name=name.text, type=kind, default=default)


def _converted(kind: str, text: str) -> Value | None:
    """The text as a value of the type, None when it is none."""
    if kind == "phone":
        return normalise(text)
    if kind == "bool":
        return {"true": True, "false": False}.get(text)
    return _number(text) if kind == "number" else text


def _number(text: str) -> float | int | None:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text) if text.isascii() else None
    except ValueError:
        return None


def _step(scope: FlowScope, name: Node, node: Node) -> StepDraft:
    verb, settings = _verb(node)
    if verb.text not in VERBS or id(node) in scope.damaged:
        return StepDraft(name=name, verb=verb)
    before = scope.faults
    reader = StepReader(scope=scope, verb_node=verb, fields=Fields(settings, scope.damaged))
    read = VERBS[verb.text](reader) if id(settings) not in scope.damaged else None
    step = None
    if read is not None:
        step = Step(name=name.text, verb=verb.text, settings=read, exits=reader.exits, mark=name.mark)
    whole = step is not None and scope.faults == before and not _touches(node, scope.damaged)
    return StepDraft(name=name, verb=verb, settings=settings, edges=tuple(reader.edges), step=step, whole=whole)


def _verb(node: Node) -> tuple[Node, Node]:
    """(where the verb is written, its settings)."""
    written = pairs(node)
    return written[0] if written else (node, NOTHING)


def _touches(node: Node, damaged: Damaged) -> bool:
    """Whether a finding was made about anything in the node."""
    if not damaged:
        return False
    nested = node.value if isinstance(node.value, tuple) else ()
    return id(node) in damaged or any(
        _touches(part, damaged) for child in nested for part in (child if isinstance(child, tuple) else (child,))
    )


def _draft(scope: FlowScope, fields: Fields, steps: dict[str, StepDraft]) -> FlowDraft:
    takes = fields.get("for") or NOTHING
    lines = fields.inside("for").one_or_many("lines")
    literal = tuple((normalise(line.text), line) for line in lines if not line.text.startswith("lists."))
    return FlowDraft(
        name=find(fields.node, "flow") or NOTHING,
        root=fields.node,
        steps=steps,
        start=scope.edge("start", fields.get("start")),
        on_error=scope.edge("on_error", fields.get("on_error")),
        on_end=scope.edge("on_end", fields.get("on_end")),
        has_on_error=find(fields.node, "on_error") is not None,
        takes=_takes(scope, fields, literal),
        takes_node=takes,
        lines=literal,
        whole=False,
    )


def _takes(scope: FlowScope, fields: Fields, literal: tuple[tuple[str, Node], ...]) -> Takes | None:
    written = fields.get("for")
    if written is None:
        return None
    if written.kind == "scalar":
        return Takes(any_line=True)
    lines = fields.inside("for").get("lines")
    line_list = scope.resource_name("lists", lines) if lines is not None and lines.kind == "scalar" else None
    return Takes(
        lines=tuple(line for line, _ in literal),
        line_list=line_list,
        location=fields.inside("for").text("location") or None,
    )


def _timezone(fields: Fields, report: Report) -> str:
    node = fields.get("timezone")
    return node.text if node is not None and check_timezone(node, report) else DEFAULT_TIMEZONE


def _flow(
    scope: FlowScope,
    fields: Fields,
    draft: FlowDraft,
    timezone: str,
    hold: Prompt | None,
    language: Expression | None,
) -> Flow:
    """The flow itself; called only when nothing was wrong."""
    steps = {name: step.step for name, step in draft.steps.items() if step.step is not None}
    budget = fields.inside("budget")
    return Flow(
        name=draft.name.text,
        takes=draft.takes,
        start=draft.start.target if draft.start else "",
        steps=steps,
        variables={name: _with_secrecy(variable, scope) for name, variable in scope.variables.items()},
        timezone=timezone,
        window=fields.seconds("window") or WINDOW_SECONDS,
        hold=hold,
        language=language,
        budget_steps=budget.integer("steps", BUDGET_STEPS),
        budget_seconds=budget.seconds("duration") or BUDGET_SECONDS,
        on_error=draft.on_error.target if draft.on_error else None,
        on_end=draft.on_end.target if draft.on_end else None,
        uses_limits=any(name.startswith("limits.") for name in scope.names_read),
    )


def _with_secrecy(variable: Variable, scope: FlowScope) -> Variable:
    secret = variable.name in scope.secrets
    return Variable(name=variable.name, type=variable.type, default=variable.default, secret=secret)
