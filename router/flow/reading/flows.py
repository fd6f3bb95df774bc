"""A flow file becomes a draft: what could be read of it, with the nodes that the checks will want to point at.

A draft is *whole* when nothing was wrong with it so far. Checks that judge by what is missing (an unreachable step,
an exit without a target) look only at what is whole, so that they never complain about the traces of another mistake.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from router.flow.findings import Report
from router.flow.model import Expression, Flow, Prompt, Step, Takes, Variable
from router.flow.reading.fields import NOTHING, Fields
from router.flow.reading.names import Contracts, names_of, outputs_of, secrets_of, variables_of, written_steps
from router.flow.reading.resources import Resources
from router.flow.reading.scope import Contract, Edge, FlowScope
from router.flow.reading.steps import StepReader
from router.flow.reading.timetables import read_timezone
from router.flow.reading.verbs import VERBS
from router.flow.resources.list_overlap import Listed
from router.flow.resources.phone_masks import is_mask
from router.flow.schema.schema_check import Damaged
from router.flow.yaml.node import Node, find, length_of, pairs
from router.protocol.phone_numbers import read_number

WINDOW_SECONDS: Final = 30.0
BUDGET_STEPS: Final = 200
BUDGET_SECONDS: Final = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedStep:
    """One step as far as it could be read."""

    name: Node
    verb: Node  # where the verb is written
    settings: Node = NOTHING
    edges: tuple[Edge, ...] = ()
    step: Step | None = None  # None when its settings cannot be used
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What becomes of a call that another flow sends through this one."""

    needs_caller: str = ""  # a step that needs a caller, "" when there is none
    needs_free_caller: str = ""  # a prompt or a menu that may come before a route or a hangup
    returns_untouched: bool = False  # it may return with no route or hangup in between
    returns_at_once: bool = False  # it may return with neither a key press nor time in between


@dataclass(slots=True, kw_only=True)
class ParsedFlow:
    """One flow as far as it could be read."""

    name: Node
    root: Node
    steps: dict[str, ParsedStep]
    start: Edge | None
    on_error: Edge | None
    on_end: Edge | None
    has_on_error: bool  # it is written, be it well or badly
    takes: Takes | None
    takes_node: Node  # where `for` says it
    lines: tuple[tuple[str, Node], ...]  # literal lines, normalised
    listed: Listed | None  # the list of the lines that it takes
    whole: bool
    contract: Contract
    contracts: Contracts  # of the flows that it may run
    runs: tuple[tuple[Node, str], ...]  # where another flow is named, and which
    rescued: bool = True  # exits that are not written have an on_error to go to, be it a running flow's
    flow: Flow | None = field(default=None)


def read_flow(
    root: Node, damaged: Damaged, resources: Resources, report: Report, contracts: Contracts | None = None
) -> ParsedFlow:
    """Read one flow file whose shape was checked already; `contracts` are those of the flows that it may run."""
    before = report.errors
    fields = Fields(root, damaged)
    scope = _scope(fields, resources, report, contracts or {})
    steps = {name.text: _step(scope, name, node) for name, node in pairs(fields.get("steps") or NOTHING)}
    draft = _draft(scope, fields, steps)
    timezone = read_timezone(fields.get("timezone"), report)
    hold = scope.resource_name("audio", fields.get("hold"))
    language = scope.expression(fields.get("language"), "text")
    draft.whole = not scope.faults and not damaged and report.errors == before
    if draft.whole and draft.start is not None:
        draft.flow = _flow(scope, fields, draft, timezone, resources.prompts.get(hold or ""), language)
    return draft


def refuse_unread(draft: ParsedFlow, report: Report) -> None:
    """F213 where a flow, or a step of it, could not be read although the bundle has no error."""
    unread = [step.verb for step in draft.steps.values() if step.step is None]
    for node in unread or [draft.name] * (draft.flow is None):
        report.add("F213", node.mark, "this cannot be read", length=length_of(node), suggestion="please report it")


