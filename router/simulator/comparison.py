"""A test that failed, as rows: what its script says beside what came, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from router.engine.effects import QueueCommand
from router.simulator.compare import expectation
from router.simulator.script import Expect
from router.simulator.update import said
from router.simulator.verdict import Failure, Performed, Verdict
from router.simulator.write_lines import written

State = Literal["held", "failed", "not expected", "not reached"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One line of a script, or a command that no line expects."""

    state: State
    elapsed: float | None = None  # seconds since the call came; None where it was not reached
    expected: str = ""  # the line as it is written; "" of a command that no line expects
    came: str = ""  # "" where the line expects nothing


def compared(verdict: Verdict) -> list[Compared]:
    """The rows in the order of the script; none of a test that passed."""
    failure, done = verdict.failure, verdict.performed
    if failure is None:
        return []
    rows = [_row(one, failure) for one in done]
    rows += _not_expected(verdict, failure)
    if all(row.state == "held" for row in rows):
        rows.append(Compared(state="failed", elapsed=failure.elapsed, came=failure.reason))
    left = verdict.script.lines[len(done) :]
    return [*rows, *(Compared(state="not reached", expected=written(line)) for line in left)]


def _row(one: Performed, failure: Failure) -> Compared:
    came = ""
    if one.sent is not None and isinstance(one.line, Expect):
        came = _as_expected(one.sent.command, one.line)
    elif not one.holds:
        came = failure.reason.partition(", but ")[2] or failure.reason
    elapsed = one.elapsed if one.sent is None else one.sent.at - failure.started
    state: State = "held" if one.holds else "failed"
    return Compared(state=state, elapsed=elapsed, expected=written(one.line), came=came)


def _as_expected(command: QueueCommand, line: Expect) -> str:
    """The command in the words of the line that expects one: the same fields of it."""
    return said(expectation(command, line))


def _not_expected(verdict: Verdict, failure: Failure) -> Iterator[Compared]:
    """What was sent by then and no line has to do with."""
    for sent in verdict.left:
        elapsed = sent.at - failure.started
        came = _as_expected(sent.command, Expect(mark=failure.mark, command=""))
        yield Compared(state="not expected", elapsed=elapsed, came=came)
