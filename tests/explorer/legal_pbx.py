"""What a legal PBX may do with one caller, as the document has it: written from §3.1, §3.2 and PROTOCOL.md alone, and
sharing nothing with the emulator, the simulator or the engine but the types of the notifications.

Everything is a value. A *move* is one thing that happens at the PBX: it answers the PBX afterwards, the notifications
that it sends (they arrive whenever they like, see `world`) and a name for people. What the document leaves open is
several moves: who names a leg's command, in whose hands the caller is after a failed route, which code refuses.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from router.protocol.events import (
    ABONENT,
    APPEARED,
    CONNECTED,
    DISCONNECTED,
    IVR,
    ON_HOLD,
    QUEUE,
    JourneyEnded,
    LegChanged,
)

ENTRY: Final = "E"
CALLER: Final = "79000000001"
LINE: Final = "74950000000"
CLOCK: Final = 1_795_437_000

# where the caller is
MENU: Final = "menu"  # in the scheme: commands are taken, and its patience runs
RINGS: Final = "rings"  # somebody's phone rings for him
UNTOLD: Final = "untold"  # somebody is tried of whom no event tells (§3.1.1, outside of his hours)
WAITS: Final = "waits"  # in a group's queue
TALKS: Final = "talks"
CONSULTS: Final = "consults"  # on hold, while the employee calls a colleague (§3.2.8)
HANDED: Final = "handed"  # a blind transfer rings (§3.2.8)
GONE: Final = "gone"

Notification = LegChanged | JourneyEnded


class PbxLeg(msgspec.Struct, frozen=True):
    """One call_id as the PBX has it."""

    call_id: str
    location: str
    state: str = APPEARED
    seq: int = 0
    employee: str = ""  # `from` is an employee, not the caller
    to: str = ""
    taken_from: str = ""
    command_id: str = ""
    group: str = ""
    reason: int = 0

    @property
    def is_alive(self) -> bool:
        return self.state != DISCONNECTED

    def event(self) -> LegChanged:
        """§3.1.1."""
        return LegChanged(
            entry_id=ENTRY,
            call_id=self.call_id,
            seq=self.seq,
            timestamp=CLOCK,
            state=self.state,
            location=self.location,
            from_extension=self.employee,
            from_number="" if self.employee else CALLER,
            taken_from_call_id=self.taken_from,
            to_extension=self.to,
            to_number="" if self.to else LINE,
            line_number=LINE,
            acd_group=self.group,
            disconnect_reason=self.reason,
            command_id=self.command_id,
        )


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """How much of its freedom the PBX uses in one exploration."""

    codes: tuple[int, ...] = (5003,)  # with which it may refuse a command that it could carry out
    too_late: tuple[int, ...] = (4101,)  # what it says of a leg that has ended
    naming: tuple[str, ...] = ("named", "taken")  # what a new leg tells of its origin: command, old leg, or nothing
    ends: tuple[int, ...] = (1121,)  # how a phone that does not answer ends
    queue_ends: tuple[int, ...] = (1163,)  # how a queue gives up
    returns: tuple[str, ...] = (
        "taken",
    )  # how the caller comes back: naming the leg before, or nothing; "over": not; "queue":
    # into one of the scheme's own
    untold: bool = False
    answers: bool = True
    hangs_up: bool = False  # the caller, at any time
    scheme: str = "hang_up"  # what it does with a caller when its patience is over; or an employee's extension


class Pbx(msgspec.Struct, frozen=True, kw_only=True):
    """The PBX's side of the call."""

    window: float  # how long the scheme keeps a caller
    ways: Ways
    legs: tuple[PbxLeg, ...] = ()
    phase: str = MENU
    here: str = ""  # the caller's leg; "" while it is untold
    hold: float = 0.0  # in the menu: until when
    label: str = ""  # whose phone rings by our command, as the command calls it
    employee: str = ""  # who talks to the caller
    why_over: int = 0  # the last reason of a queue that gave up
    talked: bool = False  # somebody has answered

    def leg(self, call_id: str) -> PbxLeg | None:
        return next((leg for leg in self.legs if leg.call_id == call_id), None)


class Move(msgspec.Struct, frozen=True):
    """One thing that happened."""

    name: str
    pbx: Pbx
    told: tuple[Notification, ...] = ()
    result: int = 0  # of a command
    is_gone: bool = False  # the command's leg had ended


def begin(window: float, ways: Ways) -> Move:
    """The caller dials the line and is in the menu."""
    pbx, event = _opened(Pbx(window=window, ways=ways), location=IVR)
    return Move("the caller comes", msgspec.structs.replace(pbx, hold=window), (event,))


