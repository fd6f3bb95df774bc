"""An attempt: what becomes of one route or transfer command, told by the legs that it made.

Members of an attempt are the legs under one of its commands and, where a leg names no command, those taken from the
routed leg or from a member, while the attempt is pending. Membership is asked again at each event of a leg: after a
blind transfer the leg tells only with its second event whom it took over (the document's last story).

Uses of the activity: `phase` is `need_caller`, `dialling` (the command is on its way), `ringing` (there is a leg),
`race` (an intercept failed; perhaps because the leg was answered), or `over` (the caller hung up: only the end of
the journey is awaited); `attempt` is the index of the destination; `legs` are the members; `outcome` is what the last
member that ended said.
"""

from typing import Final

from router.engine.journey import carries_caller, is_talking
from router.engine.state import Activity, Leg
from router.engine.turn import Turn
from router.protocol.codes import route_outcome
from router.protocol.events import DISCONNECTED, IVR

DIALLING: Final = "dialling"
RINGING: Final = "ringing"
RACE: Final = "race"
OVER: Final = "over"

LEG_TIMER: Final = "leg"
RING_TIMER: Final = "ring"
RACE_TIMER: Final = "race"
REPLACE_TIMER: Final = "replacement"

NO_RESULT_SECONDS: Final = 10.0  # no result and no leg this long after sending: failed
NO_LEG_SECONDS: Final = 45.0  # no leg this long after the result 1000: failed
RACE_SECONDS: Final = 1.0  # how long a failed intercept waits for the Connected that may have caused it
REPLACE_SECONDS: Final = 5.0  # how long an attempt without legs waits for the one that replaces its last


def dialled(turn: Turn, command_id: str, routed_call_id: str) -> None:
    """A command for the attempt was queued."""
    activity = turn.activity
    turn.act(
        phase=DIALLING,
        routed_call_id=routed_call_id,
        command_ids=(*activity.command_ids, command_id),
        legs=(),
        outcome="",
    )


def sent(turn: Turn) -> None:
    """The PBX took the command: from now on there must be a result or a leg."""
    if turn.activity.phase == DIALLING and turn.call.pending is not None:
        turn.set_timer(LEG_TIMER, turn.call.pending.sent_at + NO_RESULT_SECONDS)


def succeeded(turn: Turn) -> None:
    """The result is 1000: there must be a leg."""
    if turn.activity.phase == DIALLING:
        turn.set_timer(LEG_TIMER, turn.now + NO_LEG_SECONDS)


def is_pending(activity: Activity) -> bool:
    """Whether legs can belong to the attempt: its command has gone out, or something shows that it must have."""
    return activity.phase in (DIALLING, RINGING, RACE) and bool(activity.command_ids)


def is_member(turn: Turn, leg: Leg, number: str) -> bool:
    """Whether a leg belongs to the current attempt. `number` is what was dialled: a leg that names neither a command
    nor the leg it was taken from still is the attempt's if it goes there."""
    activity = turn.activity
    if not is_pending(activity):
        return False
    last = leg.last
    if last.call_id in activity.legs:
        return True
    if last.call_id == activity.routed_call_id:
        return False
    if last.command_id:
        return last.command_id == activity.command_ids[-1]
    if _is_queued(turn):
        return False  # nothing was sent yet: the PBX moved the caller by itself
    if last.taken_from_call_id in activity.legs:
        return last.location != IVR  # else the caller is back in the scheme, perhaps before we hear that it failed
    if last.taken_from_call_id:
        return last.taken_from_call_id == activity.routed_call_id
    return bool(number) and number in (last.to_extension, last.to_number) and leg.first_seen >= activity.since


def _is_queued(turn: Turn) -> bool:
    pending = turn.call.pending
    return pending is not None and pending.phase == "queued"


def joined(turn: Turn, leg: Leg) -> None:
    """A leg is a member: it proves the command, and the wait for a leg is over."""
    activity = turn.activity
    if leg.last.call_id in activity.legs:
        return
    turn.act(legs=(*activity.legs, leg.last.call_id), phase=RINGING)
    if leg.last.call_id not in turn.call.ours:
        turn.call.ours = (*turn.call.ours, leg.last.call_id)
    turn.cancel_timers(LEG_TIMER, REPLACE_TIMER)
    if turn.call.pending is not None:
        turn.confirm(turn.call.pending.command_id)
        turn.call.pending = None


def ended(turn: Turn, leg: Leg) -> str | None:
    """A member disconnected. Answers the attempt's outcome once all have, None while it is open.

    A member that was replaced says nothing; if all that is left are such, the replacement is waited for.
    """
    outcome = route_outcome(leg.last.disconnect_reason)
    if outcome == "caller_left" and not carries_caller(turn.call, leg):
        outcome = "replaced"  # the employee gave the consultation up: the caller was not on this leg
    if outcome == "caller_left":
        turn.act(phase=OVER, outcome=outcome)
        turn.cancel_timers(RING_TIMER, REPLACE_TIMER)
        turn.note("the caller hung up while it rang")
        return None
    if outcome != "replaced":
        turn.act(outcome=outcome)
    if any(turn.call.legs[call_id].last.state != DISCONNECTED for call_id in turn.activity.legs):
        return None
    if not turn.activity.outcome or outcome == "replaced":
        turn.set_timer(REPLACE_TIMER, turn.now + REPLACE_SECONDS)
        return None
    return turn.activity.outcome


def connected_legs(turn: Turn) -> list[Leg]:
    """The members in conversation."""
    legs = (turn.call.legs[call_id] for call_id in turn.activity.legs)
    return [leg for leg in legs if is_talking(leg)]
