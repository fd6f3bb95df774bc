"""The commands of §3.2 carried out: when each is allowed, what it does to the call, and its result code.

A command takes effect at the instant it is accepted; its result is pushed by itself, before or after the events that
it causes. Every function here takes checked parameters and returns the code of the result.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from router.pbx import conversations, ivr_menu, outbound, recording
from router.pbx.conversations import Transferring
from router.pbx.legs import INCOMING, Journey, Leg
from router.pbx.outbound import Order
from router.pbx.setup import Employee, Target
from router.pbx.switchboard import BY_COMMAND, INTERCEPTED, REPLACED, Switchboard
from router.protocol.codes import matches_class
from router.protocol.events import ABONENT, APPEARED, CONNECTED, ON_HOLD, QUEUE, SmsReported

DONE: Final = 1000
BAD_PARAMETERS: Final = 3100
WRONG_NUMBER: Final = 3200
NO_SUCH_FILE: Final = 3340
NOT_POSSIBLE: Final = 4100
NO_SUCH_CALL: Final = 4101

AFTER_PLAY_SECONDS: Final = 5.0  # §3.2.6, when after_play_time is not given

MAX_LATIN_TEXT: Final = 612  # characters, §3.2.4
MAX_OTHER_TEXT: Final = 268

LONGEST_HEADER: Final = 6

SMS_SECONDS: Final = 2.0
"""The delivery report of a message comes after so long (§3.1.2)."""


def execute(board: Switchboard, command: str, params: Mapping[str, Any], forced: int | None = None) -> int:
    """Carry out a command; the answer is the code of its result, which the caller of this has to tell.

    `forced` is the code that was asked for: a command that is to be refused does nothing, one of class 1xxx is carried
    out and only its code is another.
    """
    if forced is not None and not matches_class(forced, "1xxx"):
        return forced
    code = COMMANDS[command](board, params)
    return code if forced is None else forced


def journey_of(board: Switchboard, params: Mapping[str, Any]) -> Journey | None:
    """The journey that a command is about, if it names a leg."""
    leg = board.legs.get(params.get("call_id", params.get("holded_call_id", "")))
    return leg.journey if leg is not None else None


def _on_live_leg(
    act: Callable[[Switchboard, Journey, Leg, Mapping[str, Any]], int],
) -> Callable[[Switchboard, Mapping[str, Any]], int]:
    """A command about a leg that exists and has not ended; for any other one the result is 4101."""

    def checked(board: Switchboard, params: Mapping[str, Any]) -> int:
        leg = board.legs.get(params["call_id"])
        if leg is None or not leg.alive:
            return NO_SUCH_CALL
        return act(board, leg.journey, leg, params)

    return checked


def _route(board: Switchboard, journey: Journey, leg: Leg, params: Mapping[str, Any]) -> int:
    """§3.2.7: from the menu or a queue, or an intercept before the answer."""
    if leg.location == ABONENT and (leg.state != APPEARED or journey.transfer is not None):
        return NOT_POSSIBLE
    if journey.direction != INCOMING and not _is_given(journey, leg):
        return NOT_POSSIBLE
    target = board.destination(params["to_number"])
    if target is None:
        return WRONG_NUMBER
    if journey.attempt is not None:
        journey.attempt.cancel(INTERCEPTED)
    board.close(leg, REPLACED)
    ivr_menu.send(board, journey, target, leg, params["command_id"])
    return DONE


def _is_given(journey: Journey, leg: Leg) -> bool:
    """Whether a call of the PBX's own waits for an employee or a group: only such a one can be given to others."""
    is_first_side = journey.forwarded is None  # of a callback, which the other side does not hear yet
    return not is_first_side and (leg.location == QUEUE or bool(leg.callee.extension))


