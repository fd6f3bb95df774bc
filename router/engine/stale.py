"""A call of which the PBX has told nothing for hours: its end was lost, or it is still going on.

The PBX's statistics hold every call that has ended (§3.3.3), so they are asked before such a call is given up. What
they tell makes up for the lost events: the call ends as it would have, `on_end` included. Where they cannot be asked,
do not know the call, or do not answer in time, it is closed: it pins no version for longer.
"""

from datetime import UTC, datetime
from typing import Final

from router.engine import transitions
from router.engine.effects import AskStatistics
from router.engine.state import CLOSING, Reconciled
from router.engine.step_context import StepContext
from router.engine.verbs.wait import TIMER as WAIT

ANSWER_SECONDS: Final = 120.0
"""How long the statistics' answer is waited for, and how long a step of `on_end` and `finally` may take after it."""

ENDED: Final = "ended"
UNKNOWN: Final = "unknown"
FAILED: Final = "failed"


def quiet_until(context: StepContext) -> float:
    """When a call without news is looked into: what `on_end` and `finally` wait for on purpose, such as the opening of
    an office, is no silence."""
    call = context.call
    since = call.asked or call.last_news
    if call.end_started:
        since = max(since, context.now, call.timers.get(WAIT, 0.0))
    return since + (ANSWER_SECONDS if call.asked else context.environment.stale_seconds)


def went_stale(context: StepContext) -> None:
    """The timer `stale` fired: ask what became of the call, once, or close it."""
    call = context.call
    if call.asked:
        lost = "the PBX's statistics told nothing in time"
        _give_up(context, f"{transitions.closing_part(context)} took too long" if call.end_started else lost)
    elif call.flow and call.status != CLOSING and context.environment.has_statistics:
        call.asked = context.now
        context.effects.append(AskStatistics(started=call.started))
        context.note(
            f"no news for {context.environment.stale_seconds:g} s: "
            "the PBX's statistics are asked what became of the call"
        )
    else:
        _give_up(context, f"no news for {context.environment.stale_seconds:g} s")


def reconciled(context: StepContext, event: Reconciled) -> None:
    """What the statistics tell. News that came meanwhile is worth more, and so is an end that we know of."""
    call = context.call
    if not call.asked or call.end_started:
        return
    if event.state != ENDED:
        _give_up(context, _WHY.get(event.state, event.state) + (f" ({event.reason})" if event.reason else ""))
        return
    call.answered = call.answered or event.answered
    call.end_reason = event.disconnect_reason
    call.over_at = min(event.ended, context.now)
    at = datetime.fromtimestamp(call.over_at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    outcome = "answered" if event.answered else "not answered"
    transitions.journey_over(
        context, f"by the PBX's statistics it ended at {at}, {outcome}, reason {event.disconnect_reason}"
    )


_WHY: Final = {
    UNKNOWN: "the PBX's statistics do not know the call",
    FAILED: "the PBX's statistics could not be had",
}


def _give_up(context: StepContext, why: str) -> None:
    call = context.call
    if call.flow and not call.outcome:
        call.outcome = "answered" if call.answered else "missed"
    if call.finishes:
        call.asked = context.now  # so long does `finally` have
    transitions.conclude(context, why)
