"""`run` and `return`: what a flow that another one runs takes, how it can return, and what it returns.

A flow is read after those that it runs, so its names can have the types that their `return`s give.
"""

from collections.abc import Mapping
from typing import Any

from router.flow.expressions import compile_expression
from router.flow.expressions.problems import UNKNOWN_NAME
from router.flow.expressions.text_of import TextOf
from router.flow.findings import did_you_mean
from router.flow.invalid import INVALID
from router.flow.model import Expression, Return, Run, Template
from router.flow.reading.scope import Contract, FlowScope
from router.flow.reading.steps import StepReader, read_assigned
from router.flow.yaml.node import Node


def read_run(step: StepReader) -> Run | None:
    for name, target in step.fields.inside("on").entries():
        step.leads(name.text, target)
    node = step.fields.get("flow")
    if node is None:
        return None
    contract = step.scope.flows.get(node.text, step.scope.resources.unknown)
    if contract is None:
        suggestion = did_you_mean(node.text, step.scope.flows)
        return step.scope.say("F312", node, f"unknown flow `{node.text}`", suggestion)
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
            value = read_assigned(step.scope, variables[name.text], node, secrets=name.text in contract.secrets)
            if value is not None:
                found[name.text] = value
    return found


def read_return(step: StepReader) -> Return | None:
    node = step.fields.get("as")
    if node is None:
        return None
    step.scope.exits.add(node.text)
    entries = step.fields.inside("with").entries()
    values = {name.text: value for name, entry in entries if (value := _returned(step.scope, name, entry)) is not None}
    return Return(exit=node.text, values=values)


def _returned(scope: FlowScope, name: Node, node: Node) -> Expression | Template | None:
    """Text with `${name}`, or an expression of any type."""
    if "${" in node.text:
        _note_type(scope, name, "text")
        return scope.template(node)
    if _is_bare_word(node.text, scope.names):
        message = f"unknown name `{node.text}`"
        advice = f"""a text stands in quotes within the expression: '"{node.text}"'"""
        return scope.say("F403", node, message, advice)
    value = scope.expression(node, None)
    if not value:
        return None
    _note_type(scope, name, value.type)
    if value.type in ("text", "phone"):
        return TextOf(value)
    return value


def _is_bare_word(text: str, names: Mapping[str, str]) -> bool:
    """Whether a text was written where an expression stands."""
    if "." in text:
        return False
    _, problems = compile_expression(text, names, None)
    return [problem.code for problem in problems] == [UNKNOWN_NAME] and problems[0].length == len(text.strip())


def _note_type(scope: FlowScope, name: Node, kind: str) -> None:
    """All returns of a flow give a name the same type; a phone is a text where the two meet."""
    known: Any = scope.returned.setdefault(name.text, kind)
    if known == kind:
        return
    if {known, kind} == {"text", "phone"}:
        scope.returned[name.text] = "text"
    else:
        scope.say("F507", name, f"`{name.text}` is returned as {kind} here, and as {known} elsewhere")
