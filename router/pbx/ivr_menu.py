"""The scheme: what the PBX itself does with a caller who is in its voice menu.

A caller is at one menu (`journey.menu`) with at most one next move (`journey.pending`): the greeting's end, the end of
the silence, or the end of a DISA block's patience. A key, a command or a hang-up cancels that move and puts another in
its place, so nothing can happen twice. Commands reach the caller between any two moves.
"""

from collections.abc import Callable
from typing import Final

from router.pbx import conversations, ringing
from router.pbx.legs import INCOMING, Journey, Leg, Party, Playing
from router.pbx.ringing import Errand
from router.pbx.setup import Disa, Menu, Target
from router.pbx.switchboard import BY_SCHEME, REPLACED, Switchboard
from router.protocol.events import CONNECTED, IVR, DigitsCollected

REPEAT_SECONDS: Final = 0.5
"""Pause before a menu repeats itself, so that one which takes no time does not stop time."""


def welcome(board: Switchboard, journey: Journey, taken_from: str = "", group: str = "") -> None:
    """The caller comes, or comes back, into the menu on a new leg."""
    journey.attempt = None
    leg = board.open_leg(
        journey,
        IVR,
        caller=Party(number=journey.caller),
        callee=Party(number=journey.line),
        taken_from=taken_from,
        group=group,
    )
    if board.decisions.ivr_connects:
        board.change(leg, CONNECTED)
    if journey.menu is not None:
        enter(board, journey, journey.menu)


def enter(board: Switchboard, journey: Journey, menu: Menu) -> None:
    """Go to a place of the scheme: its greeting first."""
    journey.menu = menu
    journey.collected = "" if menu.disa else None
    if not menu.greeting:
        _listen(board, journey)
        return
    seconds = board.setup.audio_seconds[menu.greeting]
    journey.playing = Playing(audio=menu.greeting, source="scheme", until=board.queue.now + seconds)
    _next(board, journey, seconds, lambda: _listen(board, journey))


def press(board: Switchboard, journey: Journey, key: str) -> None:
    """The caller presses one key; it cuts off what plays. Outside of the menu nothing listens (§3.1.4)."""
    leg = journey.menu_leg
    if leg is None or journey.menu is None:
        return
    journey.playing = None
    if journey.collected is not None and journey.menu.disa is not None:
        _collect(board, journey, leg, journey.menu.disa, key)
        return
    collected(board, leg, key, _place(journey))
    item = journey.menu.items.get(key)
    if item is None:
        _listen(board, journey)
    else:
        enter(board, journey, item)


def collect(board: Switchboard, leg: Leg, digits: str) -> None:
    """One packet of keys, as the caller's place in a scheme might have collected it; it cuts off what plays."""
    if leg.location != IVR:
        collected(board, leg, digits, leg.location)
        return
    leg.journey.playing = None
    collected(board, leg, digits, _place(leg.journey))
    _listen(board, leg.journey)


def play(board: Switchboard, journey: Journey, audio: str, after_seconds: float, command_id: str) -> None:
    """Play a file to the caller by command, wait, then let the scheme go on behind what was cut off (§3.2.6)."""
    seconds = board.setup.audio_seconds.get(audio, 0.0)
    until = board.queue.now + seconds
    journey.playing = Playing(audio=audio, source="command", until=until, command_id=command_id)
    if journey.menu_leg is not None:
        _next(board, journey, seconds + after_seconds, lambda: _resume(board, journey))


def leave(journey: Journey) -> None:
    """The scheme stops: a command or the caller takes the call away."""
    journey.playing = None
    journey.collected = None
    if journey.pending is not None:
        journey.pending.cancel()


def send(
    board: Switchboard, journey: Journey, target: Target, leg: Leg | None, command_id: str = "", group: str = ""
) -> None:
    """Take the caller off `leg`, or off nothing when the line leads straight there, and ring `target`."""
    leave(journey)
    journey.forwarded = journey.forwarded or board.queue.now
    origin = leg.call_id if leg is not None else ""
    errand = Errand(
        journey=journey,
        origin=origin,
        command_id=command_id,
        caller=Party(number=journey.caller) if leg is None or journey.direction == INCOMING else leg.caller,
        heeds_status=True,
        group=group,
        on_connected=lambda answered: conversations.talk(board, journey, answered),
        on_failed=lambda reason: _unanswered(board, journey, reason, by_command=bool(command_id)),
    )
    journey.attempt = ringing.begin(board, target, errand)


