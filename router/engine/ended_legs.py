"""Legs that are over leave the state of a long call: they are folded.

A call that waits in a queue for an hour, or is handed on again and again, has thousands of legs. All but a few ended
long ago, and an event should cost what it costs in a short call. So of the ended legs the state keeps those that ended
last; the others are counted, and the journal has what they were (`history.whole_call`).

What always holds: a leg that something still names stays (the caller's own, those of the attempt, the one that a
command waits for, the caller's last menu, one of which an event is held). Of a folded leg the state keeps whether it
shows that the caller has left another one (`Call.left`); `Environment.folded` knows its id, and what is still told of
it is late.
"""

from typing import Final

from router.engine.journey import carries_caller, is_in_menu
from router.engine.state import LEFT, TAKEN, Call, Counter, Leg
from router.engine.step_context import StepContext
from router.protocol.events import DISCONNECTED, IVR, JourneyEnded

MOST_LEFT: Final = 16
"""Legs of which nothing was told, and which the caller is known to have left, that are remembered; the last ones."""

MOST_TYPED: Final = 8
"""Counters of digits that are kept of legs which are no longer there; the last ones."""

DIGITS: Final = "dtmf "  # what such a counter's name begins with


def fold(context: StepContext) -> None:
    """Fold the legs that ended first, until the state has no more than it keeps."""
    call, most = context.call, context.environment.legs_kept
    if len(call.legs) <= most:
        return
    needed = _needed(call)
    over = [leg for call_id, leg in call.legs.items() if leg.last.state == DISCONNECTED and call_id not in needed]
    gone = sorted(over, key=lambda leg: leg.ended_at)[: len(call.legs) - most]
    if not gone:
        return
    names = {leg.last.call_id for leg in gone}
    call.left = _left(call, gone, names)
    call.legs = {name: leg for name, leg in call.legs.items() if name not in names}
    call.counters = _counters(call, names)
    call.ours = tuple(name for name in call.ours if name not in names)
    call.folded += len(names)
    context.folded.extend(names)


def _needed(call: Call) -> set[str]:
    """What the next event may ask for."""
    last = max(call.legs.values(), key=lambda leg: leg.ended_at)  # which says how the call ended, should it be over
    needed = {call.leg, last.last.call_id, *_last_menu(call)}
    takeover = call.takeover
    for pending in (call.pending, takeover.waited if takeover is not None else None):
        if pending is not None:
            needed.add(pending.call_id)
    for activity in (call.activity, takeover.interrupted if takeover is not None else None):
        if activity is not None:
            needed.update(activity.legs, activity.routed_before, (activity.routed_call_id,))
    held = (waiting.event for counter in call.counters.values() for waiting in counter.held)
    return needed.union(event.call_id for event in held if not isinstance(event, JourneyEnded))


def _last_menu(call: Call) -> list[str]:
    return [name for name, leg in call.legs.items() if leg.last.location == IVR][-1:]


def _counters(call: Call, names: set[str]) -> dict[str, Counter]:
    """Those that are still needed: digits may be told long after the end of their leg, which has a counter apart."""
    over = {f"call {name}" for name in names}
    typed = [key for key in call.counters if key.startswith(DIGITS) and key.removeprefix(DIGITS) not in call.legs]
    over.update(key for key in typed[: max(0, len(typed) - MOST_TYPED)] if not call.counters[key].held)
    return {key: counter for key, counter in call.counters.items() if key not in over}


def _left(call: Call, gone: list[Leg], names: set[str]) -> dict[str, int]:
    """What is known of legs that the caller left for one that is folded. Nothing is needed of those that are folded
    themselves."""
    left = {name: sure for name, sure in call.left.items() if name not in names}
    for leg in gone:
        origin = leg.last.taken_from_call_id
        if origin and origin not in names:
            left[origin] = max(left.pop(origin, 0), _sureness(call, leg))
    untold = [name for name in left if name not in call.legs]
    for name in untold[: max(0, len(untold) - MOST_LEFT)]:
        del left[name]
    return left


def _sureness(call: Call, leg: Leg) -> int:
    if not carries_caller(call, leg):
        return 0
    return LEFT if leg.connected_at or is_in_menu(leg) else TAKEN
