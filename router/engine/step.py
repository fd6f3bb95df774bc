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

from router.engine import journey, stale

from router.engine import transitions

from router.engine import event_order

from router.engine import command_results
from router.engine.caller_leg import follow_caller
from router.engine.state import (
    CLOSING,
    ENDED,
    IN_CONTROL,
    RUNNING,
    UNTAKEN,
    Call,
    CommandAnswered,
    CommandConcluded,
    Leg,
    LookupFinished,
    Reconciled,
    Step,
    TimerFired,
)
from router.engine.environment import Surroundings
from router.engine.flow_selection import flow_for
from router.engine.step_context import Turn
from router.engine.verbs import VERBS
from router.engine.verbs.attempts import DIALLING
from router.engine.verbs.listen import is_secret
from router.engine.verbs.rules import NEED_CALLER
from router.errors import RouterError
from router.flow.model import Bundle, Flow
from router.protocol.events import (
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
    | LookupFinished
    | Reconciled
)

new_call = journey.new_call

MAY_BE_MOVED: Final = frozenset({"menu", "collect", "play", "route", "wait"})
"""Steps at which the PBX's scheme can take the caller away; in the others it is expected, or nothing to us."""


def step(call: Call, event: CallEvent, bundle: Bundle | None, now: float, surroundings: Surroundings) -> Step:
    """Apply one event.

    `bundle` is the call's own version, or for an untaken journey the active one (None: nobody takes it). `now` is in
    Unix seconds. The answer holds the new state, the effects to carry out in order, and the trace of this event.
    """
    turn = Turn(call, bundle, now, surroundings)
    if turn.hides_digits and isinstance(event, DigitsCollected):
        turn.hide_digits(event)
    if call.status == ENDED:
        _orphan(turn, event)
        return _finished(turn)
    if isinstance(event, NEWS):
        turn.call.last_news = now
        turn.call.asked = 0.0
    try:
        HANDLERS[type(event)](turn, event)
        transitions.run(turn, ENTER)
    except Exception as error:  # the caller on the line is worth more than a stack trace
        turn.note(f"engine fault: {_told(turn, error)}")
        _recover(turn)
    _arm_journey_timers(turn)
    return _finished(turn)


NEWS: Final = (LegChanged, DigitsCollected, JourneyEnded, CommandResulted)
"""What shows that the PBX still knows the call. Our own timers and requests do not: a flow that polls goes on by itself
for ever, though the end of its call was lost."""


def _finished(turn: Turn) -> Step:
    return Step(call=turn.call, effects=tuple(turn.effects), trace=tuple(turn.trace), kept_digits=turn.kept_digits)


def _told(turn: Turn, error: Exception) -> str:
    """The text of an error that is not our own may hold what was typed."""
    if turn.hides_digits and not isinstance(error, RouterError):
        return type(error).__name__
    return f"{type(error).__name__}: {error}"


def _recover(turn: Turn) -> None:
    """After a fault inside a verb: `on_error`, or let the call go."""
    turn.goto = None
    try:
        if turn.call.status in IN_CONTROL:
            transitions.fault(turn, "engine fault")
            transitions.run(turn, ENTER)
    except Exception as error:
        turn.goto = None
        turn.note(f"engine fault in on_error: {_told(turn, error)}")
        turn.call.activity = None
        turn.call.pending = None
        transitions.release(turn, "engine fault")


def _orphan(turn: Turn, event: CallEvent) -> None:
    if isinstance(event, LegChanged | DigitsCollected | JourneyEnded):
        event_order.trace_event(turn, event, "orphan")
        if isinstance(event, JourneyEnded) and turn.call.summary is None:
            journey.keep_summary(turn.call, event)
    elif isinstance(event, RecordingChanged | RecordingStored):
        journey.recorded(turn, event)
    elif isinstance(event, CommandResulted):
        turn.log(
            "event",
            event="result",
            command=event.command,
            command_id=event.command_id,
            result=event.result,
            lateness="orphan",
        )


# the PBX's notifications, in order


def _arrived(turn: Turn, event: Any) -> None:
    event_order.arrive(turn, event, _apply)


def _apply(turn: Turn, event: event_order.Orderable) -> None:
    """One event whose turn it is. Steps are entered before the next event is looked at."""
    if isinstance(event, LegChanged):
        _apply_leg(turn, event)
    elif isinstance(event, DigitsCollected):
        _apply_digits(turn, event)
    else:
        journey.apply_summary(turn, event)
        transitions.journey_over(turn, f"its summary came, reason {event.disconnect_reason}")
    transitions.run(turn, ENTER)


def _apply_leg(turn: Turn, event: LegChanged) -> None:
    before = turn.call.legs.get(event.call_id)
    leg = journey.apply_leg(turn, event)
    follow_caller(turn, before, leg)
    if turn.call.status == UNTAKEN:
        flow = flow_for(turn, leg)
        if isinstance(flow, Flow):
            transitions.begin(turn, leg, flow)
        else:
            journey.describe_untaken(turn, leg, flow)
    elif turn.call.status == RUNNING:
        _tell_verb(turn, leg, before)
    if before is not None and before.connected_at and leg.ended_at:
        _resume_budget(turn)


