"""Which leg the caller is on, as far as the PBX has told, in whatever order its legs are told of.

Within one leg the counter gives the order (`order`); between two legs there is none (§3.1.1). So an event may tell of a
leg that the caller has left already: what the legs say of their origin shows that, and what the PBX's rules say: nobody
goes back to an earlier leg, except from a phone that rang into the queue in which he waits.
"""

from router.engine.journey import carries_caller, is_alive, is_in_menu
from router.engine.state import LEFT, UNTAKEN, Call, Leg
from router.engine.step_context import StepContext
from router.protocol.events import CONNECTED, IVR, QUEUE


def follow_caller(context: StepContext, before: Leg | None, leg: Leg) -> None:
    """Keep `call.leg` on the leg where the caller is; `leg` is as an event has just told it."""
    call = context.call
    call_id = leg.last.call_id
    if call.status == UNTAKEN or not carries_caller(call, leg):
        return
    if is_alive(leg):
        arrived = before is None or not carries_caller(call, before) or leg.last.state == CONNECTED
        if arrived and call_id != call.leg and not _is_behind(context, leg):
            context.call.leg = call_id
            if is_in_menu(leg):  # the scheme has the caller anew, and keeps him as long as it kept him at first
                context.call.hold_until = context.now + context.root.window
    elif call_id == call.leg:
        context.call.leg = _latest_alive(context, leg)


def _is_behind(context: StepContext, leg: Leg) -> bool:
    """Whether the caller has gone on from a leg of which we are told only now: another one was taken from it, the PBX
    still had him on the present leg at a later second, or it is older than the leg in the menu that he is on."""
    if _is_taken_over(context.call, leg.last.call_id):
        return True
    present = context.leg
    if present is None or not is_alive(present):
        return _was_before_menu(context, leg)
    return 0 < leg.last.timestamp < present.last.timestamp or _was_before(context, leg, present)


def _was_before(context: StepContext, leg: Leg, menu: Leg) -> bool:
    """Whether a phone rang before the caller came into this menu: a newer one would have been taken from there."""
    if menu.last.location != IVR or is_in_menu(leg) or leg.connected_at:
        return False
    origin = leg.last.taken_from_call_id
    if not origin or origin == menu.last.call_id:
        return False
    call = context.call
    if origin in call.legs or origin in call.left:
        return True
    others = (other for other in call.legs.values() if other is not leg)
    return any(other.last.taken_from_call_id == origin for other in others) or context.knows_leg(origin)


def _was_before_menu(context: StepContext, leg: Leg) -> bool:
    """The same between two legs of the caller's: the last menu and the leg before it are over, as far as is known."""
    call = context.call
    arrived = list(call.legs)
    menus = [place for place, call_id in enumerate(arrived) if call.legs[call_id].last.location == IVR]
    origin = leg.last.taken_from_call_id
    if not menus:
        return False
    menu = call.legs[arrived[menus[-1]]]
    is_newer = origin in call.legs and arrived.index(origin) > menus[-1] and origin != menu.last.taken_from_call_id
    return not is_newer and _was_before(context, leg, menu)


def _is_taken_over(call: Call, call_id: str) -> bool:
    """Whether the caller was taken from a leg: it is over, whatever its last event said. But a queue keeps its caller
    while phones ring for him (§3.1.1: leaving it is told)."""
    sure = call.left.get(call_id, 0)  # by legs that are folded
    if sure and (sure == LEFT or not _is_queue(call, call_id)):
        return True
    for leg in call.legs.values():
        if leg.last.taken_from_call_id != call_id or not carries_caller(call, leg):
            continue
        if leg.connected_at or is_in_menu(leg) or not _is_queue(call, call_id):
            return True
    return False


def _is_queue(call: Call, call_id: str) -> bool:
    leg = call.legs.get(call_id)
    return leg is not None and leg.last.location == QUEUE


def _latest_alive(context: StepContext, ended: Leg) -> str:
    """Another leg of the caller's, or "": of those in the menu only the last one, since nobody goes back to an earlier
    one, and no phone that rang before it."""
    call = context.call
    menus = [leg.last.call_id for leg in call.legs.values() if leg.last.location == IVR]
    others = [
        leg
        for leg in call.legs.values()
        if is_alive(leg)
        and carries_caller(call, leg)
        and leg.last.call_id not in menus[:-1]
        and not _is_taken_over(call, leg.last.call_id)
        and not _was_before(context, leg, ended)
        and not _is_earlier_menu(call, leg, ended)
    ]
    return max(others, key=lambda leg: leg.first_seen).last.call_id if others else ""


def _is_earlier_menu(call: Call, leg: Leg, ended: Leg) -> bool:
    """Whether the scheme had the caller on a leg before it had him on the one that has ended."""
    if not (is_in_menu(leg) and is_in_menu(ended)) or leg.last.taken_from_call_id == ended.last.call_id:
        return False
    arrived = list(call.legs)
    return arrived.index(leg.last.call_id) < arrived.index(ended.last.call_id)
