"""`step`: what one event does to one call. Pure: no clock, no I/O, no chance.

Theory of operation. A call is a value. An event from the PBX first passes `order`, which applies it when its counter
says so, together with what it sets free. Applying a leg's event updates the journey (`journey`); an untaken journey
may then be taken by a flow, a taken one asks the verb of its current step what the event means to it. A verb changes
the call, queues commands, sets timers, or leaves its step (`control`), and steps are entered until one of them has
to wait. Timers are events too: a call has one wake-up, its earliest timer, and all that are due are taken in order.

What always holds: the state handed in is not changed; the same arguments give the same answer; a verb sees an event
only while its step is current and the flow is in control; an exception inside is traced and becomes `on_error`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.engine import budget, command_results, ended_legs, event_order, journey, stale, takeover, transitions
from router.engine.caller_leg import follow_caller
from router.engine.environment import Environment
from router.engine.flow_selection import flow_for
from router.engine.state import (
    CLOSING,
    ENDED,
    IN_CONTROL,
    RUNNING,
    UNTAKEN,
    Call,
    CommandAnswered,
    CommandConcluded,
    CommandGiven,
    Leg,
    LookupFinished,
    Reconciled,
    Step,
    TimerFired,
)
from router.engine.step_context import StepContext
from router.engine.verbs import VERBS
from router.engine.verbs.attempts import DIALLING
from router.engine.verbs.digit_input import is_secret
from router.engine.verbs.verb_rules import NEED_CALLER
from router.errors import RouterError
from router.flow.model import Bundle, Flow
from router.flow.verbs import VERBS as SPECS
from router.protocol.events import (
    QUEUE,
    CommandResulted,
    DigitsCollected,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
    RecordingStored,
)

CallEvent = (
    LegChanged
    | DigitsCollected
    | JourneyEnded
    | CommandResulted
    | RecordingChanged
    | RecordingStored
    | TimerFired
    | CommandAnswered
    | CommandConcluded
    | CommandGiven
    | LookupFinished
    | Reconciled
)

new_call = journey.new_call


def step(call: Call, event: CallEvent, bundle: Bundle | None, now: float, environment: Environment) -> Step:
    """Apply one event.

    `bundle` is the call's own version, or for an untaken journey the active one (None: nobody takes it). `now` is in
    Unix seconds. The answer holds the new state, the effects to carry out in order, and the trace of this event.
    """
    context = StepContext(call, bundle, now, environment)
    if context.hides_digits and isinstance(event, DigitsCollected):
        context.hide_digits(event)
    if call.status == ENDED:
        _orphan(context, event)
        return _finished(context)
    if isinstance(event, NEWS):
        context.call.last_news = now
        context.call.asked = 0.0
    try:
        HANDLERS[type(event)](context, event)
        transitions.run(context, ENTER)
    except Exception as error:  # the caller on the line is worth more than a stack trace
        context.note(f"engine fault: {_told(context, error)}")
        _recover(context)
    _arm_journey_timers(context)
    ended_legs.fold(context)
    return _finished(context)


NEWS: Final = (LegChanged, DigitsCollected, JourneyEnded, CommandResulted)
"""What shows that the PBX still knows the call. Our own timers and requests do not: a flow that polls goes on by itself
for ever, though the end of its call was lost."""


def _finished(context: StepContext) -> Step:
    return Step(
        call=context.call,
        effects=tuple(context.effects),
        trace=tuple(context.trace),
        kept_digits=context.kept_digits,
        folded=tuple(context.folded),
    )


def _told(context: StepContext, error: Exception) -> str:
    """The text of an error that is not our own may hold what was typed."""
    if context.hides_digits and not isinstance(error, RouterError):
        return type(error).__name__
    return f"{type(error).__name__}: {error}"


def _recover(context: StepContext) -> None:
    """After a fault inside a verb: `on_error`, or let the call go."""
    context.goto = None
    try:
        if context.call.status in IN_CONTROL:
            transitions.fault(context, "engine fault")
            transitions.run(context, ENTER)
    except Exception as error:
        context.goto = None
        context.note(f"engine fault in on_error: {_told(context, error)}")
        context.call.activity = None
        context.call.pending = None
        transitions.release(context, "engine fault")


def _orphan(context: StepContext, event: CallEvent) -> None:
    if isinstance(event, LegChanged | DigitsCollected | JourneyEnded):
        event_order.trace_event(context, event, "orphan")
        if isinstance(event, JourneyEnded) and context.call.summary is None:
            journey.keep_summary(context.call, event)
    elif isinstance(event, RecordingChanged | RecordingStored):
        journey.recorded(context, event)
    elif isinstance(event, CommandGiven):
        takeover.given(context, event)
    elif isinstance(event, CommandResulted):
        context.log(
            "event",
            event="result",
            command=event.command,
            command_id=event.command_id,
            result=event.result,
            lateness="orphan",
        )


# the PBX's notifications, in order


def _arrived(context: StepContext, event: Any) -> None:
    event_order.arrive(context, event, _apply)


def _apply(context: StepContext, event: event_order.Orderable) -> None:
    """One event whose turn it is. Steps are entered before the next event is looked at."""
    if isinstance(event, LegChanged):
        _apply_leg(context, event)
    elif isinstance(event, DigitsCollected):
        _apply_digits(context, event)
    else:
        journey.apply_summary(context, event)
        transitions.journey_over(context, f"its summary came, reason {event.disconnect_reason}")
    transitions.run(context, ENTER)


def _apply_leg(context: StepContext, event: LegChanged) -> None:
    before = context.call.legs.get(event.call_id)
    leg = journey.apply_leg(context, event)
    follow_caller(context, before, leg)
    if context.call.status == UNTAKEN:
        flow = flow_for(context, leg)
        if isinstance(flow, Flow):
            transitions.begin(context, leg, flow)
        else:
            journey.describe_untaken(context, leg, flow)
    elif context.call.status == RUNNING:
        _tell_verb(context, leg, before)
    if before is not None and before.connected_at and leg.ended_at:
        budget.resume(context)


def _tell_verb(context: StepContext, leg: Leg, before: Leg | None) -> None:
    pending = context.call.pending
    if pending is not None and pending.phase == "queued" and pending.call_id:
        _withdraw_if_late(context, pending.call_id, leg)
    rules = VERBS[context.step.verb]
    rules.leg(context, context.step, leg, before)
    if context.goto is not None or context.call.status != RUNNING or not SPECS[context.step.verb].traits.may_be_moved:
        return
    if journey.has_left(context, leg, before):
        transitions.leave(context, transitions.LEFT, f"the PBX's scheme moved the caller to {leg.last.to_extension}")


def _withdraw_if_late(context: StepContext, call_id: str, leg: Leg) -> None:
    """A command that still waits for its limit is of no use once its leg is over: the step looks for the caller."""
    if leg.last.call_id == call_id and not journey.is_alive(leg):
        context.withdraw("the leg has ended")
        context.act(phase=NEED_CALLER)
    elif _has_moved_on(context, call_id):
        context.withdraw("the caller is in the menu on another leg")
        context.act(phase=NEED_CALLER)


def _has_moved_on(context: StepContext, call_id: str) -> bool:
    """The caller is in the menu, or in a queue from which the command's own leg does not ring for him."""
    present, named = context.leg, context.call.legs.get(call_id)
    if present is None or present.last.call_id == call_id or not journey.is_in_menu(present):
        return False
    return named is None or present.last.location != QUEUE or named.last.taken_from_call_id != present.last.call_id


