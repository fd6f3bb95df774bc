"""What must hold in every world: safety, of each step of the engine; liveness, of each world in which nothing is under
way. All of it is judged by what the PBX knows, and excused by what the engine was not told yet.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from router.engine.effects import QueueCommand
from router.engine.manual_step import BY_HAND, VERBS
from router.engine.state import CLOSING, ENDED, LEAVING, RESTING, RUNNING, Call, Step
from router.engine.verbs.attempts import MOST_AGAIN, RACE_SECONDS
from router.protocol.codes import route_outcome
from router.protocol.events import APPEARED, CONNECTED, DISCONNECTED, IVR, ON_HOLD, QUEUE, LegChanged
from tests.explorer.legal_pbx import CLOCK, CONSULTS, GONE, HANDED, MENU, RINGS, TALKS, UNTOLD, WAITS

if TYPE_CHECKING:
    from tests.explorer.world import Case, World

AT_REST: Final = frozenset({"watch"})
"""Verbs at which the author lets time pass for as long as the call lasts."""

TIMED: Final = frozenset({"wait", "lookup", "sms", "callback", "callback_group", "task", "record", "notify"})
"""Verbs whose time the author or the other side decides, whatever the PBX's patience is."""


def broken_by_step(world: "World", done: Step) -> str:
    """The law that a step of the engine breaks, "" if none."""
    for entry in done.trace:
        if entry.kind == "note" and "engine fault" in entry.data["text"]:
            return str(entry.data["text"])
    for found in _broken(world, done):
        if found:
            return found
    return ""


def _broken(world: "World", done: Step) -> Iterator[str]:
    for effect in done.effects:
        if isinstance(effect, QueueCommand) and effect.call_id:
            yield _unsafe_command(world, done.call, effect)
            yield _beside_the_hand(world.call, done.call, effect)
            yield _steals(world, effect)
    yield _useless_command(done.call)
    if done.call.takeover is not None and done.call.status != RUNNING:
        yield f"a person has the call, and it is {done.call.status}"
    if done.call.status == LEAVING and world.call.status != LEAVING and world.pbx.phase != GONE:
        yield "the call is taken for hung up, and the PBX still has the caller"
    if world.call.finishes and done.call.status == ENDED and not _began_finally(done):
        yield "the call ended, and its `finally` did not run"
    for entry in done.trace:
        if entry.kind == "left":
            yield _wrong_exit(world, done.call, entry.data)
        elif entry.kind == "manual" and world.call.takeover is not None:
            verb = VERBS[world.call.takeover.command]
            yield _wrong_exit(world, done.call, {"exit": entry.data["done"], "verb": verb, "step": BY_HAND})


def _began_finally(done: Step) -> bool:
    return any(entry.kind == "note" and entry.data["text"].endswith(": finally") for entry in done.trace)


# safety


def _steals(world: "World", command: QueueCommand) -> str:
    """Nobody is taken from the phone that a person's command rings. Of two people the later one may be."""
    rings = world.pbx.phase in (RINGS, WAITS) and world.pbx.label.startswith(BY_HAND)
    if rings and world.hands == 1 and command.label != BY_HAND and command.command in ("route", "call/hangup"):
        return f"{command.label} takes the caller from where a person has sent him"
    return ""


def _beside_the_hand(before: Call, after: Call, command: QueueCommand) -> str:
    """The flow rests while a person has the call; only a prompt that buys time for the person's command may be heard."""
    hand = after.takeover
    is_the_same = hand is not None and before.takeover is not None and hand.command_id == before.takeover.command_id
    if is_the_same and command.label != BY_HAND and not after.holds_with(command.command_id):
        return f"{command.label} is sent while a person has the call"
    return ""


def _unsafe_command(world: "World", call: Call, command: QueueCommand) -> str:
    leg = call.legs[command.call_id].last
    if command.label == BY_HAND and call.takeover is None:
        return ""  # the PBX will refuse it, as the one who gave it will see
    if leg.state == DISCONNECTED:
        return f"{command.label} is sent to {leg.call_id}, which has ended"
    in_menu = leg.location in (IVR, QUEUE)
    if command.command == "play/start" and not in_menu:
        return f"{command.label} is played to {leg.call_id}, which is {leg.state} at somebody"
    if command.command == "route":
        if leg.state in (CONNECTED, ON_HOLD) and not in_menu:
            return f"{command.label} is a route of a conversation"
        if call.takeover is not None and call.takeover.command_id == command.command_id:
            return ""  # a person's wish, whatever the flow had tried
        is_the_flows = call.takeover is None and world.call.takeover is None
        given_up = _given_up(world) if is_the_flows and label_of(command) != world.tried.label else ""
        return given_up or _second_route(world, command) or _takes_from_himself(world, command)
    return ""


def label_of(command: QueueCommand) -> str:
    """Whom a command is for: all that are given by hand have one label."""
    return f"{BY_HAND} {command.params.get('to_number', '')}" if command.label == BY_HAND else command.label


def _second_route(world: "World", command: QueueCommand) -> str:
    """Two routes for one attempt: one that can still be carried out, or one that was and whose phone rings, and this
    one. A route of a leg that has ended in truth harms nobody."""
    routed = world.pbx.leg(command.call_id)
    if routed is None or not routed.is_alive:
        return ""
    for wire in world.wires:
        leg = world.pbx.leg(wire.command.call_id)
        if wire.command.command == "route" and label_of(wire.command) == label_of(command) and leg and leg.is_alive:
            return f"{command.label} is routed to while {wire.command.command_id} is under way"
    if world.pbx.label == label_of(command) and world.pbx.phase in (RINGS, WAITS, UNTOLD):
        return f"{command.label} is routed to a second time while it rings"
    return ""


