"""`connect`: completes a transfer with consultation: the caller and the colleague talk."""

from dataclasses import dataclass
from typing import Final

from router.flow.reading.steps import StepReader
from router.flow.verbs import common, conversations
from router.flow.verbs.conversations import OnConversation
from router.flow.verbs.spec import Family, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(OnConversation):
    """Nothing else can be set."""


def _read(step: StepReader) -> Connect:
    return Connect(by=conversations.read_employee_of(step))


SPEC: Final[VerbSpec[Connect]] = VerbSpec(
    name="connect",
    settings=Connect,
    schema=conversations.schema(
        "connect", "Completes a transfer with consultation: the caller on hold and the colleague talk."
    ),
    example="connect: {next: STEP}",
    foreign_words="calls_connect complete_transfer merge bridge_calls join_calls complete_consultation",
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
    command=conversations.command("calls_connect"),
)
