"""How a call stands, as one small object for programs: whoever listens to events, or is told of them, gets the same.

It holds no variable and no digit, so nothing that a caller typed can be in it.
"""

from typing import Any

from router.engine.journey import is_alive, is_in_menu, talk_seconds
from router.engine.state import Call, Leg
from router.history.call_view import instant


def call_state(call: Call) -> dict[str, Any]:
    """Which step it is in, where the caller is, whose flow and version, who, since when, and how it ended."""
    return {
        "status": call.status,
        "flow": call.flow,
        "version": call.version,
        "within": call.within,
        "step": call.step,
        "by_hand": call.takeover.command_id if call.takeover is not None else "",
        "since": instant(call.entered or None),
        "line": call.line,
        "direction": call.direction,
        "caller": call.caller_number,
        "caller_extension": call.caller_extension,
        "where": _where(call.legs.get(call.leg)),
        "answered_by": call.answered_by,
        "talk_seconds": talk_seconds(call, call.ended or call.last_news),
        "started": instant(call.started),
        "ended": instant(call.ended or None),
        "outcome": call.outcome,
        "end_reason": call.end_reason,
    }


def _where(leg: Leg | None) -> dict[str, Any] | None:
    """Where the caller is: the leg that he is on; None when he is on none any more."""
    if leg is None or not is_alive(leg):
        return None
    last = leg.last
    return {
        "call_id": last.call_id,
        "location": last.location,
        "state": last.state,
        "with": "" if is_in_menu(leg) else last.to_extension or last.to_number,
        "group": last.acd_group,
        "since": instant(leg.connected_at or leg.first_seen),
    }
