"""`task`: something to do for an employee of the contact centre (§4.2)."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from router.flow.durations import format_duration, parse_duration
from router.flow.model import Template
from router.flow.reading.destinations import read_number, read_user
from router.flow.reading.steps import StepReader
from router.flow.verbs import callback, common, results
from router.flow.verbs.callback import Callback, command_of
from router.flow.verbs.commands import TEXT, expected, field, param
from router.flow.verbs.fragments import SENDS, described, ref, settings
from router.flow.verbs.spec import Command, Family, QueuedCommand, Schema, VerbSpec

TYPES: Final[Mapping[str, str]] = {"call": "1", "write": "2", "meet": "3", "do": "4"}  # §4.2, event_type
NUMBERS: Final = frozenset({"event_type", "start_time", "duration", "to_user_id", "is_auto_call"})
MINUTES: Final = 15
DAY_MINUTES: Final = 1440
LONGEST_DESCRIPTION: Final = 1024


def _minutes_schema(description: str, units: str, default: str) -> Schema:
    """A duration in whole minutes, or a text that the call fills in."""
    pattern = "".join(f"([0-9]{{1,6}}{unit})?" for unit in units)
    return {
        "description": f"{description} Default: {default}.",
        "type": ["string", "integer"],
        "pattern": f"\\$\\{{|^(?=[0-9]){pattern}$",
        "x-form": "a duration such as 15m or 2h",
        "default": default,
    }


_START: Final = (
    "How long from now, in whole minutes, or text with ${names}: minutes from now, rounded up, or a Unix time."
)
_SCHEMA: Final = settings(
    "task",
    "Makes a task for an employee of the contact centre; needs no live call.",
    {
        "type": described("What is to be done. Default: call.", enum=list(TYPES), default="call"),
        "start": _minutes_schema(_START, "dhms", "0s"),
        "duration": _minutes_schema("How long it takes, up to a day.", "dhm", "15m"),
        "to_user": ref("text", "The employee: person NAME, extension 101, or the id in the PBX."),
        "description": ref("text", "What it is about, up to 1024 characters."),
        "auto_call": described(
            "The PBX dials by itself when it is time. Default: false.", type="boolean", default=False
        ),
        "phone": ref("text", "The number to call. Default: none."),
        **SENDS,
    },
    "to_user",
)


def _read(step: StepReader) -> Callback:
    step.read_exits()
    scope, fields = step.scope, step.fields
    description, user = fields.get("description"), fields.get("to_user")
    if description is not None and len(description.text) > LONGEST_DESCRIPTION:
        scope.say("F208", description, f"longer than {LONGEST_DESCRIPTION} characters")
    employee, by_name = read_user(scope, user)
    return command_of(
        {
            "event_type": scope.literal(step.verb_node, TYPES[fields.text("type", "call")]),
            "start_time": _minutes(step, "start", 0, most=None),
            "duration": _minutes(step, "duration", MINUTES, most=DAY_MINUTES),
            "to_user_id": employee,
            "description": scope.template(description),
            "is_auto_call": scope.literal(step.verb_node, "1" if fields.flag("auto_call") else "0"),
            "phone": read_number(scope, fields.get("phone")),
        },
        needed=("to_user_id",),
        numbers=NUMBERS,
        has_result=False,
        employee="to_user_id" if by_name else "",
    )


def _minutes(step: StepReader, key: str, default: int, *, most: int | None) -> Template | None:
    """A duration in whole minutes, or a text that the call fills in."""
    node = step.fields.get(key)
    if node is not None and "${" in node.text:
        return step.scope.template(node)
    seconds = parse_duration(node.text) if node is not None else None
    minutes = default if seconds is None else ceil(seconds / 60)
    if node is not None and most is not None and not 1 <= minutes <= most:
        step.scope.say("F208", node, f"{node.text} is not between a minute and a day")
    return step.scope.literal(node or step.verb_node, str(minutes))


# how tests compare it


def _as_written(parameter: str, words: Mapping[str, str]) -> Any:
    """The author's word for what the wire has, or the wire's own."""

    def read(command: QueuedCommand) -> tuple[str, ...]:
        sent = str(command.params.get(parameter, ""))
        return words.get(sent, sent), sent

    return read


def _duration(command: QueuedCommand) -> tuple[str, ...]:
    """The wire has minutes."""
    minutes = str(command.params.get("duration", ""))
    written = format_duration(60.0 * int(minutes)) if minutes.isdecimal() else minutes
    return written, f"{minutes}m", minutes


_TYPE: Final = _as_written("event_type", {sent: written for written, sent in TYPES.items()})
_AUTO_CALL: Final = _as_written("is_auto_call", {"1": "true", "0": "false"})
_USER: Final = "the employee's id; of one who is named in the flow, the extension"

SPEC: Final[VerbSpec[Callback]] = VerbSpec(
    name="task",
    settings=Callback,
    schema=_SCHEMA,
    example='task: {to_user: "ID", next: STEP}',
    foreign_words="create_task ticket lead todo",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.FALLIBLE,
    family=Family.TELLS,
    exits=common.written_exits(
        (
            ("next", "The contact centre has the task; its answer is the result."),
            ("failed", "The contact centre refused it, or nobody knows whether it got the request."),
            results.BY_CODE,
            results.OTHERS,
        ),
        "next",
        "failed",
    ),
    timing=callback.TIMING,
    about=callback.about,
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="task/add",
        heard="",
        result_is_awaited=False,
        schema=expected("The number to call, or several fields of it; `start` is a Unix time.", "null"),
        fields={
            "phone": field(param("phone"), "the number to call"),
            "type": field(_TYPE, "what is to be done", enum=list(TYPES)),
            "start": field(param("start_time"), "when, a Unix time"),
            "duration": field(_duration),
            "to_user": field(param("to_user_id"), _USER),
            "description": field(param("description"), **TEXT),
            "auto_call": field(_AUTO_CALL, type=["string", "boolean"]),
        },
        main="phone",
        open="",
        recorded=None,
    ),
)
