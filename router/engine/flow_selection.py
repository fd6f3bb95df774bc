"""Which flow takes a journey, and why none does.

A journey is taken once, on its first leg that fits (DESIGN.md, "Which calls"). Everything else that the PBX tells is
recorded and left alone; its trace says why, in words that the author of a flow can act upon.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from router.engine.journey import INCOMING, INTERNAL, direction, is_in_menu
from router.engine.state import UNTAKEN, Leg
from router.engine.step_context import StepContext
from router.flow.model import Bundle, Flow, Takes
from router.flow.suggestions.spelling import closest
from router.protocol.events import APPEARED, DISCONNECTED, LegChanged
from router.protocol.phone_numbers import number_of

FIRST_INSTANT: Final = 946_684_800  # 2000-01-01: what lies before it is no time that a PBX has told
MOST_COMPARED: Final = 200  # lines that are looked through for one that may be meant
MOST_NAMED: Final = 3  # flows that are told when none is near


def flow_for(context: StepContext, leg: Leg) -> Flow | str:
    """The flow that takes the journey on this leg; else why none does, "" when that goes without saying."""
    event = leg.last
    if context.call.status != UNTAKEN:
        return ""
    if context.bundle is None:
        return context.environment.idle
    if event.state == DISCONNECTED:
        return "" if context.call.untaken else "its leg had ended when it was first told"
    if event.command_id and event.command_id in context.environment.own_commands:
        # routing it again would be a loop (PROTOCOL.md, B)
        return f"our own command {event.command_id} made this leg"
    if direction(event) != INCOMING:
        return _outgoing(event)
    if _is_too_old(context, event):
        return _age(context, event)
    if not (is_in_menu(leg) or event.state == APPEARED):
        return (
            f"it was {event.state} at {_callee(event)} when it was first told; a flow takes a call in the voice menu, "
            "in a queue, or before the answer"
        )
    line = number_of(event.line_number or event.to_number, context.bundle.country)
    return context.bundle.flow_for(line, (event.location,)) or _no_flow(context.bundle, line, event)


def _is_too_old(context: StepContext, event: LegChanged) -> bool:
    """The sign covers no time: an old body, sent again, is signed as well as ever, and after the retention nobody
    remembers it."""
    return FIRST_INSTANT <= event.timestamp < context.environment.oldest


def _age(context: StepContext, event: LegChanged) -> str:
    at = datetime.fromtimestamp(event.timestamp, UTC).isoformat().replace("+00:00", "Z")
    hours = (context.now - event.timestamp) / 3600
    ago = f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.0f} days"
    return (
        f"the event is of {at}, {ago} ago: a repetition of an old one, or a clock that is wrong "
        "(ivr doctor --online compares the clocks)"
    )


def _outgoing(event: LegChanged) -> str:
    caller, callee = event.from_extension or event.from_number or "somebody", _callee(event)
    if event.callback_initiator:
        return f"an outgoing call: the PBX made it (callback_initiator {event.callback_initiator})"
    if event.task_id:
        return f"an outgoing call: a campaign made it (task_id {event.task_id})"
    kind = "internal" if direction(event) == INTERNAL else "outgoing"
    return f"an {kind} call, from {caller} to {callee}: flows take incoming calls"


def _callee(event: LegChanged) -> str:
    return event.to_extension or event.acd_group or event.to_number or "somebody"


# no flow for the line


def _no_flow(bundle: Bundle, line: str, event: LegChanged) -> str:
    place = f"in {event.location}" if event.location else "on a leg that names no location"
    if not line:
        return "the event names no line (to.line_number, to.number)"
    elsewhere = [f"flow {flow.name} takes it in {takes.location}" for flow, takes in _takers(bundle, line)]
    if elsewhere:
        return f"no flow takes line {line} {place}: {', '.join(elsewhere[:MOST_NAMED])}"
    return f"no flow takes line {line}: {_nearest(bundle, line)}"


def _takers(bundle: Bundle, line: str) -> Iterator[tuple[Flow, Takes]]:
    """The flows that would take the line at another place."""
    for flow in bundle.flows.values():
        takes = flow.takes
        if takes is None:
            continue
        if (
            takes.any_line
            or flow.name in bundle.by_line.get(line, ())
            or (takes.line_list is not None and line in bundle.lists[takes.line_list])
        ):
            yield flow, takes


def _nearest(bundle: Bundle, line: str) -> str:
    near = closest(line, bundle.by_line) if len(bundle.by_line) <= MOST_COMPARED else ""
    if near:
        return f"the nearest is flow {bundle.by_line[near][0]}, which takes {near}"
    named = [f"{flow.name} takes {_lines(flow.takes)}" for flow in bundle.flows.values() if flow.takes is not None]
    more = f" and {len(named) - MOST_NAMED} more flows" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more if named else "no flow has a `for`"


def _lines(takes: Takes) -> str:
    if takes.line_list is not None:
        return f"lists.{takes.line_list}"
    more = f" and {len(takes.lines) - 1} more" if len(takes.lines) > 1 else ""
    return f"{takes.lines[0]}{more}" if takes.lines else "any line"
