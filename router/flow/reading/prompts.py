"""Prompts as steps name them: one recording, `audio.NAME`, or some that speak data, `audio.NAME[${STEP.OUTPUT}]`."""

import re
from typing import Final

from router.flow.expressions.types import type_of
from router.flow.model import Prompt, PromptSet, Sayable, Spoken
from router.flow.reading.flow_scope import FlowScope
from router.flow.reading.name_advice import typed
from router.flow.reading.setting_fields import Fields
from router.flow.suggestions.advice import Suggestion
from router.flow.suggestions.spelling import closest
from router.flow.yaml.node import Node

_SPEAKS: Final = re.compile(r"(?:audio\.)?(?P<name>[^\[\]${}]*)\[(?P<text>.*)\]", re.DOTALL)
_BY_VALUE: Final = re.compile(r"(?:audio\.)?(?P<name>\w*?)[._]?(?P<text>\$\{[^}]*\})", re.ASCII)
MOST_SHOWN: Final = 6  # recordings of a prompt


def read_prompts(scope: FlowScope, fields: Fields, key: str = "prompt") -> tuple[Sayable, ...]:
    """The prompts under `key`, one or several."""
    found = (_read(scope, node) for node in fields.one_or_many(key))
    return tuple(prompt for prompt in found if prompt)


def read_recording(scope: FlowScope, node: Node | None) -> Prompt | None:
    """The prompt that `node` names, where only a recording serves."""
    found = _read(scope, node) if node is not None else None
    if node is not None and isinstance(found, Spoken):
        message = f"`{node.text}` speaks data, and here stands one recording"
        return scope.say("F507", node, message, "name a prompt of one recording")
    return found if isinstance(found, Prompt) else None


def _read(scope: FlowScope, node: Node) -> Sayable | None:
    """The prompt that `node` names; INVALID when it has a finding."""
    spoken = _SPEAKS.fullmatch(node.text)
    if spoken is not None:
        return _spoken(scope, node, spoken["name"], spoken["text"], spoken.start("text"))
    if (chosen := _BY_VALUE.fullmatch(node.text)) is not None:
        return _chosen_by_value(scope, node, chosen["name"], chosen["text"])
    name = scope.resource_name("audio", node)
    found = scope.resources.prompts[name] if name else None
    if isinstance(found, PromptSet):
        message = f"`audio.{name}` has a recording for each {'character' if found.each else 'value'} that it speaks"
        return scope.say("F315", node, message, f"say of what: audio.{name}[${{STEP.OUTPUT}}]")
    return found if name else scope.invalid()


def _spoken(scope: FlowScope, node: Node, name: str, text: str, offset: int) -> Sayable | None:
    found = scope.resources.find("audio", name)
    if not found:
        scope.is_known("audio", name, Node("scalar", f"audio.{name}", node.mark))
        return scope.invalid()
    scope.note("audio", name, node, node.text.index(name))
    if isinstance(found, Prompt):
        message = f"`audio.{name}` is one recording, and speaks no data"
        return scope.say("F315", node, message, typed(node, 0, f"audio.{name}"))
    if (meant := _bare(scope, text)) is not None:
        message = f"`{text}` is no text with values in ${{...}}"
        return scope.say("F315", node, message, typed(node, 0, f"audio.{name}[{meant}]"))
    template = scope.template(node, offset, offset + len(text))
    if not template:
        return scope.invalid()
    if not template.names:
        _check_literal(scope, node, found, text, offset)
    return Spoken(set=found, text=template)


def _bare(scope: FlowScope, text: str) -> str | None:
    """What is meant by a text in quotes, or a name without its ${...}."""
    bare = text.strip().strip("\"'").strip()
    if bare != text:
        return bare
    is_name = "${" not in text and "." in text and type_of(text, scope.names) is not None
    return f"${{{text}}}" if is_name else None


def _check_literal(scope: FlowScope, node: Node, found: PromptSet, text: str, offset: int) -> None:
    """What is written out can be looked up at once."""
    lacking = [one for one in (text if found.each else [text]) if one not in found.entries]
    if lacking and found.other is None:
        message = f"`audio.{found.name}` has no recording for `{lacking[0]}`"
        near = "" if found.each else closest(text, found.entries)
        advice: Suggestion = typed(node, 0, f"audio.{found.name}[{near}]") if near else _those_of(found)
        scope.say("F302", node, message, advice)


def _those_of(found: PromptSet) -> str:
    shown = list(found.entries)[:MOST_SHOWN]
    return f"it has {', '.join(shown)}{' and others' if len(found.entries) > len(shown) else ''}"


def _chosen_by_value(scope: FlowScope, node: Node, name: str, text: str) -> Sayable | None:
    """`audio.${vars.lang}`, `audio.digit${order.number}`: no prompt is called by what is only known in a call."""
    message = "a prompt is named outright, and what it speaks stands in brackets"
    if isinstance(scope.resources.prompts.get(name), PromptSet):
        return scope.say("F315", node, message, typed(node, 0, f"audio.{name}[{text}]"))
    return scope.say("F315", node, message, f"audio: {{NAME: {{pick: {{VALUE: …}}}}}}, and here audio.NAME[{text}]")
