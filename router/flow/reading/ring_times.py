"""`ring` of a route: one duration for every destination, or a list beside `to` with one for each."""

from router.flow.durations import parse_duration
from router.flow.reading.flow_scope import FlowScope
from router.flow.reading.setting_fields import Fields
from router.flow.suggestions.text_lists import list_meant
from router.flow.yaml.node import Node, items


def read_ring(scope: FlowScope, fields: Fields) -> tuple[float, ...]:
    """Seconds for each destination of `to`, in their order; empty when `ring` is not written or cannot be used."""
    ring, to = fields.get("ring"), fields.written("to")
    if ring is None or to is None or not (ring.kind == "scalar" or items(ring)):
        return ()
    destinations = sum(len(list_meant("to", node.text)) or 1 for node in items(to) or (to,))
    written = fields.one_or_many("ring")
    if ring.kind == "sequence" and len(items(ring)) != destinations:
        _say_unequal(scope, ring, destinations)
        return ()
    seconds = [parse_duration(node.text) or 0.0 for node in written]
    return (seconds[0],) * destinations if ring.kind == "scalar" else tuple(seconds)


def _say_unequal(scope: FlowScope, ring: Node, destinations: int) -> None:
    durations = [node.text for node in items(ring)]
    message = f"`ring` has {_counted(len(durations), 'duration')} for {_counted(destinations, 'destination')}"
    if len(set(durations)) == 1:
        scope.say_instead("F507", ring, message, durations[0])
        return
    several = "write one for each destination, in the order of `to`, or a single one for all of them"
    scope.say("F507", ring, message, several if destinations > 1 else "write a single one")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
