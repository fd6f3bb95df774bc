"""The settings of the commands that need no conversation, `callback`, `callback_group`, `task` and `sms`; of
`remember`, `split` and `record`.

The parameters of the first three have the wire's names from here on (§3.2.1, §3.2.2, §4.2): the engine only fills in
what the call knows.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from router.flow.durations import parse_duration
from router.flow.model import Callback, Record, Remember, Sms, Split, Template
from router.flow.reading.destinations import read_employee, read_line, read_number, read_telephone, read_user
from router.flow.reading.steps import StepReader
from router.flow.suggestions.advice import offer, write
from router.flow.yaml.node import Node
from router.protocol.commands import fits_message
from router.protocol.phone_numbers import is_internal

TASK_TYPES: Final[Mapping[str, str]] = {"call": "1", "write": "2", "meet": "3", "do": "4"}  # §4.2, event_type
TASK_NUMBERS: Final = frozenset({"event_type", "start_time", "duration", "to_user_id", "is_auto_call"})
TASK_MINUTES: Final = 15
DAY_MINUTES: Final = 1440
LONGEST_DESCRIPTION: Final = 1024
LONGEST_MESSAGE: Final = "612 Latin letters, or 268 others"  # §3.2.4


def read_record(step: StepReader) -> Record:
    step.read_exits()
    return Record()


def read_sms(step: StepReader) -> Sms | None:
    """§3.2.4: to any number but an employee's short one."""
    step.read_exits()
    scope, fields = step.scope, step.fields
    why, instead = "a message goes to a telephone (§3.2.4)", "write the telephone's number, e.g. 79000000000"
    to, text = read_telephone(scope, fields.get("to"), why=why, instead=instead), scope.template(fields.get("text"))
    if text and not text.names and not fits_message(text.source):
        length = f"{len(text.source)} characters" if text.source else "no text"
        scope.say("F208", fields.get("text") or step.verb_node, f"{length}: a message has 1 to {LONGEST_MESSAGE}")
    sender = read_employee(scope, fields.get("from"), number=True)
    name = scope.template(fields.get("sender"))
    if to is None or sender is None or text is None:
        return None
    return Sms(to=to, sender=sender, text=text, sender_name=name)


def read_callback(step: StepReader) -> Callback | None:
    """§3.2.1: the employee is called first, at a number that is none of the PBX's short ones."""
    step.read_exits()
    scope, fields = step.scope, step.fields
    why, instead = "`number` is a telephone's (§3.2.1)", "leave it out: the PBX then calls the employee's own telephone"
    return _command(
        {
            "from.extension": read_employee(scope, fields.get("from")),
            "from.number": read_telephone(scope, fields.get("number"), why=why, instead=instead),
            "to_number": read_number(scope, fields.get("to")),
            "line_number": read_line(scope, fields.get("line")),
            "sip_headers.Call-Info/answer-after": _seconds(step, "answer_after"),
        },
        needed=("from.extension", "to_number"),
    )


def read_callback_group(step: StepReader) -> Callback | None:
    """§3.2.2: exactly one of the two sides is a group, the other one is outside."""
    step.read_exits()
    sides = [step.fields.get(key) for key in ("from", "to")]
    written = [side for side in sides if side is not None]
    groups = [_is_group(step, node) for node in written]
    if any(_is_bare_group(step, node) for node in written):
        return None
    if len(groups) == 2 and None not in groups and sum(map(bool, groups)) != 1:
        node = written[1] if all(groups) else written[0]
        message = "both sides are groups" if all(groups) else "neither side is a group"
        step.scope.say("F507", node, message, "exactly one of `from` and `to` is `group NAME`")
        return None
    if True in groups and not all(_is_outside(step, node) for node in written if not _is_group(step, node)):
        return None
    return _command(
        {
            "from": read_number(step.scope, sides[0]),
            "to": read_number(step.scope, sides[1]),
            "line_number": read_line(step.scope, step.fields.get("line")),
        },
        needed=("from", "to", "line_number"),
        has_group_side=True,
    )


