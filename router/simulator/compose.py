"""Hand every fault and every answer of a script to what it concerns, before the script runs.

The rules, as authors have to know them:

- `result` right behind an `expect` is the result of that command; with other lines between them the result stays away
  until its line is reached.
- `limit` right behind an `expect` refuses that command once; elsewhere it refuses the next one that is expected.
- A fault strikes what the next line causes (`keys`, `hangup`, `pbx`); when that line causes nothing, what the line
  before it caused (for an `expect`: what the PBX told of that command); at the head of a script, the call's first
  notification; between a `wait` and an `expect`, what the PBX tells of the expected command.

Whatever concerns nothing is a mistake of the script, and is reported instead of being ignored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from router.simulator.script import Expect, ExpectEnd, Fault, HangUp, Happen, Keys, LateResult, Line, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultLine(Line):
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitLine(Line):
    """A 503."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine(Line):
    code: int


Modifier = FaultLine | LimitLine | ResultLine
CAUSES = (Keys, Happen, HangUp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misplaced:
    """A line that concerns nothing."""

    line: Line
    reason: str


@dataclass(slots=True)
class Composed:
    """A script ready to run, or what is wrong with it."""

    lines: tuple[Line, ...] = ()
    plans: tuple[Plan, ...] = ()
    opening: tuple[Fault, ...] = ()
    misplaced: list[Misplaced] = field(default_factory=list)


def compose(written: Sequence[Line]) -> Composed:
    """The script's lines with their faults, and one plan for each command that it expects."""
    return _Composer(written).composed()


class _Composer:
    """The working state of `compose`."""

    def __init__(self, written: Sequence[Line]) -> None:
        self.written = list(written)
        self.plans = [Plan() for line in written if isinstance(line, Expect)]
        self.opening: tuple[Fault, ...] = ()
        self.misplaced: list[Misplaced] = []

    def composed(self) -> Composed:
        for index, line in enumerate(self.written):
            if isinstance(line, ResultLine):
                self._result(index, line)
        for index, line in enumerate(self.written):
            if isinstance(line, LimitLine):
                self._limit(index, line)
            elif isinstance(line, FaultLine):
                self._fault(index, line)
            elif isinstance(line, ExpectEnd):
                self._end(index)
        lines = tuple(line for line in self.written if not isinstance(line, Modifier))
        return Composed(lines, tuple(self.plans), self.opening, self.misplaced)

    def _result(self, index: int, line: ResultLine) -> None:
        number = self._command_before(index)
        if number < 0 or self.plans[number].code is not None or self.plans[number].late:
            self._refuse(line, "no command waits for this result")
        elif self._is_adjacent(index):
            self._plan(number, code=line.code)
        else:
            self._plan(number, late=True)
            self.written[index] = LateResult(mark=line.mark, command=number, code=line.code)

    def _limit(self, index: int, line: LimitLine) -> None:
        number = self._command_before(index)
        if not self._is_adjacent(index):
            number += 1
        if number < len(self.plans):
            self._plan(number, limited=self.plans[number].limited + 1)
        else:
            self._refuse(line, "no command follows that could be refused")

    def _fault(self, index: int, line: FaultLine) -> None:
        after = next(self._behind(index), None)
        if after is not None and self._strike(after, line.fault):
            return
        before = next(self._ahead(index), None)
        if before is None:
            self.opening = (*self.opening, line.fault)
        elif self._strike_before(before, line.fault):
            return
        elif after is not None and isinstance(self.written[after], Expect):
            self._strike_command(self._command_before(after) + 1, line.fault)
        else:
            self._refuse(line, "neither the line before nor the line after causes a notification")

    def _strike(self, index: int, fault: Fault) -> bool:
        """Let a fault strike what a line causes; False when it causes nothing."""
        line = self.written[index]
        if isinstance(line, ResultLine):
            self._strike_command(self._command_before(index), fault)
        elif self._causes(index):
            self.written[index] = replace(line, faults=(*line.faults, fault))
        else:
            return False
        return True

    def _strike_before(self, index: int, fault: Fault) -> bool:
        if isinstance(self.written[index], Expect):
            self._strike_command(self._command_before(index + 1), fault)
            return True
        return self._strike(index, fault)

    def _strike_command(self, number: int, fault: Fault) -> None:
        self._plan(number, faults=(*self.plans[number].faults, fault))

    def _causes(self, index: int) -> bool:
        return isinstance(self.written[index], (*CAUSES, LateResult))

    def _end(self, index: int) -> None:
        for line in self.written[index + 1 :]:
            self._refuse(line, "expect_end closes the script, nothing may follow it")

    def _behind(self, index: int) -> Iterator[int]:
        """The lines that follow, without other faults and limits."""
        later = range(index + 1, len(self.written))
        return (i for i in later if not isinstance(self.written[i], FaultLine | LimitLine))

    def _ahead(self, index: int) -> Iterator[int]:
        """The lines before, the nearest first, without faults, limits and results."""
        return (i for i in range(index - 1, -1, -1) if not isinstance(self.written[i], Modifier))

    def _is_adjacent(self, index: int) -> bool:
        before = next(self._ahead(index), None)
        return before is not None and isinstance(self.written[before], Expect)

    def _command_before(self, index: int) -> int:
        """The number of the command that was expected last before a line, -1 when there is none."""
        return sum(isinstance(line, Expect) for line in self.written[:index]) - 1

    def _plan(self, number: int, **changed: object) -> None:
        self.plans[number] = replace(self.plans[number], **changed)  # type: ignore[arg-type]  # names of Plan's fields

    def _refuse(self, line: Line, reason: str) -> None:
        self.misplaced.append(Misplaced(line=line, reason=reason))
