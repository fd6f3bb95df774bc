"""`wait`: lets time pass."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from router.flow.durations import format_duration
from router.flow.model import Settings, Template
from router.flow.reading.chosen_names import read_chosen
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import NEXT, described, ref, settings
from router.flow.verbs.spec import Family, Mistake, Timing, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Settings):
    seconds: float | None = None  # exactly one of the three is set
    until: str | None = None  # a name in Bundle.hours: until it opens
    until_by: Template | None = None  # the text that names it in the call, in place of that


_HOURS: Final = {
    "pattern": "^hours(\\.\\S+|\\[.+\\])$",
    "x-form": "hours such as hours.NAME",
    "x-names": "hours",
}
_SCHEMA: Final = settings(
    "wait",
    "Lets time pass.",
    {
        "for": ref("duration"),
        "until": described("Until these hours open; hours[TEXT] chooses them in the call.", type="string", **_HOURS),
        **NEXT,
    },
    **{
        "x-bare": ["for", "until"],
        "x-example": "{for: 5s}",
        "if": {"required": ["until"]},
        "then": {"properties": {"for": False}},
        "else": {"title": "wait", "x-needs": "`for` or `until`", "required": ["for"]},
    },
)


def _read(step: StepReader) -> Wait:
    step.read_exits()
    by = read_chosen(step.scope, step.fields.get("until"), "hours")
    if by is not None:
        return Wait(until_by=by) if by else step.scope.invalid()
    until = step.scope.resource_name("hours", step.fields.get("until"))
    return Wait(seconds=step.fields.seconds("for"), until=until)


def _about(settings: Wait) -> list[str]:
    if settings.until is not None:
        return [f"until hours.{settings.until}"]
    if settings.until_by is not None:
        return [f"until hours[{settings.until_by.source}]"]
    return [format_duration(settings.seconds or 0.0)]


def _mistakes(settings: Wait, names: Mapping[str, str]) -> Iterator[Mistake[Wait]]:
    if settings.seconds is not None:
        seconds = settings.seconds * common.LONGER
        text = f"`for` is {format_duration(seconds)}"
        yield Mistake(text=text, path=("for",), settings=replace(settings, seconds=seconds))


SPEC: Final[VerbSpec[Wait]] = VerbSpec(
    name="wait",
    settings=Wait,
    schema=_SCHEMA,
    example="wait: {for: 5s, next: STEP}",
    foreign_words="pause sleep delay timeout wait_for hold_for wait_template wait_for_trigger",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=replace(common.FALLIBLE, may_be_moved=True, pauses=True),
    family=Family.TELLS,
    exits=common.written_exits((("next", "The time is over, or the hours are open."),), "next"),
    timing=Timing(
        at_once=lambda settings: not settings.seconds,  # hours that are open already make no one wait
        most=lambda settings: inf if settings.seconds is None else settings.seconds,
        silence=None,
        commands=common.no_commands,
    ),
    about=_about,
    mistakes=_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