def _takes_from_himself(world: "World", command: QueueCommand) -> str:
    """After a person's transfer that nobody answered the PBX rings the employee again (§3.2.8): whom the flow wants to
    bring the caller to has him already, once that is told."""
    here = world.pbx.leg(world.pbx.here)
    rings = world.hands and world.pbx.phase == RINGS and here is not None and not world.pbx.label
    if rings and here.to == command.params["to_number"] and not _is_expected(world, here.call_id):
        return f"{command.label} is routed to while the PBX rings {here.to} for the caller"
    return ""


def _useless_command(call: Call) -> str:
    pending = call.pending
    if pending is None or pending.phase != "queued" or not pending.call_id:
        return ""
    if call.legs[pending.call_id].last.state == DISCONNECTED:
        return f"{pending.command} waits in the queue for {pending.call_id}, which has ended"
    present, rings_for = call.legs.get(call.leg), call.legs[pending.call_id].last.taken_from_call_id
    if present is not None and present.last.location == QUEUE and rings_for == call.leg:
        return ""  # he waits there while this phone rings for him (§3.2.7, an intercept)
    if present is not None and present.last.location in (IVR, QUEUE) and call.leg != pending.call_id:
        return f"{pending.command} waits in the queue for {pending.call_id}, and the caller is on {call.leg}"
    return ""


def _wrong_exit(world: "World", call: Call, data: Mapping[str, Any]) -> str:
    name, pbx = data["exit"], world.pbx
    if name == "answered" and not pbx.talked:
        return f"step {data['step']} is answered, and nobody was"
    if name == "returned" and (
        pbx.phase in (CONSULTS, HANDED) or any(w.command.command == "transfer" for w in world.wires)
    ):
        return f"step {data['step']} is returned, and the transfer goes on"
    if name == "left" and pbx.phase == MENU and not _is_expected(world, pbx.here):
        return f"step {data['step']} is left, and the caller is in the menu"
    if (
        data["verb"] == "route"
        and name in FAILURES
        and (data["step"] == BY_HAND) == world.tried.label.startswith(BY_HAND)
    ):
        return _given_up(world) or _not_the_queues(world, name)
    return ""


FAILURES: Final = frozenset({"busy", "no_answer", "rejected", "unavailable", "failed"})


def _given_up(world: "World") -> str:
    """No destination is lost to a leg that had ended when the command came, unless that was not told for a second."""
    tried = world.tried
    is_lost = tried.gone and tried.times <= MOST_AGAIN and world.pbx.phase != GONE
    late = (one.sent for one in world.mail if isinstance(one.event, LegChanged) and one.event.call_id == tried.gone)
    if is_lost and not any(sent + RACE_SECONDS <= world.now for sent in late):
        return f"{tried.label} is given up: it was tried on {tried.gone}, which had ended"
    return ""


def _not_the_queues(world: "World", name: str) -> str:
    """A group's outcome is the reason of its queue."""
    pbx = world.pbx
    if (
        not pbx.why_over
        or not world.tried.label.startswith("group")
        or world.tried.times > 1
        or _any_expected(world)
        or name == route_outcome(pbx.why_over)
    ):
        return ""
    return f"the queue gave up with {pbx.why_over}, and the exit is {name}"


def _is_expected(world: "World", call_id: str) -> bool:
    return any(isinstance(one.event, LegChanged) and one.event.call_id == call_id for one in world.mail)


def _any_expected(world: "World") -> bool:
    return any(isinstance(one.event, LegChanged) for one in world.mail)


# liveness


def broken_by_rest(world: "World", case: "Case") -> str:
    """The law that a world breaks in which nothing is under way, "" if none."""
    call, pbx = world.call, world.pbx
    if world.mail or world.wires:
        return ""
    if pbx.phase == TALKS and call.status != RESTING and _is_hands_destination(world, case):
        return f"{pbx.employee} answered a route by hand, and the flow is {call.status}"
    if call.status not in (RUNNING, CLOSING):
        return ""
    if call.takeover is not None:
        verb = VERBS[call.takeover.command]
    else:
        verb = case.bundle.flows[call.within or call.flow].steps[call.step].verb
    due = [at - CLOCK for name, at in call.timers.items() if name not in ("stale", "budget")]
    if call.status == CLOSING or pbx.phase == GONE:
        return "" if due else f"the call is over, and step {call.step} waits for ever"
    if pbx.phase == MENU and verb not in AT_REST:
        return _silent(world, verb, due, case)
    if pbx.phase == UNTOLD and not due and verb not in AT_REST:
        return f"nobody tells of {pbx.label}, and step {call.step} waits for ever"
    is_idle = verb in ("menu", "collect", "play") or (verb == "route" and not pbx.label)
    if pbx.phase == WAITS and not due and is_idle and not _operator_rings(world):
        return f"the caller waits in a queue, and step {call.step} waits for ever"
    return ""


def _is_hands_destination(world: "World", case: "Case") -> bool:
    """Whether the PBX has the caller with whom the latest command by hand names."""
    return bool(world.hands) and world.pbx.employee == case.hands[world.hands - 1].to


def _silent(world: "World", verb: str, due: list[float], case: "Case") -> str:
    """The caller is in the menu: something must be tried before the PBX goes on without us."""
    if not due:
        return f"the caller is in the menu, and step {world.call.step} waits for ever"
    latest = world.pbx.hold + case.late
    began_late = world.call.entered - CLOCK > world.pbx.hold
    if verb not in TIMED and min(due) > latest and not began_late:
        return f"step {world.call.step} waits until {min(due):g} s, and the PBX holds the caller until {world.pbx.hold:g} s"
    return ""


def _operator_rings(world: "World") -> bool:
    return any(leg.is_alive and leg.location not in (IVR, QUEUE) and leg.state == APPEARED for leg in world.pbx.legs)
