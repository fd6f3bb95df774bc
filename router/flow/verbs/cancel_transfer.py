"""`cancel_transfer`: calls a transfer off, so that the employee has the caller back."""

from dataclasses import dataclass
from typing import Final

from router.flow.reading.steps import StepReader
from router.flow.verbs import common, conversations
from router.flow.verbs.conversations import OnConversation
from router.flow.verbs.spec import Family, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTransfer(OnConversation):
    """Nothing else can be set."""


def _read(step: StepReader) -> CancelTransfer:
    return CancelTransfer(by=conversations.read_employee_of(step))


SPEC: Final[VerbSpec[CancelTransfer]] = VerbSpec(
    name="cancel_transfer",
    settings=CancelTransfer,
    schema=conversations.schema(
        "cancel_transfer", "Calls a transfer off that is under way: the employee has the caller back."
    ),
    example="cancel_transfer: {next: STEP}",
    foreign_words="transfer_cancel abort_transfer cancel_refer stop_transfer unattended_cancel",
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
    command=conversations.command("transfer_cancel"),
)
