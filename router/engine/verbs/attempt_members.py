"""Which legs belong to an attempt (`attempts`).

Members of an attempt are the legs under one of its commands and, where a leg names no command, those taken from the
routed leg or from a member, or that go where was dialled, while the attempt is pending. Membership is asked again at
each event of a leg: after a blind transfer the leg tells only with its second event whom it took over (the document's
last story). A leg in the PBX's menu is never a member, and one in a queue only if a group was dialled: on such a leg
the caller is back in the PBX's hands, and the attempt is over as soon as nothing more can be told of it.
"""

from router.engine.journey import carries_caller, is_alive
from router.engine.manual_step import BY_HAND, is_of_interrupted
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs import attempts
from router.engine.verbs.destinations import Target
from router.engine.verbs.verb_rules import NEED_CALLER
from router.protocol.events import IVR, QUEUE, LegChanged


def is_member(context: StepContext, leg: Leg, target: Target | None) -> bool:
    """Whether a leg belongs to the current attempt. A leg that names neither a command nor the leg it was taken from
    still is the attempt's if it goes to the target."""
    activity, last = context.activity, leg.last
    if not attempts.is_pending(activity):
        return False
    if last.call_id in activity.legs:
        return True
    if last.call_id == activity.routed_call_id or not _may_be_dialled(last, target):
        return False
    if last.command_id:
        return _is_named(context, last)
    if is_of_interrupted(context.call, last, target.number if target is not None else ""):
        return False
    if attempts.is_queued(context) and not _goes_to(last, target):
        return False  # as far as is known nothing was sent yet: the PBX moved the caller by itself
    if last.taken_from_call_id in (activity.routed_call_id, *activity.legs):
        return True
    if last.taken_from_call_id in activity.routed_before and last.call_id == context.call.leg:
        return _goes_to(last, target)
    return _is_sought(context, leg, target)


def _may_be_dialled(last: LegChanged, target: Target | None) -> bool:
    """Whether a route or a transfer to the target can have such a leg at all."""
    if last.location == IVR:
        return False
    if last.location != QUEUE or target is None:
        return True
    if last.acd_group == target.number:
        return True
    return target.kind in ("group", BY_HAND) and bool(last.command_id or not last.acd_group)  # else another group's


def _goes_to(last: LegChanged, target: Target | None) -> bool:
    return target is not None and target.number in (last.to_extension, last.to_number, last.acd_group)


def _is_named(context: StepContext, last: LegChanged) -> bool:
    """Whether a leg names the last command of the attempt; or one before it, and is where the caller is now."""
    command_ids = context.activity.command_ids
    return last.command_id == command_ids[-1] or (last.command_id in command_ids and last.call_id == context.call.leg)


def _is_sought(context: StepContext, leg: Leg, target: Target | None) -> bool:
    """A new leg that goes where was dialled, though it tells nothing of its origin, or one that is not told of yet. The
    caller is there, or has come back from there already."""
    call, call_id = context.call, leg.last.call_id
    is_new = leg.first_seen >= context.activity.since
    if not is_new or not _goes_to(leg.last, target) or context.knows_leg(leg.last.taken_from_call_id):
        return False
    if call_id == call.leg or not carries_caller(call, leg):
        return True
    return (
        context.leg is not None and context.leg.last.taken_from_call_id == call_id and attempts.caller_is_back(context)
    )


def resumed_by(context: StepContext, leg: Leg, target: Target | None) -> bool:
    """As `attempts.resumed`, shown by a leg that names the command, or that goes where it would have brought the
    caller: nothing is sent for that any more, whoever put the leg up."""
    activity, last = context.activity, leg.last
    if activity.phase != NEED_CALLER or not activity.command_ids or not _may_be_dialled(last, target):
        return False
    routed = (activity.routed_call_id, *activity.routed_before)
    is_from_here = last.taken_from_call_id in routed and _goes_to(last, target)
    is_ours = _is_named(context, last) if last.command_id else is_from_here or _is_sought(context, leg, target)
    if is_ours and is_alive(leg) and last.call_id != activity.routed_call_id:
        context.act(phase=attempts.DIALLING)
        return True
    return False
