"""A call in somebody's hands as an object for programs: the object of a call (`history.call_view`), and what only one
has that is being made: what was heard when, what can be done next, which lookup waits."""

from collections.abc import Mapping
from typing import Any, Final

from router.flow.verbs import COMMAND_NAMES
from router.history.call_view import instant, view
from router.history.heard import recording_of
from router.history.journal import CONFIRMED, CommandRow, Record
from router.history.trace_text import lines
from router.pbx.legs import Journey
from router.protocol.events import ON_HOLD
from router.simulator.phone import heard_of, variables_told
from router.simulator.report import seconds
from router.simulator.session import Session
from router.simulator.simulated_outbox import Sent

MENU, RINGING, TALKING, HELD, BETWEEN, OVER = "menu", "ringing", "talking", "held", "between", "over"

CAN: Final[Mapping[str, tuple[str, ...]]] = {
    MENU: ("keys", "route", "left", "hangup"),
    RINGING: ("answer", "busy", "noanswer", "reject", "unavailable", "hangup"),
    TALKING: ("hold", "consults", "transfer", "hangup"),
    HELD: ("resume", "transfer", "hangup"),
    BETWEEN: (),
    OVER: (),
}
"""Where the caller is -> what people can do there. Waiting is always possible."""


def session_object(session: Session) -> dict[str, Any]:
    """All of it, at this instant of the call's clock."""
    where, call = where_is(session.journey), session.call
    return {
        "call": _call(session),
        "elapsed": round(session.elapsed, 3),
        "seconds_to_next": session.seconds_to_next,
        "where": where,
        "can": [*CAN[where]],
        "status": call.status,
        "step": f"{call.within}.{call.step}" if call.within else call.step,
        "lookup": _lookup(session),
        "heard": [_heard(session, sent) for sent in session.sent],
        "variables": [*variables_told(session)],
        "trace": lines(session.trace, lambda at: seconds(at - session.started)),
    }


def where_is(journey: Journey) -> str:
    """Where the caller is, as people at the phones see it."""
    alive = [leg for leg in journey.legs if leg.alive]
    if journey.ended is not None:
        return OVER
    if any(leg.rings for leg in alive):
        return RINGING
    if any(leg.is_in_menu for leg in alive):
        return MENU
    if not alive:
        return BETWEEN
    return HELD if alive[-1].state == ON_HOLD else TALKING


def _call(session: Session) -> dict[str, Any]:
    """As if it had happened: every command was obeyed at once, and one record has the whole trace."""
    call = session.call
    record = Record(
        account="", entry_id=call.entry_id, at=session.started, kind="call", trace=tuple(session.trace)
    )  # fmt: skip
    return view(call, [record], [_row(session, sent) for sent in session.sent])


def _row(session: Session, sent: Sent) -> CommandRow:
    command = sent.command
    return CommandRow(
        command_id=command.command_id,
        account="",
        entry_id=session.call.entry_id,
        call_id=command.call_id,
        command=command.command,
        params=command.params,
        label=command.label,
        state=CONFIRMED,
        queued=sent.at,
        sent=sent.at,
        confirmed=sent.at,
        deadline=command.deadline,
    )


def _heard(session: Session, sent: Sent) -> dict[str, Any]:
    """A command as whoever listens notices it; a recording with its words and its length."""
    recording = recording_of(session.bundle, sent.command.label, sent.command.params)
    return {
        "at": instant(sent.at),
        "after": round(sent.at - session.started, 3),
        "command": COMMAND_NAMES.get(sent.command.command, sent.command.command),
        "label": sent.command.label,
        "told": heard_of(session.bundle, sent.command),
        "says": recording.says if recording is not None else "",
        "seconds": recording.length if recording is not None else None,
    }


def _lookup(session: Session) -> dict[str, Any] | None:
    """The one that waits for its answer, and what it can find."""
    if session.lookup is None:
        return None
    outputs = [{"name": name, "type": output.type} for name, output in session.asked.outputs.items()]
    return {"name": session.lookup, "outputs": outputs}
