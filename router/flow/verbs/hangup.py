"""`hangup`: ends the call (§3.2.3)."""

from dataclasses import dataclass, replace
from typing import Final

from router.flow.model import Settings
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import ref
from router.flow.verbs.spec import Command, Family, Timing, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(Settings):
    """Nothing can be set."""


def _read(step: StepReader) -> Hangup:
    return Hangup()


SPEC: Final[VerbSpec[Hangup]] = VerbSpec(
    name="hangup",
    settings=Hangup,
    schema=ref("nothing", "Ends the call.", title="hangup"),
    example="hangup",
    foreign_words=(
        "hang_up end exit terminate disconnect reject quit stop finish end_call busy congestion drop close kill bye "
        "hang_up_call terminate_call decline"
    ),
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=replace(common.INFALLIBLE, needs_caller=True, takes_caller_away=True),
    family=Family.ENDS,
    exits=common.written_exits(()),
    timing=Timing(at_once=common.never, most=common.no_time, silence=None, commands=lambda settings: {"hangup": 1}),
    about=common.no_words,
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="call/hangup",
        heard="hangs up",
        result_is_awaited=False,
        schema={"title": "hangup", "type": ["object", "null"], "maxProperties": 0},
        fields={},
        main="",
        open="",
        recorded=None,
    ),
)
