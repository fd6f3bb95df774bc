"""An attempt: what becomes of one route or transfer command, told by the legs that it made.

Whose legs they are says `attempt_members`.

The PBX's timers run beside ours, and its result, its legs and the caller's return come in any order. So each of them is
taken for what it says by itself: a refusal counts whatever leg came, and a group's outcome is the reason of its queue.

Uses of the activity: `phase` is `need_caller`, `dialling` (the command is on its way), `ringing` (there is a leg),
`race` (the PBX could not do it to the leg: what the leg did meanwhile is awaited), or `over` (the caller hung up: only
the end of the journey is awaited); `attempt` is the index of the destination, `again` how often it was tried on another
leg of the caller's; `legs` are the members; `outcome` and `reason` are what the last member that ended said.
"""

from collections.abc import Callable
from typing import Final

from router.engine.journey import carries_caller, is_alive, is_in_menu, is_talking
from router.engine.state import Activity, Leg, Pending, Result
from router.engine.step_context import StepContext
from router.engine.verbs.verb_rules import NEED_CALLER
from router.protocol.codes import CALLER_LEFT, REPLACED, is_success, meaning, route_outcome
from router.protocol.events import DISCONNECTED, QUEUE

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


def dialled(context: StepContext, command_id: str, leg: Leg) -> None:
    """A command for the attempt was queued; it names `leg`."""
    activity = context.activity
    before = (*activity.routed_before, activity.routed_call_id) if activity.command_ids else ()
    context.act(
        phase=DIALLING,
        routed_before=before,
        routed_call_id=leg.last.call_id,
        routed_seq=leg.last.seq,
        command_ids=(*activity.command_ids, command_id),
        legs=(),
        outcome="",
        reason=0,
    )


def sent(context: StepContext) -> None:
    """The PBX took the command: from now on there must be a result or a leg."""
    if context.activity.phase == DIALLING and context.call.pending is not None:
        context.set_timer(LEG_TIMER, context.call.pending.sent_at + NO_RESULT_SECONDS)


def succeeded(context: StepContext) -> None:
    """The result is 1000: there must be a leg, and what is taken from the routed one is ours."""
    activity = context.activity
    if activity.phase == DIALLING:
        context.set_timer(LEG_TIMER, context.now + NO_LEG_SECONDS)
    _own(context, activity.routed_call_id)


def resumed(context: StepContext, command_id: str, phase: str) -> bool:
    """Whether a command that was withdrawn from the queue had left it already: its answer or its result shows that the
    attempt goes on. `phase` is what is known of the command now."""
    activity = context.activity
    if activity.phase != NEED_CALLER or command_id not in activity.command_ids[-1:] or command_id == activity.refused:
        return False
    context.call.pending = Pending(
        command_id=command_id,
        command=context.step.verb,
        call_id=activity.routed_call_id,
        phase=phase,
        sent_at=context.now,
    )
    context.act(phase=DIALLING)
    return True


def late_result(context: StepContext, code: int, *, done: Callable[[], None], failed: Callable[[str], None]) -> None:
    """The PBX's result of the last command, whatever the attempt has come to meanwhile. A refusal counts whatever legs
    came that do not name the command: the PBX put them up by itself, or an employee did. `failed` is told why."""
    if is_success(code):
        if resumed(context, context.activity.command_ids[-1], "done"):
            done()
    elif context.activity.phase == NEED_CALLER:
        refused(context)
    elif context.activity.phase == RINGING and not is_proved(context):
        context.call.result = Result(code=code, kind="failed")
        failed(f"result {code}, {meaning(code)}")


def refused(context: StepContext) -> None:
    """The last command was not carried out, whatever its HTTP answer says; only a leg that names it can tell more: then
    it was a repetition that was refused."""
    context.act(refused=context.activity.command_ids[-1])


def is_pending(activity: Activity) -> bool:
    """Whether legs can belong to the attempt: its command has gone out, or something shows that it must have."""
    return activity.phase in (DIALLING, RINGING, RACE) and bool(activity.command_ids)


def is_queued(context: StepContext) -> bool:
    pending = context.call.pending
    return pending is not None and pending.phase == "queued"


def joined(context: StepContext, leg: Leg) -> None:
    """A leg is a member: it proves the command, and the wait for a leg is over."""
    activity = context.activity
    if leg.last.call_id in activity.legs:
        return
    context.act(legs=(*activity.legs, leg.last.call_id), phase=RINGING)
    _own(context, leg.last.call_id)
    context.cancel_timers(LEG_TIMER, REPLACE_TIMER, RACE_TIMER)
    pending = context.call.pending
    if pending is not None and pending.phase == "queued" and leg.last.command_id != pending.command_id:
        context.withdraw("the caller is where it would bring him")
    if context.call.pending is not None:
        context.confirm(context.call.pending.command_id)
        context.call.pending = None


