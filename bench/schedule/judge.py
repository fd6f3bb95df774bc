"""Each way of serving the same callers, judged by what a clairvoyant could have kept.

The judge is `optimum.bound`, which no schedule exceeds: he needs no round trip, knows who will come, and may wait on
purpose. Where a flow has a hold prompt, he holds its callers until its budget is used up or they hang up. First-in
first-out is judged in its favour, too: it needs no round trip, either.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from bench.schedule.flows import BUDGET_SECONDS
from bench.schedule.house import Outcome, play
from bench.schedule.optimum import Job, bound
from bench.schedule.scenarios import ROUTE_SECONDS, Caller, Scenario

LEAST_SECONDS = 1.0  # a shorter wait says nothing about an estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One scenario: how many callers each way of serving kept."""

    scenario: Scenario
    outcome: Outcome
    bound: int
    fifo: int  # every route that was ever asked for is sent, one after another
    fifo_dropping: int  # who has left in the meantime is dropped

    @property
    def ratio(self) -> float:
        """Ours to the bound."""
        return self.outcome.kept / self.bound if self.bound else 1.0


def judge(scenario: Scenario) -> Judged:
    return Judged(
        scenario=scenario,
        outcome=play(scenario),
        bound=bound([job(caller) for caller in scenario.routed], ROUTE_SECONDS),
        fifo=first_in_first_out(scenario, dropping=False),
        fifo_dropping=first_in_first_out(scenario, dropping=True),
    )


def job(caller: Caller) -> Job:
    """From when until when his route would keep him, if everything is done for him that his flow allows."""
    kept_for = BUDGET_SECONDS if caller.held else caller.window
    return Job(release=caller.at, latest=caller.at + min(kept_for, caller.patience))


def first_in_first_out(scenario: Scenario, *, dropping: bool) -> int:
    """How many callers a plain queue keeps; it knows no deadlines, no priorities and no hold prompts."""
    free_at, kept = -inf, 0
    for caller in scenario.routed:
        start = max(free_at, caller.at)
        in_time = start <= caller.at + min(caller.window, caller.patience)
        kept += in_time
        if in_time or not dropping:
            free_at = start + ROUTE_SECONDS
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Scenarios of one kind."""

    name: str
    judged: Sequence[Judged]

    @property
    def callers(self) -> int:
        return sum(len(one.scenario.routed) for one in self.judged)

    @property
    def bound(self) -> int:
        return sum(one.bound for one in self.judged)

    @property
    def kept(self) -> int:
        return sum(one.outcome.kept for one in self.judged)

    @property
    def fifo(self) -> int:
        return sum(one.fifo for one in self.judged)

    @property
    def fifo_dropping(self) -> int:
        return sum(one.fifo_dropping for one in self.judged)

    @property
    def plays(self) -> int:
        return sum(one.outcome.plays for one in self.judged)

    @property
    def refusals(self) -> int:
        return sum(one.outcome.refusals for one in self.judged)

    @property
    def wasted(self) -> int:
        return sum(one.outcome.wasted for one in self.judged)

    @property
    def ratio(self) -> float:
        return self.kept / self.bound

    @property
    def worst(self) -> Judged:
        return min(self.judged, key=lambda one: one.ratio)

    @property
    def waits(self) -> list[tuple[float, float]]:
        """What routes were told they would wait, and what they did wait."""
        return [pair for one in self.judged for pair in one.outcome.waits]


def judge_all(name: str, scenarios: Iterable[Scenario]) -> Family:
    return Family(name=name, judged=[judge(scenario) for scenario in scenarios])


def errors(waits: Iterable[tuple[float, float]]) -> list[float]:
    """How wrong each promise was, as a share of what then happened, in order."""
    return sorted(abs(told - waited) / waited for told, waited in waits if waited >= LEAST_SECONDS)


def median_error(waits: Iterable[tuple[float, float]]) -> float:
    found = errors(waits)
    return statistics.median(found) if found else 0.0
