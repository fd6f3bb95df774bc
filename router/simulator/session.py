"""A call in somebody's hands: what `ivr simulate` plays, and what it can save as a test.

A session is a script that is still being written. Everything that is done to the call becomes a line of it, and every
command that comes is expected by a line behind that. One step back is a line less and the whole script run anew, which
takes milliseconds; so does a line that changes what came before it. What is saved is a test that passes, since it is
what was just run. While a lookup waits for its answer the caller and the clock may go on, until its time-out; with
`--real` the clock stands, since people say an answer more slowly than systems do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Final

from router.engine.effects import QueueCommand, StartLookup
from router.engine.state import Call, Entry
from router.flow.model import Bundle, Mark
from router.flow.verbs.lookup import Lookup
from router.pbx.happenings import Impossible
from router.pbx.legs import Journey
from router.simulator.compare import expectation
from router.simulator.compose import Modifier, compose
from router.simulator.run_test import Run
from router.simulator.script import WAITS, Answer, Expect, Given, Line, LookupEnds, Script, Wait
from router.simulator.simulated_outbox import Sent

NOWHERE: Final = Mark(file="", line=1, column=1)
"""Lines of a session stand in no file."""

MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was done so far."""

    lines: tuple[Line, ...] = ()
    answers: dict[str, tuple[Answer, ...]] = field(default_factory=dict)  # lookup -> in turn


