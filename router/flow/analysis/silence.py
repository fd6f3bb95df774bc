"""For how long may a caller hear nothing?

Counted from the end of one sound to the beginning of the next: what plays, rings or talks is a sound, and so is a
menu without a prompt, since the PBX's own scheme speaks there. Waiting for a lookup, for the result of a message or a
callback, for time and for keys is silence. A flow that is run is known by three numbers: from its start to its first
sound, all through it, and from its last sound to its return.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from router.flow.analysis.ways import CONVERSATION, graph_from, longest
from router.flow.model import Flow, Step
from router.flow.verbs import VERBS
from router.flow.verbs.run import Run

Targets = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Of one flow, in seconds; infinite when nothing bounds it."""

    longest: float = 0.0
    since: str = ""  # the step from which on it is silent; "" within a flow that is run
    lead: float = 0.0  # from its start to its first sound, its return or its end
    through: float = -inf  # from its start to its return; minus infinity when there always is a sound between
    tail: float = -inf  # from its last sound to its return; minus infinity when there is none


def silence_of(flow: Flow, others: Mapping[str, Silence]) -> Silence:
    """The silences of a flow; `others` are those of the flows that it runs."""
    targets = graph_from(flow, flow.start, CONVERSATION)
    steps = {name: flow.steps[name] for name in targets}
    quiet = _quiet(steps, targets, others)
    weights = {name: _seconds(name, steps, others) for name in quiet}
    leads = {name: other.lead for name, other in _run(steps, others).items()}
    returns = {name: 0.0 for name, step in steps.items() if step.verb == "return"}
    until_sound = longest(quiet, weights.__getitem__, lambda name: leads.get(name, 0.0))
    until_return = longest(quiet, weights.__getitem__, lambda name: returns.get(name, -inf))
    after = {flow.start: until_sound.get(flow.start, 0.0)}
    tail = -inf
    for name, own in ((name, _tail(step, others)) for name, step in steps.items()):
        if own > -inf:
            onward = [until_sound.get(target, 0.0) for target in targets[name]]
            after[name] = max(after.get(name, 0.0), own + max(onward, default=0.0))
            tail = max([tail, *(own + until_return[target] for target in targets[name] if target in until_return)])
    since = max(after, key=after.__getitem__)
    within = max((other.longest for other in _run(steps, others).values()), default=0.0)
    return Silence(
        longest=max(after[since], within),
        since=since if after[since] >= within else "",
        lead=until_sound.get(flow.start, 0.0),
        through=until_return.get(flow.start, -inf),
        tail=tail,
    )


def _run(steps: Mapping[str, Step[Any]], others: Mapping[str, Silence]) -> dict[str, Silence]:
    """Step -> the flow that it runs."""
    runs = {name: step.settings.flow for name, step in steps.items() if isinstance(step.settings, Run)}
    return {name: others[flow] for name, flow in runs.items()}


def _quiet(steps: Mapping[str, Step[Any]], targets: Targets, others: Mapping[str, Silence]) -> dict[str, list[str]]:
    """The steps that make no sound; a run leads on only over a node for the way through it in silence."""
    quiet: dict[str, list[str]] = {}
    for name, step in steps.items():
        if isinstance(step.settings, Run):
            is_passable = others[step.settings.flow].through > -inf
            quiet[name] = [_through(name)] if is_passable else []
            quiet[_through(name)] = targets[name] if is_passable else []
        elif VERBS[step.verb].timing.silence is None:
            quiet[name] = targets[name]
    return quiet


def _through(name: str) -> str:
    return f"{name} through"


def _seconds(name: str, steps: Mapping[str, Step[Any]], others: Mapping[str, Silence]) -> float:
    """For how long the step is silent."""
    step = steps.get(name)
    if step is None:
        run = steps[name.removesuffix(_through(""))].settings
        return max(0.0, others[run.flow].through) if isinstance(run, Run) else 0.0
    return VERBS[step.verb].timing.most(step.settings)


def _tail(step: Step[Any], others: Mapping[str, Silence]) -> float:
    """For how long it has been silent when the step is left; minus infinity of a step without a sound."""
    settings = step.settings
    if isinstance(settings, Run):
        return others[settings.flow].tail
    silence = VERBS[step.verb].timing.silence
    return -inf if silence is None else silence(settings)
