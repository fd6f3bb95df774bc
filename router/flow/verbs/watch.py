"""`watch`: looks at the conversation and steps in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from router.flow.durations import format_duration
from router.flow.model import Settings
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import TARGET, described, ref, settings
from router.flow.verbs.spec import Exit, Exits, Family, Mistake, Schema, Timing, VerbSpec

Rule = tuple[float, str]
"""(seconds, step)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Settings):
    connected: str | None = None
    held: Rule | None = None
    talking: Rule | None = None
    ended: str | None = None

    @property
    def timed(self) -> dict[str, Rule]:
        """The exits that take time, as far as they are written."""
        rules = {"held": self.held, "talking": self.talking}
        return {name: rule for name, rule in rules.items() if rule is not None}


def _after(title: str, description: str) -> Schema:
    about = {"title": title, "description": description, "type": "object", "required": ["for", "goto"]}
    return {**about, "additionalProperties": False, "properties": {"for": ref("duration"), "goto": TARGET}}


_SCHEMA: Final[Schema] = {
    **settings(
        "watch",
        "Looks at the conversation and steps in.",
        {
            "connected": TARGET,
            "held": _after("held", "The caller has been on hold for that long."),
            "talking": _after("talking", "The conversation has lasted that long."),
            "ended": {**TARGET, **described("The conversation is over.")},
        },
    ),
    "minProperties": 1,
}


def _read(step: StepReader) -> Watch:
    return Watch(
        connected=step.leads("connected", step.fields.get("connected")),
        held=_rule(step, "held"),
        talking=_rule(step, "talking"),
        ended=step.leads("ended", step.fields.get("ended")),
    )


def _rule(step: StepReader, name: str) -> Rule | None:
    fields = step.fields.inside(name)
    seconds, goto = fields.seconds("for"), step.leads(name, fields.get("goto"))
    return (seconds, goto) if seconds is not None and goto is not None else None


def _exits(settings: Watch) -> Iterator[Exit]:
    for name, goto in (("connected", settings.connected), ("ended", settings.ended)):
        if goto is not None:
            yield Exit(name=name, label=name, target=goto, path=(name,))
    for name, (seconds, target) in settings.timed.items():
        yield Exit(
            name=name, label=name, arrow=f"{name} {format_duration(seconds)}", target=target, path=(name, "goto")
        )


def _redirected(settings: Watch, name: str, target: str) -> Watch:
    rule = settings.timed.get(name)
    changed: dict[str, Any] = {name: target if rule is None else (rule[0], target)}
    return replace(settings, **changed)


def _mistakes(settings: Watch, names: Mapping[str, str]) -> Iterator[Mistake[Watch]]:
    for name, (seconds, target) in settings.timed.items():
        longer: dict[str, Any] = {name: (seconds * common.LONGER, target)}
        text = f"`{name}` is {format_duration(seconds * common.LONGER)}"
        yield Mistake(text=text, path=(name, "for"), settings=replace(settings, **longer))


SPEC: Final[VerbSpec[Watch]] = VerbSpec(
    name="watch",
    settings=Watch,
    schema=_SCHEMA,
    example="watch: {ended: STEP}",
    foreign_words="on_hold supervise observe",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=replace(common.IN_CONVERSATION, can_fail=False),
    family=Family.DIALS,
    exits=Exits(
        described=(
            ("connected", "The caller is connected to an employee."),
            ("held", "The caller has been on hold for as long as `for` says."),
            ("talking", "The conversation has lasted for as long as `for` says."),
            ("ended", "The call is over; the steps from there run as those of `on_end`, in place of it."),
        ),
        required=common.always(),
        own=_exits,
        redirected=_redirected,
    ),
    timing=Timing(at_once=common.never, most=common.no_time, silence=common.no_time, commands=common.no_commands),
    about=common.no_words,
    mistakes=_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
