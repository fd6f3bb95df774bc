"""What of the flows the tests reach: every step that a call entered and every written exit that it took.

It is read off the traces, so it counts what happened and not what could have; a test that fails counts as far as it
came. Exits of a step that was never reached are counted but not told of one by one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from router.flow.model import Bundle, Flow, Mark, Step
from router.flow.verbs.spec import Exit
from router.flow.written_exits import exits_of
from router.simulator.exit_places import Places, taken
from router.simulator.verdict import Verdict

Reached = frozenset[tuple[str, str]]
"""(flow, step)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A step that no test reaches, or an exit of a reached one that none takes."""

    flow: str
    step: str
    exit: str  # "" for the step itself
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCoverage:
    """One flow: how much of it there is, how much was reached, and what was not, in the order written."""

    flow: str
    steps: int
    exits: int
    steps_reached: int
    exits_taken: int
    gaps: tuple[Gap, ...]

    @property
    def percent(self) -> float:
        """Steps and exits count alike."""
        return percent([self])


def percent(flows: Iterable[FlowCoverage]) -> float:
    """The share of all steps and exits that was reached; 100 when there is nothing to reach."""
    counted = list(flows)
    all_of_them = sum(flow.steps + flow.exits for flow in counted)
    reached = sum(flow.steps_reached + flow.exits_taken for flow in counted)
    return 100.0 * reached / all_of_them if all_of_them else 100.0


def reached_by(verdict: Verdict) -> Reached:
    """The steps that one test entered."""
    return frozenset(
        (entry.data.get("within", verdict.script.flow), entry.data["step"])
        for entry in verdict.trace
        if entry.kind == "entered"
    )


def coverage(bundle: Bundle, verdicts: Iterable[Verdict], texts: Mapping[str, str]) -> list[FlowCoverage]:
    """The coverage of every flow of the bundle, by name; `texts` are the bundle's files."""
    steps, exits = set[tuple[str, str]](), set[tuple[str, str, str]]()
    for verdict in verdicts:
        steps |= reached_by(verdict)
        exits |= _exits_taken(bundle, verdict)
    places = Places(texts)
    return [_of_flow(flow, steps, exits, places) for _, flow in sorted(bundle.flows.items())]


def _exits_taken(bundle: Bundle, verdict: Verdict) -> set[tuple[str, str, str]]:
    found = set()
    for entry in verdict.trace:
        if entry.kind == "left" and entry.data["exit"]:
            flow = entry.data.get("within", verdict.script.flow)
            step = bundle.flows[flow].steps.get(entry.data["step"])  # None: of what a test puts around a sub-flow
            name = taken(step, entry.data) if step is not None else None
            if name is not None:
                found.add((flow, entry.data["step"], name))
    return found


def _of_flow(flow: Flow, steps: set[tuple[str, str]], exits: set[tuple[str, str, str]], places: Places) -> FlowCoverage:
    written = [(step, exit_) for step in flow.steps.values() for exit_ in exits_of(step)]
    gaps = [gap for step in flow.steps.values() for gap in _gaps(flow, step, steps, exits, places)]
    return FlowCoverage(
        flow=flow.name,
        steps=len(flow.steps),
        exits=len(written),
        steps_reached=sum((flow.name, name) in steps for name in flow.steps),
        exits_taken=sum((flow.name, step.name, exit_.name) in exits for step, exit_ in written),
        gaps=tuple(gaps),
    )


def _gaps(
    flow: Flow, step: Step[Any], steps: set[tuple[str, str]], exits: set[tuple[str, str, str]], places: Places
) -> list[Gap]:
    if (flow.name, step.name) not in steps:
        return [Gap(flow=flow.name, step=step.name, exit="", mark=step.mark)]
    missing = [exit_ for exit_ in exits_of(step) if (flow.name, step.name, exit_.name) not in exits]
    return [_gap(flow, step, exit_, places) for exit_ in missing]


def _gap(flow: Flow, step: Step[Any], exit_: Exit, places: Places) -> Gap:
    return Gap(flow=flow.name, step=step.name, exit=exit_.label, mark=places.of(step, exit_))


def render(flows: Iterable[FlowCoverage], said: Callable[[str], str] = str) -> str:
    """For people: a line for each flow, and below it one for each gap; `said` is for another language."""
    rows = []
    for flow in flows:
        counts = f"{flow.steps_reached} of {flow.steps} steps, {flow.exits_taken} of {flow.exits} exits"
        rows.append(said(f"coverage of {flow.flow}: {flow.percent:.0f} %, {counts}"))
        rows += [f"  {said(_told(gap))}" for gap in flow.gaps]
    return "".join(f"{row}\n" for row in rows)


def _told(gap: Gap) -> str:
    place = f"{gap.mark.file}:{gap.mark.line}:{gap.mark.column}"
    if not gap.exit:
        return f"{place}: no test reaches step {gap.step}"
    return f"{place}: no test leaves step {gap.step} by {gap.exit}"


def as_json(flows: Iterable[FlowCoverage]) -> list[dict[str, Any]]:
    """For programs; `exit` is "" where the step itself was never reached."""
    return [
        {
            "flow": flow.flow,
            "percent": round(flow.percent, 1),
            "steps": flow.steps,
            "steps_reached": flow.steps_reached,
            "exits": flow.exits,
            "exits_taken": flow.exits_taken,
            "gaps": [
                {
                    "step": gap.step,
                    "exit": gap.exit,
                    "file": gap.mark.file,
                    "line": gap.mark.line,
                    "column": gap.mark.column,
                }
                for gap in flow.gaps
            ],
        }
        for flow in flows
    ]
