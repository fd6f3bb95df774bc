"""Buying time: while a route waits for its limit, a `hold` prompt keeps the caller in the menu (§3.2.6).

A play is cheap and a route is dear. The PBX holds a caller for as long as a prompt lasts and `after_play_time` more, so
a prompt moves the instant until which the route helps; its place in the queue stays. What always holds:

- nobody hears a prompt whose route, by the queue as it is, goes out in time;
- who needs one gets it as late as it can still get through its own limit, and the next one only after that has ended;
- plays never use up the limit of all requests: those who are the furthest back are the surest to need a prompt, and
  get it the earliest, spread at half of that limit; in a crowd the silence after a prompt grows for the same reason.

The prompt is the step's own or that of the flow that took the call. Nobody is held beyond the flow's budget: before it
ends his route is one for which no more time can be bought, and goes with those.

Uses of the activity: `hold` is the prompt's command, `hold_seconds` what it buys.
"""

from math import inf
from typing import Final

from router.engine.effects import WithdrawCommands
from router.engine.step_context import StepContext
from router.engine.verbs.prompts import caller_in_menu, chosen
from router.flow.model import Prompt
from router.flow.verbs.route import Route

HOLD_TIMER: Final = "hold"
AHEAD_SECONDS: Final = 4.0  # how long before the caller's time is over the prompt is asked for
MARGIN_SECONDS: Final = 2.0  # an estimate may be so wrong before it costs a caller
LOOK_SECONDS: Final = 1.0  # a route whose turn has come is out by then; else it is looked at again
AFTER_SECONDS: Final = 5  # after_play_time when there is no crowd
MOST_AFTER_SECONDS: Final = 30
APART_SECONDS: Final = 10.0  # from one prompt to the next: nobody wants to hear a short one every other second
SPREAD: Final = 0.1
"""Seconds that a prompt is asked for earlier, for each second that the route would be late: one route in two seconds
makes that five plays in a second, half of what the PBX allows in all (§1.4)."""


def can_buy(context: StepContext) -> bool:
    """Whether time can be bought for a route that this step queues now."""
    return _prompt(context) is not None and caller_in_menu(context) is not None


def _prompt(context: StepContext) -> Prompt | None:
    settings = context.step.settings
    own = settings.hold if isinstance(settings, Route) else None
    return own or context.root.hold


def look(context: StepContext) -> None:
    """A route was queued, or waits for some time: see to it that its caller is still there when it goes out."""
    pending = context.call.pending
    if pending is None or pending.phase != "queued" or not can_buy(context):
        return
    wait, left = _wait(context, pending.command_id), context.call.hold_until - context.now
    play_at = context.call.hold_until - AHEAD_SECONDS
    goes_at_once = not wait and context.now - context.activity.since < LOOK_SECONDS
    if goes_at_once or wait + MARGIN_SECONDS <= left:
        context.set_timer(HOLD_TIMER, max(context.now + LOOK_SECONDS, play_at))
        return
    if not context.activity.hold_seconds:
        play_at -= SPREAD * max(0.0, wait - left)
    if context.call.hold_until >= context.call.timers.get("budget", inf):
        context.postpone(context.call.hold_until, buyable=False)  # the flow has no more time to spend on it
    elif play_at > context.now:
        context.set_timer(HOLD_TIMER, play_at)
    else:
        _play(context, wait, left)


def _wait(context: StepContext, command_id: str) -> float:
    settings = context.step.settings
    high_priority = isinstance(settings, Route) and settings.high_priority
    return context.wait_seconds("route", high_priority=high_priority, buyable=True, command_id=command_id)


def _play(context: StepContext, wait: float, left: float) -> None:
    prompt, leg = _prompt(context), caller_in_menu(context)
    assert prompt is not None, "looked at before"
    assert leg is not None, "looked at before"
    label, audio_id, length = chosen(context, (prompt,))[0]
    apart = max(APART_SECONDS, SPREAD * wait) + AHEAD_SECONDS
    after = min(MOST_AFTER_SECONDS, max(AFTER_SECONDS, round(apart - length)))
    params = {"internal_id": audio_id, "after_play_time": after}
    command_id = context.queue_beside("play/start", params, label, leg=leg)
    context.act(hold=command_id, hold_seconds=length + after)
    context.note(
        f"the route would wait {wait:.1f} s for its limit and the PBX keeps the caller {max(0.0, left):.1f} s:"
        f" {label} buys {length + after:g} s"
    )


def started(context: StepContext, at: float) -> None:
    """The prompt plays: the caller is held for longer, and before that ends the route is looked at once more."""
    context.postpone(max(at + context.activity.hold_seconds, context.call.hold_until))
    look(context)


def failed(context: StepContext, reason: str) -> None:
    """No more time can be bought; what was bought stays."""
    context.act(hold="")
    context.postpone(context.call.hold_until, buyable=False)
    context.note(f"the prompt that was to keep the caller could not be played: {reason}")


def ended(context: StepContext) -> None:
    """The route has gone out: a prompt that still waits for its own limit would only disturb it."""
    context.cancel_timers(HOLD_TIMER)
    if context.activity.hold:
        context.effects.append(WithdrawCommands(reason="the route went out before it"))
