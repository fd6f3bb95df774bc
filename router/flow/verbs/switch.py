"""`switch`: goes where the first true condition says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from router.flow.expressions.mutations import likely_mistakes
from router.flow.model import Expression, Settings
from router.flow.reading.setting_fields import Fields
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import TARGET, ref
from router.flow.verbs.spec import Exit, Exits, Family, Mistake, Schema, VerbSpec
from router.flow.yaml.node import holds_invalid, items


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of a switch."""

    when: Expression | None  # None is `else`
    goto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Settings):
    cases: tuple[Case, ...]  # the last one is `else`


_SCHEMA: Final[Schema] = {
    "title": "switch",
    "x-example": "[{when: EXPRESSION, goto: STEP}, {else: STEP}]",
    "description": "Goes where the first true condition says; the last line is {else: STEP}.",
    "type": "array",
    "minItems": 1,
    "items": {
        "title": "case",
        "type": "object",
        "x-bare": ["else"],
        "x-example": "{when: EXPRESSION, goto: STEP}",
        "additionalProperties": False,
        "properties": {"when": ref("expression"), "goto": TARGET, "else": TARGET},
        "if": {"required": ["else"]},
        "then": {"maxProperties": 1},
        "else": {"title": "case", "required": ["when", "goto"]},
    },
}


def _read(step: StepReader) -> Switch:
    lines = items(step.fields.node)
    cases = [_case(step, Fields(line)) for line in lines if not line.invalid]
    written = [Fields(line).get("else") is not None for line in lines]
    if not any(written):
        if not any(holds_invalid(line) for line in lines):  # what was meant by such a line is not known
            step.scope.say("F506", step.verb_node, "`switch` has no `else`", "end it with - {else: STEP}")
    elif written.index(True) < len(lines) - 1:
        late = lines[written.index(True) + 1]
        step.scope.say("F506", late, "nothing behind `else` is ever looked at", "move `else` to the end")
    return Switch(cases=tuple(cases))


def _case(step: StepReader, fields: Fields) -> Case:
    otherwise = fields.get("else")
    if otherwise is not None:
        goto = step.leads("else", otherwise, listed=False)
        return Case(when=None, goto=goto) if goto else step.scope.invalid()
    when = step.scope.expression(fields.get("when"), "bool", secrets=True)
    goto = step.leads("when", fields.get("goto"), listed=False)
    return Case(when=when, goto=goto) if when and goto else step.scope.invalid()


def _exits(settings: Switch) -> Iterator[Exit]:
    for number, case in enumerate(settings.cases):
        label = case.when.source if case.when is not None else "else"
        key = "goto" if case.when is not None else "else"
        yield Exit(name=str(number), label=label, target=case.goto, path=(number, key))


def _redirected(settings: Switch, name: str, target: str) -> Switch:
    cases = [replace(case, goto=target) if str(n) == name else case for n, case in enumerate(settings.cases)]
    return Switch(cases=tuple(cases))


def _mistakes(settings: Switch, names: Mapping[str, str]) -> Iterator[Mistake[Switch]]:
    for number, case in enumerate(settings.cases):
        for bent in likely_mistakes(case.when, names) if case.when is not None else ():
            cases = (*settings.cases[:number], Case(when=bent, goto=case.goto), *settings.cases[number + 1 :])
            text = f"the condition is `{bent.source}`"
            yield Mistake(text=text, path=(number, "when"), settings=Switch(cases=cases))


SPEC: Final[VerbSpec[Switch]] = VerbSpec(
    name="switch",
    settings=Switch,
    schema=_SCHEMA,
    example="switch: [{when: caller.number in lists.NAME, goto: STEP}, {else: STEP}]",
    foreign_words=(
        "if choose cond condition conditions case decision branch when match split_based_on filter gotoif gotoiftime "
        "switch_case elseif router rules split_on select "
        "goto jump next go go_to redirect then proceed goto_step"
    ),
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.INFALLIBLE,
    family=Family.DECIDES,
    exits=Exits(
        described=(("the condition's goto", "The condition is the first that is true."), ("else", "None is true.")),
        required=common.always(),
        own=_exits,
        redirected=_redirected,
    ),
    timing=common.AT_ONCE,
    about=common.no_words,
    mistakes=_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
