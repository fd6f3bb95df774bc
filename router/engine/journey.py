"""The journey: its legs, its direction, where the caller is, which flow takes it, and when it is over.

Facts only: this module turns the PBX's events into the state of the call. What the flow does about them is decided
by `control` and the verbs.
"""

from typing import Final

import msgspec

from router.engine.state import Call, Leg, Summary
from router.engine.step_context import StepContext
from router.flow.model import Flow
from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.protocol.events import (
    ABONENT,
    APPEARED,
    CONNECTED,
    DISCONNECTED,
    IVR,
    ON_HOLD,
    QUEUE,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
    RecordingStored,
)
from router.protocol.phone_numbers import number_from_pbx, number_of

END_SECONDS: Final = 60.0
"""A journey whose last leg has disconnected is over after this, should its summary never come."""

INCOMING: Final = "incoming"
OUTGOING: Final = "outgoing"
INTERNAL: Final = "internal"


def new_call(account: str, entry_id: str, token: str, now: float) -> Call:
    """A journey of which nothing is known yet. `token` must be unique: command ids are made of it."""
    return Call(account=account, entry_id=entry_id, token=token, started=now, last_news=now)


def direction(event: LegChanged) -> str:
    """Incoming, outgoing or internal (DESIGN.md, "Which calls"); the document gives no field for it (§3.1.1)."""
    if event.callback_initiator or event.task_id:
        return OUTGOING
    if event.line_number:
        return INCOMING
    if event.from_extension:
        return INTERNAL if event.to_extension else OUTGOING
    return INCOMING


def is_alive(leg: Leg | None) -> bool:
    return leg is not None and leg.last.state != DISCONNECTED


def is_in_menu(leg: Leg) -> bool:
    """In the PBX's scheme or in a group's queue: where it can be played to and routed (§3.2.6, §3.2.7)."""
    return leg.last.location in (IVR, QUEUE)


def is_ringing(leg: Leg) -> bool:
    """Placed at an employee who has not answered: a route intercepts it (§3.2.7)."""
    return leg.last.state == APPEARED and not is_in_menu(leg)


def is_talking(leg: Leg) -> bool:
    """Answered, on hold or not. A leg in the menu is never a conversation, whatever its state."""
    return leg.last.state in (CONNECTED, ON_HOLD) and not is_in_menu(leg)


def is_at_employee(leg: Leg) -> bool:
    return leg.last.location == ABONENT or (not leg.last.location and bool(leg.last.to_extension))


def employee_of(leg: Leg) -> str:
    """The *value* of a field of from or to that names an employee (§3.2.8): whom the caller talks to."""
    return leg.last.to_extension or leg.last.from_extension or leg.last.to_number


def apply_leg(context: StepContext, event: LegChanged) -> Leg:
    """Merge an event (the next one of its counter) into the journey; answers the leg as it is now."""
    before = context.call.legs.get(event.call_id)
    leg = merged(before, event, context.now)
    context.call.legs = {**context.call.legs, event.call_id: leg}
    _count_talk(context, before, leg)
    _count_ringing(context, before, leg)
    if event.call_id not in context.call.ours and is_made_by_us(context.call, leg):
        context.call.ours = (*context.call.ours, event.call_id)
    _keep_facts(context.call, leg)
    return leg


def _keep_facts(call: Call, leg: Leg) -> None:
    """What legs tell of the whole journey."""
    last = leg.last
    if (last.dct_number or last.dct_type) and not (call.dct_number or call.dct_type):
        call.dct_number, call.dct_type = last.dct_number, last.dct_type
    if last.sip_call_id and not call.sip_call_id:
        call.sip_call_id = last.sip_call_id
    if last.task_id and not call.task_id:
        call.task_id = last.task_id
    if last.callback_initiator and not call.callback_initiator:
        call.callback_initiator = last.callback_initiator
    if (last.acd_group or is_talking(leg)) and carries_caller(call, leg):
        call.group = last.acd_group or call.group
        if is_talking(leg):
            call.answered = call.answered or bool(call.flow)
            call.answered_by = call.answered_by or last.to_extension or last.to_number


def merged(before: Leg | None, event: LegChanged, now: float) -> Leg:
    """The leg after its next event."""
    if before is not None:
        event = _with_kept_fields(before.last, event)
    connected = before.connected_at if before is not None else 0.0
    if not connected and event.state in (CONNECTED, ON_HOLD):
        connected = now
    return Leg(
        last=event,
        first_seen=before.first_seen if before is not None else now,
        connected_at=connected,
        ended_at=now if event.state == DISCONNECTED else 0.0,
    )


def _with_kept_fields(old: LegChanged, new: LegChanged) -> LegChanged:
    """The fields of the highest seq win, but what a leg was born with is not always repeated. `from` and `to` are
    taken whole: after a blind transfer the caller replaces the employee in `from` (the document's last story)."""
    kept = {
        name: getattr(old, name)  # fixed names of a struct, not a dispatch
        for name in ("command_id", "taken_from_call_id", "line_number", "location", "acd_group", "sip_call_id")
        if getattr(old, name) and not getattr(new, name)
    }
    if not (new.from_extension or new.from_number):
        kept |= {"from_extension": old.from_extension, "from_number": old.from_number}
    if not (new.to_extension or new.to_number):
        kept |= {"to_extension": old.to_extension, "to_number": old.to_number}
    return msgspec.structs.replace(new, **kept) if kept else new


