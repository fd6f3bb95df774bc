"""What can be said about every call that a bundle will ever take, from the bundle alone.

Everything here is about a sound bundle, and errs on the side of caution: a silence, a call or a wait is never longer
than told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from router.flow.analysis.duration import duration_of
from router.flow.analysis.silence import Silence, silence_of
from router.flow.analysis.waits import Traffic, Waiting, commands_of, waits_of
from router.flow.analysis.ways import circles, ways
from router.flow.load_cache import Kept
from router.flow.model import Bundle, Flow
from router.flow.verbs import VERBS
from router.flow.verbs.run import Run

__all__ = ["FlowProof", "Silence", "Traffic", "Waiting", "prove", "silences_of", "waits_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowProof:
    """What holds for every call in one flow; times in seconds, infinite where nothing bounds them."""

    flow: str
    loops: tuple[tuple[str, ...], ...]  # of each group of steps on common circles, those that wait for a key or time
    silence: Silence
    duration: float
    waits: tuple[Waiting, ...] = ()


def prove(bundle: Bundle, traffic: Traffic | None = None) -> list[FlowProof]:
    """The proofs of every flow, in the bundle's order."""
    silences, waits = silences_of(bundle), waits_in(bundle, traffic)
    durations: dict[str, float] = {}
    for flow in behind_those_run(bundle):
        durations[flow.name] = duration_of(flow, durations)
    return [
        FlowProof(
            flow=name,
            loops=_loops(flow),
            silence=silences[name],
            duration=durations[name],
            waits=tuple(waits.get(name, ())),
        )
        for name, flow in bundle.flows.items()
    ]


def silences_of(bundle: Bundle, kept: Mapping[str, Kept] | None = None) -> dict[str, Silence]:
    """Flow -> its silences; `kept` has what was computed of a flow before ("flows.NAME")."""
    found: dict[str, Silence] = {}
    for flow in behind_those_run(bundle):
        of_flow = (kept or {}).get(f"flows.{flow.name}") or Kept()
        found[flow.name] = of_flow.keep("silence", partial(silence_of, flow, found))
    return found


def waits_in(bundle: Bundle, traffic: Traffic | None) -> dict[str, list[Waiting]]:
    """Flow -> the waits of its commands; none without traffic."""
    found: dict[str, list[Waiting]] = {}
    commands: dict[str, Mapping[str, int]] = {}
    if traffic is None:
        return found
    for flow in behind_those_run(bundle):
        found[flow.name] = waits_of(flow, traffic, commands)
        commands[flow.name] = commands_of(flow, commands)
    return found


def behind_those_run(bundle: Bundle) -> list[Flow]:
    """The flows, each behind those that it runs; no flow of a sound bundle runs itself."""
    found: dict[str, Flow] = {}
    waiting = list(bundle.flows.values())
    while waiting:
        flow = waiting[-1]
        runs = _runs(flow) - found.keys()
        if runs:
            waiting += [bundle.flows[name] for name in sorted(runs)]
        else:
            found.setdefault(waiting.pop().name, flow)
    return list(found.values())


def _runs(flow: Flow) -> set[str]:
    return {step.settings.flow for step in flow.steps.values() if isinstance(step.settings, Run)}


def _loops(flow: Flow) -> tuple[tuple[str, ...], ...]:
    written = {
        name: [target for exit_name, target in ways(flow, step) if exit_name != "on_error"]
        for name, step in flow.steps.items()
    }
    groups = circles(written)
    return tuple(tuple(name for name in group if VERBS[flow.steps[name].verb].traits.pauses) for group in groups)
