"""Calls that the PBX makes: one side first, and when it answers, the other (§3.2.1, §3.2.2); and employees who dial.

The legs go through the states of the document's story "Инициирование исходящего вызова": the first one ends with 1000
when its party has answered, and the second is taken from it. The end of the conversation ends the journey.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from router.pbx import conversations, ringing
from router.pbx.legs import INTERNAL, OUTGOING, Journey, Leg, Party
from router.pbx.ringing import Errand, party_of
from router.pbx.setup import Employee, Target
from router.pbx.switchboard import CALLEE_LEFT, Switchboard

TECHNICAL: Final = 1000
"""The reason with which the first leg ends."""

CONNECTING_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A call to be made."""

    first: Target
    second: Target
    line: str = ""
    command_id: str = ""
    initiator: str = "API"  # callback_initiator (§3.1.1)
    task_id: str = ""
    on_end: Callable[[Journey], None] = lambda journey: None


def place(board: Switchboard, order: Order) -> Journey:
    """Ring the first side."""
    first, second = (party_of(board, side) for side in (order.first, order.second))
    made_by = {"callback_initiator": order.initiator, "task_id": order.task_id}
    journey = _open(board, first, second, order.line, **made_by)
    journey.on_end = order.on_end
    errand = Errand(
        journey=journey,
        origin="",
        command_id=order.command_id,
        caller=second,
        on_connected=lambda leg: _first_answered(board, journey, order, leg),
        on_failed=lambda reason: board.finish(journey, reason),
    )
    journey.attempt = ringing.begin(board, order.first, errand)
    return journey


def dial(board: Switchboard, employee: Employee, target: Target) -> Journey:
    """An employee dials at their phone: one leg, as in the document's story "Уведомление о вызове"."""
    first = Party(extension=employee.extension, number=employee.number)
    journey = _open(board, first, party_of(board, target), board.setup.outgoing_line("") or "")
    journey.forwarded = board.queue.now
    errand = Errand(
        journey=journey,
        origin="",
        command_id="",
        caller=first,
        heeds_status=True,
        on_connected=lambda answered: _talk(board, journey, first, answered),
        on_failed=lambda reason: board.finish(journey, reason),
    )
    journey.attempt = ringing.begin(board, target, errand)
    return journey


def _open(board: Switchboard, first: Party, second: Party, line: str, **more: Any) -> Journey:
    """Between two of this PBX the call is internal, and no line has a part in it (§3.1.5)."""
    is_internal = bool(first.extension and second.extension)
    return board.open_journey(
        second.number or second.extension,
        "" if is_internal else line,
        None,
        direction=INTERNAL if is_internal else OUTGOING,
        sides=(first, second),
        **more,
    )


def _first_answered(board: Switchboard, journey: Journey, order: Order, leg: Leg) -> None:
    board.queue.after(CONNECTING_SECONDS, lambda: _ring_second(board, journey, order, leg))


def _ring_second(board: Switchboard, journey: Journey, order: Order, leg: Leg) -> None:
    if journey.ended is not None:
        return
    first = leg.callee
    journey.sides = first, journey.sides[1]  # of a group, the operator who has answered
    for other in journey.legs:  # the queue of a group with its operator's leg
        board.close(other, TECHNICAL)
    errand = Errand(
        journey=journey,
        origin=leg.call_id,
        command_id=order.command_id,
        caller=first,
        heeds_status=not order.task_id,
        on_connected=lambda answered: _talk(board, journey, first, answered),
        on_failed=lambda reason: board.finish(journey, reason),
    )
    journey.forwarded = board.queue.now
    journey.attempt = ringing.begin(board, order.second, errand)


def _talk(board: Switchboard, journey: Journey, first: Party, answered: Leg) -> None:
    conversations.talk(board, journey, answered)
    employee = board.employees.get(first.extension)
    if journey.talk_end is None and employee is not None and employee.talk_seconds is not None:
        journey.talk_end = board.queue.after(employee.talk_seconds, lambda: board.finish(journey, CALLEE_LEFT))
