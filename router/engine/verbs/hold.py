"""Buying time: while a route waits for its limit, the flow's `hold` prompt keeps the caller in the menu (§3.2.6).

A play is cheap and a route is dear. The PBX holds a caller for as long as a prompt lasts and a while after it, so a
prompt moves the deadline of the route that is still queued. It is played at once when the estimated wait is longer than
what is left, and otherwise only when the deadline comes near and the route has not gone out; again if need be.

Uses of the activity: `hold` is the prompt's command, `hold_seconds` its length.
"""

from typing import Final

from router.engine.turn import Turn
from router.engine.verbs.prompts import caller_in_menu, chosen

HOLD_TIMER: Final = "hold"
AHEAD_SECONDS: Final = 4.0  # how long before the deadline the prompt is asked for: it has to get through its own limit
PROMPTLY_SECONDS: Final = 1.0  # a route whose turn has come is out by then
AFTER_SECONDS: Final = 5  # after_play_time


def arm(turn: Turn) -> None:
    """A route was queued: see to it that its caller is still there when it goes out."""
    if turn.root.hold is None or caller_in_menu(turn) is None:
        return
    left = turn.call.hold_until - turn.now
    if turn.around.waits.get("route", 0.0) > left:
        fire(turn)
    else:  # a route that goes out at once needs no prompt, however little time is left
        turn.set_timer(HOLD_TIMER, max(turn.now + PROMPTLY_SECONDS, turn.call.hold_until - AHEAD_SECONDS))


def fire(turn: Turn) -> None:
    """The timer `hold`: the route has not gone out yet, so play the prompt."""
    pending, prompt, leg = turn.call.pending, turn.root.hold, caller_in_menu(turn)
    if pending is None or pending.phase != "queued" or prompt is None or leg is None:
        return
    name, audio_id, seconds = chosen(turn, (prompt,))[0]
    params = {"internal_id": audio_id, "after_play_time": AFTER_SECONDS}
    command_id = turn.queue_beside("play/start", params, f"audio.{name}", leg=leg)
    turn.act(hold=command_id, hold_seconds=seconds)
    turn.note(f"the route still waits for its limit: audio.{name} keeps the caller")


def started(turn: Turn, at: float) -> None:
    """The prompt plays: the deadline moves, and before it comes the prompt is played once more."""
    end = at + turn.activity.hold_seconds + AFTER_SECONDS
    turn.postpone(max(end, turn.call.hold_until))
    pending = turn.call.pending
    if pending is not None and pending.phase == "queued":
        turn.set_timer(HOLD_TIMER, turn.call.hold_until - AHEAD_SECONDS)


def failed(turn: Turn, reason: str) -> None:
    turn.act(hold="")
    turn.note(f"the prompt that was to keep the caller could not be played: {reason}")