def _count_talk(context: StepContext, before: Leg | None, leg: Leg) -> None:
    """Talking time does not count against the flow's budget."""
    if before is not None and before.connected_at and leg.ended_at and not before.ended_at and not is_in_menu(leg):
        context.call.talked = context.call.talked + context.now - before.connected_at


def _count_ringing(context: StepContext, before: Leg | None, leg: Leg) -> None:
    """Phones that ring at the same time, as those of a group, count once."""
    if is_ringing(leg) == (before is not None and is_ringing(before)):
        return
    call = context.call
    rings = any(is_ringing(one) for one in call.legs.values())
    if rings and not call.ringing_since:
        call.ringing_since = context.now
    elif not rings and call.ringing_since:
        call.rang, call.ringing_since = call.rang + context.now - call.ringing_since, 0.0


def carries_caller(call: Call, leg: Leg) -> bool:
    """Whether the journey's caller is the `from` of the leg: on a consultation it is the employee (§3.2.8)."""
    return leg.last.from_extension == call.caller_extension


def is_made_by_us(call: Call, leg: Leg) -> bool:
    """Whether our commands brought the leg about: it names one, or it was taken from a leg that did. A caller who
    falls back into the scheme is the PBX's again."""
    last = leg.last
    if last.command_id:
        return last.command_id.startswith(f"{call.token}-") or last.command_id in call.given
    return last.location != IVR and last.taken_from_call_id in call.ours


def has_left(context: StepContext, leg: Leg, before: Leg | None) -> bool:
    """The PBX's scheme moved the caller on to an employee, by itself."""
    call = context.call
    return (
        before is None
        and is_alive(leg)
        and is_at_employee(leg)
        and leg.last.call_id == call.leg
        and leg.last.call_id not in call.ours
    )


# taking


def take(context: StepContext, leg: Leg, flow: Flow) -> None:
    """Fill in what the call is from the leg that it was taken on."""
    event = leg.last
    context.call.flow = flow.name
    context.call.untaken = ""
    context.call.version = context.bundle.version if context.bundle else ""
    context.call.direction = INCOMING
    context.call.caller_number = number_from_pbx(event.from_number, _country(context))
    context.call.caller_extension = event.from_extension
    context.call.line = _line(context, event.line_number or event.to_number)
    context.call.leg = event.call_id
    context.call.hold_until = context.now + flow.window
    context.call.variables = {name: variable.default for name, variable in flow.variables.items()}


def describe_untaken(context: StepContext, leg: Leg, why: str) -> None:
    """A journey that no flow takes still tells who called whom, and why it was left alone: once for each reason."""
    event = leg.last
    if why and why != context.call.untaken:
        context.call.untaken = why
        context.note(f"no flow took it: {why}")
    if not context.call.direction:
        context.call.direction = direction(event)
        context.call.caller_number = number_from_pbx(event.from_number, _country(context))
        context.call.caller_extension = event.from_extension
        context.call.line = _line(context, event.line_number)


def _line(context: StepContext, number: str) -> str:
    """The called line: it is one of ours, so it is read as people write it."""
    return number_of(number, _country(context))


def _country(context: StepContext) -> str:
    return context.bundle.country if context.bundle is not None else DEFAULT_COUNTRY


# ending


def all_legs_ended(call: Call) -> bool:
    for leg in call.legs.values():
        if leg.last.state != DISCONNECTED:
            return False
    return bool(call.legs)


def apply_summary(context: StepContext, event: JourneyEnded) -> None:
    """The summary knows of a conversation even when the Connected was lost (§3.1.5)."""
    call = context.call
    keep_summary(call, event)
    call.end_reason = event.disconnect_reason
    call.sip_call_id = call.sip_call_id or event.sip_call_id
    if event.talk_time:
        call.answered = call.answered or bool(call.flow)
        call.answered_by = call.answered_by or event.to_extension or event.to_number


def keep_summary(call: Call, event: JourneyEnded) -> None:
    """Without the parties: they stand in the legs."""
    call.summary = Summary(
        created=event.create_time,
        forwarded=event.forward_time,
        answered=event.talk_time,
        ended=event.end_time,
        result=event.entry_result,
        direction=event.call_direction,
        reason=event.disconnect_reason,
    )


def last_reason(call: Call) -> int:
    """Why the leg ended that ended last; 0 when none has."""
    ended = [leg for leg in call.legs.values() if leg.ended_at]
    return max(ended, key=lambda leg: leg.ended_at).last.disconnect_reason if ended else 0


def talk_seconds(call: Call, now: float) -> int:
    """How long somebody has talked to the caller: by the summary, or while there is none by what was seen of it."""
    told = call.summary
    if told is not None and 0 < told.answered <= told.ended:
        return told.ended - told.answered
    leg = call.legs.get(call.leg)
    talking = now - leg.connected_at if leg is not None and leg.connected_at and is_talking(leg) else 0.0
    return int(call.talked + talking)


def ring_seconds(call: Call, now: float) -> float:
    """How long any phone has rung for the caller."""
    return call.rang + (now - call.ringing_since if call.ringing_since else 0.0)


MOST_RECORDINGS: Final = 100
"""Of one call whose ids are kept in its state."""


def recorded(context: StepContext, event: RecordingChanged | RecordingStored) -> None:
    """A recording of the journey (§3.1.3): its id is a fact, and changes nothing in the call's course."""
    call = context.call
    call.recording_id = event.recording_id
    if event.recording_id not in call.recording_ids:
        call.recording_ids = (*call.recording_ids, event.recording_id)[-MOST_RECORDINGS:]
