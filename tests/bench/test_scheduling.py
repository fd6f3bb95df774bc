"""Callers kept by the production code, on a virtual clock, against what a clairvoyant could have kept."""

from itertools import permutations
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.schedule.__main__ import FAMILIES
from bench.schedule.house import play
from bench.schedule.judge import Family, Judged, first_in_first_out, judge, judge_all, median_error
from bench.schedule.optimum import EXACT_JOBS, Job, bound, exact
from bench.schedule.report import draw, page
from bench.schedule.scenarios import Caller, ConnectionPool, Scenario, burst, random_scenario

JOBS = st.lists(
    st.builds(
        lambda release, slack: Job(release=release / 10, latest=(release + slack) / 10),
        st.integers(0, 100),
        st.integers(0, 100),
    ),
    max_size=6,
)


@given(jobs=JOBS)
def test_the_exact_optimum_is_the_best_of_all_orders(jobs: list[Job]) -> None:
    assert exact(jobs, 2.0) == max((_in_order(order) for order in permutations(jobs)), default=0)


def _in_order(jobs: tuple[Job, ...]) -> int:
    free_at, kept = -inf, 0
    for job in jobs:
        start = max(free_at, job.release)
        if start <= job.latest + 1e-9:
            free_at, kept = start + 2.0, kept + 1
    return kept


@given(jobs=JOBS)
def test_nobody_keeps_more_than_the_bound(jobs: list[Job]) -> None:
    assert exact(jobs, 2.0) <= bound(jobs, 2.0) <= len(jobs)


@given(latest=st.lists(st.integers(0, 100), max_size=8))
def test_of_jobs_that_come_together_the_bound_is_the_optimum(latest: list[int]) -> None:
    jobs = [Job(release=0.0, latest=instant / 10) for instant in latest]
    assert bound(jobs, 2.0) == exact(jobs, 2.0)


def test_more_slots_in_a_window_are_more_room() -> None:
    jobs = [Job(release=0.0, latest=1.0)] * 5
    assert [bound(jobs, 2.0, tokens) for tokens in (1, 3, 9)] == [1, 3, 5]
    assert bound([Job(release=1.0, latest=0.5)], 2.0) == 0, "who leaves before he comes is nobody's"


def test_what_is_too_large_for_the_exact_solver_is_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        exact([Job(release=0.0, latest=1.0)] * (EXACT_JOBS + 1), 2.0)


def test_first_in_first_out_wastes_slots_on_who_has_left() -> None:
    callers = tuple(Caller(at=float(number) / 10, window=5.0 if number < 9 else 60.0) for number in range(12))
    scenario = Scenario(name="burst", seed=0, callers=callers, round_trip=0.02)
    assert (first_in_first_out(scenario, dropping=False), first_in_first_out(scenario, dropping=True)) == (6, 6)
    assert bound([Job(release=caller.at, latest=caller.at + caller.window) for caller in callers], 2.0) == 6


@pytest.mark.parametrize("seed", range(2))
def test_of_a_burst_as_many_are_kept_as_can_be(seed: int) -> None:
    judged = judge(burst(seed))
    assert judged.ratio >= 0.98
    assert judged.outcome.refusals == judged.outcome.wasted == 0


def test_a_hold_prompt_keeps_the_whole_burst() -> None:
    outcome = play(burst(0, crowd=ConnectionPool(held=1.0)))
    assert outcome.kept == 60
    assert outcome.refusals == 0
    assert median_error(outcome.waits) < 0.1
    assert 60 < outcome.plays < 200, "who goes out in time hears none, the others one every half a minute"


def test_over_random_scenarios() -> None:
    family = judge_all("random", (random_scenario(seed) for seed in range(8)))
    assert family.ratio >= 0.98
    assert family.ratio > family.fifo_dropping / family.bound > family.fifo / family.bound
    assert family.refusals == family.wasted == 0
    assert median_error(family.waits) < 0.1
    assert all(one.outcome.kept <= one.bound for one in family.judged)


def test_the_same_seed_is_the_same_minute() -> None:
    first, second = play(random_scenario(27)), play(random_scenario(27))
    assert [fate.routed_at for fate in first.fates] == [fate.routed_at for fate in second.fates]


def test_who_hangs_up_costs_no_slot() -> None:
    crowd = ConnectionPool(patience=20.0)
    judged = judge(burst(1, 40, 5.0, crowd))
    assert judged.outcome.wasted == 0
    assert judged.outcome.kept <= judged.bound < 40


def small_family(name: str) -> Family:
    def one(seed: int) -> Judged:
        return judge(burst(seed, 8, 1.0, ConnectionPool(windows=(6.0,), high=0.5)))

    return Family(name=name, judged=[one(seed) for seed in range(2)])


def test_the_page_tells_it_all(tmp_path: Path) -> None:
    families = [small_family("a few"), small_family("random")]
    told = page(families, "random", (10, 9, 1), "plot.svg", "worst.svg")
    assert f"| a few | 2 | 16 | {families[0].bound} | {families[0].kept} | **{families[0].ratio:.3f}** |" in told
    assert "10 instances of 9 callers it was equal in 9, and too high by 1 callers" in told.replace("\n  ", " ")
    assert "(plot.svg)" in told
    assert f"Seed {families[1].worst.scenario.seed}, burst" in told
    if draw(families, "random", tmp_path / "plot.svg", tmp_path / "worst.svg"):
        assert (tmp_path / "plot.svg").stat().st_size > 1000


def test_every_family_makes_callers() -> None:
    assert all(make(0).routed for make in FAMILIES.values())
