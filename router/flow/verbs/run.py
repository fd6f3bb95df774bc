"""`run`: runs another flow from its start; what that returns leaves the step by its name.

A flow is read after those that it runs, so its names can have the types that their `return`s give.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from router.flow.findings import Report, did_you_mean
from router.flow.invalid import INVALID
from router.flow.model import Expression, Output, Settings, Template
from router.flow.reading.names import ANY_FLOW, EMPTY, Contract, Contracts
from router.flow.reading.setting_fields import Fields
from router.flow.reading.steps import StepReader, read_assigned
from router.flow.symbols import FLOW, VARIABLE
from router.flow.verbs import common
from router.flow.verbs.fragments import TARGET, ref, settings
from router.flow.verbs.spec import Family, VerbSpec
from router.flow.yaml.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Settings):
    """Enters a sub-flow at its start; what it returns leaves the step by that name."""

    flow: str
    arguments: Mapping[str, Expression | Template]  # `with`: variables of the sub-flow, typed as those of a `set`


_WITH: Final = {
    "title": "with",
    "description": (
        "The other flow's variables: a text or phone takes text with ${names}, any other an expression; a date either."
    ),
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
    "x-keys": "variables",
}
_ON: Final = {
    "title": "on",
    "description": (
        "The step for each name that the other flow returns by; else stands for those that are not written."
    ),
    "type": "object",
    "x-members": "exit",
    "propertyNames": ref("name"),
    "additionalProperties": TARGET,
}
_SCHEMA: Final = settings(
    "run",
    "Runs another flow from its start; what it returns becomes STEP.NAME.",
    {"flow": ref("name", "A flow of the bundle.", **{"x-names": "flows"}), "with": _WITH, "on": _ON},
    "flow",
)


def _read(step: StepReader) -> Run:
    for name, target in step.fields.inside("on").entries():
        step.leads(name.text, target)
    node = step.fields.get("flow")
    if node is None:
        return step.scope.invalid()
    flows = step.scope.flows
    contract = flows.get(node.text, flows.get(ANY_FLOW, step.scope.resources.unknown))
    if contract is None:
        return step.scope.say("F312", node, f"unknown flow `{node.text}`", did_you_mean(node.text, flows))
    step.scope.note(FLOW, node.text, node)
    if contract is INVALID:
        return step.scope.invalid()
    _check_exits(step, node.text, contract.exits)
    values = _arguments(step, node.text, contract)
    return Run(flow=node.text, arguments=values)


def _check_exits(step: StepReader, flow: str, returned: frozenset[str]) -> None:
    for name, _ in step.fields.inside("on").entries():
        if name.text not in returned and name.text != "else":
            message = f"the flow `{flow}` never returns as `{name.text}`"
            step.scope.say("F511", name, message, did_you_mean(name.text, returned))


def _arguments(step: StepReader, flow: str, contract: Contract) -> dict[str, Expression | Template]:
    variables = contract.variables
    found: dict[str, Expression | Template] = {}
    for name, node in step.fields.inside("with").entries():
        if name.text not in variables:
            message = f"the flow `{flow}` has no variable `{name.text}`"
            step.scope.say("F306", name, message, did_you_mean(name.text, variables))
        else:
            step.scope.note(VARIABLE, name.text, name, flow=flow)
            secret = name.text in contract.secrets
            found[name.text] = read_assigned(step.scope, variables[name.text], node, secrets=secret)
    return found


def _outputs(step: Node, fields: Fields, contracts: Contracts, country: str, report: Report) -> dict[str, Output]:
    """What the other flow returns."""
    contract = contracts.get(fields.text("flow"))
    if not contract:
        return {f"{step.text}.*": INVALID}
    return {
        f"{step.text}.{name}": Output(name=name, type=kind, path="", default=EMPTY[kind])
        for name, kind in contract.returned.items()
    }


SPEC: Final[VerbSpec[Run]] = VerbSpec(
    name="run",
    settings=Run,
    schema=_SCHEMA,
    example="run: {flow: NAME, on: {else: STEP}}",
    foreign_words=(
        "subflow run_subflow call_flow gosub macro include import uses execute script subroutine use_flow execute_flow"
    ),
    read=_read,
    outputs=_outputs,
    ordered_map="",
    traits=replace(common.FALLIBLE, pauses=True),
    family=Family.DECIDES,
    exits=common.written_exits(
        (
            ("an `as` of the sub-flow", "The sub-flow returned by that name."),
            ("else", "It returned by a name that is not written."),
        )
    ),
    timing=common.LAST,
    about=lambda settings: [f"flow {settings.flow}"],
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
