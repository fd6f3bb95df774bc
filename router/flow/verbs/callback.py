"""`callback`: the PBX calls an employee, at a number that is none of its short ones, and connects a number (§3.2.1).

Its settings are those of `callback_group` (§3.2.2) and `task` (§4.2), too: a command with text fields as parameters,
which have the wire's names from here on. The engine only fills in what the call knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from router.flow.durations import format_duration, parse_duration
from router.flow.invalid import INVALID
from router.flow.model import Settings, Template
from router.flow.reading.destinations import read_employee, read_line, read_number, read_telephone
from router.flow.reading.steps import StepReader
from router.flow.verbs import common, results
from router.flow.verbs.commands import expected, field, param
from router.flow.verbs.fragments import SENDS, ref, settings
from router.flow.verbs.spec import Command, Family, QueuedCommand, Timing, VerbSpec

EMPLOYEE_SECONDS: Final = 10.0
"""How long a `task` waits for the id of the employee whom it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(Settings):
    """A command with text fields as parameters."""

    parameters: Mapping[str, Template]  # wire name, dotted for nested ones ("from.extension") -> its text
    numbers: frozenset[str] = frozenset()  # those that the wire wants as integers
    has_result: bool = True  # its outcome is pushed; else the HTTP answer is the outcome (§4.2)
    needed: tuple[str, ...] = ()  # without them there is no command
    has_group_side: bool = False  # exactly one of `from` and `to` is a group (§3.2.2)
    employee: str = ""  # the parameter that wants an employee's id, and holds the extension to find it by

    @property
    def wait_seconds(self) -> float:
        """How long its step may take once the request is accepted, or before it is made."""
        if self.has_result:
            return common.RESULT_SECONDS
        return EMPLOYEE_SECONDS if self.employee else 0.0


_WRITTEN: Final[Mapping[str, str]] = {
    "from.extension": "from",
    "from": "from",
    "to_number": "to",
    "to": "to",
    "to_user_id": "to_user",
    "phone": "phone",
    "description": "description",
}
"""Whom the command concerns: the wire's names, with those that authors write."""

LINE: Final = "The line to call from: a number, or a SIP line by its name."
EXPECTED: Final = "The number that is called, or several fields of it."
TIMING: Final[Timing[Callback]] = Timing(
    at_once=common.ever, most=lambda settings: settings.wait_seconds, silence=None, commands=common.no_commands
)


def about(settings: Callback) -> list[str]:
    """Whom it concerns."""
    return [f"{_WRITTEN[name]} {text.source}" for name, text in settings.parameters.items() if name in _WRITTEN]


def command_of(parameters: Mapping[str, Template | None], *, needed: tuple[str, ...], **more: Any) -> Callback:
    """The command with the parameters that are written; `more` are other fields of the model."""
    if not all(parameters[name] for name in needed):
        return INVALID
    written = {name: template for name, template in parameters.items() if template is not None}
    return Callback(parameters=written, needed=needed, **more)


_NUMBER: Final = "Where to call the employee: a telephone number or a SIP address. Default: as the PBX is set up."
_ANSWER_AFTER: Final = {
    "description": (
        "After how long the employee's telephone takes the call by itself, in whole seconds. Default: it rings until"
        " somebody answers."
    ),
    "type": ["string", "integer"],
    "pattern": "\\$\\{|^[0-9]{1,6}$|^(?=[0-9])([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$",
    "x-form": "a duration such as 0s or 5s",
}
_SCHEMA: Final = settings(
    "callback",
    "The PBX calls an employee, and then connects the number; needs no live call.",
    {
        "from": ref("text", "The employee: person NAME, or an extension."),
        "number": ref("text", _NUMBER),
        "to": ref("text", "Whom to connect: a number, an extension, person NAME or group NAME."),
        "line": ref("text", f"{LINE} Default: the PBX's."),
        "answer_after": _ANSWER_AFTER,
        **SENDS,
    },
    "from",
    "to",
)


def _read(step: StepReader) -> Callback:
    step.read_exits()
    scope, fields = step.scope, step.fields
    why, instead = "`number` is a telephone's (§3.2.1)", "leave it out: the PBX then calls the employee's own telephone"
    return command_of(
        {
            "from.extension": read_employee(scope, fields.get("from")),
            "from.number": read_telephone(scope, fields.get("number"), why=why, instead=instead),
            "to_number": read_number(scope, fields.get("to")),
            "line_number": read_line(scope, fields.get("line")),
            "sip_headers.Call-Info/answer-after": _seconds(step, "answer_after"),
        },
        needed=("from.extension", "to_number"),
    )


def _seconds(step: StepReader, key: str) -> Template | None:
    """A duration in whole seconds, or a text that the call fills in."""
    node = step.fields.get(key)
    if node is None or "${" in node.text:
        return step.scope.template(node)
    seconds = float(node.text) if node.text.isdecimal() else parse_duration(node.text)
    return step.scope.literal(node, str(ceil(seconds or 0)))


def _answer_after(command: QueuedCommand) -> tuple[str, ...]:
    """The wire has seconds (Appendix 1)."""
    (seconds,) = param("sip_headers", "Call-Info/answer-after")(command)
    return (format_duration(float(seconds)), f"{seconds}s", seconds) if seconds.isdecimal() else (seconds,)


SPEC: Final[VerbSpec[Callback]] = VerbSpec(
    name="callback",
    settings=Callback,
    schema=_SCHEMA,
    example='callback: {from: person NAME, to: "${caller.number}", next: STEP}',
    foreign_words="originate click_to_call call_back request_callback dial_back",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.FALLIBLE,
    family=Family.TELLS,
    exits=common.written_exits(results.BY_RESULT, "next", "failed"),
    timing=TIMING,
    about=about,
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="callback",
        heard="",
        result_is_awaited=True,
        schema=expected(EXPECTED),
        fields={
            "to": field(param("to_number")),
            "from": field(param("from", "extension"), "the employee's extension"),
            "number": field(param("from", "number"), "where the employee is called"),
            "line": field(param("line_number"), "the line to call from"),
            "answer_after": field(_answer_after, "when the telephone answers by itself"),
        },
        main="to",
        open="",
        recorded=None,
    ),
)
