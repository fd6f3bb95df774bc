"""An attempt: what becomes of one route or transfer command, told by the legs that it made.

Members of an attempt are the legs under one of its commands and, where a leg names no command, those taken from the
routed leg or from a member, or that go where was dialled, while the attempt is pending. Membership is asked again at
each event of a leg: after a blind transfer the leg tells only with its second event whom it took over (the document's
last story). A leg in the PBX's menu is never a member, and one in a queue only if a group was dialled: on such a leg
the caller is back in the PBX's hands, and the attempt is over as soon as nothing more can be told of it.

The PBX's timers run beside ours, and its result, its legs and the caller's return come in any order. So each of them is
taken for what it says by itself: a refusal counts whatever leg came, and a group's outcome is the reason of its queue.

Uses of the activity: `phase` is `need_caller`, `dialling` (the command is on its way), `ringing` (there is a leg),
`race` (the PBX could not do it to the leg: what the leg did meanwhile is awaited), or `over` (the caller hung up: only
the end of the journey is awaited); `attempt` is the index of the destination, `again` how often it was tried on another
leg of the caller's; `legs` are the members; `outcome` and `reason` are what the last member that ended said.
"""

from typing import Final

from router.engine.journey import carries_caller, is_alive, is_in_menu, is_talking
from router.engine.state import Activity, Leg, Pending
from router.engine.step_context import Turn
from router.engine.verbs.destinations import Target
from router.engine.verbs.rules import NEED_CALLER
from router.protocol.codes import CALLER_LEFT, REPLACED, route_outcome
from router.protocol.events import DISCONNECTED, IVR, QUEUE, LegChanged

DIALLING: Final = "dialling"
RINGING: Final = "ringing"
RACE: Final = "race"
OVER: Final = "over"

LEG_TIMER: Final = "leg"
RING_TIMER: Final = "ring"
RACE_TIMER: Final = "race"
REPLACE_TIMER: Final = "replacement"
BACK_TIMER: Final = "back"

NO_RESULT_SECONDS: Final = 10.0  # no result and no leg this long after sending: failed
NO_LEG_SECONDS: Final = 45.0  # no leg this long after the result 1000: failed
RACE_SECONDS: Final = 1.0  # how long what the PBX has said is awaited from the other counters that must tell of it, too
REPLACE_SECONDS: Final = 5.0  # how long an attempt without legs waits for the one that replaces its last
LAST_SECONDS: Final = 0.5  # so long before the PBX lets go of the caller something else is tried
GAP_SECONDS: Final = 0.01  # what waited behind a gap is heard so long after it was given up, at the latest
MOST_AGAIN: Final = 3  # how often one destination is tried anew because the leg ended under the command


def dialled(turn: Turn, command_id: str, leg: Leg) -> None:
    """A command for the attempt was queued; it names `leg`."""
    activity = turn.activity
    before = (*activity.routed_before, activity.routed_call_id) if activity.command_ids else ()
    turn.act(
        phase=DIALLING,
        routed_before=before,
        routed_call_id=leg.last.call_id,
        routed_seq=leg.last.seq,
        command_ids=(*activity.command_ids, command_id),
        legs=(),
        outcome="",
        reason=0,
    )


def sent(turn: Turn) -> None:
    """The PBX took the command: from now on there must be a result or a leg."""
    if turn.activity.phase == DIALLING and turn.call.pending is not None:
        turn.set_timer(LEG_TIMER, turn.call.pending.sent_at + NO_RESULT_SECONDS)


def succeeded(turn: Turn) -> None:
    """The result is 1000: there must be a leg, and what is taken from the routed one is ours."""
    activity = turn.activity
    if activity.phase == DIALLING:
        turn.set_timer(LEG_TIMER, turn.now + NO_LEG_SECONDS)
    _own(turn, activity.routed_call_id)


def resumed(turn: Turn, command_id: str, phase: str) -> bool:
    """Whether a command that was withdrawn from the queue had left it already: its answer or its result shows that the
    attempt goes on. `phase` is what is known of the command now."""
    activity = turn.activity
    if activity.phase != NEED_CALLER or command_id not in activity.command_ids[-1:] or command_id == activity.refused:
        return False
    turn.call.pending = Pending(
        command_id=command_id, command=turn.step.verb, call_id=activity.routed_call_id, phase=phase, sent_at=turn.now
    )
    turn.act(phase=DIALLING)
    return True


