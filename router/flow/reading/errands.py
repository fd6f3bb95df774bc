"""The settings of the commands that need no conversation, `callback`, `callback_group`, `task` and `sms`; of
`remember`, `split` and `record`.

The parameters of the first three have the wire's names from here on (§3.2.1, §3.2.2, §4.2): the engine only fills in
what the call knows.
"""

from collections.abc import Mapping
from math import ceil
from typing import Final

from router.flow.advice import offer
from router.flow.durations import parse_duration
from router.flow.model import Callback, Record, Remember, Sms, Split, Template
from router.flow.reading.destinations import read_employee, read_number, read_recipient
from router.flow.reading.steps import StepReader
from router.flow.source import Node

TASK_TYPES: Final[Mapping[str, str]] = {"call": "1", "write": "2", "meet": "3", "do": "4"}  # §4.2, event_type
TASK_NUMBERS: Final = frozenset({"event_type", "start_time", "duration", "to_user_id", "is_auto_call"})
TASK_MINUTES: Final = 15
DAY_MINUTES: Final = 1440
LONGEST_DESCRIPTION: Final = 1024


def read_record(step: StepReader) -> Record:
    step.read_exits()
    return Record()


def read_sms(step: StepReader) -> Sms | None:
    step.read_exits()
    to, text = read_recipient(step.scope, step.fields.get("to")), step.scope.template(step.fields.get("text"))
    sender = read_employee(step.scope, step.fields.get("from"))
    name = step.scope.template(step.fields.get("sender"))
    if to is None or sender is None or text is None:
        return None
    return Sms(to=to, sender=sender, text=text, sender_name=name)


def read_callback(step: StepReader) -> Callback | None:
    """§3.2.1: the employee is called first."""
    step.read_exits()
    return _command(
        {
            "from.extension": read_employee(step.scope, step.fields.get("from")),
            "from.number": step.scope.template(step.fields.get("number")),
            "to_number": read_number(step.scope, step.fields.get("to")),
            "line_number": step.scope.template(step.fields.get("line")),
        },
        needed=("from.extension", "to_number"),
    )


def read_callback_group(step: StepReader) -> Callback | None:
    """§3.2.2: exactly one of the two sides is a group."""
    step.read_exits()
    sides = [step.fields.get(key) for key in ("from", "to")]
    groups = [_is_group(step, node) for node in sides if node is not None]
    if len(groups) == 2 and None not in groups and sum(map(bool, groups)) != 1:
        node = sides[1] if all(groups) else sides[0]
        message = "both sides are groups" if all(groups) else "neither side is a group"
        step.scope.say("F507", node or step.verb_node, message, "exactly one of `from` and `to` is `group NAME`")
    return _command(
        {
            "from": read_number(step.scope, sides[0]),
            "to": read_number(step.scope, sides[1]),
            "line_number": step.scope.template(step.fields.get("line")),
        },
        needed=("from", "to", "line_number"),
    )


def _is_group(step: StepReader, node: Node) -> bool | None:
    """None when only the call will tell."""
    if node.text.startswith("group "):
        return True
    return None if "${" in node.text else node.text in step.scope.resources.groups.values()


def read_task(step: StepReader) -> Callback | None:
    """§4.2."""
    step.read_exits()
    scope, fields = step.scope, step.fields
    description = fields.get("description")
    if description is not None and len(description.text) > LONGEST_DESCRIPTION:
        scope.say("F208", description, f"longer than {LONGEST_DESCRIPTION} characters")
    return _command(
        {
            "event_type": scope.literal(step.verb_node, TASK_TYPES[fields.text("type", "call")]),
            "start_time": _minutes(step, "start", 0, most=None),
            "duration": _minutes(step, "duration", TASK_MINUTES, most=DAY_MINUTES),
            "to_user_id": scope.template(fields.get("to_user")),
            "description": scope.template(description),
            "is_auto_call": scope.literal(step.verb_node, "1" if fields.flag("auto_call") else "0"),
            "phone": read_number(scope, fields.get("phone")),
        },
        needed=("to_user_id",),
        numbers=TASK_NUMBERS,
        has_result=False,
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


def _command(
    parameters: Mapping[str, Template | None],
    *,
    needed: tuple[str, ...],
    numbers: frozenset[str] = frozenset(),
    has_result: bool = True,
) -> Callback | None:
    if any(parameters[name] is None for name in needed):
        return None
    written = {name: template for name, template in parameters.items() if template is not None}
    return Callback(parameters=written, numbers=numbers, has_result=has_result)


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
    sticky = step.scope.expression(node, None, secrets=True)
    if node is not None and sticky is not None and not sticky.names and "online" not in node.text:
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
