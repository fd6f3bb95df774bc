"""Conversations, and the two transfers that lead from one conversation to another (§3.2.8).

The legs of a transfer go through the states of the document's stories "Перевод вызова с консультацией" and "Перевод
вызова без консультации". A transfer that comes to nothing gives the caller back to the employee who started it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from router.emulator import ringing
from router.emulator.config import Target
from router.emulator.journey import Journey, Leg, Party, Transfer
from router.emulator.ringing import Errand
from router.emulator.switchboard import CALLEE_LEFT, REASSIGNED, Switchboard
from router.protocol.events import CONNECTED, ON_HOLD

HANDOVER_SECONDS: Final = 0.1
"""A blind transfer lets go of the employee so long after the new leg is up, before that leg changes its `from`."""

CONSULT_SECONDS: Final = 5.0
"""How long somebody consults who is not in `pbx.yaml`."""


def talk(board: Switchboard, journey: Journey, leg: Leg) -> None:
    """The caller and somebody are connected on `leg`."""
    journey.attempt = journey.transfer = None
    journey.playing = None
    if journey.talked is None:
        journey.talked, journey.answered_by = board.agenda.now, leg.callee
    employee = board.employees.get(leg.callee.extension)
    if employee is not None and employee.talk_seconds is not None:
        journey.talk_end = board.agenda.after(employee.talk_seconds, lambda: board.finish(journey, CALLEE_LEFT))


def transfer(board: Switchboard, journey: Journey, leg: Leg, target: Target, method: str, command_id: str) -> None:
    """Start a transfer of `leg`, Connected, on behalf of its employee; `method` is blind or hold."""
    if journey.talk_end is not None:
        journey.talk_end.cancel()
    board.change(leg, ON_HOLD)
    METHODS[method](board, journey, leg, target, command_id)


def call_off(journey: Journey) -> None:
    """Cancel the transfer under way, as a hangup of its leg does."""
    under_way, journey.transfer = journey.transfer, None
    if under_way is not None:
        if under_way.completion is not None:
            under_way.completion.cancel()
        under_way.attempt.cancel(CALLEE_LEFT)
        under_way.resume()


def complete(journey: Journey) -> bool:
    """End a consultation at once, as the employee's hanging up does; False when nobody is being consulted."""
    if journey.transfer is None or journey.transfer.completion is None:
        return False
    journey.transfer.completion.cancel()
    journey.transfer.completion.action()
    return True


def _blind(board: Switchboard, journey: Journey, leg: Leg, target: Target, command_id: str) -> None:
    """The employee is let go of as soon as the new leg is up; without an answer they are rung again."""
    employee = leg.callee

    def resume() -> None:
        board.close(leg, REASSIGNED)
        _ring_again(board, journey, employee)

    errand = Errand(
        journey=journey,
        origin=leg.call_id,
        command_id=command_id,
        caller=Party(number=journey.caller),
        disguise=employee,
        on_opened=lambda: _after(board, HANDOVER_SECONDS, lambda: board.close(leg, REASSIGNED)),
        on_connected=lambda answered: talk(board, journey, answered),
        on_failed=lambda reason: resume(),
    )
    journey.transfer = Transfer(attempt=ringing.begin(board, target, errand), resume=resume)


def _ring_again(board: Switchboard, journey: Journey, employee: Party) -> None:
    journey.transfer = None
    errand = Errand(
        journey=journey,
        origin=journey.legs[-1].call_id,
        command_id="",
        caller=Party(number=journey.caller),
        on_connected=lambda answered: talk(board, journey, answered),
        on_failed=lambda reason: board.finish(journey, reason),
    )
    journey.attempt = ringing.begin(board, Target(kind="extension", value=employee.extension), errand)


def _consult(board: Switchboard, journey: Journey, leg: Leg, target: Target, command_id: str) -> None:
    """The employee talks to a colleague first; the caller waits on hold."""

    def resume() -> None:
        journey.transfer = None
        if leg.alive:
            board.change(leg, CONNECTED)

    def consult(answered: Leg) -> None:
        employee = board.employees.get(leg.callee.extension)
        seconds = employee.consult_seconds if employee is not None else CONSULT_SECONDS
        if journey.transfer is not None:
            complete = board.agenda.after(seconds, lambda: _hand_over(board, journey, leg, answered))
            journey.transfer.completion = complete

    errand = Errand(
        journey=journey,
        origin=leg.call_id,
        command_id=command_id,
        caller=leg.callee,
        on_connected=consult,
        on_failed=lambda reason: resume(),
    )
    journey.transfer = Transfer(attempt=ringing.begin(board, target, errand), resume=resume)


def _hand_over(board: Switchboard, journey: Journey, held: Leg, consulted: Leg) -> None:
    """The employee hangs up: the caller takes their place on the consultation's leg."""
    board.close(held, CALLEE_LEFT)
    consulted.caller, consulted.taken_from = Party(number=journey.caller), held.call_id
    board.change(consulted, CONNECTED)
    talk(board, journey, consulted)


def _after(board: Switchboard, seconds: float, action: Callable[[], None]) -> None:
    board.agenda.after(seconds, action)


METHODS: Final[Mapping[str, Callable[[Switchboard, Journey, Leg, Target, str], None]]] = {
    "blind": _blind,
    "hold": _consult,
}