def _scope(fields: Fields, resources: Resources, report: Report, contracts: Contracts) -> FlowScope:
    variables = variables_of(fields, resources.country, report)
    outputs, unjudged = outputs_of(fields, contracts, resources.country, report)
    steps = {name.text: name for name, _ in pairs(find(fields.node, "steps") or NOTHING)}
    written = frozenset(name.text for name, _ in pairs(find(fields.node, "vars") or NOTHING))
    unread = () if resources.complete else ("hours.", "lists.")
    return FlowScope(
        report=report,
        damaged=fields.damaged,
        resources=resources,
        steps=steps,
        variables=variables,
        variables_written=written,
        names=names_of(variables, outputs, resources, steps),
        opaque=(*unread, *unjudged, *(f"vars.{name}" for name in written - set(variables))),
        flows=contracts,
        outputs=outputs,
        secrets=secrets_of(fields),
        root=fields.node,
    )


def runs_of(root: Node, damaged: Damaged) -> tuple[tuple[Node, str], ...]:
    """(where it is named, the name) of every flow that the flow runs."""
    named = (settings.get("flow") for _, verb, settings in written_steps(Fields(root, damaged)) if verb == "run")
    return tuple((node, node.text) for node in named if node is not None)


def _step(scope: FlowScope, name: Node, node: Node) -> ParsedStep:
    verb, settings = _verb(node)
    if verb.text not in VERBS or id(node) in scope.damaged:
        return ParsedStep(name=name, verb=verb)
    before = scope.faults
    reader = StepReader(scope=scope, name=name.text, verb_node=verb, fields=Fields(settings, scope.damaged))
    read = VERBS[verb.text](reader) if id(settings) not in scope.damaged else None
    step = None
    if read is not None:
        step = Step(name=name.text, verb=verb.text, settings=read, exits=reader.exits, mark=name.mark)
    whole = step is not None and scope.faults == before and not _touches(node, scope.damaged)
    return ParsedStep(name=name, verb=verb, settings=settings, edges=tuple(reader.edges), step=step, whole=whole)


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


def _draft(scope: FlowScope, fields: Fields, steps: dict[str, ParsedStep]) -> ParsedFlow:
    takes = fields.get("for") or NOTHING
    lines = fields.inside("for").one_or_many("lines")
    literal = tuple(_literal_lines(scope, [line for line in lines if not line.text.startswith("lists.")]))
    runs = runs_of(fields.node, fields.damaged)
    taken = _takes(scope, fields, literal)
    return ParsedFlow(
        name=find(fields.node, "flow") or NOTHING,
        root=fields.node,
        steps=steps,
        start=scope.edge("start", fields.get("start")),
        on_error=scope.edge("on_error", fields.get("on_error")),
        on_end=scope.edge("on_end", fields.get("on_end")),
        has_on_error=find(fields.node, "on_error") is not None,
        takes=taken,
        takes_node=takes,
        lines=literal,
        listed=scope.resources.listed.get(taken.line_list or "") if taken is not None else None,
        whole=False,
        contract=Contract(
            variables=scope.variables,
            secrets=scope.secrets,
            variables_written=scope.variables_written,
            exits=frozenset(scope.exits),
            returned=scope.returned,
        ),
        contracts=scope.flows,
        runs=runs,
    )


def _literal_lines(scope: FlowScope, nodes: Sequence[Node]) -> Iterator[tuple[str, Node]]:
    """(the line as the PBX names it, where it is written)."""
    for node in nodes:
        if is_mask(node.text):
            advice = "write the mask into a list, and here lines: lists.NAME"
            scope.say("F507", node, f"`{node.text}` is a mask, and a line is one number or SIP address", advice)
            continue
        found = read_number(node.text, scope.resources.country)
        if found.number:
            yield found.number, node
        else:
            scope.say("F507", node, f"`{node.text}` is no line: {found.problem or 'a withheld number is none'}")


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


def _flow(
    scope: FlowScope,
    fields: Fields,
    draft: ParsedFlow,
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
        outputs=scope.outputs,
    )


def _with_secrecy(variable: Variable, scope: FlowScope) -> Variable:
    secret = variable.name in scope.secrets
    return Variable(name=variable.name, type=variable.type, default=variable.default, secret=secret)
