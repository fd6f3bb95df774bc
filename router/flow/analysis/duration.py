"""For how long may a call stay in a flow, talking apart? What no path bounds, the flow's budget does."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Final

from router.flow.analysis.ways import graph_from, longest
from router.flow.model import (
    RESULT_SECONDS,
    Callback,
    Collect,
    Flow,
    Lookup,
    Menu,
    Play,
    Prompt,
    Record,
    Route,
    Run,
    Sms,
    Transfer,
    Verb,
    Wait,
)


def duration_of(flow: Flow, others: Mapping[str, float]) -> float:
    """Seconds on the longest path; infinite when a path can go on for ever. `others` are those of the flows run."""
    graph = graph_from(flow, flow.start)
    steps = {name: flow.steps[name] for name in graph}
    found = longest(graph, lambda name: _seconds(steps[name].settings, others), lambda name: 0.0)
    return found[flow.start]


def _seconds(settings: Verb, others: Mapping[str, float]) -> float:
    if isinstance(settings, Run):
        return others[settings.flow]
    known = _SECONDS.get(type(settings))
    return known(settings) if known is not None else 0.0


def _heard(prompts: tuple[Prompt, ...]) -> float:
    return sum(max(audio.length for audio in prompt.variants.values()) for prompt in prompts)


def _listening(settings: Menu | Collect, digits: int) -> float:
    """Every round that the retries allow, each with its prompt, silence and keys."""
    one = settings.first_digit + settings.next_digit * digits
    total = _heard(settings.prompts) + one
    for retry in (settings.no_input, settings.no_match):
        total += retry.max * (_heard(retry.prompts or settings.prompts) + one)
    return total


def _ringing(settings: Route) -> float:
    return sum(settings.ring) if settings.ring and all(settings.ring) else inf


def _waiting(settings: Wait) -> float:
    return inf if settings.seconds is None else settings.seconds


_SECONDS: Final[Mapping[type[Verb], Callable[[Any], float]]] = {
    Menu: lambda settings: _listening(settings, max(map(len, settings.targets))),
    Collect: lambda settings: _listening(settings, settings.max_length),
    Play: lambda settings: _heard(settings.prompts),
    Route: _ringing,
    Transfer: lambda settings: inf,
    Wait: _waiting,
    Lookup: lambda settings: 0.0 if settings.table else settings.timeout,
    Sms: lambda settings: RESULT_SECONDS,
    Callback: lambda settings: settings.wait_seconds,
    Record: lambda settings: RESULT_SECONDS,
}
