"""The PBX's commands (§3.2) over the legal PBX: when each is allowed, with what it may refuse, and what it brings about."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from router.protocol.events import ABONENT, APPEARED, CONNECTED, IVR, ON_HOLD, QUEUE
from tests.explorer.legal_pbx import (
    CONSULTS,
    HANDED,
    MENU,
    MOST_LEGS,
    RINGS,
    TALKS,
    UNTOLD,
    WAITS,
    Move,
    Pbx,
    PbxLeg,
    _changed,
    _closed,
    _opened,
    _origin,
    over,
)

DONE: Final = 1000
NOT_NOW: Final = 4100

Params = Mapping[str, Any]


def obey(pbx: Pbx, command: str, params: Params, label: str, now: float) -> Iterator[Move]:
    """All that the PBX may make of a command that it takes now; each move has the command's result."""
    needs_leg = LIVE.get(command)
    if needs_leg is None:
        for code in (DONE, *pbx.ways.codes):
            yield Move(f"result {code}", pbx, result=code)
        return
    leg = pbx.leg(params["call_id"])
    if leg is None or not leg.is_alive:
        for code in pbx.ways.too_late:
            yield Move(f"too late, {code}", pbx, result=code, is_gone=True)
        return
    moves = list(needs_leg(pbx, leg, params, label, now))
    if not moves:
        yield Move(f"refused with {NOT_NOW}", pbx, result=NOT_NOW)
        return
    yield from moves
    for code in pbx.ways.codes:
        yield Move(f"refused with {code}", pbx, result=code)


def _route(pbx: Pbx, leg: PbxLeg, params: Params, label: str, now: float) -> Iterator[Move]:
    """§3.2.7: out of the menu, out of a queue, or an intercept before the answer."""
    if pbx.phase not in (MENU, RINGS, WAITS) or len(pbx.legs) >= MOST_LEGS:
        return
    if leg.location == ABONENT and leg.state != APPEARED:
        return
    reasons = {one.call_id: 1100 if one.location in (IVR, QUEUE) else 1182 for one in pbx.legs}
    from_here = msgspec.structs.replace(pbx, here=leg.call_id)
    free, told = _closed(from_here, reasons, 1100)
    free = msgspec.structs.replace(free, label=label)
    number = params["to_number"]
    if pbx.ways.untold:
        yield Move("taken, of nobody told", msgspec.structs.replace(free, phase=UNTOLD, here=""), tuple(told), DONE)
    for naming in pbx.ways.naming:
        origin = _origin(free, naming, params["command_id"])
        if label.startswith("group"):
            waits, event = _opened(free, location=QUEUE, group=number, **origin)
            yield Move(f"into the queue ({naming})", msgspec.structs.replace(waits, phase=WAITS), (*told, event), DONE)
        else:
            rings, event = _opened(free, location=ABONENT, to=number, **origin)
            yield Move(f"{number} rings ({naming})", msgspec.structs.replace(rings, phase=RINGS), (*told, event), DONE)


def _play(pbx: Pbx, leg: PbxLeg, params: Params, label: str, now: float) -> Iterator[Move]:
    """§3.2.6: interrupts what plays; the scheme goes on `after_play_time` after its end."""
    if leg.location in (IVR, QUEUE):
        hold = now + PLAY_SECONDS + params["after_play_time"] if pbx.phase == MENU else pbx.hold
        yield Move("it plays", msgspec.structs.replace(pbx, hold=hold), result=DONE)


PLAY_SECONDS: Final = 5.0
"""How long every prompt of the explored bundles is."""


def _hang_up(pbx: Pbx, leg: PbxLeg, params: Params, label: str, now: float) -> Iterator[Move]:
    """§3.2.3."""
    if leg.location != QUEUE:
        yield msgspec.structs.replace(over(pbx, 1181, "the call is hung up"), result=DONE)


def _transfer(pbx: Pbx, leg: PbxLeg, params: Params, label: str, now: float) -> Iterator[Move]:
    """§3.2.8: of a conversation."""
    if pbx.phase != TALKS or leg.call_id != pbx.here or len(pbx.legs) >= MOST_LEGS:
        return
    told = []
    if leg.state != ON_HOLD:
        pbx, event = _changed(pbx, leg.call_id, state=ON_HOLD)
        told.append(event)
    method = {"hold": _consult, "blind": _hand_over}[params["method"]]
    if pbx.ways.untold and params["method"] == "hold":
        yield Move("taken, of nobody told", msgspec.structs.replace(pbx, phase=CONSULTS), tuple(told), DONE)
    for naming in pbx.ways.naming:
        after, more = method(pbx, _origin(pbx, naming, params["command_id"]), params["to_number"])
        yield Move(f"{params['to_number']} rings ({naming})", after, (*told, *more), DONE)


def _consult(pbx: Pbx, origin: dict[str, str], number: str) -> tuple[Pbx, list[Any]]:
    after, event = _opened(pbx, location=ABONENT, here=False, employee=pbx.employee, to=number, **origin)
    return msgspec.structs.replace(after, phase=CONSULTS), [event]


def _hand_over(pbx: Pbx, origin: dict[str, str], number: str) -> tuple[Pbx, list[Any]]:
    """The new leg first is the employee's, then the caller's (the document's last story)."""
    first = pbx.here
    unmasked = {"command_id": origin["command_id"]} if "command_id" in origin else {}
    after, event = _opened(pbx, location=ABONENT, employee=pbx.employee, to=number, **unmasked)
    new = after.legs[-1].call_id
    after, gone = _changed(after, first, state="Disconnected", reason=1120)
    after, taken = _changed(after, new, employee="", taken_from=first)
    return msgspec.structs.replace(after, phase=HANDED), [event, gone, taken]


def _record(pbx: Pbx, leg: PbxLeg, params: Params, label: str, now: float) -> Iterator[Move]:
    """§3.2.5: of a conversation."""
    if pbx.phase == TALKS and leg.state == CONNECTED:
        yield Move("it is recorded", pbx, result=DONE)


LIVE: Final[Mapping[str, Callable[[Pbx, PbxLeg, Params, str, float], Iterator[Move]]]] = {
    "route": _route,
    "play/start": _play,
    "call/hangup": _hang_up,
    "transfer": _transfer,
    "recording/start": _record,
}
"""The commands that name a leg; all others are taken at any time."""