# changing legs


def _opened(pbx: Pbx, *, location: str, here: bool = True, **fields: str) -> tuple[Pbx, LegChanged]:
    leg = PbxLeg(call_id=f"L{len(pbx.legs) + 1}", location=location, seq=1, **fields)  # type: ignore[arg-type]
    place = leg.call_id if here else pbx.here
    return msgspec.structs.replace(pbx, legs=(*pbx.legs, leg), here=place), leg.event()


def _changed(pbx: Pbx, call_id: str, **fields: object) -> tuple[Pbx, LegChanged]:
    legs = list(pbx.legs)
    for number, leg in enumerate(legs):
        if leg.call_id == call_id:
            legs[number] = msgspec.structs.replace(leg, seq=leg.seq + 1, **fields)
            return msgspec.structs.replace(pbx, legs=tuple(legs)), legs[number].event()
    raise LookupError(call_id)


def _closed(pbx: Pbx, reasons: dict[str, int], otherwise: int) -> tuple[Pbx, list[LegChanged]]:
    """Every living leg ends."""
    told = []
    for leg in pbx.legs:
        if leg.is_alive:
            reason = reasons.get(leg.call_id, otherwise)
            pbx, event = _changed(pbx, leg.call_id, state=DISCONNECTED, reason=reason)
            told.append(event)
    return pbx, told


def _origin(pbx: Pbx, naming: str, command_id: str) -> dict[str, str]:
    taken = {"taken_from": pbx.here} if naming in ("named", "taken") else {}
    return taken | ({"command_id": command_id} if naming == "named" else {})


def over(pbx: Pbx, reason: int, name: str) -> Move:
    """The call ends, with its summary (§3.1.5)."""
    talked = int(pbx.phase in (TALKS, CONSULTS))
    pbx, told = _closed(pbx, {}, reason)
    pbx = msgspec.structs.replace(pbx, phase=GONE, here="", label="")
    return Move(name, pbx, (*told, JourneyEnded(entry_id=ENTRY, talk_time=talked, disconnect_reason=reason)))


def _back(pbx: Pbx, told: list[LegChanged], name: str, now: float) -> Iterator[Move]:
    """Nobody has answered: the caller is in the scheme again, or the call ends (`after_failed_route`)."""
    for way in pbx.ways.returns:
        if way == "over":
            ended = over(pbx, 1111, f"{name}, and the call ends")
            yield msgspec.structs.replace(ended, told=(*told, *ended.told))
            continue
        origin = {"taken_from": pbx.here or "never-told"} if way in ("taken", "queue") else {}
        if way == "queue":
            queue, event = _opened(pbx, location=QUEUE, group="304", **origin)
            queue = msgspec.structs.replace(queue, phase=WAITS, label="", employee="")
            yield Move(f"{name}, and the scheme queues the caller", queue, (*told, event))
            continue
        menu, event = _opened(pbx, location=IVR, **origin)
        menu = msgspec.structs.replace(menu, phase=MENU, hold=now + pbx.window, label="", employee="")
        yield Move(f"{name}, and the caller is back in the menu ({way})", menu, (*told, event))


# what happens by itself


def happenings(pbx: Pbx, now: float) -> Iterator[Move]:
    """All that can happen now without a command and without time."""
    if pbx.ways.hangs_up and pbx.phase != GONE:
        yield over(pbx, 1110, "the caller hangs up")
    yield from HAPPENINGS.get(pbx.phase, _nothing)(pbx, now)


def _nothing(pbx: Pbx, now: float) -> Iterator[Move]:
    yield from ()


def _phone(pbx: Pbx, now: float) -> Iterator[Move]:
    for reason in pbx.ways.ends:
        after, event = _changed(pbx, pbx.here, state=DISCONNECTED, reason=reason)
        yield from _back(after, [event], f"the phone ends with {reason}", now)
    if pbx.ways.answers:
        yield _answered(pbx, pbx.here, [])


def _answered(pbx: Pbx, call_id: str, told: list[LegChanged]) -> Move:
    leg = pbx.leg(call_id)
    assert leg is not None
    pbx, event = _changed(pbx, call_id, state=CONNECTED)
    pbx = msgspec.structs.replace(pbx, phase=TALKS, here=call_id, label="", employee=leg.to, talked=True)
    return Move(f"{leg.to} answers", pbx, (*told, event))


def _untold(pbx: Pbx, now: float) -> Iterator[Move]:
    yield from _back(pbx, [], "somebody who is not told of does not answer", now)


