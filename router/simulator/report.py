"""A verdict as text for people and as an object for programs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from router.history.call_view import instant
from router.history.trace_text import lines
from router.simulator.verdict import Failure, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The language of a report."""

    said: Callable[[str], str] = str  # of a test's messages
    told: Callable[[str], str] = str  # of a trace's lines


ENGLISH: Final = Words()


def render(verdict: Verdict, source_line: str, table: str = "", words: Words = ENGLISH) -> str:
    """One line for a test that passed; for one that failed also the place, the reason and the trace of the call.

    `source_line` is the line of the script that did not hold, `table` the script beside what came.
    """
    failure, said = verdict.failure, words.said
    if failure is None:
        return f"{said('passed')}  {verdict.script.title}\n"
    mark = failure.mark
    rows = [
        f"{said('FAILED')}  {verdict.script.title}, {said('at')} {seconds(failure.elapsed)}",
        f"  {mark.file}:{mark.line}:{mark.column}: {said(failure.reason)}",
        f"    {source_line.strip()}",
        *table.splitlines(),
        f"  {said('trace')}",
        *(f"    {row}" for row in _trace(failure, words)),
    ]
    return "\n".join(rows) + "\n"


def as_json(verdict: Verdict, words: Words = ENGLISH) -> dict[str, Any]:
    """The same for programs; `elapsed` counts seconds since the call came."""
    script, failure = verdict.script, verdict.failure
    known = {"file": script.file, "flow": script.flow, "name": script.name, "passed": failure is None}
    if failure is None:
        return {**known, "line": script.mark.line}
    return {
        **known,
        "line": failure.mark.line,
        "column": failure.mark.column,
        "reason": words.said(failure.reason),
        "elapsed": round(failure.elapsed, 3),
        "at": instant(failure.started + failure.elapsed),
        "trace": _trace(failure, words),
    }


def _trace(failure: Failure, words: Words = ENGLISH) -> list[str]:
    return lines(failure.trace, lambda at: f"{seconds(at - failure.started):>10}", words.told)


def seconds(elapsed: float) -> str:
    """Seconds since the call came, as a trace shows them: "+9 s"."""
    return f"+{elapsed:.3f}".rstrip("0").rstrip(".") + " s"
