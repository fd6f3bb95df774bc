"""`record`: starts recording the conversation (§3.2.5)."""

from dataclasses import dataclass
from typing import Final

from router.flow.model import Settings
from router.flow.reading.steps import StepReader
from router.flow.verbs import common, results
from router.flow.verbs.commands import expected, field, param
from router.flow.verbs.fragments import SENDS, settings
from router.flow.verbs.spec import Command, Family, Timing, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Settings):
    """Nothing can be set."""


def _read(step: StepReader) -> Record:
    step.read_exits()
    return Record()


SPEC: Final[VerbSpec[Record]] = VerbSpec(
    name="record",
    settings=Record,
    schema=settings("record", "Starts recording the conversation; without one it fails.", SENDS),
    example="record: {next: STEP}",
    foreign_words="record_call mixmonitor start_recording monitor record_voicemail voicemail recording record_calls",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.IN_CONVERSATION,
    family=Family.TELLS,
    exits=common.written_exits(
        (
            results.NEXT,
            ("failed", "There is no conversation, or it cannot be recorded."),
            ("4100, 41xx", "It was refused with this code, or with one of this class."),
            results.OTHERS,
        ),
        "next",
        "failed",
    ),
    timing=Timing(
        at_once=common.never,
        most=lambda settings: common.RESULT_SECONDS,
        silence=common.no_time,
        commands=common.no_commands,
    ),
    about=common.no_words,
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="recording/start",
        heard="",
        result_is_awaited=True,
        schema=expected("The employee whose leg is recorded, or nothing.", "null"),
        fields={"employee": field(param("call_party_number"))},
        main="employee",
        open="",
        recorded=None,
    ),
)
