"""Test the tests: which small mistakes in the flows would none of them notice?

Each mutant runs against the tests whose calls enter the step that it changes, until one of them fails. A mutant in a
step that no test enters survives without being run. Mutants are taken in an order that a seed gives, so that a run
that is stopped by its time has looked everywhere a little.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from router.flow.model import Bundle
from router.simulator.coverage import reached_by
from router.simulator.mutants import Mutant, mutants
from router.simulator.run_test import run
from router.simulator.script import Script
from router.simulator.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What became of the mutants."""

    made: int  # all that there are
    tried: int  # those that the time was enough for
    survivors: tuple[Mutant, ...]  # of the tried ones, by place

    @property
    def score(self) -> float:
        """The share of the tried ones that a test noticed, in percent; 100 when there was nothing to try."""
        return 100.0 * (self.tried - len(self.survivors)) / self.tried if self.tried else 100.0


def mutate(
    bundle: Bundle,
    verdicts: Sequence[Verdict],
    texts: Mapping[str, str],
    *,
    seed: int,
    is_time_over: Callable[[], bool],
) -> Mutation:
    """Try the mutants of the bundle on the tests, all of which have passed."""
    made = mutants(bundle, texts)
    waiting = Random(seed).sample(made, len(made))
    entering = _entering(verdicts)
    survivors, tried = [], 0
    for mutant in waiting:
        if is_time_over():
            break
        tried += 1
        if not _is_noticed(mutant, bundle, entering.get((mutant.flow, mutant.step.name), [])):
            survivors.append(mutant)
    survivors.sort(key=lambda mutant: (mutant.mark.file, mutant.mark.line, mutant.mark.column, mutant.mistake))
    return Mutation(made=len(made), tried=tried, survivors=tuple(survivors))


def _entering(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], list[Script]]:
    """(flow, step) -> the tests whose calls enter it, the shortest first."""
    found: dict[tuple[str, str], list[Script]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: len(verdict.trace)):
        for place in reached_by(verdict):
            found.setdefault(place, []).append(verdict.script)
    return found


def _is_noticed(mutant: Mutant, bundle: Bundle, scripts: Sequence[Script]) -> bool:
    changed = mutant.applied(bundle) if scripts else bundle
    return any(run(script, changed).failure is not None for script in scripts)


def render(mutation: Mutation, said: Callable[[str], str] = str) -> str:
    """For people: the survivors, and the score; `said` is for another language."""
    rows = [
        f"{mutant.mark.file}:{mutant.mark.line}:{mutant.mark.column}: no test notices in step {mutant.step.name} "
        f"that {mutant.mistake}"
        for mutant in mutation.survivors
    ]
    noticed = mutation.tried - len(mutation.survivors)
    left = f"; time for {mutation.tried} of {mutation.made}" if mutation.tried < mutation.made else ""
    rows.append(f"mutation score {mutation.score:.0f} %: {noticed} of {mutation.tried} mutants noticed{left}")
    return "".join(f"{said(row)}\n" for row in rows)


def as_json(mutation: Mutation) -> dict[str, Any]:
    """For programs."""
    return {
        "score": round(mutation.score, 1),
        "made": mutation.made,
        "tried": mutation.tried,
        "survivors": [
            {
                "flow": mutant.flow,
                "step": mutant.step.name,
                "mistake": mutant.mistake,
                "file": mutant.mark.file,
                "line": mutant.mark.line,
                "column": mutant.mark.column,
            }
            for mutant in mutation.survivors
        ],
    }
