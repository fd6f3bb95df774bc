"""The engine and the legal PBX side by side, with what is under way between them, and every way on from there.

A world is a value. Its transitions are: the PBX takes a command, something happens at the PBX, a notification, an HTTP
answer or a result arrives (each counter in its own order, between the counters in any), a timer of the call fires, the
PBX's patience is over. Time passes only for timers and patience, and never past the instant at which what is under way
has arrived at the latest (`Case.late`): so everything comes in its own time or late, before our timer or after it.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

import msgspec

from router.engine.driver import advance
from router.engine.effects import QueueCommand, StartLookup, WithdrawCommands
from router.engine.environment import Environment
from router.engine.state import (
    CLOSING,
    RESTING,
    RUNNING,
    UNTAKEN,
    Call,
    CommandAnswered,
    CommandConcluded,
    CommandGiven,
    LookupFinished,
    Step,
    TimerFired,
)
from router.engine.step import CallEvent, new_call, step
from router.flow.model import Bundle
from router.protocol.events import DISCONNECTED, CommandResulted, JourneyEnded, LegChanged
from tests.explorer import laws
from tests.explorer.legal_commands import DONE, obey
from tests.explorer.legal_pbx import CLOCK, ENTRY, MENU, Move, Pbx, Ways, begin, happenings, patience_over

AROUND: Final = Environment()
NOT_OF_THE_STEP: Final = ("stale", "budget")  # timers that hours and minutes ahead give the call up
ANSWERED_AT_ONCE: Final = ("task/add",)  # the contact centre's HTTP answer is the result (§4.2)
INSTANT: Final = 0.001
_ENCODER: Final = msgspec.msgpack.Encoder()


class Hand(msgspec.Struct, frozen=True):
    """A command that a person may give at any moment, once."""

    command: str
    to: str = ""
    then: str = "resume"
    at: str = ""  # only while the flow is at this step: what comes late is not reached else

    def given(self, call: Call, number: int) -> CommandGiven:
        """As the API gives it: for the leg that the caller is on."""
        params: dict[str, Any] = {"to_number": self.to} if self.to else {}
        if self.command == "transfer":
            params |= {"method": "blind", "initiator": call.legs[call.leg].last.to_extension or "101"}
        return CommandGiven(
            entry_id=ENTRY,
            command_id=f"hand-{number}",
            command=self.command,
            call_id=call.leg,
            params=params,
            then=self.then,
            actor="anna",
        )


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What is explored, and how far."""

    name: str
    bundle: Bundle
    ways: Ways
    window: float = 30.0
    moves: int = 3  # how often something happens at the PBX by itself
    commands: int = 5  # a call that asks for more is left
    hands: tuple[Hand, ...] = ()  # in this order
    http: tuple[str, ...] = ("answered",)  # or refused, lost (carried out), unsent
    results: tuple[str, ...] = ("told",)  # or lost
    late: float = 2.0  # how late anything may arrive
    shuffled: bool = False  # the events of one counter come in any order, too
    horizon: float = 100.0


class Mail(msgspec.Struct, frozen=True):
    """Something on its way to the engine."""

    counter: str
    event: Any
    latest: float
    sent: float = 0.0


class Wire(msgspec.Struct, frozen=True):
    """A command on its way to the PBX."""

    command: QueueCommand
    latest: float