def _queue(pbx: Pbx, now: float) -> Iterator[Move]:
    queue = next(leg for leg in pbx.legs if leg.is_alive and leg.location == QUEUE)
    phones = [leg for leg in pbx.legs if leg.is_alive and leg.location == ABONENT]
    for reason in pbx.ways.queue_ends:
        after, told = _closed(pbx, {queue.call_id: reason}, 1111 if reason == 1164 else 1100)
        after = msgspec.structs.replace(after, why_over=reason if pbx.label else 0, here=queue.call_id)
        yield from _back(after, told, f"the queue gives up with {reason}", now)
    if not phones and len(pbx.legs) < MOST_LEGS:
        ringing, event = _opened(
            pbx, location=ABONENT, here=False, to="105", taken_from=queue.call_id, group=queue.group
        )
        yield Move("an operator's phone rings", ringing, (event,))
    for phone in phones:
        after, event = _changed(pbx, phone.call_id, state=DISCONNECTED, reason=1111)
        yield Move("the operator does not answer", after, (event,))
        if pbx.ways.answers:
            after, event = _changed(pbx, queue.call_id, state=DISCONNECTED, reason=1100)
            yield _answered(after, phone.call_id, [event])


MOST_LEGS: Final = 5


def _talk(pbx: Pbx, now: float) -> Iterator[Move]:
    leg = pbx.leg(pbx.here)
    assert leg is not None
    yield over(pbx, 1120, "the employee hangs up")
    other = {CONNECTED: ON_HOLD, ON_HOLD: CONNECTED}[leg.state]
    if leg.seq < MOST_CHANGES:
        after, event = _changed(pbx, leg.call_id, state=other)
        yield Move(f"the conversation is {other}", after, (event,))


MOST_CHANGES: Final = 5


def _consultation(pbx: Pbx, now: float) -> Iterator[Move]:
    """§3.2.8, the document's story of a transfer with consultation."""
    second = pbx.legs[-1]
    talks = msgspec.structs.replace(pbx, phase=TALKS)
    if not second.is_alive or second.call_id == pbx.here:  # nobody is told of
        after, event = _changed(talks, pbx.here, state=CONNECTED)
        yield Move("the employee takes the caller back", after, (event,))
        return
    reasons = (1110,) if second.state == CONNECTED else (1110, *pbx.ways.ends)
    for reason in reasons:
        after, ended = _changed(talks, second.call_id, state=DISCONNECTED, reason=reason)
        after, event = _changed(after, pbx.here, state=CONNECTED)
        yield Move(f"the consultation ends with {reason}", after, (ended, event))
    if second.state == APPEARED:
        after, event = _changed(pbx, second.call_id, state=CONNECTED)
        yield Move("the colleague answers", after, (event,))
    else:
        after, ended = _changed(talks, pbx.here, state=DISCONNECTED, reason=1120)
        after, event = _changed(after, second.call_id, state=CONNECTED, employee="", taken_from=pbx.here)
        after = msgspec.structs.replace(after, here=second.call_id, employee=second.to)
        yield Move("the employee steps aside", after, (ended, event))


def _handed(pbx: Pbx, now: float) -> Iterator[Move]:
    """§3.2.8: a blind transfer that is not answered makes the PBX ring the employee again."""
    if pbx.ways.answers:
        yield _answered(pbx, pbx.here, [])
    for reason in pbx.ways.ends:
        after, ended = _changed(pbx, pbx.here, state=DISCONNECTED, reason=reason)
        again, event = _opened(after, location=ABONENT, to=pbx.employee, taken_from=pbx.here)
        again = msgspec.structs.replace(again, phase=RINGS, label="")
        yield Move(f"the colleague's phone ends with {reason}, the employee's rings", again, (ended, event))


HAPPENINGS: Final = {
    RINGS: _phone,
    UNTOLD: _untold,
    WAITS: _queue,
    TALKS: _talk,
    CONSULTS: _consultation,
    HANDED: _handed,
}


def patience_over(pbx: Pbx) -> Iterator[Move]:
    """The scheme goes on with a caller whom nobody told what to do with (§3.2.6)."""
    if pbx.ways.scheme == "hang_up":
        yield over(pbx, 1170, "the scheme hangs up")
        return
    after, ended = _changed(pbx, pbx.here, state=DISCONNECTED, reason=1100)
    after, event = _opened(after, location=ABONENT, to=pbx.ways.scheme, taken_from=pbx.here)
    after = msgspec.structs.replace(after, phase=RINGS, label="")
    yield Move(f"the scheme rings {pbx.ways.scheme}", after, (ended, event))
