"""`hold`: puts the other side of a conversation on hold."""

from dataclasses import dataclass
from typing import Final

from router.flow.reading.steps import StepReader
from router.flow.verbs import common, conversations
from router.flow.verbs.conversations import OnConversation
from router.flow.verbs.spec import Family, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(OnConversation):
    """Nothing else can be set."""


def _read(step: StepReader) -> Hold:
    return Hold(by=conversations.read_employee_of(step))


SPEC: Final[VerbSpec[Hold]] = VerbSpec(
    name="hold",
    settings=Hold,
    schema=conversations.schema("hold", "Puts the caller on hold, on behalf of the employee who talks to them."),
    example="hold: {next: STEP}",
    foreign_words="hold_call put_on_hold music_on_hold moh park onhold",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.IN_CONVERSATION,
    family=Family.DIALS,
    exits=common.written_exits(conversations.exits("There is no conversation"), "next", "failed"),
    timing=conversations.TIMING,
    about=conversations.about,
    mistakes=common.no_mistakes,
    profiles=common.ONLY_2026,
    command=conversations.command("call/hold/on"),
)