def _is_bare_group(step: StepReader, node: Node) -> bool:
    if node.text not in step.scope.resources.groups:
        return False
    step.scope.say("F507", node, f"`{node.text}` is the name of a group", write(f"group {node.text}"))
    return True


def _is_group(step: StepReader, node: Node) -> bool | None:
    """None when only the call will tell."""
    if node.text.startswith("group "):
        return True
    return None if "${" in node.text else node.text in step.scope.resources.groups.values()


def _is_outside(step: StepReader, node: Node) -> bool:
    kind = node.text.partition(" ")[0]
    if "${" in node.text or not (is_internal(node.text) or kind in ("person", "extension")):
        return True
    message = f"`{node.text}` is a short number of the PBX, and the other side of a group is outside (§3.2.2)"
    step.scope.say("F507", node, message, "write a telephone's number, e.g. 79000000000")
    return False


def read_task(step: StepReader) -> Callback | None:
    """§4.2."""
    step.read_exits()
    scope, fields = step.scope, step.fields
    description, user = fields.get("description"), fields.get("to_user")
    if description is not None and len(description.text) > LONGEST_DESCRIPTION:
        scope.say("F208", description, f"longer than {LONGEST_DESCRIPTION} characters")
    employee, by_name = read_user(scope, user)
    return _command(
        {
            "event_type": scope.literal(step.verb_node, TASK_TYPES[fields.text("type", "call")]),
            "start_time": _minutes(step, "start", 0, most=None),
            "duration": _minutes(step, "duration", TASK_MINUTES, most=DAY_MINUTES),
            "to_user_id": employee,
            "description": scope.template(description),
            "is_auto_call": scope.literal(step.verb_node, "1" if fields.flag("auto_call") else "0"),
            "phone": read_number(scope, fields.get("phone")),
        },
        needed=("to_user_id",),
        numbers=TASK_NUMBERS,
        has_result=False,
        employee="to_user_id" if by_name else "",
    )


def _seconds(step: StepReader, key: str) -> Template | None:
    """A duration in whole seconds, or a text that the call fills in."""
    node = step.fields.get(key)
    if node is None or "${" in node.text:
        return step.scope.template(node)
    seconds = float(node.text) if node.text.isdecimal() else parse_duration(node.text)
    return step.scope.literal(node, str(ceil(seconds or 0)))


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


def _command(parameters: Mapping[str, Template | None], *, needed: tuple[str, ...], **more: Any) -> Callback | None:
    """The command with the parameters that are written; `more` are other fields of the model."""
    if any(parameters[name] is None for name in needed):
        return None
    written = {name: template for name, template in parameters.items() if template is not None}
    return Callback(parameters=written, needed=needed, **more)


def read_remember(step: StepReader) -> Remember | None:
    step.read_exits()
    value, node = step.scope.template(step.fields.get("value")), step.fields.get("in")
    name = step.scope.resource_name("lists", node)
    numbers = step.scope.resources.lists.get(name or "")
    if numbers is None or node is None or name is None:
        return None
    if numbers.keep_seconds is None:
        step.scope.say("F507", node, f"`{node.text}` is not filled by calls", "give the list a `keep`, e.g. keep: 30m")
    return Remember(value=value, list_name=name) if value is not None else None


def read_split(step: StepReader) -> Split | None:
    node = step.fields.get("sticky")
    if node is not None and node.text.lower() in ("yes", "no", "on", "off"):
        step.scope.say("F507", node, f"`{node.text}` is nothing to go by", offer(["caller.number"]))
        return None
    sticky = step.scope.expression(node, None, secrets=True)
    if node is not None and sticky and not sticky.names and "online" not in node.text:
        message = f"`{node.text}` is the same for every caller, so all take one branch"
        step.scope.say("W621", node, message, offer(["caller.number"]))
    branches: list[tuple[str, int]] = []
    for name, weight in step.fields.inside("to").entries():
        target = step.leads(name.text, name, listed=False)
        if target is not None:
            branches.append((target, int(weight.text)))
    if branches and not any(weight for _, weight in branches):
        step.scope.say("F208", step.verb_node, "no branch of `split` has a weight")
        return None
    return Split(branches=tuple(branches), sticky=sticky) if branches else None
