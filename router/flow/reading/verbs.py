"""The settings of each verb: one reader for each, and one table of them.

A reader notes every way out of the step (`StepReader.leads`), also when the rest is faulty, and answers None when
the settings cannot be used. Defaults stand here and, for people, in `schemas/flow.schema.json`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from router.flow.model import (
    Case,
    Collect,
    Expression,
    Hangup,
    Menu,
    Play,
    Release,
    Retry,
    Route,
    SetVariables,
    Switch,
    Template,
    Transfer,
    Verb,
    Wait,
    Watch,
)
from router.flow.reading.destinations import read_destinations, read_employee
from router.flow.reading.errands import (
    read_callback,
    read_callback_group,
    read_record,
    read_remember,
    read_sms,
    read_split,
    read_task,
)
from router.flow.reading.fields import Fields
from router.flow.reading.outgoing import read_lookup, read_notify
from router.flow.reading.ring_times import read_ring
from router.flow.reading.steps import StepReader, or_default, read_assigned
from router.flow.reading.subflows import read_return, read_run
from router.flow.resources.key_patterns import KeyTrie, parse_pattern
from router.flow.yaml.node import Node, holds_invalid, items

FIRST_DIGIT_SECONDS: Final = 5.0
MENU_NEXT_DIGIT_SECONDS: Final = 2.0
COLLECT_NEXT_DIGIT_SECONDS: Final = 4.0
MOST_DIGITS: Final = 99  # of a DISA block, the longest packet that the PBX sends
REPROMPTS: Final = 1


def _switch(step: StepReader) -> Switch | None:
    lines = items(step.fields.node)
    if not lines:
        return None
    cases = [_case(step, Fields(line)) for line in lines if not line.invalid]
    written = [Fields(line).get("else") is not None for line in lines]
    if not any(written):
        if not any(holds_invalid(line) for line in lines):  # what was meant by such a line is not known
            step.scope.say("F506", step.verb_node, "`switch` has no `else`", "end it with - {else: STEP}")
    elif written.index(True) < len(lines) - 1:
        late = lines[written.index(True) + 1]
        step.scope.say("F506", late, "nothing behind `else` is ever looked at", "move `else` to the end")
    sound = [case for case in cases if case is not None]
    return Switch(cases=tuple(sound)) if len(sound) == len(lines) else None


def _case(step: StepReader, fields: Fields) -> Case | None:
    otherwise = fields.get("else")
    if otherwise is not None:
        goto = step.leads("else", otherwise, listed=False)
        return Case(when=None, goto=goto) if goto else None
    when = step.scope.expression(fields.get("when"), "bool", secrets=True)
    goto = step.leads("when", fields.get("goto"), listed=False)
    return Case(when=when, goto=goto) if when is not None and goto else None


def _retry(step: StepReader, name: str) -> Retry:
    fields = step.fields.inside(name)
    goto = step.leads(name, fields.get("goto"))
    return Retry(goto=goto, prompts=step.scope.prompts(fields), max=fields.integer("max", REPROMPTS))


def _menu(step: StepReader) -> Menu:
    targets = _targets(step)
    return Menu(
        prompts=step.scope.prompts(step.fields),
        first_digit=or_default(step.fields.seconds("first_digit"), FIRST_DIGIT_SECONDS),
        next_digit=or_default(step.fields.seconds("next_digit"), MENU_NEXT_DIGIT_SECONDS),
        keys=KeyTrie(targets),
        targets=targets,
        no_input=_retry(step, "no_input"),
        no_match=_retry(step, "no_match"),
    )


def _targets(step: StepReader) -> dict[str, str]:
    targets: dict[str, str] = {}
    seen: set[str] = set()
    for key, node in step.fields.inside("keys").entries():
        pattern = parse_pattern(key.text)
        if pattern is None or pattern in seen:
            step.scope.say("F102", key, f"`{key.text}` is the key `{pattern}`, which stands already above")
            continue
        seen.add(pattern)
        goto = step.leads(key.text, node, listed=False)
        if goto is not None:
            targets[pattern] = goto
    return targets


def _collect(step: StepReader) -> Collect | None:
    step.read_exits()
    no_input, no_match = _retry(step, "no_input"), _retry(step, "no_match")
    into = _collected_variable(step)
    pattern = parse_pattern(step.fields.text("pattern"))
    least, most = _lengths(step, len(pattern) if pattern else None)
    if into is None:
        return None
    return Collect(
        into=into,
        prompts=step.scope.prompts(step.fields),
        first_digit=or_default(step.fields.seconds("first_digit"), FIRST_DIGIT_SECONDS),
        next_digit=or_default(step.fields.seconds("next_digit"), COLLECT_NEXT_DIGIT_SECONDS),
        min_length=least,
        max_length=most,
        terminator=parse_pattern(step.fields.text("terminator")) or "",
        keys=KeyTrie([pattern]) if pattern else None,
        secret=step.fields.flag("secret"),
        no_input=no_input,
        no_match=no_match,
    )


def _collected_variable(step: StepReader) -> str | None:
    node = step.fields.get("into")
    variable = step.scope.variable(node)
    if node is None or not variable:
        return None
    if variable.type not in ("text", "phone"):
        kind = f"`{variable.name}` is of type {variable.type}"
        step.scope.say("F507", node, f"{kind}; digits go into a text, so that leading zeros are kept", "type: text")
        return None
    return variable.name


def _lengths(step: StepReader, of_pattern: int | None) -> tuple[int, int]:
    """(least, most) digits: as written, else as many as the pattern has, else any number."""
    node = step.fields.get("length")
    if node is None:
        return (of_pattern, of_pattern) if of_pattern else (1, MOST_DIGITS)
    if node.kind == "scalar":
        least = most = int(node.text)
    else:
        bounds = step.fields.inside("length")
        least, most = bounds.integer("min", 1), bounds.integer("max", MOST_DIGITS)
    if least > most:
        step.scope.say("F507", node, f"at least {least} and at most {most} digits is never the case")
    elif of_pattern is not None and not least <= of_pattern <= most:
        step.scope.say("F507", node, f"the pattern has {of_pattern} digits, which this never allows", "leave one out")
    return least, most


def _play(step: StepReader) -> Play:
    step.read_exits()
    return Play(prompts=step.scope.prompts(step.fields))


def _route(step: StepReader) -> Route:
    step.read_exits()
    return Route(
        to=read_destinations(step.scope, step.fields),
        ring=read_ring(step.scope, step.fields),
        high_priority=step.fields.text("priority") == "high",
        online_only=step.fields.flag("online_only"),
        display_name=step.scope.template(step.fields.get("display_name")),
        hold=next(iter(step.scope.prompts(step.fields, "hold")), None),
    )


def _transfer(step: StepReader) -> Transfer:
    step.read_exits()
    return Transfer(
        to=read_destinations(step.scope, step.fields),
        method=step.fields.text("method", "blind"),
        by=read_employee(step.scope, step.fields.get("by"), number=True),
    )


def _watch(step: StepReader) -> Watch:
    return Watch(
        connected=step.leads("connected", step.fields.get("connected")),
        held=_watched(step, "held"),
        talking=_watched(step, "talking"),
        ended=step.leads("ended", step.fields.get("ended")),
    )


def _watched(step: StepReader, name: str) -> tuple[float, str] | None:
    fields = step.fields.inside(name)
    seconds, goto = fields.seconds("for"), step.leads(name, fields.get("goto"))
    return (seconds, goto) if seconds is not None and goto is not None else None


def _wait(step: StepReader) -> Wait:
    step.read_exits()
    until = step.scope.resource_name("hours", step.fields.get("until"))
    return Wait(seconds=step.fields.seconds("for"), until=until)


def _set(step: StepReader) -> SetVariables | None:
    step.read_exits()
    entries = step.fields.inside("vars").entries()
    values = {name.text: value for name, node in entries if (value := _assigned(step, name, node)) is not None}
    return SetVariables(values=values) if len(values) == len(entries) else None


def _assigned(step: StepReader, name: Node, node: Node) -> Expression | Template | None:
    variable = step.scope.variable(name, node.text)
    if not variable:
        return None
    return read_assigned(step.scope, variable, node, secrets=variable.name in step.scope.secrets)


def _hangup(step: StepReader) -> Hangup:
    return Hangup()


def _release(step: StepReader) -> Release:
    return Release()


VERBS: Final[Mapping[str, Callable[[StepReader], Verb | None]]] = {
    "switch": _switch,
    "menu": _menu,
    "collect": _collect,
    "play": _play,
    "route": _route,
    "transfer": _transfer,
    "watch": _watch,
    "wait": _wait,
    "set": _set,
    "record": read_record,
    "lookup": read_lookup,
    "split": read_split,
    "remember": read_remember,
    "run": read_run,
    "return": read_return,
    "sms": read_sms,
    "callback": read_callback,
    "callback_group": read_callback_group,
    "task": read_task,
    "notify": read_notify,
    "hangup": _hangup,
    "release": _release,
}
