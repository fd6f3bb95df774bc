"""`return`: ends a flow that another one runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.flow.expressions import compile_expression
from router.flow.expressions.problems import UNKNOWN_NAME
from router.flow.expressions.text_of import TextOf
from router.flow.model import Expression, Settings, Template
from router.flow.reading.flow_scope import FlowScope
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import ref, settings
from router.flow.verbs.spec import Family, VerbSpec
from router.flow.yaml.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Settings):
    exit: str  # `as`
    values: Mapping[str, Expression | Template]  # `with`: become STEP.NAME of the step that ran it


_WITH: Final = {
    "title": "with",
    "description": "Values by name: text with ${names}, or an expression, whose type is the value's.",
    "type": "object",
    "propertyNames": ref("name"),
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_SCHEMA: Final = settings(
    "return",
    "Ends a flow that another one runs.",
    {"as": ref("name", "The exit that the step which ran it leaves by."), "with": _WITH},
    "as",
)


def _read(step: StepReader) -> Return:
    node = step.fields.get("as")
    if node is None:
        return step.scope.invalid()
    step.scope.exits.add(node.text)
    entries = step.fields.inside("with").entries()
    return Return(exit=node.text, values={name.text: _returned(step.scope, name, entry) for name, entry in entries})


def _returned(scope: FlowScope, name: Node, node: Node) -> Expression | Template:
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
        return scope.invalid()
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


SPEC: Final[VerbSpec[Return]] = VerbSpec(
    name="return",
    settings=Return,
    schema=_SCHEMA,
    example="return: {as: NAME}",
    foreign_words="ret end_subflow",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.INFALLIBLE,
    family=Family.ENDS,
    exits=common.written_exits(()),
    timing=common.LAST,
    about=lambda settings: [f"as {settings.exit}"],
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
