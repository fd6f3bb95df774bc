"""The verbs that let time or the conversation pass: `watch` and `wait`."""

from typing import Final

from router.engine import transitions
from router.engine.journey import is_talking
from router.engine.state import Leg
from router.engine.step_context import Turn
from router.engine.verbs.rules import VerbRules
from router.flow.model import Step, Wait, Watch
from router.protocol.events import CONNECTED, ON_HOLD

HELD: Final = "held"
TALKING: Final = "talking"
WAIT: Final = "wait"
DAY_SECONDS: Final = 86_400.0


def _watch(turn: Turn, step: Step) -> None:
    """A conversation that already runs counts from now."""
    if turn.leg is not None and is_talking(turn.leg):
        _state(turn, step, turn.leg, None)


def _watch_leg(turn: Turn, step: Step, leg: Leg, before: Leg | None) -> None:
    if leg.last.call_id == turn.call.leg or not turn.call.leg:
        _state(turn, step, leg, before)


def _state(turn: Turn, step: Step, leg: Leg, before: Leg | None) -> None:
    settings = step.settings
    assert isinstance(settings, Watch)
    state = leg.last.state if is_talking(leg) else ""
    if state != ON_HOLD:
        turn.cancel_timers(HELD)
    if state != CONNECTED:
        turn.cancel_timers(TALKING)
    if state == CONNECTED and settings.connected is not None:
        transitions.leave(turn, "connected", "the caller is connected", goto=settings.connected)
    elif state == ON_HOLD and settings.held is not None and HELD not in turn.call.timers:
        turn.set_timer(HELD, turn.now + settings.held[0])
    elif state == CONNECTED and settings.talking is not None and TALKING not in turn.call.timers:
        turn.set_timer(TALKING, turn.now + settings.talking[0])


def _watch_timer(turn: Turn, step: Step, name: str, due: float) -> None:
    settings = step.settings
    assert isinstance(settings, Watch)
    rule = settings.held if name == HELD else settings.talking
    if rule is not None:
        transitions.leave(turn, name, f"{name} for {rule[0]:g} s", goto=rule[1])


def _wait(turn: Turn, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Wait)
    if settings.seconds is not None:
        turn.set_timer(WAIT, turn.now + settings.seconds)
        return
    hours = turn.bundle.hours[settings.until or ""] if turn.bundle is not None else None
    opens = hours.opens_at(turn.now) if hours is not None else None
    if opens is not None and opens <= turn.now:
        transitions.leave(turn, "next", f"{settings.until} is open")
    else:  # hours that do not open within their horizon are asked again tomorrow
        turn.set_timer(WAIT, opens if opens is not None else turn.now + DAY_SECONDS)


def _wait_timer(turn: Turn, step: Step, name: str, due: float) -> None:
    settings = step.settings
    assert isinstance(settings, Wait)
    if settings.seconds is not None:
        transitions.leave(turn, "next", f"waited {settings.seconds:g} s")
    else:
        _wait(turn, step)


WATCH: Final = VerbRules(enter=_watch, leg=_watch_leg, timer=_watch_timer)
WAIT_RULES: Final = VerbRules(enter=_wait, timer=_wait_timer)
