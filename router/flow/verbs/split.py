"""`split`: shares callers out among steps, by weight."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from router.flow.model import Expression, Settings
from router.flow.reading.steps import StepReader
from router.flow.suggestions.advice import offer
from router.flow.verbs import common
from router.flow.verbs.fragments import ref, settings
from router.flow.verbs.spec import Exit, Exits, Family, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Settings):
    """Branches are steps; weights add up to more than 0."""

    branches: tuple[tuple[str, int], ...]  # (step, weight), in the order written
    sticky: Expression | None = None  # equal values always take the same branch


_TO: Final = {
    "title": "to",
    "description": "The weight of each step.",
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 1000000, "x-share": True},
    "x-keys": "steps",
}
_STICKY: Final = "Equal values always take the same branch. Default: each call by itself."


def _read(step: StepReader) -> Split:
    node = step.fields.get("sticky")
    if node is not None and node.text.lower() in ("yes", "no", "on", "off"):
        return step.scope.say("F507", node, f"`{node.text}` is nothing to go by", offer(["caller.number"]))
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
        return step.scope.say("F208", step.verb_node, "no branch of `split` has a weight")
    return Split(branches=tuple(branches), sticky=sticky)


def _exits(settings: Split) -> Iterator[Exit]:
    total = sum(weight for _, weight in settings.branches)
    for branch, weight in settings.branches:
        arrow, path = f"{weight} of {total}", ("to", branch)
        yield Exit(name=branch, label=branch, arrow=arrow, target=branch, path=path, possible=weight > 0)


SPEC: Final[VerbSpec[Split]] = VerbSpec(
    name="split",
    settings=Split,
    schema=settings(
        "split", "Shares callers out among steps, by weight.", {"sticky": ref("expression", _STICKY), "to": _TO}, "to"
    ),
    example="split: {to: {STEP: 70, STEP: 30}}",
    foreign_words="random ab_test percentage weighted split_random distribute ab weights load_balance",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="to",
    traits=common.INFALLIBLE,
    family=Family.DECIDES,
    exits=Exits(
        described=(
            ("a branch", "Its share of the callers; with `sticky`, the same value always takes the same branch."),
        ),
        required=common.always(),
        own=_exits,
        redirected=None,
    ),
    timing=common.AT_ONCE,
    about=common.no_words,
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
