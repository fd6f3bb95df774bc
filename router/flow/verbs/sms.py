"""`sms`: a message to a telephone, any but an employee's short number (§3.2.4)."""

from dataclasses import dataclass
from typing import Final

from router.flow.model import Settings, Template
from router.flow.reading.destinations import read_employee, read_telephone
from router.flow.reading.steps import StepReader
from router.flow.verbs import common, results
from router.flow.verbs.commands import expected, field, param
from router.flow.verbs.fragments import SENDS, ref, settings
from router.flow.verbs.spec import Command, Family, Timing, VerbSpec
from router.protocol.commands import fits_message

LONGEST_MESSAGE: Final = "612 Latin letters, or 268 others"  # §3.2.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms(Settings):
    to: Template
    sender: Template  # `from`: an employee's extension (from_extension of §3.2.4)
    text: Template
    sender_name: Template | None = None  # `sms_sender`


_FROM: Final = "The employee in whose name it goes: person NAME, an extension, or a number of theirs."
_SCHEMA: Final = settings(
    "sms",
    "Sends a text message; needs no live call.",
    {
        "to": ref("text", "The telephone's number."),
        "from": ref("text", _FROM),
        "text": ref("text"),
        "sender": ref("text", "The registered sender's name. Default: the PBX's."),
        **SENDS,
    },
    "to",
    "from",
    "text",
)


def _read(step: StepReader) -> Sms:
    step.read_exits()
    scope, fields = step.scope, step.fields
    why, instead = "a message goes to a telephone (§3.2.4)", "write the telephone's number, e.g. 79000000000"
    to, text = read_telephone(scope, fields.get("to"), why=why, instead=instead), scope.template(fields.get("text"))
    if text and not text.names and not fits_message(text.source):
        length = f"{len(text.source)} characters" if text.source else "no text"
        scope.say("F208", fields.get("text") or step.verb_node, f"{length}: a message has 1 to {LONGEST_MESSAGE}")
    sender = read_employee(scope, fields.get("from"), number=True)
    name = scope.template(fields.get("sender"))
    if not (to and sender and text):
        return step.scope.invalid()
    return Sms(to=to, sender=sender, text=text, sender_name=name)


SPEC: Final[VerbSpec[Sms]] = VerbSpec(
    name="sms",
    settings=Sms,
    schema=_SCHEMA,
    example='sms: {to: "${caller.number}", from: "100", text: TEXT, next: STEP}',
    foreign_words="send_sms send_message text send_text sms_send sendsms message whatsapp notify_sms",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.FALLIBLE,
    family=Family.TELLS,
    exits=common.written_exits(results.BY_RESULT, "next", "failed"),
    timing=Timing(
        at_once=common.ever, most=lambda settings: common.RESULT_SECONDS, silence=None, commands=common.no_commands
    ),
    about=lambda settings: [f"to {settings.to.source}"],
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="sms",
        heard="",
        result_is_awaited=True,
        schema=expected("The number that it goes to, or several fields of it."),
        fields={
            "to": field(param("to_number")),
            "from": field(param("from_extension"), "the employee's extension"),
            "text": field(param("text")),
            "sender": field(param("sms_sender"), "the sender's name"),
        },
        main="to",
        open="",
        recorded=lambda label: label.removeprefix("sms "),
    ),
)