def is_proved(context: StepContext) -> bool:
    """Whether a leg names the command: it was carried out, and a refusal is that of its repetition after a time-out."""
    activity = context.activity
    return any(context.call.legs[call_id].last.command_id in activity.command_ids for call_id in activity.legs)


def _own(context: StepContext, call_id: str) -> None:
    if call_id not in context.call.ours:
        context.call.ours = (*context.call.ours, call_id)


def ended(context: StepContext, leg: Leg) -> bool:
    """A member disconnected. Answers whether the attempt is over; the activity has its outcome and reason.

    A member that was replaced says nothing; if all that is left are such, the replacement is waited for. What a queue
    says of the group decides, whatever its phones say and whichever comes first.
    """
    reason = leg.last.disconnect_reason
    outcome = route_outcome(reason)
    if outcome == CALLER_LEFT and not carries_caller(context.call, leg):
        outcome = REPLACED  # the employee gave the consultation up: the caller was not on this leg
    if outcome == CALLER_LEFT:
        context.act(phase=OVER, outcome=outcome)
        context.cancel_timers(RING_TIMER, REPLACE_TIMER, BACK_TIMER)
        context.note("the caller hung up while it rang")
        return False
    if outcome != REPLACED:
        context.act(outcome=outcome, reason=reason)
    queue = _queue_reason(context)
    if queue:
        context.act(outcome=route_outcome(queue), reason=queue)
    if has_living_member(context):
        if queue:
            context.set_timer(BACK_TIMER, context.now + RACE_SECONDS)  # the phones' ends are under way
        return False
    if queue or (context.activity.outcome and outcome != REPLACED):
        return True
    context.set_timer(REPLACE_TIMER, context.now + REPLACE_SECONDS)
    return False


def _queue_reason(context: StepContext) -> int:
    """Why the group's queue gave the caller up; 0 while it has not, or has passed him on to a phone."""
    for call_id in context.activity.legs:
        last = context.call.legs[call_id].last
        if last.location == QUEUE and last.state == DISCONNECTED:
            reason = last.disconnect_reason
            if route_outcome(reason) not in (REPLACED, CALLER_LEFT):
                return reason
    return 0


def has_living_member(context: StepContext) -> bool:
    return any(is_alive(context.call.legs[call_id]) for call_id in context.activity.legs)


def connected_legs(context: StepContext) -> list[Leg]:
    """The members in conversation."""
    legs = (context.call.legs[call_id] for call_id in context.activity.legs)
    return [leg for leg in legs if is_talking(leg)]


# the caller's way back


def has_moved_on(context: StepContext) -> bool:
    """Whether the leg that the command named is over: it has ended, or the caller is in the menu on another one."""
    activity = context.activity
    return not is_alive(context.call.legs.get(activity.routed_call_id)) or caller_is_back(context)


def caller_is_back(context: StepContext) -> bool:
    """Whether the PBX has the caller in its menu or in a queue again, on a leg of his own: neither the one that was
    routed nor one of the attempt's, nor one from before it."""
    call_id, activity = context.call.leg, context.activity
    if not call_id or call_id == activity.routed_call_id or call_id in activity.legs:
        return False
    leg = context.call.legs[call_id]
    return is_in_menu(leg) and is_alive(leg) and leg.first_seen >= activity.since


def is_lost(context: StepContext) -> bool:
    """The caller is back. Whether that ends the attempt now: not while its result is under way, which may say that it
    was never carried out, nor for the moment in which legs that must have ended can still say why."""
    pending = context.call.pending
    if pending is not None and pending.phase != "done":
        if pending.phase == "sent":
            latest = max(context.now, context.call.hold_until - LAST_SECONDS)
            context.set_timer(LEG_TIMER, min(latest, context.call.timers.get(LEG_TIMER, latest)))
        return False
    if seconds := _untold_seconds(context):
        if BACK_TIMER not in context.call.timers:
            context.set_timer(BACK_TIMER, context.now + seconds)
        return False
    return True


def _untold_seconds(context: StepContext) -> float:
    """How long more is expected to be told of the attempt: the end of a member, or all of a leg that the caller came
    back from and that was not told of, which may be late and have a gap."""
    if has_living_member(context):
        return RACE_SECONDS
    origin = context.leg.last.taken_from_call_id if context.leg is not None else ""
    is_untold = bool(origin) and not context.knows_leg(origin)
    return 2 * context.environment.reorder_seconds + GAP_SECONDS if is_untold else 0.0
