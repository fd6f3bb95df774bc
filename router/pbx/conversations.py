"""Conversations, and the two transfers that lead from one conversation to another (§3.2.8).

The legs of a transfer go through the states of the document's stories "Перевод вызова с консультацией" and "Перевод
вызова без консультации". The employee on whose behalf it is made may be on either side of the leg; the other side is
transferred. A transfer that comes to nothing gives the other side back to the employee.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from router.pbx import ringing
from router.pbx.legs import Journey, Leg, Party, Transfer
from router.pbx.ringing import Errand
from router.pbx.setup import Target
from router.pbx.switchboard import CALLEE_LEFT, CALLER_LEFT, Switchboard
from router.protocol.events import CONNECTED, ON_HOLD

HANDOVER_SECONDS: Final = 0.1
"""A blind transfer lets go of the employee so long after the new leg is up, before that leg changes its `from`."""

CONSULT_SECONDS: Final = 5.0
"""How long a consulted person who is no employee talks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferring:
    """A transfer as it was asked for."""

    leg: Leg  # the conversation
    employee: Party  # on whose behalf
    target: Target
    command_id: str
    consult_seconds: float | None = None  # how long the two talk; None: as long as the employee's own habit is

    @property
    def other(self) -> Party:
        """Who is transferred: the other side of the conversation."""
        return self.leg.caller if self.employee is self.leg.callee else self.leg.callee

    @property
    def hung_up(self) -> int:
        """The reason with which the leg ends when the employee hangs up."""
        return CALLEE_LEFT if self.employee is self.leg.callee else CALLER_LEFT


def talk(board: Switchboard, journey: Journey, leg: Leg) -> None:
    """The caller is connected on `leg`."""
    journey.attempt = journey.transfer = None
    journey.playing = None
    if journey.talked is None:
        journey.talked, journey.answered_by = board.queue.now, leg.callee
    employee = board.employees.get(leg.callee.extension)
    if employee is not None and employee.talk_seconds is not None and not journey.waits_for_people:
        journey.talk_end = board.queue.after(employee.talk_seconds, lambda: board.finish(journey, CALLEE_LEFT))


def transfer(board: Switchboard, journey: Journey, wanted: Transferring, method: str) -> None:
    """Start a transfer of a conversation; `method` is blind or hold."""
    if journey.talk_end is not None:
        journey.talk_end.cancel()
    if wanted.leg.state != ON_HOLD:
        board.change(wanted.leg, ON_HOLD)
    METHODS[method](board, journey, wanted)


def call_off(journey: Journey, reason: int) -> None:
    """Cancel the transfer under way, as a hangup of its leg does; its legs end with `reason`."""
    under_way, journey.transfer = journey.transfer, None
    if under_way is not None:
        if under_way.completion is not None:
            under_way.completion.cancel()
        under_way.attempt.cancel(reason)
        under_way.resume()


def complete(journey: Journey) -> bool:
    """End a consultation at once, as the employee's hanging up does; False when there is no consultation."""
    if journey.transfer is None or journey.transfer.completion is None:
        return False
    journey.transfer.completion.cancel()
    journey.transfer.completion.happening()
    return True


def _blind(board: Switchboard, journey: Journey, wanted: Transferring) -> None:
    """The employee hangs up as soon as the new leg is up (1120 in the story); without an answer they are rung again."""
    leg, other = wanted.leg, wanted.other

    def let_go() -> None:
        board.close(leg, wanted.hung_up)

    def resume() -> None:
        let_go()
        _ring_again(board, journey, wanted.employee, other)

    errand = Errand(
        journey=journey,
        origin=leg.call_id,
        command_id=wanted.command_id,
        caller=other,
        disguise=wanted.employee,
        heeds_status=True,
        on_opened=lambda: _after(board, HANDOVER_SECONDS, let_go),
        on_connected=lambda answered: talk(board, journey, answered),
        on_failed=lambda reason: resume(),
    )
    journey.transfer = Transfer(attempt=ringing.begin(board, wanted.target, errand), resume=resume, is_blind=True)


def _ring_again(board: Switchboard, journey: Journey, employee: Party, other: Party) -> None:
    journey.transfer = None
    errand = Errand(
        journey=journey,
        origin=journey.legs[-1].call_id,
        command_id="",
        caller=other,
        on_connected=lambda answered: talk(board, journey, answered),
        on_failed=lambda reason: board.finish(journey, reason),
    )
    journey.attempt = ringing.begin(board, Target(kind="extension", value=employee.extension), errand)


def _consult(board: Switchboard, journey: Journey, wanted: Transferring) -> None:
    """The employee talks to a colleague first; the other side waits on hold."""
    leg, other = wanted.leg, wanted.other

    def resume() -> None:
        journey.transfer = None
        if leg.alive:
            board.change(leg, CONNECTED)

    def hand_over(consulted: Leg) -> None:
        """The employee hangs up: the other side takes their place on the consultation's leg."""
        board.close(leg, wanted.hung_up)
        consulted.caller, consulted.taken_from = other, leg.call_id
        board.change(consulted, CONNECTED)
        talk(board, journey, consulted)

    def consult(answered: Leg) -> None:
        known = board.employees.get(wanted.employee.extension)
        seconds = wanted.consult_seconds
        if seconds is None:
            seconds = known.consult_seconds if known is not None else CONSULT_SECONDS
        if journey.transfer is not None:
            journey.transfer.completion = board.queue.after(seconds, lambda: hand_over(answered))

    errand = Errand(
        journey=journey,
        origin=leg.call_id,
        command_id=wanted.command_id,
        caller=wanted.employee,
        heeds_status=True,
        on_connected=consult,
        on_failed=lambda reason: resume(),
    )
    journey.transfer = Transfer(attempt=ringing.begin(board, wanted.target, errand), resume=resume, is_blind=False)


def _after(board: Switchboard, seconds: float, action: Callable[[], None]) -> None:
    board.queue.after(board.decisions.moment_seconds(seconds), action)


METHODS: Final[Mapping[str, Callable[[Switchboard, Journey, Transferring], None]]] = {
    "blind": _blind,
    "hold": _consult,
}
