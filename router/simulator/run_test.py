"""Run one scripted call and judge it: line by line, until the first that does not hold.

A script's line either holds or says in one sentence why not. What is compared is what a stranger at the PBX could
see: the commands in the order in which they were sent, with the fields that the line names and no others.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, Final, cast

from router.engine.effects import QueueCommand
from router.engine.state import RESTING, UNTAKEN
from router.flow.durations import format_duration
from router.flow.expressions.values import to_text
from router.flow.model import Bundle, Mark, Value
from router.flow.verbs import COMMANDS
from router.pbx.happenings import Impossible
from router.simulator.compare import described, difference, wanted
from router.simulator.fixture import caller_of, world
from router.simulator.script import (
    ByHand,
    Expect,
    ExpectEnd,
    ExpectReturn,
    HangUp,
    Happen,
    InLists,
    Keys,
    LateResult,
    Line,
    LookupEnds,
    Nothing,
    Script,
    Wait,
)
from router.simulator.scripted_pbx import Events, ScriptedPbx
from router.simulator.simulated_outbox import Sent
from router.simulator.simulation import Simulation
from router.simulator.subflow_harness import harness_name, returned
from router.simulator.verdict import Failure, Performed, Stopped, Verdict
from router.virtual_clock import SAME_INSTANT

PATIENCE_SECONDS: Final = 3.0
"""How far `expect` moves the clock on at most."""

LONGEST_END_SECONDS: Final = 86_400.0
"""How long `expect_end` lets an undecided call go on."""


class Run:
    """One test while it runs."""

    def __init__(self, script: Script, bundle: Bundle, *, waits: bool = False) -> None:
        """Every lookup that has no answer `waits` for one; else only one that a line of the script answers."""
        flow, given = bundle.flows[script.flow], script.given
        seen = world(bundle, script.flow, given)
        pbx = caller_of(seen, flow, given)
        self.script = script
        later = Counter(line.lookup for line in script.lines if isinstance(line, LookupEnds))
        self.simulation = Simulation(seen, given, pbx, script.plans, None if waits else later)
        self.taking = (
            script.flow if flow.takes is not None else harness_name(script.flow)
        )  # the flow that takes the call
        self.expected = 0  # how many commands the script has expected so far
        self.instead: QueueCommand | str | None = None
        self.performed: list[Performed] = []
        self.stopped: Stopped | None = None  # where an `expect` gave up, though the call was followed for longer

    def judge(self) -> Verdict:
        """Run the script to its end or to the first line that does not hold."""
        at = self.script.mark
        try:
            reason = self.begin()
            for line in self.script.lines if reason is None else ():
                at = line.mark
                reason = self._judged(line)
                if reason is not None:
                    break
            reason = reason or self._finish()
        except Impossible as impossible:
            reason = str(impossible)
        if reason is None and (unused := self._unused()) is not None:
            reason, at = unused
        failure = self._failure(reason, at) if reason is not None else None
        return Verdict(
            script=self.script,
            failure=failure,
            trace=self._stopped().trace,
            performed=tuple(self.performed),
            left=self._left() if failure is not None else (),
        )

    def _judged(self, line: Line) -> str | None:
        """`perform`, and what came of it; the reason also of what is impossible."""
        number, simulation = self.expected, self.simulation
        try:
            reason = self.perform(line)
        except Impossible as impossible:
            reason = str(impossible)
        is_compared = isinstance(line, Expect) and (reason is None or isinstance(self.instead, QueueCommand))
        sent = simulation.sent[number] if is_compared else None
        self.performed.append(Performed(line=line, holds=reason is None, elapsed=self._stopped().elapsed, sent=sent))
        return reason

    def _left(self) -> tuple[Sent, ...]:
        compared = sum(one.sent is not None for one in self.performed)
        until = self._stopped().elapsed + self.simulation.started + SAME_INSTANT
        return tuple(sent for sent in self.simulation.sent[compared:] if sent.at <= until)

    def perform(self, line: Line) -> str | None:
        """Do what one line says; None, or why it does not hold. Raises Impossible."""
        return PERFORM[type(line)](self, line)

    def begin(self) -> str | None:
        """The call comes; None, or why this flow does not get it."""
        simulation = self.simulation
        simulation.notify(simulation.pbx.ring_in(simulation.now), self.script.opening)
        simulation.settle()
        call = simulation.call
        if self.script.opening or call.flow == self.taking:
            return None
        if call.status == UNTAKEN:
            return call.untaken
        return f"flow {call.flow} takes the call on line {simulation.pbx.line}"

    def _finish(self) -> str | None:
        """What was sent and never expected fails the test, at its last line."""
        self.simulation.settle()
        return f"nobody expected {self._came()}, {self._when()}" if self._has_more() else None

    def _unused(self) -> tuple[str, Mark] | None:
        """An answer that no lookup asked for fails the test, at the answer."""
        unused = self.simulation.answers.unused()
        return None if unused is None else (f"the lookup {unused[0]} never asked for this answer", unused[1].mark)

    def _failure(self, reason: str, mark: Mark) -> Failure:
        simulation = self.simulation
        return Failure(
            reason=reason,
            mark=mark,
            elapsed=self._stopped().elapsed,
            trace=self._stopped().trace,
            started=simulation.started,
            instead=self.instead,
        )

    def _stopped(self) -> "Stopped":
        simulation = self.simulation
        return self.stopped or Stopped(elapsed=simulation.elapsed, trace=tuple(simulation.trace))

    def _has_more(self) -> bool:
        return len(self.simulation.sent) > self.expected

    def _came(self) -> str:
        return described(self.simulation.sent[self.expected].command)

    def _when(self) -> str:
        sent = self.simulation.sent[self.expected]
        return f"{sent.at - self.simulation.started:g} s after the call came"

    # lines

    def expect(self, line: Expect) -> str | None:
        simulation = self.simulation
        since = simulation.now
        if not simulation.advance_until(self._has_more, PATIENCE_SECONDS):
            self.stopped = Stopped(elapsed=simulation.elapsed, trace=tuple(simulation.trace))
            reason = f"expected {wanted(line)}, but no command came within {PATIENCE_SECONDS:g} s"
            return f"{reason}; {self._what_comes(line, since)}"
        came = self.simulation.sent[self.expected].command
        different = difference(line, came)
        if different is not None:
            self.instead = came
            return f"expected {wanted(line)}, but got {self._came()}{different}, {self._when()}"
        self.expected += 1
        return None

    def _what_comes(self, line: Expect, since: float) -> str:
        """The next command, with what to write if it is the expected one; the call goes on for that."""
        try:
            if not self.simulation.advance_until(self._has_more, LONGEST_END_SECONDS):
                return "none comes by itself"
        except Impossible as impossible:
            return str(impossible)
        sent = self.simulation.sent[self.expected]
        seconds = ceil(round(sent.at - since, 3) * 10) / 10
        comes = f"{described(sent.command)} comes after {seconds:g} s"
        return comes if difference(line, sent.command) is not None else f"{comes}: write `wait: {seconds:g}s`"

    def wait(self, line: Wait) -> str | None:
        self.simulation.advance(line.seconds)
        return None

    def nothing(self, line: Nothing) -> str | None:
        """Time passes as far as the first command, which fails the test unless it comes at the very end."""
        until = self.simulation.now + line.seconds
        if not self.simulation.advance_until(self._has_more, line.seconds):
            return None
        if self.simulation.sent[self.expected].at > until - SAME_INSTANT:
            return None
        return f"nothing was to come for {format_duration(line.seconds)}, but {self._came()} came, {self._when()}"

    def remembered(self, line: InLists) -> str | None:
        return self.simulation.lacks(line.values)

    def keys(self, line: Keys) -> str | None:
        return self._pretend(line, lambda pbx, now: pbx.press(line.digits, now))

    def happen(self, line: Happen) -> str | None:
        return self._pretend(line, lambda pbx, now: pbx.happen(line.what, now, line.colleague))

    def hang_up(self, line: HangUp) -> str | None:
        return self._pretend(line, ScriptedPbx.hang_up)

    def by_hand(self, line: ByHand) -> str | None:
        reason = self.simulation.give(COMMANDS[line.command].path, line.to, line.then)
        reason = reason or self.expect(line)
        self.instead = None  # what the line says is done, not expected: it is not put right by what came
        return reason

    def _pretend(self, line: Line, what: Callable[[ScriptedPbx, float], Events]) -> str | None:
        simulation = self.simulation
        simulation.notify(what(simulation.pbx, simulation.now), line.faults)
        simulation.settle()
        return None

    def lookup_ends(self, line: LookupEnds) -> str | None:
        reason = self.simulation.lookups.end(line.lookup, line.answer, self.simulation.pbx.entry_id)
        self.simulation.settle()
        return reason

    def late_result(self, line: LateResult) -> str | None:
        if line.command >= len(self.simulation.sent):
            return "no command waits for this result"
        self.simulation.result(line.command, line.code, line.faults)
        self.simulation.settle()
        return None

    def expect_end(self, line: ExpectEnd) -> str | None:
        self.simulation.advance_until(self._is_decided, LONGEST_END_SECONDS)
        if self._has_more():
            return f"expected the call to end as {line.outcome}, but nobody expected {self._came()}, {self._when()}"
        call = self.simulation.call
        outcome = call.outcome or ("answered" if call.answered else "")
        if outcome == line.outcome:
            return None
        self.instead = outcome or None
        ended = f"it ended as {outcome}" if outcome else f"it came to no outcome: {call.status} in step {call.step}"
        return f"expected the call to end as {line.outcome}, but {ended}"

    def expect_return(self, line: ExpectReturn) -> str | None:
        simulation, wanted_exit = self.simulation, f"expected the flow to return {line.exit}"
        if self.taking == self.script.flow:
            return f"{wanted_exit}, but {self.script.flow} takes calls itself and returns nothing"
        simulation.advance_until(lambda: self._returned() is not None or self._is_decided(), LONGEST_END_SECONDS)
        if self._has_more():
            return f"{wanted_exit}, but nobody expected {self._came()}, {self._when()}"
        found = self._returned()
        if found is None:
            outcome = simulation.call.outcome
            return f"{wanted_exit}, but {f'the call ended as {outcome}' if outcome else 'it did not return'}"
        name, values = found
        if name != line.exit:
            return f"{wanted_exit}, but it returned {name}"
        told = {key: to_text(cast("Value", values.get(key, ""))) for key, _ in line.values}
        wrong = [f"{key} {told[key] or 'empty'}" for key, value in line.values if told[key] != value]
        with_values = ", ".join(f"{key} {value}" for key, value in line.values)
        return f"{wanted_exit} with {with_values}, but got {', '.join(wrong)}" if wrong else None

    def _returned(self) -> tuple[str, dict[str, object]] | None:
        return returned(self.simulation.call, self.simulation.trace)

    def _is_decided(self) -> bool:
        """Over, at rest with its answer, or off the script."""
        call = self.simulation.call
        return bool(call.outcome) or call.status == RESTING or self._has_more()


def run(script: Script, bundle: Bundle) -> Verdict:
    """Run one test against a checked bundle that has its flow."""
    return Run(script, bundle).judge()


PERFORM: Final[Mapping[type[Line], Callable[[Run, Any], str | None]]] = {
    Expect: Run.expect,
    ByHand: Run.by_hand,
    Wait: Run.wait,
    Nothing: Run.nothing,
    InLists: Run.remembered,
    Keys: Run.keys,
    Happen: Run.happen,
    HangUp: Run.hang_up,
    LateResult: Run.late_result,
    LookupEnds: Run.lookup_ends,
    ExpectEnd: Run.expect_end,
    ExpectReturn: Run.expect_return,
}