class Tried(msgspec.Struct, frozen=True):
    """What became of the commands for the last destination."""

    label: str = ""
    times: int = 0
    gone: str = ""  # the leg of the last one, if the PBX found them all over


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one instant."""

    call: Call
    pbx: Pbx
    now: float = 0.0
    mail: tuple[Mail, ...] = ()
    wires: tuple[Wire, ...] = ()
    moves: int = 0
    tried: Tried = Tried()
    hands: int = 0  # that were given

    def key(self) -> bytes:
        """The same for the same world, whatever way leads to it."""
        mail = sorted(self.mail, key=_counter)
        parts = (self.now, self.call, self.pbx, mail, self.wires, self.moves, self.tried, self.hands)
        return blake2b(_ENCODER.encode(parts), digest_size=12).digest()


def _counter(mail: Mail) -> str:
    return mail.counter


class Way(msgspec.Struct, frozen=True):
    """One transition: what happened, and the world after it or the law that it breaks."""

    name: str
    world: World | None
    broken: str = ""


def first(case: Case) -> World:
    """The caller dials."""
    begun = begin(case.window, case.ways)
    call = new_call("main", ENTRY, "cmd", CLOCK)
    return _told(World(call=call, pbx=begun.pbx, moves=case.moves), begun.told, case)


def onward(world: World, case: Case) -> Iterator[Way]:
    """Every transition from here."""
    yield from _arrivals(world, case)
    for wire in world.wires:
        if not case.hands or _is_first(world, wire):
            yield from _taken(world, wire, case)
    if world.moves:
        for move in happenings(world.pbx, world.now):
            yield Way(move.name, _moved(world, move, case, moves=world.moves - 1))
    yield from _by_hand(world, case)
    yield from _time(world, case)


def _by_hand(world: World, case: Case) -> Iterator[Way]:
    """The next person gives a command; between two legs the API takes none."""
    leg = world.call.legs.get(world.call.leg)
    hand = case.hands[world.hands] if world.hands < len(case.hands) else None
    if hand is not None and hand.at in ("", world.call.step) and leg is not None and leg.last.state != DISCONNECTED:
        event = hand.given(world.call, world.hands + 1)
        now = round(world.now + INSTANT, 4)  # what was there before is older than what a person does
        given = msgspec.structs.replace(world, now=now, hands=world.hands + 1, tried=Tried())
        yield from _applied(given, event, f"by hand: {hand.command} {hand.to} of {event.call_id}", case)


def _is_first(world: World, wire: Wire) -> bool:
    """One request of a call is on the wire at a time: the next leaves when the PBX has answered the one before."""
    unanswered = any(mail.counter.startswith("http ") for mail in world.mail)
    calls = (one for one in world.wires if one.command.call_id)
    return not wire.command.call_id or (not unanswered and wire is next(calls))


# the PBX's side


def _moved(world: World, move: Move, case: Case, **fields: Any) -> World:
    return _told(msgspec.structs.replace(world, pbx=move.pbx, **fields), move.told, case)


def _told(world: World, events: tuple[LegChanged | JourneyEnded, ...], case: Case) -> World:
    sent = [
        Mail(
            f"call {event.call_id}" if isinstance(event, LegChanged) else "summary",
            event,
            world.now + case.late,
            world.now,
        )
        for event in events
    ]
    return msgspec.structs.replace(world, mail=(*world.mail, *sent))


def _taken(world: World, wire: Wire, case: Case) -> Iterator[Way]:
    """The command's request: the PBX takes it, or nobody knows."""
    command = wire.command
    rest = msgspec.structs.replace(world, wires=tuple(one for one in world.wires if one is not wire))
    for http in case.http:
        if http in ("refused", "unsent"):
            state, code = ("failed", 3104) if http == "refused" else ("unknown", 0)
            concluded = CommandConcluded(entry_id=ENTRY, command_id=command.command_id, state=state, code=code)
            other = msgspec.structs.replace(rest, tried=Tried()) if case.hands else rest
            yield Way(f"{command.label}: {http}", _under_way(other, "http", concluded, case))
            continue
        for move in obey(world.pbx, command.command, command.params, laws.label_of(command), world.now):
            yield from _carried_out(rest, command, move, http, case)


def _carried_out(rest: World, command: QueueCommand, move: Move, http: str, case: Case) -> Iterator[Way]:
    tried = rest.tried
    if command.command == "route":
        label = laws.label_of(command)
        before = tried if tried.label == label else Tried(label)
        is_only_gone = move.is_gone and (not before.times or bool(before.gone))
        tried = Tried(label, before.times + 1, command.call_id if is_only_gone else "")
    world = _moved(rest, move, case, tried=tried)
    if http == "answered" and command.command in ANSWERED_AT_ONCE and move.result != DONE:
        answer: CallEvent = CommandConcluded(
            entry_id=ENTRY, command_id=command.command_id, state="failed", code=move.result
        )
    elif http == "answered":
        answer = CommandAnswered(entry_id=ENTRY, command_id=command.command_id, sent_at=CLOCK + world.now)
    else:
        answer = CommandConcluded(entry_id=ENTRY, command_id=command.command_id, state="unknown")
    world = _under_way(world, "http", answer, case)
    for result in case.results if command.command not in ANSWERED_AT_ONCE else ("lost",):
        name = f"{command.label} ({command.command_id}): {move.name}, {http}, result {result}"
        if result == "lost":
            if move.result == DONE or command.command in ANSWERED_AT_ONCE:  # a refusal that is not told cannot be known
                yield Way(name, world)
        else:
            event = CommandResulted(command=command.command, command_id=command.command_id, result=move.result)
            yield Way(name, _under_way(world, "result", event, case))


