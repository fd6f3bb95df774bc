"""`remember`: puts a number into a list that all calls share."""

from dataclasses import dataclass
from typing import Final

from router.flow.model import Settings, Template
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import NEXT, described, ref, settings
from router.flow.verbs.spec import Family, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember(Settings):
    value: Template
    list_name: str  # a list with `keep`


_LIST: Final = {"pattern": "^lists\\.\\S+$", "x-form": "a list such as lists.NAME", "x-names": "lists"}
_SCHEMA: Final = settings(
    "remember",
    "Puts a number into a list that all calls share.",
    {"value": ref("text"), "in": described("A list with `keep`.", type="string", **_LIST), **NEXT},
    "value",
    "in",
)


def _read(step: StepReader) -> Remember:
    step.read_exits()
    value, node = step.scope.template(step.fields.get("value")), step.fields.get("in")
    name = step.scope.resource_name("lists", node)
    if not (node and name and value):
        return step.scope.invalid()
    if step.scope.resources.lists[name].keep_seconds is None:
        step.scope.say("F507", node, f"`{node.text}` is not filled by calls", "give the list a `keep`, e.g. keep: 30m")
    return Remember(value=value, list_name=name)


SPEC: Final[VerbSpec[Remember]] = VerbSpec(
    name="remember",
    settings=Remember,
    schema=_SCHEMA,
    example='remember: {value: "${caller.number}", in: lists.NAME, next: STEP}',
    foreign_words="add_to_list store save block blacklist add_number",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.FALLIBLE,
    family=Family.DECIDES,
    exits=common.written_exits((("next", "The value is in the list."),), "next"),
    timing=common.AT_ONCE,
    about=lambda settings: [f"{settings.value.source} in lists.{settings.list_name}"],
    mistakes=common.no_mistakes,
    command=None,
)
