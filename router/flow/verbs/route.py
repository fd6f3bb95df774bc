"""`route`: sends the caller to somebody (§3.2.7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from router.flow.durations import format_duration
from router.flow.model import Destination, Prompt, Settings, Template
from router.flow.reading.destinations import read_destinations
from router.flow.reading.prompts import read_recording
from router.flow.reading.ring_times import read_ring
from router.flow.reading.steps import StepReader
from router.flow.verbs import attempts, common
from router.flow.verbs.attempts import destination_names
from router.flow.verbs.commands import expected, field, labelled, param
from router.flow.verbs.fragments import DURATION, described, ref, settings
from router.flow.verbs.spec import Command, Family, Mistake, QueuedCommand, Timing, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Settings):
    to: tuple[Destination, ...]
    ring: tuple[float, ...]  # for each of `to`: seconds from the first Appeared; 0, or none at all: as the PBX has it
    high_priority: bool = False
    online_only: bool = False
    display_name: Template | None = None
    hold: Prompt | None = None  # keeps the caller while the route waits; None is the flow's


_RING: Final = {
    "description": (
        "How long a destination may ring: one duration for each of them, or a list beside `to` with one for every"
        " destination. 0s, or none: the PBX decides."
    ),
    "type": ["string", "array"],
    "x-form": "a duration such as 500ms, 6s, 1m30s or 2h",
    "x-example": "one for all, such as 20s, or a list beside `to`, such as [20s, 25s]",
    "pattern": DURATION,
    "minItems": 1,
    "items": ref("duration"),
}
_ONLINE: Final = "Skips employees who are known to be away. Default: false."
_HOLD: Final = "Played when this route has to wait longer than the caller's window. Default: the flow's."
_SCHEMA: Final = settings(
    "route",
    "Sends the caller to somebody.",
    {
        "to": ref("destinations"),
        "ring": _RING,
        "priority": described("Before every other queued command.", enum=["high"]),
        "online_only": described(_ONLINE, type="boolean", default=False),
        "display_name": ref("text", "What the employee's phone shows."),
        "hold": ref("prompt", _HOLD),
        "on": attempts.attempt_exits(
            ("answered", "Somebody took the call. Not written: the flow rests until the call ends."),
            ("left", "The PBX's own scheme moved the caller on. Not written: the call is released."),
            ("else", "Every failure exit that is not written; never answered."),
        ),
    },
    "to",
)


def _read(step: StepReader) -> Route:
    step.read_exits()
    return Route(
        to=read_destinations(step.scope, step.fields),
        ring=read_ring(step.scope, step.fields),
        high_priority=step.fields.text("priority") == "high",
        online_only=step.fields.flag("online_only"),
        display_name=step.scope.template(step.fields.get("display_name")),
        hold=read_recording(step.scope, step.fields.get("hold")),
    )


def _about(settings: Route) -> Sequence[str]:
    names = destination_names(settings.to)
    if len(set(settings.ring)) < 2:
        return names
    rings = zip(names, settings.ring, strict=True)
    return [f"{to} for {format_duration(seconds)}" if seconds else to for to, seconds in rings]


def _mistakes(settings: Route, names: Mapping[str, str]) -> Iterator[Mistake[Route]]:
    """What rings, rings twice as long; where each destination has a time of its own, one of them does."""
    ring = settings.ring
    if len(set(ring)) == 1 and any(ring):
        longer = tuple(seconds * common.LONGER for seconds in ring)
        text = f"`ring` is {format_duration(longer[0])}"
        yield Mistake(text=text, path=("ring",), settings=replace(settings, ring=longer))
        return
    for index, seconds in enumerate(ring):
        if seconds:
            changed = replace(settings, ring=(*ring[:index], seconds * common.LONGER, *ring[index + 1 :]))
            text = f"`ring` of {destination_names(settings.to)[index]} is {format_duration(seconds * common.LONGER)}"
            yield Mistake(text=text, path=("ring", index), settings=changed)


def _priority(command: QueuedCommand) -> tuple[str, ...]:
    return ("high" if command.high_priority else "normal",)


SPEC: Final[VerbSpec[Route]] = VerbSpec(
    name="route",
    settings=Route,
    schema=_SCHEMA,
    example="route: {to: group NAME}",
    foreign_words=(
        "dial connect call forward bridge redirect_call connect_call connect_call_to queue enqueue enqueue_call ring "
        "ring_group agent department dial_group hunt hunt_group send_to connect_to conference route_to to follow_me "
        "dial_number redirect_to forward_call sip_uri external_call operator"
    ),
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=replace(common.IN_CONVERSATION, takes_caller_away=True, may_be_moved=True),
    family=Family.DIALS,
    exits=common.written_exits(
        (
            ("answered", "The caller talks to somebody. Not written: the flow rests until the call ends."),
            *attempts.OUTCOMES,
            attempts.LEFT,
            *attempts.BY_CODE,
        ),
        *attempts.FAILURES,
    ),
    timing=Timing(
        at_once=common.never,
        most=lambda settings: sum(settings.ring) if settings.ring and all(settings.ring) else inf,
        silence=lambda settings: 0.0,
        commands=lambda settings: {"route": len(settings.to)},
    ),
    about=_about,
    mistakes=_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="route",
        heard="routes to",
        result_is_awaited=False,
        schema={**expected(attempts.EXPECTED), "x-offers": "destinations"},
        fields={
            "to": field(labelled("to_number")),
            "priority": field(_priority, enum=["high", "normal"]),
            "display_name": field(param("sip_headers", "From/display-name")),
        },
        main="to",
        open="",
        recorded=lambda label: label,
    ),
)