def resumed_by(turn: Turn, leg: Leg, target: Target | None) -> bool:
    """The same, shown by a leg that names the command, or that goes where it would have brought the caller: nothing is
    sent for that any more, whoever put the leg up."""
    activity, last = turn.activity, leg.last
    if activity.phase != NEED_CALLER or not activity.command_ids or not _may_be_dialled(last, target):
        return False
    routed = (activity.routed_call_id, *activity.routed_before)
    is_from_here = last.taken_from_call_id in routed and _goes_to(last, target)
    is_ours = _is_named(turn, last) if last.command_id else is_from_here or _is_sought(turn, leg, target)
    if is_ours and is_alive(leg) and last.call_id != activity.routed_call_id:
        turn.act(phase=DIALLING)
        return True
    return False


def refused(turn: Turn) -> None:
    """The last command was not carried out, whatever its HTTP answer says; only a leg that names it can tell more: then
    it was a repetition that was refused."""
    turn.act(refused=turn.activity.command_ids[-1])


def is_pending(activity: Activity) -> bool:
    """Whether legs can belong to the attempt: its command has gone out, or something shows that it must have."""
    return activity.phase in (DIALLING, RINGING, RACE) and bool(activity.command_ids)


def is_member(turn: Turn, leg: Leg, target: Target | None) -> bool:
    """Whether a leg belongs to the current attempt. A leg that names neither a command nor the leg it was taken from
    still is the attempt's if it goes to the target."""
    activity, last = turn.activity, leg.last
    if not is_pending(activity):
        return False
    if last.call_id in activity.legs:
        return True
    if last.call_id == activity.routed_call_id or not _may_be_dialled(last, target):
        return False
    if last.command_id:
        return _is_named(turn, last)
    if _is_queued(turn) and not _goes_to(last, target):
        return False  # as far as is known nothing was sent yet: the PBX moved the caller by itself
    if last.taken_from_call_id in (activity.routed_call_id, *activity.legs):
        return True
    if last.taken_from_call_id in activity.routed_before and last.call_id == turn.call.leg:
        return _goes_to(last, target)
    return _is_sought(turn, leg, target)


def _may_be_dialled(last: LegChanged, target: Target | None) -> bool:
    """Whether a route or a transfer to the target can have such a leg at all."""
    if last.location == IVR:
        return False
    if last.location != QUEUE or target is None:
        return True
    if last.acd_group == target.number:
        return True
    return target.kind == "group" and bool(last.command_id or not last.acd_group)  # else the queue of another group


def _goes_to(last: LegChanged, target: Target | None) -> bool:
    return target is not None and target.number in (last.to_extension, last.to_number, last.acd_group)


def _is_named(turn: Turn, last: LegChanged) -> bool:
    """Whether a leg names the last command of the attempt; or one before it, and is where the caller is now."""
    command_ids = turn.activity.command_ids
    return last.command_id == command_ids[-1] or (last.command_id in command_ids and last.call_id == turn.call.leg)


def _is_sought(turn: Turn, leg: Leg, target: Target | None) -> bool:
    """A new leg that goes where was dialled, though it tells nothing of its origin, or one that is not told of yet. The
    caller is there, or has come back from there already."""
    call, call_id = turn.call, leg.last.call_id
    is_new = leg.first_seen >= turn.activity.since and leg.last.taken_from_call_id not in call.legs
    if not is_new or not _goes_to(leg.last, target):
        return False
    if call_id == call.leg or not carries_caller(call, leg):
        return True
    return turn.leg is not None and turn.leg.last.taken_from_call_id == call_id and caller_is_back(turn)


def _is_queued(turn: Turn) -> bool:
    pending = turn.call.pending
    return pending is not None and pending.phase == "queued"


def joined(turn: Turn, leg: Leg) -> None:
    """A leg is a member: it proves the command, and the wait for a leg is over."""
    activity = turn.activity
    if leg.last.call_id in activity.legs:
        return
    turn.act(legs=(*activity.legs, leg.last.call_id), phase=RINGING)
    _own(turn, leg.last.call_id)
    turn.cancel_timers(LEG_TIMER, REPLACE_TIMER, RACE_TIMER)
    pending = turn.call.pending
    if pending is not None and pending.phase == "queued" and leg.last.command_id != pending.command_id:
        turn.withdraw("the caller is where it would bring him")
    if turn.call.pending is not None:
        turn.confirm(turn.call.pending.command_id)
        turn.call.pending = None


