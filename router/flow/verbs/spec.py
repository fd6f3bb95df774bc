"""What the language knows of one verb: everything but what the engine does at its step.

Each verb has one `VerbSpec`, beside the settings of its steps. The loader, the schemas, the checks, the analysis, the
diagrams, the simulator, the reference and the editor's schema read it, so that a new verb is one file here and one of
the same name in `router/engine/verbs`. No field has a default: a verb that leaves a fact out does not construct.

Where a flow that a `run` step runs decides (when it returns, as what, after how long), its user asks that flow instead.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from router.flow.findings import Report
from router.flow.model import Output, Settings
from router.flow.reading.names import Contracts
from router.flow.reading.setting_fields import Fields
from router.flow.reading.steps import StepReader
from router.flow.yaml.node import Node

S = TypeVar("S", bound=Settings)
C = TypeVar("C", bound=Settings, contravariant=True)
Schema = dict[str, Any]
Path = tuple[str | int, ...]
"""From the verb's settings to a node in them."""


class Family(StrEnum):
    """What a verb is about; diagrams give each family a colour."""

    LISTENS = "listens"
    DIALS = "dials"
    DECIDES = "decides"
    TELLS = "tells"
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What the checks and the engine have to know of a verb."""

    needs_caller: bool  # it has nothing to do once the call is over
    needs_free_caller: bool  # it cannot work while the other side rings (§3.2.6)
    takes_caller_away: bool  # from a phone that still rings
    may_be_moved: bool  # the PBX's scheme can take the caller away from its step; else that is expected, or no matter
    can_fail: bool  # it has exits that nobody wrote, which go to on_error
    pauses: bool  # a call waits at its step for a key or for time


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """One written way out of a step."""

    name: str  # unique within the step
    label: str  # for people: the condition of a switch, the key of a menu, ...
    arrow: str = ""  # the same on an arrow, where the target is seen: "held 1m", "70 of 100"; "" for the label
    target: str
    path: Path  # to the node that names the target
    possible: bool = True  # False: a branch without a share is never taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits(Generic[S]):
    """The ways out of a step."""

    described: tuple[tuple[str, str], ...]  # (exit, when it is taken), in the order in which authors look for them
    required: Callable[[S], tuple[str, ...]]  # those that can occur and must lead somewhere, on_error included
    own: Callable[[S], Iterable[Exit]]  # those that the settings name themselves
    redirected: Callable[[S, str, str], S] | None  # with another target for one exit; None: targets cannot be swapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing(Generic[C]):
    """How long a step takes, in seconds; infinite where nothing bounds it."""

    at_once: Callable[[C], bool]  # it can be over at the instant at which it began; a lookup may have its answer
    most: Callable[[C], float]  # talking apart
    silence: Callable[[C], float] | None  # how long it has been silent when it is left; None: it makes no sound
    commands: Callable[[C], Mapping[str, int]]  # limited commands that it sends at most, by the verb's word for them


class QueuedCommand(Protocol):
    """What of a command in the outbox a test can name; `engine.effects.QueueCommand` is one."""

    @property
    def params(self) -> Mapping[str, Any]:
        """The request's parameters."""

    @property
    def label(self) -> str:
        """What the flow's author calls it: "group sales", "audio.main_menu"."""

    @property
    def high_priority(self) -> bool:
        """Whether it goes before every other one."""


Read = Callable[[QueuedCommand], tuple[str, ...]]
"""Every text that a field's value may be written as in a test, the usual one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandField:
    """One field of a command that a test can expect."""

    read: Read
    schema: Schema
    about: str  # what it is, where the command's own words do not say it; ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The command that has the verb's name in tests, and how it is compared and written there."""

    path: str  # on the wire
    heard: str  # for people who follow a simulated call: "plays"; "": that it is sent
    result_is_awaited: bool  # the step waits for its pushed result, and goes on without one
    schema: Schema  # what can stand behind its name in an `expect`, fields apart
    fields: Mapping[str, CommandField]  # by the flow's word
    main: str  # the field that a bare value means: `expect: {route: group sales}`; ""
    open: str  # the field with names of the author's own, compared by their paths; ""
    recorded: Callable[[str], str] | None  # of the label: the main field of a recorded command; None: none is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake(Generic[S]):
    """A small mistake that an author could make in a step's settings."""

    text: str  # for people: "`first_digit` is 10s"
    path: Path  # to what was changed
    settings: S


Declare = Callable[[Node, Fields, Contracts, str, Report], dict[str, Output]]
"""The outputs "STEP.NAME" of a step, by its name and settings, what other flows return, and the bundle's country;
"STEP.*" is INVALID where it cannot be judged which there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbSpec(Generic[S]):
    """One verb."""

    name: str  # as authors write it
    settings: type[S]
    schema: Schema  # of its settings in a flow's file; its description introduces the verb in the reference
    example: str  # how it is written, in the least words
    foreign_words: str  # what other systems call it, apart by spaces
    read: Callable[[StepReader], S]  # notes every way out, also when the rest is INVALID
    outputs: Declare
    ordered_map: str  # the setting that is a map whose order has a meaning; ""
    traits: Traits
    family: Family
    exits: Exits[S]
    timing: Timing[S]
    about: Callable[[S], Sequence[str]]  # what its step does, in few words, for diagrams
    mistakes: Callable[[S, Mapping[str, str]], Iterable[Mistake[S]]]  # the names of expressions, with their types
    profiles: frozenset[str]  # the editions of the vendor's document that have what it asks the PBX for
    command: Command | None  # None: none is called like the verb
