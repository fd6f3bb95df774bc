"""What a call script says, as data: the call to pretend, and line by line what the caller and the PBX do.

Everything here is decided before the first virtual second: `compose` has already handed every fault and every
answer to the line or the command that it concerns, so running a script never looks ahead or back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from router.flow.model import Mark, Table, Value

OUTCOMES: Final = ("released", "hung_up", "missed", "answered")
"""What `expect_end` may ask for."""

FAULTS: Final = ("duplicate", "reorder", "drop", "delay")
"""What can go wrong with notifications on their way to us."""


WAITS: Final = "waits"
"""Of a lookup that is answered by a line of the script, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with a batch of notifications."""

    kind: str  # one of FAULTS
    seconds: float = 0.0  # of a delay


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a script. `faults` strike the notifications that the line causes."""

    mark: Mark
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Line):
    """The next command must be this one. `fields` holds what is compared, as text: ("to", "group sales"), ..."""

    command: str  # as authors write it: play, route, hangup, transfer, sms, ... (`flow.verbs.COMMANDS`)
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand(Expect):
    """A person commands what is to become of the call; the command is the next one that comes."""

    to: str = ""  # what the PBX dials
    then: str = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Line):
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing(Line):
    """Time in which no command may come."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InLists(Line):
    """What the call has put into lists so far."""

    values: tuple[tuple[str, str], ...]  # (list, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys(Line):
    """One packet of keys, as the PBX's scheme would collect it (§3.1.4)."""

    digits: str


CONSULTS: Final = "consults"
"""What happens with a colleague's extension: the employee asks the colleague while the caller is on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happen(Line):
    """Something happens at the other end, see `pbx.happenings`."""

    what: str
    colleague: str = ""  # of `consults`


@dataclass(frozen=True, slots=True, kw_only=True)
class LateResult(Line):
    """The result of a command comes only now; until here it stays away."""

    command: int  # which one, counted from 0
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(Line):
    """The caller hangs up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectEnd(Line):
    outcome: str  # one of OUTCOMES


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectReturn(Line):
    """The sub-flow under test has returned by this name, with these values."""

    exit: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the PBX takes one command."""

    limited: int = 0  # how often it is refused with a 503 first
    code: int | None = None  # the result that the script dictates; None leaves it to the PBX's own rules
    late: bool = False  # a LateResult line tells the result
    faults: tuple[Fault, ...] = ()  # strike what the command causes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a lookup ends that the flow starts."""

    mark: Mark
    state: str  # found, not_found, failed; WAITS in what is given
    outputs: Mapping[str, Value] = field(default_factory=dict)  # those that are absent keep their defaults
    notes: Mapping[str, str] = field(default_factory=dict)  # what of the other side's answer did not fit, and why
    repeats: bool = False  # also for every further time that the step asks


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupEnds(Line):
    """The lookup that waits gets its answer now."""

    lookup: str  # "step" or "flow.step"
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The world before the call. None means that the bundle's own content counts."""

    caller: str = "79000000000"  # "" is a withheld number
    line: str | None = None  # None: a line that the flow takes
    at: float  # Unix seconds
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # replaced content
    variables: Mapping[str, Value] = field(default_factory=dict)  # first values
    presence: Mapping[str, str] | None = None  # extension -> status; whoever is absent is not online
    dct_number: str = ""
    dct_type: int = 0
    location: str = ""  # ivr, queue, abonent; "": where the flow takes calls
    group: str = ""  # extension of the group through which the call comes
    sip_call_id: str = ""
    waits: Mapping[str, float] = field(default_factory=dict)  # route, transfer, hangup, play -> seconds in the queue
    split: Mapping[str, str] = field(default_factory=dict)  # step -> the branch that it takes
    lookups: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)  # "step" or "flow.step" -> in turn
    tables: Mapping[tuple[str, str], Table] = field(default_factory=dict)  # (flow, step) -> its table
    values: Mapping[str, str] = field(default_factory=dict)  # of the account's configuration
    holidays: tuple[str, ...] | None = None  # the days that are off, in place of the calendars' own


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One scripted call."""

    file: str
    flow: str
    name: str
    mark: Mark
    given: Given
    lines: tuple[Line, ...]
    plans: tuple[Plan, ...]  # for the first command, the second, ...
    opening: tuple[Fault, ...] = ()  # strike the call's first notification

    @property
    def title(self) -> str:
        """How reports and `ivr test -k` call it."""
        return f"{self.file}: {self.name}"
