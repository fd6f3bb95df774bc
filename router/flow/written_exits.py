"""The written ways out of a step: what diagrams draw, coverage counts and mutation changes.

An exit that is not written (`on_error`, a route that rests after `answered`) belongs to no line of the flow and is none
here.
"""

from typing import Any

from router.flow.model import Step
from router.flow.verbs import VERBS
from router.flow.verbs.digit_input import RETRIES
from router.flow.verbs.spec import Exit


def exits_of(step: Step[Any]) -> list[Exit]:
    """The written exits of a step, in the order written."""
    own = list(VERBS[step.verb].exits.own(step.settings))
    known = {exit_.name for exit_ in own}
    listed = [Exit(name=name, label=name, target=target, path=_path(name)) for name, target in step.exits.items()]
    return [*own, *(exit_ for exit_ in listed if exit_.name not in known)]


def _path(name: str) -> tuple[str, ...]:
    if name in RETRIES:
        return name, "goto"
    return ("next",) if name == "next" else ("on", name)
