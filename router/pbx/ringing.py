"""Bringing a caller to a phone: one employee or number, or a group with its queue.

An attempt puts its legs up a moment after it begins, as the PBX does, and ends in exactly one way: `on_connected` with
the leg that was answered, `on_failed` with the reason of the last one, or `cancel` from outside (then neither is
called). When it has ended no leg of it is ringing and none of its appointments is left.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from router.pbx.legs import Journey, Leg, Party
from router.pbx.setup import DO_NOT_DISTURB, NEVER, NOT_THERE, OFF_HOURS, Behaviour, Employee, Group, Target
from router.pbx.switchboard import INTERCEPTED, NOT_ANSWERED, REPLACED, Switchboard
from router.protocol.events import ABONENT, CONNECTED, QUEUE
from router.virtual_clock import Appointment

NOT_AVAILABLE: Final = 1124
NOBODY_AVAILABLE: Final = 1164
WAITED_TOO_LONG: Final = 1163

QUEUE_ENDS: Final[Mapping[int, int]] = {NOT_ANSWERED: WAITED_TOO_LONG, NOT_AVAILABLE: NOBODY_AVAILABLE}
"""A phone's reason -> its group's, where the document has one for groups (116x)."""

UNMASK_SECONDS: Final = 0.2
"""After so long a blind transfer's leg names the caller in place of the employee."""

NEXT_OPERATOR_SECONDS: Final = 0.5
NEXT_ROUND_SECONDS: Final = 3.0

RINGS_ON: Final = Behaviour(kind=NEVER)
"""A phone that somebody plays rings until they say what it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who is to be connected, on whose behalf, and what then."""

    journey: Journey
    origin: str  # the call_id that the caller is taken from
    command_id: str
    caller: Party
    on_connected: Callable[[Leg], None]
    on_failed: Callable[[int], None]
    on_opened: Callable[[], None] = lambda: None  # the first leg is up
    disguise: Party | None = None  # named in place of the caller at first
    heeds_status: bool = False  # the call is given to an employee by the PBX, so their status decides (§3.2.7, note 1)
    group: str = ""  # through which the call came to a single phone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phone:
    party: Party
    behaviour: Behaviour
    ring_seconds: float


def begin(board: Switchboard, target: Target, errand: Errand) -> "Attempt":
    """Start an attempt to reach `target`."""
    group = board.groups.get(target.value) if target.kind == "group" else None
    attempt = _SingleAttempt(board, errand, target) if group is None else _GroupAttempt(board, errand, group)
    attempt.start()
    return attempt


class Attempt(ABC):
    """What both kinds have in common: legs, appointments and the three ends."""

    def __init__(self, board: Switchboard, errand: Errand) -> None:
        self._board = board
        self._errand = errand
        self._legs: list[Leg] = []
        self._appointments: list[Appointment] = []
        self._masked: dict[str, str] = {}  # call_id of a leg that names the employee -> what the caller is taken from

    def start(self) -> None:
        """Put the first leg up, a moment from now."""
        self._later(self._board.decisions.leg_delay_seconds(), self._first)

    def cancel(self, reason: int) -> None:
        """Give up: the legs end with `reason`, without a notification."""
        self._forget_appointments()
        for leg in self._legs:
            self._board.give_way(leg, reason)

    def decide(self, reason: int | None) -> bool:
        """What rings is answered (None), or the attempt fails with `reason`; False when nothing rings."""
        ringing = [leg for leg in self._legs if leg.rings]
        if not ringing:
            return False
        if reason is None:
            self._connected(ringing[0])
        else:
            self._decline(ringing, reason)
        return True

    def owns(self, leg: Leg) -> bool:
        """Whether the leg is one of this attempt."""
        return leg in self._legs

    @abstractmethod
    def _first(self) -> None:
        """Put the first leg up."""

    @abstractmethod
    def _leg_failed(self, reason: int) -> None:
        """A leg has ended with `reason` before anybody answered."""

    def _decline(self, ringing: list[Leg], reason: int) -> None:
        for leg in ringing:
            self._board.close(leg, reason)
        self._failed(reason)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._appointments.append(self._board.queue.after(seconds, action))

    def _forget_appointments(self) -> None:
        for appointment in self._appointments:
            appointment.cancel()
        self._appointments.clear()

    def _open(self, location: str, callee: Party, taken_from: str, group: str = "") -> Leg:
        errand, is_first = self._errand, not self._legs
        disguise = errand.disguise if is_first and self._board.decisions.blind_from_changes else None
        leg = self._board.open_leg(
            errand.journey,
            location,
            caller=disguise or errand.caller,
            callee=callee,
            taken_from="" if disguise else taken_from,
            group=group,
            command_id=errand.command_id,
        )
        self._legs.append(leg)
        if is_first:
            errand.on_opened()
        if disguise:
            self._masked[leg.call_id] = taken_from
            seconds = self._board.decisions.moment_seconds(UNMASK_SECONDS)
            self._later(seconds, lambda: self._unmask(leg))
        return leg

    def _unmask(self, leg: Leg) -> None:
        """The same leg, seq 2: now it is the caller's (story "Перевод вызова без консультации")."""
        if leg.alive:
            self._name_caller(leg)
            self._board.change(leg, leg.state)

    def _name_caller(self, leg: Leg) -> None:
        if leg.call_id in self._masked:
            leg.caller, leg.taken_from = self._errand.caller, self._masked.pop(leg.call_id)

    def _ring(self, phone: _Phone, taken_from: str, group: str = "") -> None:
        leg = self._open(ABONENT, phone.party, taken_from, group)
        is_played = self._errand.journey.waits_for_people and phone.behaviour.kind not in NOT_THERE
        seconds, reason = (RINGS_ON if is_played else phone.behaviour).outcome(phone.ring_seconds)
        self._later(seconds, lambda: self._phone_decided(leg, reason))

    def _phone_decided(self, leg: Leg, reason: int | None) -> None:
        if not leg.alive:
            return
        if reason is None:
            self._connected(leg)
        else:
            self._board.close(leg, reason)
            self._leg_failed(reason)

    def _connected(self, answered: Leg) -> None:
        self._forget_appointments()
        for leg in self._legs:
            if leg is not answered:
                self._board.give_way(leg, INTERCEPTED)
        self._name_caller(answered)  # by who answers before it would have been, too
        self._board.change(answered, CONNECTED)
        self._errand.on_connected(answered)

    def _failed(self, reason: int) -> None:
        self._forget_appointments()
        self._errand.on_failed(reason)


