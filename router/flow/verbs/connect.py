"""`connect`: completes a transfer with consultation: the caller and the colleague talk."""

from dataclasses import dataclass
from typing import Final

from router.flow.reading.steps import StepReader
from router.flow.verbs import conversations
from router.flow.verbs.conversations import OnConversation
from router.flow.verbs.spec import VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(OnConversation):
    """Nothing else can be set."""


def _read(step: StepReader) -> Connect:
    return Connect(by=conversations.read_employee_of(step))


SPEC: Final[VerbSpec[Connect]] = conversations.spec(
    Connect,
    _read,
    name="connect",
    description="Completes a transfer with consultation: the caller on hold and the colleague talk.",
    foreign_words="calls_connect complete_transfer merge bridge_calls join_calls complete_consultation",
    failed="There is no conversation",
    path="calls_connect",
)
