"""`cancel_transfer`: calls a transfer off, so that the employee has the caller back."""

from dataclasses import dataclass
from typing import Final

from router.flow.reading.steps import StepReader
from router.flow.verbs import conversations
from router.flow.verbs.conversations import OnConversation
from router.flow.verbs.spec import VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTransfer(OnConversation):
    """Nothing else can be set."""


def _read(step: StepReader) -> CancelTransfer:
    return CancelTransfer(by=conversations.read_employee_of(step))


SPEC: Final[VerbSpec[CancelTransfer]] = conversations.spec(
    CancelTransfer,
    _read,
    name="cancel_transfer",
    description="Calls a transfer off that is under way: the employee has the caller back.",
    foreign_words="transfer_cancel abort_transfer cancel_refer stop_transfer unattended_cancel",
    failed="There is no conversation",
    path="transfer_cancel",
)