class Session:
    """One call. Raises Impossible at once if the flow does not take it."""

    def __init__(self, bundle: Bundle, flow: str, given: Given) -> None:
        self.bundle = bundle
        self.flow = flow
        self._given = given
        self._said = Said(answers=dict(given.lookups))
        self._before: list[Said] = []
        self._run: Run
        self._settle(self._said)

    # what can be asked

    @property
    def lookup(self) -> str | None:
        """The one that waits for its answer, as "step" or "flow.step"."""
        waiting = self._run.simulation.lookups.waiting
        return None if waiting is None else waiting.lookup

    @property
    def request(self) -> StartLookup | None:
        """What that lookup asks."""
        waiting = self._run.simulation.lookups.waiting
        return None if waiting is None else waiting.request

    @property
    def call(self) -> Call:
        return self._run.simulation.call

    @property
    def journey(self) -> Journey:
        """The call as the PBX has it."""
        return self._run.simulation.pbx.journey

    @property
    def trace(self) -> Sequence[Entry]:
        return self._run.simulation.trace

    @property
    def sent(self) -> Sequence[Sent]:
        """Every command so far."""
        return self._run.simulation.sent

    @property
    def started(self) -> float:
        return self._run.simulation.started

    @property
    def elapsed(self) -> float:
        """Seconds since the call came."""
        return self._run.simulation.elapsed

    @property
    def seconds_to_next(self) -> float | None:
        """How long nothing happens by itself, in whole milliseconds; None when nothing will."""
        seconds = self._run.simulation.seconds_to_next()
        return None if seconds is None else ceil(seconds * MILLISECONDS) / MILLISECONDS

    @property
    def line(self) -> str:
        """The one that the call came in on."""
        return self._run.simulation.pbx.line

    @property
    def lines(self) -> tuple[Line, ...]:
        """The script so far."""
        return self._said.lines

    @property
    def given(self) -> Given:
        """The world of the call, with the answers that lookups got."""
        return replace(self._given, lookups=self._said.answers)

    @property
    def is_undecided(self) -> bool:
        """Whether a lookup waits, and nothing was done since it asked."""
        waiting = self._run.simulation.lookups.waiting
        return waiting is not None and not waiting.waits

    def is_asked_by(self, lookup: str) -> bool:
        """Whether the lookup that waits is called so: `step`, or `flow.step`."""
        request = self.request
        return request is not None and lookup in (self.lookup, request.label)

    @property
    def asked(self) -> Lookup:
        """The settings of the lookup that waits; raises Impossible when none does."""
        if self.lookup is None:
            raise Impossible("no lookup waits for an answer")
        flow, _, step = self.lookup.rpartition(".")
        settings = self.bundle.flows[flow or self.flow].steps[step].settings
        assert isinstance(settings, Lookup)
        return settings

    # what can be done

    def do(self, line: Line) -> None:
        """Let something happen. Raises Impossible, with nothing changed, when it cannot."""
        if isinstance(line, Modifier):  # it is about what was before
            self._go_on(replace(self._said, lines=(*self._said.lines, line)))
        else:
            self._append(line)

    def answer(self, answer: Answer) -> None:
        """Say what the lookup that waits gets: at the instant at which it asks, or after what was done since then."""
        waiting = self._run.simulation.lookups.waiting
        if waiting is None:
            raise Impossible("no lookup waits for an answer")
        if waiting.waits:
            self._append(LookupEnds(mark=NOWHERE, lookup=waiting.lookup, answer=answer))
        else:
            self._go_on(self._with_answer(waiting.key, answer))

    def _with_answer(self, key: str, answer: Answer) -> Said:
        answers = (*self._said.answers.get(key, ()), answer)
        return replace(self._said, answers={**self._said.answers, key: answers})

    def let_pass(self, seconds: float) -> None:
        """Let time pass that nobody asked for: one step back does not stop at it."""
        if self.lookup is None:
            kept = self._said.lines
            last = kept[-1] if kept else None
            if isinstance(last, Wait):
                kept, seconds = kept[:-1], last.seconds + seconds
            self._settle(replace(self._said, lines=(*kept, Wait(mark=NOWHERE, seconds=round(seconds, 3)))))

    def back(self) -> None:
        """One step back. Raises Impossible at the beginning."""
        if not self._before:
            raise Impossible("this is the beginning")
        self._settle(self._before.pop())

    def forget(self) -> None:
        """There is no way back from here: for a copy that goes a way of its own, with a call of its own."""
        self._before = []
        self._settle(self._said)

    def _go_on(self, said: Said) -> None:
        before = self._said
        self._settle(said)
        self._before.append(before)

    def _append(self, line: Line) -> None:
        """Let the call that is there go on; a lookup that asked has its answer later then, or never."""
        before, after, waiting = self._said, self._said, self._run.simulation.lookups.waiting
        if waiting is not None and not waiting.waits:
            waiting.waits = True
            after = self._with_answer(waiting.key, Answer(mark=NOWHERE, state=WAITS))
        try:
            reason = self._run.perform(line)
        except Impossible as impossible:
            reason = str(impossible)
        if reason is not None:
            self._settle(before)
            raise Impossible(reason)
        self._said = self._with_commands(replace(after, lines=(*after.lines, line)))
        self._before.append(before)

    def _settle(self, said: Said) -> None:
        """Run the script; every command that nobody expected yet becomes a line of it."""
        self._run = self._play(said)
        self._said = self._with_commands(said)

    def _with_commands(self, said: Said) -> Said:
        """With a line for each command that came since the last one that is expected."""
        sent = self._run.simulation.sent
        came = sent[sum(isinstance(line, Expect) for line in said.lines) :]
        self._run.expected = len(sent)
        return replace(said, lines=(*said.lines, *(_expected(one.command) for one in came)))

    def _play(self, said: Said) -> Run:
        """The call as the script makes it."""
        composed = compose(said.lines)
        if composed.misplaced:
            raise Impossible(composed.misplaced[0].reason)
        script = Script(
            file="",
            flow=self.flow,
            name="",
            mark=NOWHERE,
            given=replace(self._given, lookups=said.answers),
            lines=composed.lines,
            plans=composed.plans,
        )
        run = Run(script, self.bundle, waits=True)
        reasons = [run.begin(), *(run.perform(line) for line in script.lines)]
        if (reason := next(filter(None, reasons), None)) is not None:
            raise Impossible(reason)
        return run


def _expected(command: QueueCommand) -> Expect:
    """The line of a test that expects the command, by its main field."""
    return expectation(command, Expect(mark=NOWHERE, command=""))
