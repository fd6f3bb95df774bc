"""A call whose clock was set: everything that is to come, and everything it is compared with, moves along."""

from typing import Final

import msgspec

from router.engine.state import Activity, Call, Counter, Held, Leg, Pending, Takeover

_replace: Final = msgspec.structs.replace


def moved(call: Call, seconds: float) -> Call:
    """The call with all its instants so much later; one of 0 stands for none. What the PBX told of its own clock stays,
    and so does the end of a call that is over."""
    return _replace(
        call,
        started=call.started + seconds,
        last_news=_later(call.last_news, seconds),
        asked=_later(call.asked, seconds),
        entered=_later(call.entered, seconds),
        hold_until=_later(call.hold_until, seconds),
        number_ended=_later(call.number_ended, seconds),
        ringing_since=_later(call.ringing_since, seconds),
        timers={name: due + seconds for name, due in call.timers.items()},
        legs={call_id: _leg(leg, seconds) for call_id, leg in call.legs.items()},
        counters={key: _counter(counter, seconds) for key, counter in call.counters.items()},
        activity=_activity(call.activity, seconds),
        pending=_pending(call.pending, seconds),
        takeover=_takeover(call.takeover, seconds),
    )


def _later(at: float, seconds: float) -> float:
    return at + seconds if at else at


def _leg(leg: Leg, seconds: float) -> Leg:
    return _replace(
        leg,
        first_seen=leg.first_seen + seconds,
        connected_at=_later(leg.connected_at, seconds),
        ended_at=_later(leg.ended_at, seconds),
    )


def _counter(counter: Counter, seconds: float) -> Counter:
    return _replace(counter, held=tuple(_held(held, seconds) for held in counter.held)) if counter.held else counter


def _held(held: Held, seconds: float) -> Held:
    return _replace(held, received=held.received + seconds)


def _activity(activity: Activity | None, seconds: float) -> Activity | None:
    if activity is None:
        return None
    return _replace(activity, since=_later(activity.since, seconds), held_before=_later(activity.held_before, seconds))


def _pending(pending: Pending | None, seconds: float) -> Pending | None:
    return _replace(pending, sent_at=pending.sent_at + seconds) if pending is not None and pending.sent_at else pending


def _takeover(takeover: Takeover | None, seconds: float) -> Takeover | None:
    """What the interrupted step waits for."""
    if takeover is None:
        return None
    interrupted, waited = _activity(takeover.interrupted, seconds), _pending(takeover.waited, seconds)
    return _replace(takeover, interrupted=interrupted, waited=waited)
