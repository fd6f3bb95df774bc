"""A flow file is parsed: into what could be read of it, with the nodes that the checks will want to point at.

The settings of a step are INVALID when anything in them is, and so is the flow. Checks that judge by what is missing
(an unreachable step, an exit without a target) thus never complain about the traces of another mistake.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from router.flow.findings import Report
from router.flow.invalid import INVALID
from router.flow.model import PROFILE, Expression, Flow, Need, Output, Prompt, Step, Takes, Variable
from router.flow.reading.flow_scope import Edge, FlowScope
from router.flow.reading.names import TAKEN, Contract, Contracts, names_of, secrets_of, variables_of, written_steps
from router.flow.reading.prompts import read_recording
from router.flow.reading.resources import Resources
from router.flow.reading.setting_fields import NOTHING, Fields
from router.flow.reading.steps import StepReader
from router.flow.reading.timetables import read_timezone
from router.flow.resources.list_overlap import Listed
from router.flow.resources.phone_masks import is_mask
from router.flow.suggestions.foreign_words import plain_word
from router.flow.symbols import FLOW, OUTPUT, STEP, VARIABLE, Symbol, SymbolNotes
from router.flow.verbs import VERBS
from router.flow.verbs.common import EVERY_PROFILE, no_outputs
from router.flow.yaml.node import Node, find, holds_invalid, length_of, pairs
from router.protocol.phone_numbers import read_number

WINDOW_SECONDS: Final = 30.0
BUDGET_STEPS: Final = 200
BUDGET_SECONDS: Final = 1800.0
_WITH_OUTPUTS: Final = frozenset(name for name, spec in VERBS.items() if spec.outputs is not no_outputs)


class ParsedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step as far as it could be read."""

    name: Node
    verb: Node  # where the verb is written
    written: Node = NOTHING  # its settings as nodes
    edges: tuple[Edge, ...] = ()
    exits: Mapping[str, str] = msgspec.field(default_factory=dict)
    settings: Any = INVALID


@dataclass(slots=True, kw_only=True)
class ParsedFlow:
    """One flow as far as it could be read."""

    name: Node
    root: Node
    steps: dict[str, ParsedStep]
    start: Edge | None
    on_error: Edge | None
    on_end: Edge | None
    finally_: Edge | None
    has_on_error: bool  # it is written, be it well or badly
    takes: Takes | None
    takes_node: Node  # where `for` says it
    lines: tuple[tuple[str, Node], ...]  # literal lines, normalised
    listed: Listed | None  # the list of the lines that it takes
    contract: Contract
    contracts: Contracts  # of the flows that it may run
    runs: tuple[tuple[Node, str], ...]  # where another flow is named, and which
    rescued: bool = True  # exits that are not written have an on_error to go to, be it a running flow's
    needs: tuple[Need, ...] = ()  # of the account
    tables: frozenset[str] = frozenset()  # whose rows were looked at
    flow: Flow = INVALID


def read_flow(
    root: Node,
    resources: Resources,
    report: Report,
    contracts: Contracts | None = None,
    symbols: SymbolNotes | None = None,
) -> ParsedFlow:
    """Read one flow file whose shape was checked already; `contracts` are those of the flows that it may run, and
    `symbols` take down where names stand."""
    fields = Fields(root)
    scope = _scope(fields, resources, report, contracts or {})
    if symbols is not None:
        scope.symbols = symbols
        _note_definitions(scope, fields)
    steps = {name.text: _step(scope, name, node) for name, node in pairs(fields.get("steps") or NOTHING)}
    parsed = _parsed(scope, fields, steps)
    timezone = read_timezone(fields.get("timezone"), report)
    hold = read_recording(scope, fields.get("hold"))
    language = scope.expression(fields.get("language"), "text")
    parsed.needs, parsed.tables = tuple(scope.needs), frozenset(scope.tables)
    if not scope.invalids and not report.has_errors_in(root.mark.file) and parsed.start:
        parsed.flow = _flow(scope, fields, parsed, timezone, hold, language)
    return parsed


def refuse_unread(parsed: ParsedFlow, report: Report) -> None:
    """F213 where a flow, or a step of it, could not be read although the bundle has no error."""
    unread = [step.verb for step in parsed.steps.values() if step.settings is INVALID]
    for node in unread or [parsed.name] * (parsed.flow is INVALID):
        report.add("F213", node.mark, "this cannot be read", length=length_of(node), suggestion="please report it")


def _scope(fields: Fields, resources: Resources, report: Report, contracts: Contracts) -> FlowScope:
    variables = variables_of(fields, resources.country, report)
    outputs = _outputs_of(fields, contracts, resources.country, report)
    steps = {name.text: name for name, _ in pairs(find(fields.node, "steps") or NOTHING)}
    return FlowScope(
        report=report,
        resources=resources,
        steps=steps,
        variables=variables,
        names=names_of(variables, outputs, resources, steps),
        flows=contracts,
        outputs=outputs,
        secrets=secrets_of(fields),
        root=fields.node,
        flow=fields.text("flow"),
    )


