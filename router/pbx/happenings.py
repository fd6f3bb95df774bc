"""What people at the phones do, when told to: a call script's `pbx:` lines, and the emulator's control API.

Each happening is allowed in the states in which people can do it; in any other one `Impossible` says why not.
"""

from collections.abc import Callable, Mapping
from typing import Final

from router.pbx import conversations, ivr_menu
from router.pbx.conversations import Transferring
from router.pbx.legs import Attempting, Journey, Leg
from router.pbx.setup import Target
from router.pbx.switchboard import CALLER_LEFT, NOT_ANSWERED, REPLACED, Switchboard
from router.protocol.events import ABONENT, CONNECTED, ON_HOLD, QUEUE

FAILURES: Final[Mapping[str, int]] = {"busy": 1121, "no_answer": NOT_ANSWERED, "rejected": 1122, "unavailable": 1124}
"""How an attempt can fail, with the disconnect_reason that tells it (the document's list of result codes)."""


class Impossible(Exception):
    """Something cannot happen in the present state of the call; the text says why."""


def happen(board: Switchboard, journey: Journey, what: str, scheme_target: Target | None) -> None:
    """Let it happen now. `scheme_target` is where the scheme moves a caller on to, None when it leads nowhere."""
    if what == "answered":
        _decide(journey, None)
    elif what in FAILURES:
        _decide(journey, FAILURES[what])
    elif what == "left":
        _move_on(board, journey, scheme_target)
    elif what in PEOPLE:
        PEOPLE[what](board, journey)
    else:
        raise Impossible(f"nothing is called {what!r}; there are {', '.join(HAPPENINGS)}")


def consult(board: Switchboard, journey: Journey, colleague: str, seconds: float | None = None) -> None:
    """The employee who talks to the caller calls a colleague, to hand the caller over (§3.2.8); the caller is on hold.
    They talk for `seconds`, or for as long as the employee's habit is."""
    leg = here(journey, "be put on hold")
    employee = next((one for one in (leg.callee, leg.caller) if one.extension), None)
    if leg.location != ABONENT or leg.state not in (CONNECTED, ON_HOLD) or journey.transfer is not None:
        raise Impossible("the caller talks to nobody, so nobody can ask a colleague")
    if employee is None:
        raise Impossible("only an employee can ask a colleague, and the caller talks to a number outside")
    target = board.destination(colleague)
    if target is None:
        raise Impossible(f"nobody has the number {colleague}")
    wanted = Transferring(leg=leg, employee=employee, target=target, command_id="", consult_seconds=seconds)
    conversations.transfer(board, journey, wanted, "hold")


def hang_up(board: Switchboard, journey: Journey) -> None:
    """The caller hangs up."""
    here(journey, "hang up")
    board.finish(journey, CALLER_LEFT)


def collect(board: Switchboard, journey: Journey, digits: str) -> None:
    """The scheme has collected one packet of keys (§3.1.4)."""
    if journey.ended is not None:
        raise Impossible("the call is over, the caller cannot press a key")
    leg = journey.menu_leg or journey.live(QUEUE)
    if leg is not None:  # anywhere else the PBX listens to no keys
        ivr_menu.collect(board, leg, digits)


def here(journey: Journey, wish: str) -> Leg:
    """The leg that the caller is on."""
    transfer = journey.transfer
    consultation = transfer.attempt if transfer is not None and not transfer.is_blind else None
    for leg in reversed(journey.legs):
        if leg.alive and not (consultation is not None and consultation.owns(leg)):
            return leg
    why = "the call is over" if journey.ended is not None else "the caller is between two legs"
    raise Impossible(f"{why}, the caller cannot {wish}")


def _attempt(journey: Journey) -> Attempting | None:
    return journey.transfer.attempt if journey.transfer is not None else journey.attempt


def _decide(journey: Journey, reason: int | None) -> None:
    """What rings is answered, or fails."""
    here(journey, "be answered" if reason is None else "be refused")
    attempt = _attempt(journey)
    if attempt is None or not attempt.decide(reason):
        consequence = "nobody can answer" if reason is None else "nothing can fail"
        raise Impossible(f"nobody's phone rings, so {consequence}")


def _hold(board: Switchboard, journey: Journey) -> None:
    board.change(_talking(journey, CONNECTED, "be put on hold"), ON_HOLD)


def _resume(board: Switchboard, journey: Journey) -> None:
    """The employee takes the caller back: from hold, from a consultation, from a blind transfer that rings."""
    here(journey, "be taken back")
    if journey.transfer is None:
        board.change(_talking(journey, ON_HOLD, "be taken off hold"), CONNECTED)
    elif journey.transfer.is_blind:
        _decide(journey, NOT_ANSWERED)
    else:
        conversations.call_off(journey, CALLER_LEFT)  # the employee is the calling side of the consultation


def _move_on(board: Switchboard, journey: Journey, target: Target | None) -> None:
    """The scheme's patience is over: it moves the caller on, by no command."""
    leg = here(journey, "be moved on")
    if not leg.is_in_menu:
        raise Impossible("the scheme has the caller no more, so it cannot move him on")
    if target is None:
        raise Impossible("the scheme leads nowhere, so it cannot move the caller on")
    if journey.attempt is not None:
        journey.attempt.cancel(REPLACED)
    board.close(leg, REPLACED)
    ivr_menu.send(board, journey, target, leg)


def _talking(journey: Journey, state: str, wish: str) -> Leg:
    leg = here(journey, wish)
    if leg.is_in_menu or leg.state != state:
        raise Impossible(f"the caller cannot {wish}: the leg is {leg.state} in {leg.location}")
    return leg


PEOPLE: Final[Mapping[str, Callable[[Switchboard, Journey], None]]] = {"held": _hold, "resumed": _resume}
HAPPENINGS: Final = ("answered", *FAILURES, *PEOPLE, "left")
"""All that can be let happen."""