def _under_way(world: World, kind: str, event: Any, case: Case) -> World:
    mail = Mail(f"{kind} {getattr(event, 'command_id', '')}", event, world.now + case.late)
    return msgspec.structs.replace(world, mail=(*world.mail, mail))


# time


def _time(world: World, case: Case) -> Iterator[Way]:
    """The next timer, or the end of the PBX's patience, whichever is first; a timer of the same instant is."""
    wake = next_timer(world.call)
    under_way = min((one.latest for one in (*world.mail, *world.wires)), default=case.horizon)
    patience = world.pbx.hold if world.pbx.phase == MENU else case.horizon + 1
    if wake is not None and wake <= min(under_way, patience, case.horizon):
        at = max(wake, world.now)
        yield from _applied(msgspec.structs.replace(world, now=at), TimerFired(entry_id=ENTRY), "a timer fires", case)
    elif patience <= min(under_way, case.horizon):
        for move in patience_over(world.pbx):
            yield Way(move.name, _moved(msgspec.structs.replace(world, now=max(patience, world.now)), move, case))


def next_timer(call: Call) -> float | None:
    """The first timer of the step or of the journey's end, counted from the call's beginning."""
    due = [at for name, at in call.timers.items() if name not in NOT_OF_THE_STEP]
    return round(min(due) - CLOCK, 4) if due else None


# the engine's side


def _arrivals(world: World, case: Case) -> Iterator[Way]:
    counters = set()
    for mail in world.mail:
        if mail.counter in counters and not case.shuffled:
            continue  # behind another one of its counter
        counters.add(mail.counter)
        rest = msgspec.structs.replace(world, mail=tuple(one for one in world.mail if one is not mail))
        yield from _applied(rest, mail.event, _words(mail.event), case)


def _words(event: Any) -> str:
    if isinstance(event, LegChanged):
        return f"told: {event.call_id} {event.state} in {event.location} {event.disconnect_reason or ''}".rstrip()
    return f"told: {type(event).__name__} {getattr(event, 'command_id', '')} {getattr(event, 'result', '')}".rstrip()


def _applied(world: World, event: CallEvent, name: str, case: Case) -> Iterator[Way]:
    done = _stepped(world, event, case)
    broken = laws.broken_by_step(world, done)
    if broken:
        yield Way(name, None, broken)
        return
    is_given_back = world.call.takeover is not None and done.call.takeover is None
    tried = Tried() if is_given_back else world.tried
    for after in _performed(msgspec.structs.replace(world, call=done.call, tried=tried), done.effects, case):
        yield Way(name, after)


def _stepped(world: World, event: CallEvent, case: Case) -> Step:
    """With people's commands the engine is told of what has left, as the router tells it (`driver.advance`); without
    them it has to do without."""
    now = CLOCK + world.now
    if not case.hands:
        return step(world.call, event, case.bundle, now, AROUND)
    waiting = {wire.command.command_id for wire in world.wires}
    return advance(world.call, event, case.bundle, now, AROUND, lambda name: None if name in waiting else now)


def _performed(world: World, effects: tuple[Any, ...], case: Case) -> Iterator[World]:
    """Effects in order. What is withdrawn may have left already, as the PBX's HTTP answer will show."""
    if not effects:
        yield world
        return
    effect, rest = effects[0], effects[1:]
    if isinstance(effect, QueueCommand):
        wires = (*world.wires, Wire(effect, world.now + case.late))
        yield from _performed(msgspec.structs.replace(world, wires=wires), rest, case)
    elif isinstance(effect, WithdrawCommands) and world.wires:
        kept = tuple(wire for wire in world.wires if not wire.command.call_id)
        yield from _performed(msgspec.structs.replace(world, wires=kept), rest, case)
        if kept != world.wires:
            yield from _performed(world, rest, case)
    elif isinstance(effect, StartLookup):
        for state in ("found", "failed"):
            finished = LookupFinished(entry_id=ENTRY, request_id=effect.request_id, state=state)
            yield from _performed(_under_way(world, "lookup", finished, case), rest, case)
        yield from _performed(world, rest, case)
    else:
        yield from _performed(world, rest, case)


def is_over(world: World, case: Case) -> bool:
    """Nothing more is explored: the flow is out of control, has done enough, or is at the step `next`."""
    call = world.call
    if call.status == RESTING and world.hands < len(case.hands):
        return False
    is_done = call.takeover is None and call.step == "next"
    return call.status not in (UNTAKEN, RUNNING, CLOSING) or is_done or call.commands_made > case.commands