def _note_definitions(scope: FlowScope, fields: Fields) -> None:
    """The names that the flow brings: its own, its steps', its variables' and its steps' outputs."""
    defined = [(Symbol(FLOW, scope.flow), fields.get("flow") or NOTHING)]
    for name, step in pairs(fields.get("steps") or NOTHING):
        defined.append((Symbol(STEP, name.text, scope.flow), name))
        for _, settings in pairs(step):
            for output, _ in Fields(settings).inside("outputs").entries():
                defined.append((Symbol(OUTPUT, f"{name.text}.{output.text}", scope.flow), output))
    defined += [(Symbol(VARIABLE, name.text, scope.flow), name) for name, _ in fields.inside("vars").entries()]
    for symbol, node in defined:
        if scope.symbols is not None and node is not NOTHING:
            lines = scope.report.lines.get(node.mark.file, ())
            scope.symbols.note(symbol, node, lines, length=len(node.text), defines=True)


def _outputs_of(fields: Fields, contracts: Contracts, country: str, report: Report) -> dict[str, Output]:
    """ "STEP.NAME" -> output of every lookup and run; "STEP.*" is INVALID where it cannot be judged which there are."""
    outputs: dict[str, Output] = {}
    for name, verb, settings in written_steps(fields, _WITH_OUTPUTS):
        if settings.node.invalid:
            found = {f"{name.text}.*": INVALID, f"{plain_word(name.text)}.*": INVALID}
        else:
            found = VERBS[verb].outputs(name, settings, contracts, country, report)
        if found and name.text in TAKEN and not settings.node.invalid:
            message = f"`{name.text}` begins names of the language, so a step with outputs cannot be called so"
            report.add("F307", name.mark, message, length=length_of(name))
        else:
            outputs |= found
    return outputs


def runs_of(root: Node) -> tuple[tuple[Node, str], ...]:
    """(where it is named, the name) of every flow that the flow runs."""
    named = (settings.get("flow") for _, _, settings in written_steps(Fields(root), ("run",)))
    return tuple((node, node.text) for node in named if node is not None)


def _step(scope: FlowScope, name: Node, node: Node) -> ParsedStep:
    verb, settings = _verb(node)
    spec = VERBS.get(verb.text)
    if spec is None or node.invalid or settings.invalid:
        return ParsedStep(name=name, verb=verb, written=settings)
    before = scope.invalids
    reader = StepReader(scope=scope, name=name.text, verb_node=verb, fields=Fields(settings))
    if spec.profiles is not EVERY_PROFILE:
        need = Need(kind=PROFILE, name=verb.text, mark=verb.mark, profiles=tuple(sorted(spec.profiles)))
        scope.needs.append(need)
    found = spec.read(reader)
    is_sound = isinstance(found, spec.settings) and scope.invalids == before
    if not is_sound or (scope.report.errors and holds_invalid(node)):
        found = INVALID
    return ParsedStep(
        name=name, verb=verb, written=settings, edges=tuple(reader.edges), exits=reader.exits, settings=found
    )


def _verb(node: Node) -> tuple[Node, Node]:
    """(where the verb is written, its settings)."""
    written = pairs(node)
    return written[0] if written else (node, NOTHING)


def _parsed(scope: FlowScope, fields: Fields, steps: dict[str, ParsedStep]) -> ParsedFlow:
    takes = fields.get("for") or NOTHING
    lines = fields.inside("for").one_or_many("lines")
    literal = tuple(_literal_lines(scope, [line for line in lines if not line.text.startswith("lists.")]))
    runs = runs_of(fields.node)
    taken = _takes(scope, fields, literal)
    return ParsedFlow(
        name=find(fields.node, "flow") or NOTHING,
        root=fields.node,
        steps=steps,
        start=scope.edge("start", fields.get("start")),
        on_error=scope.edge("on_error", fields.get("on_error")),
        on_end=scope.edge("on_end", fields.get("on_end")),
        finally_=scope.edge("finally", fields.get("finally")),
        has_on_error=find(fields.node, "on_error") is not None or fields.is_unclear("on_error"),
        takes=taken,
        takes_node=takes,
        lines=literal,
        listed=scope.resources.listed.get(taken.line_list or "") if taken is not None else None,
        contract=Contract(
            variables=scope.variables,
            secrets=scope.secrets,
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
        line_list=line_list or None,
        location=fields.inside("for").text("location") or None,
    )


def _flow(
    scope: FlowScope,
    fields: Fields,
    parsed: ParsedFlow,
    timezone: str,
    hold: Prompt | None,
    language: Expression | None,
) -> Flow:
    """The flow itself; called only when nothing was wrong."""
    steps = {
        name: Step(name=name, verb=step.verb.text, settings=step.settings, exits=step.exits, mark=step.name.mark)
        for name, step in parsed.steps.items()
    }
    budget = fields.inside("budget")
    return Flow(
        name=parsed.name.text,
        takes=parsed.takes,
        start=parsed.start.target if parsed.start else "",
        steps=steps,
        variables={name: _with_secrecy(variable, scope) for name, variable in scope.variables.items()},
        timezone=timezone,
        window=fields.seconds("window") or WINDOW_SECONDS,
        hold=hold,
        language=language,
        budget_steps=budget.integer("steps", BUDGET_STEPS),
        budget_seconds=budget.seconds("duration") or BUDGET_SECONDS,
        on_error=parsed.on_error.target if parsed.on_error else None,
        on_end=parsed.on_end.target if parsed.on_end else None,
        finally_=parsed.finally_.target if parsed.finally_ else None,
        outputs=scope.outputs,
    )


def _with_secrecy(variable: Variable, scope: FlowScope) -> Variable:
    secret = variable.name in scope.secrets
    return Variable(name=variable.name, type=variable.type, default=variable.default, secret=secret)
