"""How the pretend PBX carries out a command: when it is allowed, what events it causes, and its result (§3.2).

A command that is not allowed in the present state of the call causes nothing and gets the document's code for it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.engine.effects import QueueCommand
from router.protocol.events import ABONENT, DISCONNECTED, ON_HOLD, QUEUE, CommandResulted, RecordingChanged
from router.simulator.leg import Leg
from router.simulator.pbx import EMPLOYEE_HUNG_UP, REPLACED, SCHEME_EMPLOYEE, Events, Pbx

DONE: Final = 1000
ENDED_BY_COMMAND: Final = 1181
INTERCEPTED: Final = 1182
NOT_POSSIBLE: Final = 4100
GONE: Final = 4101

Outcome = tuple[int, Events]
"""The result's code, and the events before it."""


def obey(pbx: Pbx, command: QueueCommand, code: int | None, now: float) -> Events:
    """Carry a command out, unless `code` dictates a refusal: its events, then its result."""
    effect = EFFECTS.get(command.command)
    result, events = DONE if code is None else code, Events()
    if result == DONE and effect is not None:
        result, events = effect(pbx, command, now)
    return [*events, CommandResulted(command=command.command, command_id=command.command_id, result=result)]


def _play(pbx: Pbx, command: QueueCommand, now: float) -> Outcome:
    """§3.2.6: only to a caller in the scheme or in a queue."""
    leg = pbx.find(command.call_id)
    if leg is None:
        return GONE, []
    return (DONE if leg.in_menu else NOT_POSSIBLE), []


def _route(pbx: Pbx, command: QueueCommand, now: float) -> Outcome:
    """§3.2.7: from the scheme or a queue, or an intercept of a phone that still rings."""
    leg = pbx.find(command.call_id)
    if leg is None:
        return GONE, []
    if not (leg.in_menu or leg.rings):
        return NOT_POSSIBLE, []
    reason = REPLACED if leg.in_menu else INTERCEPTED
    gone = leg.next(now, state=DISCONNECTED, disconnect_reason=reason)
    return DONE, [gone, *_place(pbx, command, leg, now)]


def _place(pbx: Pbx, command: QueueCommand, old: Leg, now: float) -> Events:
    """Ring at the destination; a group first takes the caller into its queue."""
    target = destination(command)
    ours: dict[str, Any] = {"command_id": command.command_id}
    group = target.get("acd_group", "")
    if not group:
        return [pbx.new_leg(now, location=ABONENT, taken_from=old, **ours, **target)]
    queued = pbx.new_leg(now, location=QUEUE, taken_from=old, **ours, **target)
    queue = pbx.legs[-1]
    left = queue.next(now, state=DISCONNECTED, disconnect_reason=REPLACED)
    operator = {**ours, "to_extension": SCHEME_EMPLOYEE, "acd_group": group}
    return [queued, left, pbx.new_leg(now, location=ABONENT, taken_from=queue, **operator)]


def _record(pbx: Pbx, command: QueueCommand, now: float) -> Outcome:
    """§3.2.5: only a conversation."""
    leg = pbx.find(command.call_id)
    if leg is None:
        return GONE, []
    if not leg.talks:
        return NOT_POSSIBLE, []
    pbx.recordings += 1
    began = RecordingChanged(
        recording_id=f"recording-{pbx.recordings}",
        seq=1,
        state="Started",
        entry_id=pbx.entry_id,
        call_id=leg.call_id,
        extension=leg.last.to_extension,
        timestamp=int(now),
        command_id=command.command_id,
    )
    return DONE, [began]


def _hangup(pbx: Pbx, command: QueueCommand, now: float) -> Outcome:
    """§3.2.3: not while the caller is in a queue. On the new leg of a transfer it takes the transfer back (§3.2.8)."""
    leg = pbx.find(command.call_id)
    if leg is None:
        return GONE, []
    if leg.last.location == QUEUE:
        return NOT_POSSIBLE, []
    if leg is pbx.consultation:
        return DONE, pbx.fail(ENDED_BY_COMMAND, now)
    return DONE, pbx.end(now, ENDED_BY_COMMAND)


def _transfer(pbx: Pbx, command: QueueCommand, now: float) -> Outcome:
    """§3.2.8: only a conversation. Either way the new leg begins with the employee in `from`."""
    leg = pbx.find(command.call_id)
    if leg is None:
        return GONE, []
    if not leg.talks:
        return NOT_POSSIBLE, []
    held: Events = [] if leg.last.state == ON_HOLD else [leg.next(now, state=ON_HOLD)]
    employee = {"from_extension": leg.last.to_extension, "from_number": leg.last.to_number}
    fields = {"command_id": command.command_id, **employee, **destination(command)}
    hand_over = _consult if command.params.get("method") == "hold" else _hand_over_blind
    return DONE, [*held, *hand_over(pbx, leg, fields, now)]


def _consult(pbx: Pbx, leg: Leg, fields: Mapping[str, Any], now: float) -> Events:
    """The caller waits on hold while the employee calls the other one."""
    appeared = pbx.new_leg(now, location=ABONENT, taken_from=leg, **fields)
    pbx.consultation = pbx.legs[-1]
    return [appeared]


def _hand_over_blind(pbx: Pbx, leg: Leg, fields: Mapping[str, Any], now: float) -> Events:
    """The employee leaves, and the caller takes his place in `from` with the new leg's second event."""
    pbx.handed_over_by = leg.last.to_extension
    appeared = pbx.new_leg(now, location=ABONENT, **fields)
    gone = leg.next(now, state=DISCONNECTED, disconnect_reason=EMPLOYEE_HUNG_UP)
    taken = pbx.legs[-1].next(now, from_extension="", from_number=pbx.caller, taken_from_call_id=leg.call_id)
    return [appeared, gone, taken]


def destination(command: QueueCommand) -> dict[str, str]:
    """The `to` of the leg that a route or a transfer makes, by what the flow's author called the destination."""
    kind = command.label.partition(" ")[0]
    number = str(command.params.get("to_number", ""))
    field = {"group": "acd_group", "number": "to_number", "sip": "to_number"}.get(kind, "to_extension")
    return {field: number}


EFFECTS: Final[Mapping[str, Callable[[Pbx, QueueCommand, float], Outcome]]] = {
    "play/start": _play,
    "route": _route,
    "call/hangup": _hangup,
    "transfer": _transfer,
    "recording/start": _record,
}
"""Commands that need the call to be in a certain state; any other one simply succeeds."""
