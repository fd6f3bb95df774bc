"""Ways through a flow, over its written edges."""

from collections.abc import Callable, Iterable, Iterator

from router.flow.reading.flow_scope import Edge
from router.flow.reading.flows import ParsedFlow, ParsedStep


def reachable(parsed: ParsedFlow, starts: Iterable[Edge | None]) -> set[str]:
    """The names of the steps that some path from `starts` comes to."""
    return {edge.target for edge in walk(parsed, starts, lambda step: True)}


def walk(parsed: ParsedFlow, starts: Iterable[Edge | None], goes_on: Callable[[ParsedStep], bool]) -> Iterator[Edge]:
    """The edge over which each step is come to first; beyond a step only if it `goes_on`."""
    waiting = [edge for edge in starts if edge]
    seen: set[str] = set()
    while waiting:
        edge = waiting.pop()
        if edge.target in seen:
            continue
        seen.add(edge.target)
        yield edge
        step = parsed.steps[edge.target]
        if goes_on(step):
            waiting.extend(reversed(step.edges))