def _play(board: Switchboard, journey: Journey, leg: Leg, params: Mapping[str, Any]) -> int:
    """§3.2.6: an incoming call in the menu or a queue; without a file only the waiting time passes."""
    if not leg.is_in_menu or journey.direction != INCOMING:
        return NOT_POSSIBLE
    audio = str(params.get("internal_id", ""))
    if audio and audio not in board.setup.audio_seconds:
        return NO_SUCH_FILE
    after_seconds = float(params.get("after_play_time", AFTER_PLAY_SECONDS))
    ivr_menu.play(board, journey, audio, after_seconds, params["command_id"])
    return DONE


def _hang_up(board: Switchboard, journey: Journey, leg: Leg, params: Mapping[str, Any]) -> int:
    """§3.2.3: in the menu or at an employee; of a transfer's new leg it calls the transfer off (§3.2.8)."""
    if leg.location == QUEUE:
        return NOT_POSSIBLE
    if journey.transfer is not None and journey.transfer.attempt.owns(leg):
        board.close(leg, BY_COMMAND)
        conversations.call_off(journey, BY_COMMAND)
    else:
        board.finish(journey, BY_COMMAND)
    return DONE


def _transfer(board: Switchboard, journey: Journey, leg: Leg, params: Mapping[str, Any]) -> int:
    """§3.2.8: of a conversation, on hold or not, on behalf of an employee on either side of it."""
    if leg.location != ABONENT or leg.state not in (CONNECTED, ON_HOLD) or journey.transfer is not None:
        return NOT_POSSIBLE
    employee = next(
        (
            one
            for one in (leg.callee, leg.caller)
            if one.extension and params["initiator"] in (one.extension, one.number)
        ),
        None,
    )
    if employee is None:
        return BAD_PARAMETERS
    target = board.destination(params["to_number"])
    if target is None:
        return WRONG_NUMBER
    wanted = Transferring(leg=leg, employee=employee, target=target, command_id=params["command_id"])
    conversations.transfer(board, journey, wanted, params["method"])
    return DONE


def _sms(board: Switchboard, params: Mapping[str, Any]) -> int:
    """§3.2.4: to any number that is not short, from an employee; a report of its delivery follows (§3.1.2).

    `from_extension` is the employee's extension, or one of their numbers (note 1).
    """
    text = params["text"]
    longest = MAX_LATIN_TEXT if text.isascii() else MAX_OTHER_TEXT
    if board.employee(params["from_extension"]) is None or len(text) > longest:
        return BAD_PARAMETERS
    if board.outside(params["to_number"]) is None:
        return BAD_PARAMETERS
    reason, timestamp = board.decisions.delivery_code(params), int(board.queue.now + SMS_SECONDS)
    report = SmsReported(command_id=params["command_id"], timestamp=timestamp, reason=reason)
    board.tell(None, report, SMS_SECONDS)
    return DONE


def _callback(board: Switchboard, params: Mapping[str, Any]) -> int:
    """§3.2.1: the employee first, at the number that is named or at their own; then whoever is called."""
    employee = board.employees.get(params["from"]["extension"])
    second = board.destination(params["to_number"])
    if employee is None or second is None:
        return BAD_PARAMETERS
    first = _where_first(board, employee, params["from"].get("number"))
    if first is None:
        return BAD_PARAMETERS
    return _place(board, params, replace(first, answers_after=_answer_after(params)), second)


def _answer_after(params: Mapping[str, Any]) -> float | None:
    """Appendix 1: what is no number of seconds is ignored."""
    written = str((params.get("sip_headers") or {}).get("Call-Info/answer-after", ""))
    return float(written) if written.isascii() and written.isdecimal() and len(written) < LONGEST_HEADER else None


def _where_first(board: Switchboard, employee: Employee, number: str | None) -> Target | None:
    """The employee's own phone, or any number but a short one of this PBX; for this call it counts as theirs."""
    if not number:
        return Target(kind="extension", value=employee.extension)
    outside = board.outside(number)
    return None if outside is None else replace(outside, counts_as=employee.extension)