def _tell_verb(turn: Turn, leg: Leg, before: Leg | None) -> None:
    pending = turn.call.pending
    if pending is not None and pending.phase == "queued" and pending.call_id:
        _withdraw_if_late(turn, pending.call_id, leg)
    rules = VERBS[turn.step.verb]
    rules.leg(turn, turn.step, leg, before)
    if turn.goto is not None or turn.call.status != RUNNING or turn.step.verb not in MAY_BE_MOVED:
        return
    if journey.has_left(turn, leg, before):
        transitions.leave(turn, transitions.LEFT, f"the PBX's scheme moved the caller to {leg.last.to_extension}")


def _withdraw_if_late(turn: Turn, call_id: str, leg: Leg) -> None:
    """A command that still waits for its limit is of no use once its leg is over: the step looks for the caller."""
    if leg.last.call_id == call_id and not journey.is_alive(leg):
        turn.withdraw("the leg has ended")
        turn.act(phase=NEED_CALLER)
    elif turn.call.leg != call_id and turn.leg is not None and journey.is_in_menu(turn.leg):
        turn.withdraw("the caller is in the menu on another leg")
        turn.act(phase=NEED_CALLER)


def _apply_digits(turn: Turn, event: DigitsCollected) -> None:
    """What a step that listens openly takes is told; where secrets are collected, nothing else is."""
    turn.call.menu = event.location
    if turn.call.status != RUNNING or turn.call.activity is None:
        turn.trace.append(turn.log_digits(event, dropped=True))
        return
    place, step = len(turn.trace), turn.step
    turn.trace.append(turn.log_digits(event))
    taken = VERBS[step.verb].digits(turn, step, event.digits)
    if taken and not is_secret(step):
        turn.trace[place] = turn.log_digits(event, taken)


# timers


def _timers_due(turn: Turn, event: TimerFired) -> None:
    """Every timer that is due, in order; one may set or cancel the next."""
    while due := [(at, name) for name, at in turn.call.timers.items() if at <= turn.now]:
        at, name = min(due)
        turn.call.timers = {other: when for other, when in turn.call.timers.items() if other != name}
        journey_timer = JOURNEY_TIMERS.get(name)
        if journey_timer is not None:
            journey_timer(turn)
        elif turn.call.status in IN_CONTROL:
            turn.log("timer", name=name, due=at, done="fired")
            VERBS[turn.step.verb].timer(turn, turn.step, name, at)
        transitions.run(turn, ENTER)


def _gap(turn: Turn) -> None:
    event_order.give_up(turn, _apply)


def _end(turn: Turn) -> None:
    turn.call.end_reason = journey.last_reason(turn.call)
    transitions.journey_over(turn, f"{journey.END_SECONDS:g} s after its last leg, and no summary came")


def _budget(turn: Turn) -> None:
    """Talking time apart: while the caller talks the clock stands still."""
    if turn.call.status == RUNNING and not (turn.leg is not None and journey.is_talking(turn.leg)):
        transitions.fault(turn, f"the budget of {turn.root.budget_seconds:g} s is used up")


def _resume_budget(turn: Turn) -> None:
    if turn.call.status == RUNNING:
        turn.set_timer("budget", turn.call.started + turn.root.budget_seconds + turn.call.talked)


JOURNEY_TIMERS: Final[Mapping[str, Callable[[Turn], None]]] = {
    "reorder": _gap,
    "end": _end,
    "budget": _budget,
    "stale": stale.went_stale,
}


def _arm_journey_timers(turn: Turn) -> None:
    """The two timers that depend on all that happened: the end of the journey, and no news at all."""
    call = turn.call
    if call.status == ENDED:
        return
    quiet_until = call.asked + stale.ANSWER_SECONDS if call.asked else call.last_news + turn.around.stale_seconds
    turn.set_timer("stale", quiet_until)
    if call.status != CLOSING and journey.all_legs_ended(call) and not _is_dialling(turn):
        last = max(leg.ended_at for leg in call.legs.values())
        turn.set_timer("end", max(last + journey.END_SECONDS, turn.now))
    else:
        turn.cancel_timers("end")


def _is_dialling(turn: Turn) -> bool:
    """A route or a transfer is pending: a leg may still come of it."""
    activity = turn.call.activity
    return turn.call.status == RUNNING and activity is not None and activity.phase == DIALLING


HANDLERS: Final[Mapping[type, Callable[[Turn, Any], None]]] = {
    LegChanged: _arrived,
    DigitsCollected: _arrived,
    JourneyEnded: _arrived,
    CommandResulted: command_results.resulted,
    RecordingChanged: journey.recorded,
    RecordingStored: journey.recorded,
    CommandAnswered: command_results.answered,
    CommandConcluded: command_results.concluded,
    LookupFinished: command_results.looked_up,
    Reconciled: stale.reconciled,
    TimerFired: _timers_due,
}

ENTER: Final[Mapping[str, transitions.Enter]] = {verb: rules.enter for verb, rules in VERBS.items()}