class _SingleAttempt(Attempt):
    """One phone rings until it decides."""

    def __init__(self, board: Switchboard, errand: Errand, target: Target) -> None:
        super().__init__(board, errand)
        self._target = target

    def _first(self) -> None:
        """Of an employee outside of their hours, or whose status takes no calls, the PBX tells no leg (§3.1.1)."""
        phone = _phone(self._board, self._target)
        behaviour = self._by_status(phone.party.extension) or phone.behaviour
        if behaviour.kind == OFF_HOURS:
            seconds, reason = behaviour.outcome(phone.ring_seconds)
            self._later(seconds, lambda: self._failed(reason or NOBODY_AVAILABLE))
        else:
            self._ring(replace(phone, behaviour=behaviour), self._errand.origin, self._errand.group)

    def _by_status(self, extension: str) -> Behaviour | None:
        """What an employee's status makes of a call that is given to them; "не беспокоить" is told all the same."""
        if not self._errand.heeds_status or self._target.kind != "extension" or extension not in self._board.absent:
            return None
        return Behaviour(kind=DO_NOT_DISTURB if extension in self._board.undisturbed else OFF_HOURS)

    def _leg_failed(self, reason: int) -> None:
        self._failed(reason)


class _GroupAttempt(Attempt):
    """The caller waits in a queue while operators' phones ring, one by one or all at once, round after round."""

    def __init__(self, board: Switchboard, errand: Errand, group: Group) -> None:
        super().__init__(board, errand)
        self._group = group
        self._turns: Iterator[Employee] = iter(())

    def _first(self) -> None:
        callee = Party(number=self._errand.journey.line)  # no employee in particular yet (§3.1.1, to.extension)
        self._queue = self._open(QUEUE, callee, self._errand.origin, self._group.extension)
        self._later(self._group.wait_seconds, self._waited)
        self._round()

    def _round(self) -> None:
        members = [self._board.employees[one] for one in self._group.members if one in self._board.employees]
        there = [
            one for one in members if one.behaviour.kind not in NOT_THERE and one.extension not in self._board.absent
        ]
        if not there:
            self._give_up(NOBODY_AVAILABLE)
        elif self._group.together:
            for one in there:
                self._ring_operator(one)
        else:
            self._turns = iter(there)
            self._ring_operator(next(self._turns))

    def _ring_operator(self, one: Employee) -> None:
        phone = _Phone(
            party=Party(extension=one.extension, number=one.number),
            behaviour=one.behaviour,
            ring_seconds=min(one.ring_seconds, self._group.ring_seconds),
        )
        self._ring(phone, self._queue.call_id, self._group.extension)

    def _leg_failed(self, reason: int) -> None:
        if any(leg.alive and leg is not self._queue for leg in self._legs):
            return
        following = next(self._turns, None)
        if following is None:
            self._later(NEXT_ROUND_SECONDS, self._round)
        else:
            self._later(NEXT_OPERATOR_SECONDS, lambda: self._ring_operator(following))

    def _waited(self) -> None:
        self._give_up(WAITED_TOO_LONG)

    def _decline(self, ringing: list[Leg], reason: int) -> None:
        for leg in ringing:
            self._board.close(leg, reason)
        self._give_up(QUEUE_ENDS.get(reason, reason))

    def _give_up(self, reason: int) -> None:
        for leg in reversed(self._legs):  # phones stop ringing before the queue is left
            self._board.close(leg, reason if leg is self._queue else REPLACED)
        self._failed(reason)


def party_of(board: Switchboard, target: Target) -> Party:
    """How a target is named on a leg; a number of an employee is that employee (§3.2.1)."""
    if target.counts_as:
        return Party(extension=target.counts_as, number=target.value)
    employee = _owner(board, target)
    if employee is not None:
        is_number = target.kind == "number"  # one of theirs, which is rung as it was dialled
        return Party(extension=employee.extension, number=target.value if is_number else employee.number)
    return Party(extension=target.value) if target.kind == "group" else Party(number=target.value)


def _owner(board: Switchboard, target: Target) -> Employee | None:
    return board.employee(target.value) if target.kind != "group" else None


def _phone(board: Switchboard, target: Target) -> _Phone:
    """The phone behind an extension or a number."""
    party, employee = party_of(board, target), _owner(board, target)
    if employee is None:
        behaviour = board.setup.numbers.get(target.value, board.setup.outside)
        ring_seconds = target.ring_seconds or board.setup.outside_ring_seconds
    else:
        behaviour, ring_seconds = employee.behaviour, employee.ring_seconds
    return _Phone(party=party, behaviour=behaviour.or_by_itself(target.answers_after), ring_seconds=ring_seconds)
