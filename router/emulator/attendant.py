"""The scheme: what the PBX itself does with a caller who is in its voice menu.

A caller is at one menu (`journey.menu`) with at most one next move (`journey.pending`): the greeting's end, the end of
the silence, or the end of a DISA block's patience. A key, a command or a hang-up cancels that move and puts another in
its place, so nothing can happen twice. Commands reach the caller between any two moves.
"""

from collections.abc import Callable
from typing import Final

from router.emulator import ringing, talking
from router.emulator.config import Disa, Menu, Target
from router.emulator.journey import Journey, Leg, Party, Playing
from router.emulator.ringing import Errand
from router.emulator.switchboard import BY_SCHEME, INCOMING, REPLACED, Switchboard
from router.protocol.events import CONNECTED, IVR

REPEAT_SECONDS: Final = 0.5
"""Pause before a menu repeats itself, so that one which takes no time does not stop time."""


def welcome(board: Switchboard, journey: Journey, taken_from: str = "") -> None:
    """The caller comes, or comes back, into the menu on a new leg."""
    journey.attempt = None
    board.open_leg(
        journey,
        IVR,
        caller=Party(number=journey.caller),
        callee=Party(number=journey.line),
        taken_from=taken_from,
    )
    leg = journey.menu_leg
    if board.chance.habits.ivr_connects and leg is not None:
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
    seconds = board.config.audio_seconds[menu.greeting]
    journey.playing = Playing(audio=menu.greeting, source="scheme", until=board.agenda.now + seconds)
    _next(board, journey, seconds, lambda: _listen(board, journey))


def press(board: Switchboard, journey: Journey, key: str) -> None:
    """The caller presses one key; it cuts off what plays. Outside of the menu nobody listens (§3.1.4)."""
    leg = journey.menu_leg
    if leg is None or journey.menu is None:
        return
    journey.playing = None
    if journey.collected is not None and journey.menu.disa is not None:
        _collect(board, journey, leg, journey.menu.disa, key)
        return
    _announce_packet(board, journey, leg, key)
    item = journey.menu.items.get(key)
    if item is None:
        _listen(board, journey)
    else:
        enter(board, journey, item)


def play(board: Switchboard, journey: Journey, audio: str, after_seconds: float, command_id: str) -> None:
    """Play a file to the caller by command, wait, then let the scheme go on behind what was cut off (§3.2.6)."""
    seconds = board.config.audio_seconds.get(audio, 0.0)
    until = board.agenda.now + seconds
    journey.playing = Playing(audio=audio, source="command", until=until, command_id=command_id)
    if journey.menu_leg is not None:
        _next(board, journey, seconds + after_seconds, lambda: _resume(board, journey))


def leave(journey: Journey) -> None:
    """The scheme stops: a command or the caller takes the call away."""
    journey.playing = None
    journey.collected = None
    if journey.pending is not None:
        journey.pending.cancel()


def send(board: Switchboard, journey: Journey, target: Target, leg: Leg | None, command_id: str = "") -> None:
    """Take the caller off `leg`, or off nothing when the line leads straight there, and ring `target`."""
    leave(journey)
    journey.forwarded = journey.forwarded or board.agenda.now
    origin = leg.call_id if leg is not None else ""
    errand = Errand(
        journey=journey,
        origin=origin,
        command_id=command_id,
        caller=Party(number=journey.caller) if leg is None or journey.direction == INCOMING else leg.caller,
        heeds_status=True,
        on_connected=lambda answered: talking.talk(board, journey, answered),
        on_failed=lambda reason: _unanswered(board, journey, reason, by_command=bool(command_id)),
    )
    journey.attempt = ringing.begin(board, target, errand)


def _unanswered(board: Switchboard, journey: Journey, reason: int, *, by_command: bool) -> None:
    """Nobody answered: back into the menu (`after_failed_route: return`), or the end."""
    if by_command and journey.scheme is not None and journey.scheme.returns:
        origin = journey.legs[-1].call_id
        journey.pending = board.agenda.after(
            board.chance.leg_delay_seconds(), lambda: welcome(board, journey, taken_from=origin)
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
    _announce_packet(board, journey, leg, digits)
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


def _next(board: Switchboard, journey: Journey, seconds: float, action: Callable[[], None]) -> None:
    """Replace the scheme's next move."""
    if journey.pending is not None:
        journey.pending.cancel()
    journey.pending = board.agenda.after(seconds, action)


def _announce_packet(board: Switchboard, journey: Journey, leg: Leg, digits: str) -> None:
    """`events/dtmf` (§3.1.4), with its own counter; `location` is where the caller was, not where the keys lead."""
    leg.dtmf_seq += 1
    menu = journey.menu
    caller = {"from_number": journey.caller} if journey.caller else {}
    payload = {
        "seq": leg.dtmf_seq,
        "dtmf": digits,
        "timestamp": int(board.agenda.now),
        "call_id": leg.call_id,
        "entry_id": journey.entry_id,
        "location": menu.location if menu is not None else IVR,
        "initiator": journey.caller,
        **caller,
        "to_number": journey.line,
        "line_number": journey.line,
    }
    board.announce(journey, "events/dtmf", payload)
