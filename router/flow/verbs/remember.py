"""`remember`: puts a number into a list that all calls share."""

from dataclasses import dataclass
from typing import Final

from router.flow.model import Settings, Template
from router.flow.reading.chosen_names import read_chosen
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import NEXT, described, ref, settings
from router.flow.verbs.spec import Family, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember(Settings):
    value: Template
    list_name: str = ""  # a list with `keep`
    list_by: Template | None = None  # the text that names it in the call, in place of that

    @property
    def written(self) -> str:
        """The list as the author calls it."""
        return f"lists[{self.list_by.source}]" if self.list_by is not None else f"lists.{self.list_name}"


_LIST: Final = {
    "pattern": "^lists(\\.\\S+|\\[.+\\])$",
    "x-form": "a list such as lists.NAME",
    "x-names": "lists",
}
_SCHEMA: Final = settings(
    "remember",
    "Puts a number into a list that all calls share.",
    {
        "value": ref("text"),
        "in": described("A list with `keep`; lists[TEXT] chooses one in the call.", type="string", **_LIST),
        **NEXT,
    },
    "value",
    "in",
)


def _read(step: StepReader) -> Remember:
    step.read_exits()
    value, node = step.scope.template(step.fields.get("value")), step.fields.get("in")
    by = read_chosen(step.scope, node, "lists")
    if by is not None:
        return Remember(value=value, list_by=by) if by and value else step.scope.invalid()
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
    about=lambda settings: [f"{settings.value.source} in {settings.written}"],
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
