"""What is set up in the PBX's cabinet and decides how calls go: lines, schemes, employees, groups, phones.

Everything here is immutable and already checked: a target exists, a duration is in seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

ANSWERS: Final = "answers"
REJECTS: Final = "rejects"
BUSY: Final = "busy"
NEVER: Final = "never"
OFFLINE: Final = "offline"
DO_NOT_DISTURB: Final = "do_not_disturb"
FAILS: Final = "fails"
OFF_HOURS: Final = "off_hours"

NOT_THERE: Final = (OFFLINE, DO_NOT_DISTURB, OFF_HOURS)
"""Phones that a group does not ring."""

SWITCHING_SECONDS: Final = 0.3
"""How long the PBX takes to find out that a phone is busy or not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a phone does when it rings."""

    kind: str  # one of the words above
    after_seconds: float = 0.0  # when it answers, rejects or fails
    reason: int | None = None  # the disconnect reason of a phone that fails

    def outcome(self, ring_seconds: float) -> tuple[float, int | None]:
        """Seconds from ringing to the outcome, and its disconnect reason: None is an answer."""
        seconds, reason = _OUTCOMES[self.kind]
        if self.kind in (ANSWERS, REJECTS):
            seconds = self.after_seconds
        elif self.kind == FAILS:
            seconds, reason = self.after_seconds or SWITCHING_SECONDS, self.reason
        if self.kind == NEVER or seconds >= ring_seconds:
            return ring_seconds, 1111
        return seconds, reason

    def or_by_itself(self, seconds: float | None) -> "Behaviour":
        """A telephone that answers by itself does so, unless another one is faster or it cannot ring."""
        if seconds is None or self.kind not in (ANSWERS, REJECTS, NEVER):
            return self
        is_late = self.kind == NEVER or seconds <= self.after_seconds
        return Behaviour(kind=ANSWERS, after_seconds=seconds) if is_late else self


_OUTCOMES: Final[Mapping[str, tuple[float, int | None]]] = {  # reasons: the document's list of result codes
    ANSWERS: (0.0, None),
    REJECTS: (0.0, 1122),
    BUSY: (SWITCHING_SECONDS, 1121),
    NEVER: (0.0, 1111),
    OFFLINE: (SWITCHING_SECONDS, 1124),
    DO_NOT_DISTURB: (SWITCHING_SECONDS, 1123),
    FAILS: (SWITCHING_SECONDS, 1131),
    OFF_HOURS: (SWITCHING_SECONDS, 1192),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a call can be sent: an employee, a group or a number outside."""

    kind: Literal["extension", "group", "number"]
    value: str
    counts_as: str = ""  # the employee whose number a number outside is for this call (§3.2.1)
    ring_seconds: float | None = None  # how long a number outside rings for this call; None is the usual time
    answers_after: float | None = None  # the telephone takes this call by itself after so long (Appendix 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """A person with an extension and one phone."""

    extension: str
    number: str  # the main one: a phone number or sip:user@domain
    more_numbers: tuple[str, ...] = ()  # by which they can be named, too
    behaviour: Behaviour
    name: str = ""
    ring_seconds: float = 30.0
    talk_seconds: float | None = None  # hangs up after so long; None leaves that to the caller
    consult_seconds: float = 5.0  # how long a consultation lasts before the transfer is completed
    is_recorded: bool = False  # every conversation of theirs, without a command

    @property
    def numbers(self) -> tuple[str, ...]:
        """All of them, the main one first."""
        return (self.number, *self.more_numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A queue in front of operators."""

    extension: str
    members: tuple[str, ...]
    name: str = ""
    together: bool = False  # all phones at once, or one after the other
    ring_seconds: float = 15.0  # of one operator's phone
    wait_seconds: float = 60.0  # of the caller, in the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Disa:
    """A block that collects a whole number (the document's story of DTMF handling)."""

    min_digits: int = 1
    max_digits: int = 99
    first_seconds: float = 10.0  # without a first key by then there is no packet
    next_seconds: float = 5.0  # after each key; then the packet is complete


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One place of a scheme: greet, collect or listen, then do something. `wait` keeps the caller for ever."""

    path: tuple[str, ...]  # the keys that lead here
    greeting: str = ""  # an audio id
    silence_seconds: float = 0.0
    disa: Disa | None = None
    items: Mapping[str, "Menu"] = field(default_factory=dict)
    then: Target | Literal["hang_up", "repeat", "wait"] = "hang_up"

    def targets(self) -> Iterator[Target]:
        """Where this place and those below it lead."""
        if isinstance(self.then, Target):
            yield self.then
        for item in self.items.values():
            yield from item.targets()

    @property
    def location(self) -> str:
        """As a dtmf packet spells it (§3.1.4): ivr, ivr.1, ivr.1.2."""
        return ".".join(("ivr", *self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How the PBX itself treats the calls of a line."""

    root: Menu
    returns: bool = True  # a caller whose routed leg failed comes back into the menu, or else is hung up


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All of it, as it is when the PBX starts."""

    lines: Mapping[str, Scheme | Target]  # by number
    employees: Mapping[str, Employee]
    groups: Mapping[str, Group]
    numbers: Mapping[str, Behaviour]  # outside of the PBX
    audio_seconds: Mapping[str, float]  # by internal id
    outside: Behaviour = Behaviour(kind=ANSWERS, after_seconds=5.0)  # of any other number
    outside_ring_seconds: float = 60.0
    schemes: Mapping[str, Scheme] = field(default_factory=dict)  # by name

    def outgoing_line(self, wanted: str) -> str | None:
        """The number of the line that a command names in `line_number`, "" for the usual one; None when no call can be
        made through it (§3.2.1). Through any one, unless a PBX knows better."""
        return wanted or next(iter(self.lines))