def _callback_group(board: Switchboard, params: Mapping[str, Any]) -> int:
    """§3.2.2: `from` is rung first, whichever of the two the group is; exactly one is."""
    sides = [board.destination(params[name]) for name in ("from", "to")]
    if [side.kind if side is not None else "" for side in sides].count("group") != 1 or None in sides:
        return BAD_PARAMETERS
    first, second = sides
    assert first is not None
    assert second is not None
    return _place(board, params, first, second)


def _place(board: Switchboard, params: Mapping[str, Any], first: Target, second: Target) -> int:
    """A line that is named has to be one of this PBX through which calls can be made."""
    line = board.setup.outgoing_line(params.get("line_number", ""))
    if line is None:
        return BAD_PARAMETERS
    outbound.place(board, Order(first=first, second=second, line=line, command_id=params["command_id"]))
    return DONE


def _record(board: Switchboard, journey: Journey, leg: Leg, params: Mapping[str, Any]) -> int:
    """§3.2.5."""
    return recording.start(board, journey, leg, params["call_party_number"], params["command_id"])


def _is_party(leg: Leg, initiator: str) -> bool:
    """Whether an employee on the leg is meant; without a name it is."""
    parties = [party for party in (leg.callee, leg.caller) if party.extension]
    return bool(parties) and any(initiator in ("", party.extension, party.number) for party in parties)


def _connect_legs(board: Switchboard, params: Mapping[str, Any]) -> int:
    """2026: the two legs by name, or by one of them."""
    if "call_id" in params:
        return _on_live_leg(_connect)(board, params)
    held, other = (board.legs.get(params[name]) for name in ("holded_call_id", "transferred_call_id"))
    if held is None or other is None or not (held.alive and other.alive):
        return NO_SUCH_CALL
    if held.journey is not other.journey or not _is_party(other, params["transfer_initiator_number"]):
        return BAD_PARAMETERS
    return DONE if conversations.complete(held.journey) else NOT_POSSIBLE


def _connect(board: Switchboard, journey: Journey, leg: Leg, params: Mapping[str, Any]) -> int:
    """2026: what hanging up does for the employee who consults (§3.2.8): the held caller and the colleague talk."""
    if not _is_party(leg, params.get("initiator", "")):
        return BAD_PARAMETERS
    return DONE if conversations.complete(journey) else NOT_POSSIBLE


def _cancel_transfer(board: Switchboard, journey: Journey, leg: Leg, params: Mapping[str, Any]) -> int:
    """2026: what a hangup of the transfer's new leg does (§3.2.8)."""
    if not _is_party(leg, params.get("initiator", "")):
        return BAD_PARAMETERS
    if journey.transfer is None:
        return NOT_POSSIBLE
    conversations.call_off(journey, BY_COMMAND)
    return DONE


def _hold(board: Switchboard, journey: Journey, leg: Leg, params: Mapping[str, Any]) -> int:
    """2026: the employee puts the other party on hold."""
    if leg.location != ABONENT or leg.state != CONNECTED or journey.transfer is not None:
        return NOT_POSSIBLE
    if not _is_party(leg, params["initiator"]):
        return BAD_PARAMETERS
    board.change(leg, ON_HOLD)
    return DONE


COMMANDS: Final[Mapping[str, Callable[[Switchboard, Mapping[str, Any]], int]]] = {
    "callback": _callback,
    "callback_group": _callback_group,
    "call/hangup": _on_live_leg(_hang_up),
    "sms": _sms,
    "recording/start": _on_live_leg(_record),
    "play/start": _on_live_leg(_play),
    "route": _on_live_leg(_route),
    "transfer": _on_live_leg(_transfer),
    "calls_connect": _connect_legs,
    "transfer_cancel": _on_live_leg(_cancel_transfer),
    "call/hold/on": _on_live_leg(_hold),
}
