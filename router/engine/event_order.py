"""Events in the order that the PBX's counters give, whatever the order of their arrival.

Theory of operation. The PBX sends its notifications in parallel (§3.1.1), so each carries a `seq`, counted from 1
within one counter: one for every leg's call events, another for every leg's digit packets. A `Counter` remembers
which seq is due. The due one is applied, together with all held ones that now follow without a gap. One that comes
early is held inside the call's state; the timer `reorder` gives the gap up, after which what was held is applied in
order and the missing one, should it still come, is late: it is traced and changes nothing.

Two waits cross the counters. A digit packet waits for the first event of its leg, and the summary waits for the end
of every leg and for what is held, both just as long. Between counters nothing else is ordered: arrival decides.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from router.engine.environment import TYPED
from router.engine.state import Counter, Held
from router.engine.step_context import StepContext
from router.protocol.events import DISCONNECTED, DigitsCollected, JourneyEnded, LegChanged

Orderable = LegChanged | DigitsCollected | JourneyEnded
Apply = Callable[[StepContext, Orderable], None]

SUMMARY: Final = "summary"  # the summary's counter: it has no seq of its own
UNSEEN: Final = Counter()


def arrive(context: StepContext, event: Orderable, apply: Apply) -> None:
    """Take one event in: apply it and all that it sets free, or hold it, or find that it is late."""
    key, seq = _place(event)
    counter = context.call.counters.get(key, UNSEEN)
    if context.call.folded and isinstance(event, LegChanged) and context.is_folded(event.call_id):
        trace_event(context, event, "late")
        return
    if seq == counter.next and not counter.held and _has_its_ground(context, event):
        _take(context, key, seq, event, apply)
        return
    if seq < counter.next or any(held.seq == seq for held in counter.held):
        trace_event(context, event, "late")
        return
    arrived = Held(seq=seq, event=_sealed(context, event), received=context.now, sealed=context.hides_digits)
    held = tuple(sorted((*counter.held, arrived), key=_by_seq))
    _keep(context, key, msgspec.structs.replace(counter, held=held))
    _drain(context, apply)
    _arm(context)


def _take(context: StepContext, key: str, seq: int, event: Orderable, apply: Apply) -> None:
    """By far the most come when they are due: the same as holding it and letting it go at once, for less."""
    _keep(context, key, Counter(next=seq + 1))
    trace_event(context, event, "in order")
    apply(context, event)
    for counter in context.call.counters.values():
        if counter.held:
            _drain(context, apply)
            _arm(context)
            break


def give_up(context: StepContext, apply: Apply) -> None:
    """The timer `reorder` fired: stop waiting for what has been missing for long enough."""
    overdue = context.now - context.environment.reorder_seconds + 1e-6
    while True:
        waiting = [(key, counter) for key, counter in context.call.counters.items() if counter.held]
        expired = [(key, counter) for key, counter in waiting if min(h.received for h in counter.held) <= overdue]
        if not expired:
            break
        key, counter = min(expired, key=lambda item: min(held.received for held in item[1].held))
        _release(context, key, counter, apply)
        _drain(context, apply)
    _arm(context)


def trace_event(context: StepContext, event: Orderable, lateness: str, waited: float = 0.0) -> None:
    """Write an event into the trace, with what its order was."""
    facts: dict[str, Any]
    match event:
        case LegChanged():
            facts = {
                "event": "call", "call_id": event.call_id, "seq": event.seq, "state": event.state,
                "location": event.location, "to": event.to_extension or event.to_number,
            }  # fmt: skip
            _add_what_else_it_tells(facts, context, event)
            if event.disconnect_reason:
                facts["reason"] = event.disconnect_reason
        case DigitsCollected():
            facts = {"event": "dtmf", "call_id": event.call_id, "seq": event.seq}
        case JourneyEnded():
            times = {name: at for name in TIMES if (at := getattr(event, name))}
            facts = {"event": "summary", "reason": event.disconnect_reason, **times}
    facts["lateness"] = lateness
    if waited:
        facts["waited"] = round(waited, 3)
    context.tell("event", facts)


TIMES: Final = ("create_time", "forward_time", "talk_time", "end_time")
BIRTH: Final = (
    ("group", "acd_group"), ("dct", "dct_number"), ("sip_call_id", "sip_call_id"), ("task_id", "task_id"),
    ("callback_initiator", "callback_initiator"),
)  # fmt: skip
"""What a leg is born with, by its name in the trace: told with its first event, not with each."""


def _add_what_else_it_tells(facts: dict[str, Any], context: StepContext, event: LegChanged) -> None:
    """What else of an event is worth a word, if there is anything; the last three are those of version 2."""
    if event.call_id not in context.call.legs:
        for name, field in BIRTH:
            if value := getattr(event, field):
                facts[name] = value
    if event.transfer:
        facts["transfer"] = event.transfer
    if event.from_hold_initiator or event.to_hold_initiator:
        facts["held_by"] = "from" if event.from_hold_initiator else "to"
    if event.from_was_transferred or event.to_was_transferred:
        facts["transferred"] = "from" if event.from_was_transferred else "to"


def _place(event: Orderable) -> tuple[str, int]:
    if isinstance(event, LegChanged):
        return f"call {event.call_id}", event.seq
    if isinstance(event, DigitsCollected):
        return f"dtmf {event.call_id}", event.seq
    return SUMMARY, 1


def _sealed(context: StepContext, event: Orderable) -> Orderable:
    """Nobody knows yet which step will take digits that are held, if any does."""
    if not context.hides_digits or not isinstance(event, DigitsCollected):
        return event
    return msgspec.structs.replace(event, digits=context.environment.sealer.seal(event.digits, event.entry_id, TYPED))


def _opened(context: StepContext, held: Held) -> Orderable:
    event = held.event
    if not held.sealed or not isinstance(event, DigitsCollected):
        return event
    return msgspec.structs.replace(event, digits=context.environment.sealer.open(event.digits, event.entry_id, TYPED))


def _by_seq(held: Held) -> int:
    return held.seq


def _keep(context: StepContext, key: str, counter: Counter) -> None:
    context.call.counters = {**context.call.counters, key: counter}


def _may_go(context: StepContext, counter: Counter) -> bool:
    """Whether the first held event of a counter is due and has what it waits for."""
    first = counter.held[0]
    return first.seq == counter.next and _has_its_ground(context, first.event)


def _has_its_ground(context: StepContext, event: Orderable) -> bool:
    """Whether what an event waits for in other counters is there."""
    if isinstance(event, DigitsCollected):
        return context.knows_leg(event.call_id)
    return _is_settled(context) if isinstance(event, JourneyEnded) else True


def _is_settled(context: StepContext) -> bool:
    """Nothing is expected any more: every leg has ended and only the summary is held."""
    legs = context.call.legs.values()
    others = (counter for key, counter in context.call.counters.items() if key != SUMMARY)
    return bool(legs) and all(leg.last.state == DISCONNECTED for leg in legs) and not any(c.held for c in others)


def _ready(context: StepContext) -> list[tuple[str, Counter]]:
    return [
        (key, counter) for key, counter in context.call.counters.items() if counter.held and _may_go(context, counter)
    ]


def _drain(context: StepContext, apply: Apply) -> None:
    """Apply held events until none of them may go; of several that may, the one that arrived first."""
    while ready := _ready(context):
        _release(context, *min(ready, key=_arrival), apply)


def _arrival(waiting: tuple[str, Counter]) -> float:
    return waiting[1].held[0].received


def _release(context: StepContext, key: str, counter: Counter, apply: Apply) -> None:
    """Apply the first held event of a counter, gap or no gap."""
    first = counter.held[0]
    gap = first.seq - counter.next
    if gap:
        missing = str(counter.next) if gap == 1 else f"{counter.next} to {first.seq - 1}"
        context.note(f"seq {missing} of {key} did not come in time: given up")
    _keep(context, key, Counter(next=first.seq + 1, held=counter.held[1:]))
    waited = context.now - first.received
    event = _opened(context, first)
    trace_event(context, event, "after a gap" if gap else "waited" if waited else "in order", waited)
    apply(context, event)


def _arm(context: StepContext) -> None:
    """Set the timer to the first instant at which something held has waited long enough."""
    received = [held.received for counter in context.call.counters.values() for held in counter.held]
    if received:
        context.set_timer("reorder", min(received) + context.environment.reorder_seconds)
    else:
        context.cancel_timers("reorder")