def _unanswered(board: Switchboard, journey: Journey, reason: int, *, by_command: bool) -> None:
    """Nobody answered: back into the menu (`after_failed_route: return`), or the end. From where the scheme itself sent
    a caller he does not come back."""
    if by_command and journey.scheme is not None and journey.scheme.returns:
        origin = journey.legs[-1].call_id
        journey.pending = board.queue.after(
            board.decisions.leg_delay_seconds(), lambda: welcome(board, journey, taken_from=origin)
        )
    else:
        board.finish(journey, reason)


def _listen(board: Switchboard, journey: Journey) -> None:
    """Wait for keys or a command."""
    journey.playing = None
    menu = journey.menu
    if menu is None:
        return
    is_collecting = journey.collected is not None and menu.disa is not None
    seconds = menu.disa.first_seconds if is_collecting and menu.disa else menu.silence_seconds
    _next(board, journey, seconds, lambda: _go_on(board, journey))


def _collect(board: Switchboard, journey: Journey, leg: Leg, disa: Disa, key: str) -> None:
    """A DISA block: `*` starts over, a pause or the last allowed digit completes the packet."""
    if key == "*":
        journey.collected = ""
        _listen(board, journey)
        return
    journey.collected = (journey.collected or "") + key
    if len(journey.collected) >= disa.max_digits:
        _complete(board, journey, leg, disa)
    else:
        _next(board, journey, disa.next_seconds, lambda: _complete(board, journey, leg, disa))


def _complete(board: Switchboard, journey: Journey, leg: Leg, disa: Disa) -> None:
    digits, journey.collected = journey.collected or "", None
    if len(digits) < disa.min_digits:
        _go_on(board, journey)
        return
    collected(board, leg, digits, _place(journey))
    _listen(board, journey)


def _resume(board: Switchboard, journey: Journey) -> None:
    """A commanded play and its waiting time are over; digits that came meanwhile are a packet all the same."""
    journey.playing = None
    menu, leg = journey.menu, journey.menu_leg
    if journey.collected and menu is not None and menu.disa is not None and leg is not None:
        _complete(board, journey, leg, menu.disa)
    else:
        _go_on(board, journey)


def _go_on(board: Switchboard, journey: Journey) -> None:
    """The menu's time is over."""
    menu, leg = journey.menu, journey.menu_leg
    if menu is None or leg is None:
        return
    if menu.then == "hang_up":
        board.finish(journey, BY_SCHEME)
    elif menu.then == "repeat":
        _next(board, journey, REPEAT_SECONDS, lambda: enter(board, journey, menu))
    elif isinstance(menu.then, Target):
        board.close(leg, REPLACED)
        send(board, journey, menu.then, leg)


def _place(journey: Journey) -> str:
    return journey.menu.location if journey.menu is not None else IVR


def _next(board: Switchboard, journey: Journey, seconds: float, action: Callable[[], None]) -> None:
    """Replace the scheme's next move."""
    if journey.pending is not None:
        journey.pending.cancel()
    journey.pending = board.queue.after(seconds, action)


def collected(board: Switchboard, leg: Leg, digits: str, location: str) -> None:
    """`events/dtmf` (§3.1.4), with its own counter; `location` is where the caller was, not where the keys lead."""
    journey = leg.journey
    leg.dtmf_seq += 1
    packet = DigitsCollected(
        entry_id=journey.entry_id,
        call_id=leg.call_id,
        seq=leg.dtmf_seq,
        timestamp=int(board.queue.now),
        digits=digits,
        location=location,
        initiator=journey.caller,
        from_number=journey.caller,
        to_number=journey.line,
        line_number=journey.line,
    )
    board.tell(journey, packet)
