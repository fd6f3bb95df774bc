"""`transfer`: moves a conversation to somebody else (§3.2.8)."""

from dataclasses import dataclass
from math import inf
from typing import Final

from router.flow.model import Destination, Settings, Template
from router.flow.reading.destinations import read_destinations, read_employee
from router.flow.reading.steps import StepReader
from router.flow.verbs import attempts, common
from router.flow.verbs.attempts import destination_names
from router.flow.verbs.commands import expected, field, labelled, param
from router.flow.verbs.fragments import described, ref, settings
from router.flow.verbs.spec import Command, Family, Timing, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Settings):
    to: tuple[Destination, ...]
    method: str  # blind or hold
    by: Template | None  # the employee's extension; None is the one on the leg


_BY: Final = "The employee who transfers: person NAME, or an extension. Default: the one on the leg."
_SCHEMA: Final = settings(
    "transfer",
    "Moves a conversation to somebody else.",
    {
        "to": ref("destinations"),
        "method": described("Default: blind.", enum=["blind", "hold"], default="blind"),
        "by": ref("text", _BY),
        "on": attempts.attempt_exits(("returned", "The call came back to the employee who transferred it.")),
    },
    "to",
)


def _read(step: StepReader) -> Transfer:
    step.read_exits()
    return Transfer(
        to=read_destinations(step.scope, step.fields),
        method=step.fields.text("method", "blind"),
        by=read_employee(step.scope, step.fields.get("by"), number=True),
    )


SPEC: Final[VerbSpec[Transfer]] = VerbSpec(
    name="transfer",
    settings=Transfer,
    schema=_SCHEMA,
    example="transfer: {to: group NAME}",
    foreign_words="refer sip_refer sip:refer blind_transfer attended_transfer transfer_call warm_transfer",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.IN_CONVERSATION,
    family=Family.DIALS,
    exits=common.written_exits(
        (
            ("answered", "The caller talks to the new destination. Not written: the flow rests until the call ends."),
            *attempts.OUTCOMES,
            ("returned", "The caller is back with the employee who transferred the call."),
            attempts.LEFT,
            *attempts.BY_CODE,
        ),
        *attempts.FAILURES,
        "returned",
    ),
    timing=Timing(
        at_once=common.never,
        most=lambda settings: inf,
        silence=lambda settings: 0.0,
        commands=lambda settings: {"transfer": len(settings.to)},
    ),
    about=lambda settings: [f"{settings.method} to", *destination_names(settings.to)],
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="transfer",
        heard="transfers to",
        result_is_awaited=False,
        schema=expected(attempts.EXPECTED),
        fields={
            "to": field(labelled("to_number")),
            "method": field(param("method"), enum=["blind", "hold"]),
            "by": field(param("initiator"), "the employee in whose name it is made"),
        },
        main="to",
        open="",
        recorded=lambda label: label,
    ),
)
