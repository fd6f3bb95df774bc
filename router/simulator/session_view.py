"""A call in somebody's hands as an object for programs: the object of a call (`history.call_view`), and what only one
has that is being made: what was heard when, what can be done next, which lookup waits."""

from typing import Any

from router.engine.effects import QueueCommand
from router.flow.model import Bundle
from router.flow.verbs import COMMAND_NAMES
from router.history.call_view import instant, view
from router.history.heard import recording_of
from router.history.journal import CONFIRMED, CommandRow, Record
from router.history.trace_text import lines
from router.pbx.possible_acts import CAN, where_is
from router.simulator.phone import heard_of, variables_told
from router.simulator.report import seconds
from router.simulator.session import Session
from router.simulator.simulated_outbox import Sent


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
        "heard": [heard_object(session.bundle, sent.command, sent.at, session.started) for sent in session.sent],
        "variables": [*variables_told(session)],
        "trace": lines(session.trace, lambda at: seconds(at - session.started)),
    }


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


def heard_object(
    bundle: Bundle | None, command: QueueCommand | CommandRow, at: float, started: float
) -> dict[str, Any]:
    """A command as whoever listens notices it; a recording with its words and its length."""
    recording = recording_of(bundle, command.label, command.params)
    return {
        "at": instant(at),
        "after": round(max(at - started, 0.0), 3),
        "command": COMMAND_NAMES.get(command.command, command.command),
        "label": command.label,
        "told": heard_of(bundle, command),
        "says": recording.says if recording is not None else "",
        "seconds": recording.length if recording is not None else None,
    }


def _lookup(session: Session) -> dict[str, Any] | None:
    """The one that waits for its answer, and what it can find."""
    if session.lookup is None:
        return None
    outputs = [{"name": name, "type": output.type} for name, output in session.asked.outputs.items()]
    return {"name": session.lookup, "outputs": outputs}
