"""`hold`: puts the other side of a conversation on hold."""

from dataclasses import dataclass
from typing import Final

from router.flow.reading.steps import StepReader
from router.flow.verbs import conversations
from router.flow.verbs.conversations import OnConversation
from router.flow.verbs.spec import VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(OnConversation):
    """Nothing else can be set."""


def _read(step: StepReader) -> Hold:
    return Hold(by=conversations.read_employee_of(step))


SPEC: Final[VerbSpec[Hold]] = conversations.spec(
    Hold,
    _read,
    name="hold",
    description="Puts the caller on hold, on behalf of the employee who talks to them.",
    foreign_words="hold_call put_on_hold music_on_hold moh park onhold",
    failed="There is no conversation",
    path="call/hold/on",
)
