"""`set`: sets variables, in the order written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router.flow.model import Expression, Settings, Template
from router.flow.reading.steps import StepReader, read_assigned
from router.flow.verbs import common
from router.flow.verbs.fragments import NEXT, settings
from router.flow.verbs.spec import Family, VerbSpec
from router.flow.yaml.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables(Settings):
    values: Mapping[str, Expression | Template]  # in the order written


_VARS: Final = {
    "title": "vars",
    "description": "A text or phone variable takes text with ${names}, any other an expression; a date takes either.",
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": ["string", "number", "boolean"]},
    "x-keys": "variables",
}


def _read(step: StepReader) -> SetVariables:
    step.read_exits()
    entries = step.fields.inside("vars").entries()
    return SetVariables(values={name.text: _assigned(step, name, node) for name, node in entries})


def _assigned(step: StepReader, name: Node, node: Node) -> Expression | Template:
    variable = step.scope.variable(name, node.text)
    if not variable:
        return step.scope.invalid()
    return read_assigned(step.scope, variable, node, secrets=variable.name in step.scope.secrets)


SPEC: Final[VerbSpec[SetVariables]] = VerbSpec(
    name="set",
    settings=SetVariables,
    schema=settings("set", "Sets variables, in the order written.", {"vars": _VARS, **NEXT}, "vars"),
    example="set: {vars: {NAME: VALUE}, next: STEP}",
    foreign_words=(
        "set_variables set_variable setvar set_vars assign variables var let export change define vars setvars"
    ),
    read=_read,
    outputs=common.no_outputs,
    ordered_map="vars",
    traits=common.FALLIBLE,
    family=Family.DECIDES,
    exits=common.written_exits((("next", "The variables are set."),), "next"),
    timing=common.AT_ONCE,
    about=lambda settings: [f"{name} = {value.source}" for name, value in settings.values.items()],
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
