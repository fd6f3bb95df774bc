"""What the control API tells about calls: everything the PBX knows, in the wire's own words. Times are Unix seconds."""

from typing import Any

from router.emulator.notifications import Notification
from router.emulator.pbx import Pbx
from router.pbx.legs import INCOMING, Journey, Leg, Recording
from router.pbx.possible_acts import BETWEEN, CAN, where_is
from router.pbx.setup import Scheme
from router.pbx.wire import body_of, party
from router.protocol.events import ABONENT, CONNECTED, IVR, ON_HOLD, QUEUE


def introduction(pbx: Pbx, speed: float) -> dict[str, Any]:
    """That this is an emulator, whose (`proof` is signed with its key and salt), and whom one can call there."""
    lines = {number: "" if isinstance(there, Scheme) else there.value for number, there in pbx.board.lines.items()}
    people = {number: employee.name for number, employee in pbx.board.employees.items()}
    return {
        "emulator": "ivr",
        "profile": pbx.profile,
        "speed": speed,
        "proof": pbx.proof,
        "lines": [{"number": number, "to": to} for number, to in lines.items()],
        "employees": [{"extension": extension, "name": name} for extension, name in people.items()],
    }


def acts(journey: Journey) -> list[str]:
    """What people can do now. A caller between two legs can hang up: people see that place, a script does not."""
    where = where_is(journey)
    return ["hangup"] if where == BETWEEN else [*CAN[where]]


def brief(journey: Journey, now: float) -> dict[str, Any]:
    """One call without its history."""
    return {
        "id": journey.id,
        "entry_id": journey.entry_id,
        "call_id": journey.legs[-1].call_id if journey.legs else "",
        "direction": journey.direction,
        "from": journey.caller
        if journey.direction == INCOMING
        else journey.sides[0].extension or journey.sides[0].number,
        "line": journey.line,
        "started": journey.started,
        "elapsed": round((now if journey.ended is None else journey.ended) - journey.started, 3),
        "answered": journey.talked,
        "ended": journey.ended,
        "disconnect_reason": journey.reason,
        "state": state(journey),
        "situation": where_is(journey),
        "can": acts(journey),
        "where": _where(journey),
        "playing": _playing(journey, now),
    }


def full(journey: Journey, now: float) -> dict[str, Any]:
    """One call with all legs, notifications with what the webhook answered, commands and recordings."""
    return brief(journey, now) | {
        "summary": body_of(journey.summary()) if journey.ended is not None else None,
        "legs": [_leg(leg) for leg in journey.legs],
        "events": [_notification(one) for one in journey.notifications],
        "commands": journey.requests,
        "recordings": [_recording(one) for one in journey.recordings],
    }


def state(journey: Journey) -> str:
    """In one word: menu, queue, ringing, talking, held, between (two legs) or ended."""
    if journey.ended is not None:
        return "ended"
    people = {leg.state for leg in journey.legs if leg.alive and leg.location == ABONENT}
    signs = (
        ("talking", CONNECTED in people),
        ("held", ON_HOLD in people),
        ("queue", journey.live(QUEUE) is not None),
        ("ringing", bool(people)),
        ("menu", journey.live(IVR) is not None),
    )
    return next((word for word, is_so in signs if is_so), "between")


def _where(journey: Journey) -> dict[str, Any]:
    """The newest live leg, and the place in the scheme while the caller is in it."""
    alive = [leg for leg in journey.legs if leg.alive]
    if not alive:
        return {}
    newest = alive[-1]
    menu = {"menu": journey.menu.location} if newest.location == IVR and journey.menu else {}
    collected = {"collected": journey.collected} if newest.location == IVR and journey.collected is not None else {}
    return {"location": newest.location, "call_id": newest.call_id, "to": party(newest.callee)} | menu | collected


def _playing(journey: Journey, now: float) -> dict[str, Any] | None:
    playing = journey.playing
    if playing is None or playing.until <= now:
        return None
    return {
        "audio": playing.audio,
        "source": playing.source,
        "until": playing.until,
        "command_id": playing.command_id,
    }


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "call_id": leg.call_id,
        "state": leg.state,
        "location": leg.location,
        "seq": leg.seq,
        "dtmf_seq": leg.dtmf_seq,
        "from": party(leg.caller),
        "to": party(leg.callee),
        "acd_group": leg.group,
        "taken_from_call_id": leg.taken_from,
        "command_id": leg.command_id,
        "disconnect_reason": leg.reason,
    }


def _recording(one: Recording) -> dict[str, Any]:
    return {
        "recording_id": one.recording_id,
        "extension": one.extension,
        "call_id": one.call_id,
        "started": one.started,
        "ended": one.ended,
        "completion_code": one.code or None,
        "command_id": one.command_id,
    }


def _notification(one: Notification) -> dict[str, Any]:
    return {
        "at": one.at,
        "path": one.path,
        "json": one.payload,
        "dropped": one.dropped,
        "deliveries": list(one.deliveries),
    }