def is_proved(turn: Turn) -> bool:
    """Whether a leg names the command: it was carried out, and a refusal is that of its repetition after a time-out."""
    activity = turn.activity
    return any(turn.call.legs[call_id].last.command_id in activity.command_ids for call_id in activity.legs)


def _own(turn: Turn, call_id: str) -> None:
    if call_id not in turn.call.ours:
        turn.call.ours = (*turn.call.ours, call_id)


def ended(turn: Turn, leg: Leg) -> bool:
    """A member disconnected. Answers whether the attempt is over; the activity has its outcome and reason.

    A member that was replaced says nothing; if all that is left are such, the replacement is waited for. What a queue
    says of the group decides, whatever its phones say and whichever comes first.
    """
    reason = leg.last.disconnect_reason
    outcome = route_outcome(reason)
    if outcome == CALLER_LEFT and not carries_caller(turn.call, leg):
        outcome = REPLACED  # the employee gave the consultation up: the caller was not on this leg
    if outcome == CALLER_LEFT:
        turn.act(phase=OVER, outcome=outcome)
        turn.cancel_timers(RING_TIMER, REPLACE_TIMER, BACK_TIMER)
        turn.note("the caller hung up while it rang")
        return False
    if outcome != REPLACED:
        turn.act(outcome=outcome, reason=reason)
    queue = _queue_reason(turn)
    if queue:
        turn.act(outcome=route_outcome(queue), reason=queue)
    if has_living_member(turn):
        if queue:
            turn.set_timer(BACK_TIMER, turn.now + RACE_SECONDS)  # the phones' ends are under way
        return False
    if queue or (turn.activity.outcome and outcome != REPLACED):
        return True
    turn.set_timer(REPLACE_TIMER, turn.now + REPLACE_SECONDS)
    return False


def _queue_reason(turn: Turn) -> int:
    """Why the group's queue gave the caller up; 0 while it has not, or has passed him on to a phone."""
    for call_id in turn.activity.legs:
        last = turn.call.legs[call_id].last
        if last.location == QUEUE and last.state == DISCONNECTED:
            reason = last.disconnect_reason
            if route_outcome(reason) not in (REPLACED, CALLER_LEFT):
                return reason
    return 0


def has_living_member(turn: Turn) -> bool:
    return any(is_alive(turn.call.legs[call_id]) for call_id in turn.activity.legs)


def connected_legs(turn: Turn) -> list[Leg]:
    """The members in conversation."""
    legs = (turn.call.legs[call_id] for call_id in turn.activity.legs)
    return [leg for leg in legs if is_talking(leg)]


# the caller's way back


def has_moved_on(turn: Turn) -> bool:
    """Whether the leg that the command named is over: it has ended, or the caller is in the menu on another one."""
    activity = turn.activity
    return not is_alive(turn.call.legs.get(activity.routed_call_id)) or caller_is_back(turn)


def caller_is_back(turn: Turn) -> bool:
    """Whether the PBX has the caller in its menu or in a queue again, on a leg of his own: neither the one that was
    routed nor one of the attempt's, nor one from before it."""
    call_id, activity = turn.call.leg, turn.activity
    if not call_id or call_id == activity.routed_call_id or call_id in activity.legs:
        return False
    leg = turn.call.legs[call_id]
    return is_in_menu(leg) and is_alive(leg) and leg.first_seen >= activity.since


def is_lost(turn: Turn) -> bool:
    """The caller is back. Whether that ends the attempt now: not while its result is under way, which may say that it
    was never carried out, nor for the moment in which legs that must have ended can still say why."""
    pending = turn.call.pending
    if pending is not None and pending.phase != "done":
        if pending.phase == "sent":
            latest = max(turn.now, turn.call.hold_until - LAST_SECONDS)
            turn.set_timer(LEG_TIMER, min(latest, turn.call.timers.get(LEG_TIMER, latest)))
        return False
    if seconds := _untold_seconds(turn):
        if BACK_TIMER not in turn.call.timers:
            turn.set_timer(BACK_TIMER, turn.now + seconds)
        return False
    return True


def _untold_seconds(turn: Turn) -> float:
    """How long more is expected to be told of the attempt: the end of a member, or all of a leg that the caller came
    back from and that was not told of, which may be late and have a gap."""
    if has_living_member(turn):
        return RACE_SECONDS
    origin = turn.leg.last.taken_from_call_id if turn.leg is not None else ""
    return 2 * turn.around.reorder_seconds + GAP_SECONDS if origin and origin not in turn.call.legs else 0.0