def _apply_digits(context: StepContext, event: DigitsCollected) -> None:
    """What a step that listens openly takes is told; where secrets are collected, nothing else is."""
    context.call.menu = event.location
    if context.call.status != RUNNING or context.call.activity is None:
        context.trace.append(context.log_digits(event, dropped=True))
        return
    place, step = len(context.trace), context.step
    context.trace.append(context.log_digits(event))
    taken = VERBS[step.verb].digits(context, step, event.digits)
    if taken and context.hides_digits and not is_secret(step):
        context.trace[place] = context.log_digits(event, taken)


# timers


def _timers_due(context: StepContext, event: TimerFired) -> None:
    """Every timer that is due, in order; one may set or cancel the next."""
    while due := [(at, name) for name, at in context.call.timers.items() if at <= context.now]:
        at, name = min(due)
        context.call.timers = {other: when for other, when in context.call.timers.items() if other != name}
        journey_timer = JOURNEY_TIMERS.get(name)
        if journey_timer is not None:
            journey_timer(context)
        elif context.call.status in IN_CONTROL:
            context.log("timer", name=name, due=at, done="fired")
            VERBS[context.step.verb].timer(context, context.step, name, at)
        transitions.run(context, ENTER)


def _gap(context: StepContext) -> None:
    event_order.give_up(context, _apply)


def _end(context: StepContext) -> None:
    context.call.end_reason = journey.last_reason(context.call)
    transitions.journey_over(context, f"{journey.END_SECONDS:g} s after its last leg, and no summary came")


JOURNEY_TIMERS: Final[Mapping[str, Callable[[StepContext], None]]] = {
    "reorder": _gap,
    "end": _end,
    "budget": budget.used_up,
    "stale": stale.went_stale,
}


def _arm_journey_timers(context: StepContext) -> None:
    """The two timers that depend on all that happened: the end of the journey, and no news at all."""
    call = context.call
    if call.status == ENDED:
        return
    context.set_timer("stale", stale.quiet_until(context))
    if call.status != CLOSING and journey.all_legs_ended(call) and not _is_dialling(context):
        last = max(leg.ended_at for leg in call.legs.values())
        context.set_timer("end", max(last + journey.END_SECONDS, context.now))
    elif "end" in call.timers:
        context.cancel_timers("end")


def _is_dialling(context: StepContext) -> bool:
    """A route or a transfer is pending: a leg may still come of it."""
    activity = context.call.activity
    return context.call.status == RUNNING and activity is not None and activity.phase == DIALLING


HANDLERS: Final[Mapping[type, Callable[[StepContext, Any], None]]] = {
    LegChanged: _arrived,
    DigitsCollected: _arrived,
    JourneyEnded: _arrived,
    CommandResulted: command_results.resulted,
    RecordingChanged: journey.recorded,
    RecordingStored: journey.recorded,
    CommandAnswered: command_results.answered,
    CommandConcluded: command_results.concluded,
    CommandGiven: takeover.given,
    LookupFinished: command_results.looked_up,
    Reconciled: stale.reconciled,
    TimerFired: _timers_due,
}

ENTER: Final[Mapping[str, transitions.Enter]] = {verb: rules.enter for verb, rules in VERBS.items()}
