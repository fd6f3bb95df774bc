"""What stands in `pbx.yaml`, typed: the lines, people, prompts and menus of the PBX that the emulator plays.

Everything here is immutable and already checked: a target exists, an audio file has a length, a duration is in
seconds. Behaviour at run time (habits and faults) is data too, so that it can be changed while calls are up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

ANSWERS: Final = "answers"
REJECTS: Final = "rejects"
BUSY: Final = "busy"
NEVER: Final = "never"
OFFLINE: Final = "offline"
DO_NOT_DISTURB: Final = "do_not_disturb"
FAILS: Final = "fails"
OFF_HOURS: Final = "off_hours"

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
    """One place of a scheme: greet, collect or listen, then do something."""

    path: tuple[str, ...]  # the keys that lead here
    greeting: str = ""  # an audio id
    silence_seconds: float = 0.0
    disa: Disa | None = None
    items: Mapping[str, "Menu"] = field(default_factory=dict)
    then: Target | Literal["hang_up", "repeat"] = "hang_up"

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
class Habits:
    """What the real PBX does every day. Shares are probabilities."""

    late_legs: float = 0.05  # the share of legs that appear only after `late_leg_seconds`
    late_leg_seconds: float = 3.0
    nameless_legs: float = 0.1  # the share of legs that do not name the command that made them
    originless_legs: float = 0.0  # the share of legs at phones and in queues that do not name the leg before (§3.1.1)
    blind_from_changes: bool = True  # a blind transfer's leg names the employee first and the caller with seq 2
    result_spread_seconds: float = 0.3  # a result comes up to so long after the command, before or after its events
    jitter_seconds: float = 0.03  # notifications are sent in parallel: each one takes up to so long more
    ivr_connects: bool = False  # a leg in the menu goes on to Connected
    many_json_styles: bool = True  # spaces and escapes, as different peers write them


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong on demand. Shares are probabilities; all are off unless asked for."""

    seed: int = 0
    reorder: float = 0.0  # notifications held back so that later ones overtake them
    reorder_seconds: float = 0.2
    duplicate: float = 0.0  # sent twice
    delay: float = 0.0
    delay_seconds: float = 2.0
    drop: float = 0.0  # never sent
    error: float = 0.0  # a command answered with 502 and not carried out
    time_out: float = 0.0  # a command carried out and not answered
    time_out_seconds: float = 30.0
    limit: float = 0.0  # a command answered with 503, as another user of the key would cause it
    slow_results: float = 0.0
    slow_result_seconds: float = 5.0
    early_results: float = 0.0  # the result is pushed before the command's HTTP answer
    refused_results: float = 0.0  # a command accepted, and refused in its result with one of the document's codes
    undelivered: float = 0.0  # a message sent, and reported as 43xx
    numbers_as_text: float = (
        0.0  # notifications whose numbers are text, as in the document's examples; no PBX was seen to
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedResult:
    """What a request comes to, whatever the PBX would have made of it; see `forced_results`."""

    code: int
    times: int | None = None  # for so many requests; None is for all
    at_once: bool = False  # in the HTTP answer of a command, in place of its result
    params: Mapping[str, str] = field(default_factory=dict)  # only requests with these parameters, by dotted name


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxConfig:
    """The whole of `pbx.yaml`."""

    lines: Mapping[str, Scheme | Target]  # by number
    schemes: Mapping[str, Scheme]  # by name
    line_schemes: Mapping[str, str]  # line -> the name of its scheme
    employees: Mapping[str, Employee]
    groups: Mapping[str, Group]
    numbers: Mapping[str, Behaviour]  # outside of the PBX
    audio_seconds: Mapping[str, float]  # by internal id
    audio_names: Mapping[str, str] = field(default_factory=dict)
    scheme_texts: Mapping[str, str] = field(default_factory=dict)  # what the cabinet says about a scheme
    profile: str = "2021"  # of the document: "2021" or "2026"
    seeds: Mapping[str, Any] = field(default_factory=dict)  # the file as it is written: what the books start from
    results: Mapping[str, tuple[ForcedResult, ...]] = field(default_factory=dict)  # by method, see `forced_results`
    habits: Habits = Habits()
    faults: Faults = Faults()
