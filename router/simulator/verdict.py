"""What came of a scripted call."""

from dataclasses import dataclass

from router.engine.effects import QueueCommand
from router.engine.state import Entry
from router.flow.model import Mark
from router.simulator.script import Line, Script
from router.simulator.simulated_outbox import Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a test failed, where in its script, and what the call had done until then."""

    reason: str
    mark: Mark
    elapsed: float  # seconds since the call came
    trace: tuple[Entry, ...]
    started: float  # Unix seconds
    instead: QueueCommand | str | None = None  # of an `expect` the command that came, of an `expect_end` the outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """A line of a script that was reached, and what came of it."""

    line: Line
    holds: bool
    elapsed: float  # seconds since the call came
    sent: Sent | None = None  # of an `expect` the command that was held against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a test went; `failure` is None when it passed."""

    script: Script
    failure: Failure | None
    trace: tuple[Entry, ...]  # of the whole call
    performed: tuple[Performed, ...] = ()
    left: tuple[Sent, ...] = ()  # commands that came by then and that no line was held against


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """How far a script came."""

    elapsed: float  # seconds since the call came
    trace: tuple[Entry, ...]
