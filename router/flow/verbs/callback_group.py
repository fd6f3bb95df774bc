"""`callback_group`: the PBX calls one side, then the other; exactly one of them is a group, the other one is outside
(§3.2.2)."""

from typing import Final

from router.flow.reading.destinations import read_line, read_number
from router.flow.reading.steps import StepReader
from router.flow.suggestions.advice import write
from router.flow.verbs import callback, common, results
from router.flow.verbs.callback import Callback, command_of
from router.flow.verbs.commands import expected, field, param
from router.flow.verbs.fragments import SENDS, ref, settings
from router.flow.verbs.spec import Command, Family, VerbSpec
from router.flow.yaml.node import Node
from router.protocol.phone_numbers import is_internal

_SIDE: Final = ref("text", "group NAME, group 303, or a number.")
_SCHEMA: Final = settings(
    "callback_group",
    "The PBX calls `from`, and when that answers, `to`; one of the two is a group. Needs no live call.",
    {"from": _SIDE, "to": _SIDE, "line": ref("text", callback.LINE), **SENDS},
    "from",
    "to",
    "line",
)


def _read(step: StepReader) -> Callback:
    step.read_exits()
    sides = [step.fields.get(key) for key in ("from", "to")]
    written = [side for side in sides if side is not None]
    groups = [_is_group(step, node) for node in written]
    if any(_is_bare_group(step, node) for node in written):
        return step.scope.invalid()
    if len(groups) == 2 and None not in groups and sum(map(bool, groups)) != 1:
        node = written[1] if all(groups) else written[0]
        message = "both sides are groups" if all(groups) else "neither side is a group"
        return step.scope.say("F507", node, message, "exactly one of `from` and `to` is `group NAME`")
    if True in groups and not all(_is_outside(step, node) for node in written if not _is_group(step, node)):
        return step.scope.invalid()
    return command_of(
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


SPEC: Final[VerbSpec[Callback]] = VerbSpec(
    name="callback_group",
    settings=Callback,
    schema=_SCHEMA,
    example='callback_group: {from: group NAME, to: "${caller.number}", line: "NUMBER", next: STEP}',
    foreign_words="",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.FALLIBLE,
    family=Family.TELLS,
    exits=common.written_exits(results.BY_RESULT, "next", "failed"),
    timing=callback.TIMING,
    about=callback.about,
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="callback_group",
        heard="",
        result_is_awaited=True,
        schema=expected(callback.EXPECTED),
        fields={"to": field(param("to")), "from": field(param("from")), "line": field(param("line_number"))},
        main="to",
        open="",
        recorded=None,
    ),
)
