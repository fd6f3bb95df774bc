"""The proofs of a bundle for `ivr check`: as lines for people, as objects for programs."""

from collections.abc import Iterator
from math import isinf
from typing import Any, Final

from router.catalogue.methods import METHODS
from router.flow.analysis import FlowProof, Traffic, Waiting, prove
from router.flow.durations import format_duration
from router.flow.model import Bundle
from router.protocol.commands import LIMITED

SHOWN: Final = 6


def traffic_of(calls_per_minute: float | None) -> Traffic | None:
    """So many calls under the document's limits; of several limits the slowest."""
    if calls_per_minute is None:
        return None
    slowest = {
        name: max(METHODS[method].limits, key=lambda limit: limit.seconds / limit.count)
        for name, method in LIMITED.items()
    }
    limits = {name: (limit.count, limit.seconds) for name, limit in slowest.items()}
    return Traffic(calls_per_minute=calls_per_minute, limits=limits)


def proof_objects(bundle: Bundle, traffic: Traffic | None) -> list[dict[str, Any]]:
    """One object a flow; times in seconds, null where nothing bounds them."""
    return [
        {
            "flow": proof.flow,
            "loops": [list(pauses) for pauses in proof.loops],
            "longest_silence": _finite(proof.silence.longest),
            "silent_since": proof.silence.since,
            "longest_call": _finite(proof.duration),
            "budget": bundle.flows[proof.flow].budget_seconds,
            "waits": [
                {
                    "step": wait.step,
                    "command": wait.command,
                    "commands": wait.commands,
                    "seconds": _finite(wait.seconds),
                }
                for wait in proof.waits
            ],
        }
        for proof in prove(bundle, traffic)
    ]


def proof_lines(bundle: Bundle, traffic: Traffic | None) -> Iterator[str]:
    """What is proven, a few lines a flow."""
    for proof in prove(bundle, traffic):
        yield f"{proof.flow}:"
        yield f"  loops: {_loops(proof)}"
        since = f", from {proof.silence.since} on" if proof.silence.since and proof.silence.longest else ""
        yield f"  longest silence: {_time(proof.silence.longest)}{since}"
        yield f"  longest call, talking apart: {_call(proof, bundle.flows[proof.flow].budget_seconds)}"
        for wait in proof.waits:
            yield f"  worst wait: {_wait(wait, traffic)}"


def _loops(proof: FlowProof) -> str:
    if not proof.loops:
        return "none"
    groups = (", ".join(pauses[:SHOWN]) + (", …" if len(pauses) > SHOWN else "") for pauses in proof.loops)
    return f"each passes a key press or time, at {'; at '.join(groups)}"


def _call(proof: FlowProof, budget: float) -> str:
    if proof.duration > budget:
        return f"{format_duration(budget)}, its budget"
    return f"{format_duration(proof.duration)}, with a budget of {format_duration(budget)}"


def _wait(wait: Waiting, traffic: Traffic | None) -> str:
    rate = f"{traffic.calls_per_minute:g} calls a minute" if traffic is not None else ""
    path = f"{wait.commands} on the worst path" if wait.commands > 1 else "the path's only one"
    return f"{wait.command} at {wait.step} ({path}), {rate}: {_time(wait.seconds)}"


def _time(seconds: float) -> str:
    return "not bounded" if isinf(seconds) else format_duration(seconds)


def _finite(seconds: float) -> float | None:
    return None if isinf(seconds) else seconds
