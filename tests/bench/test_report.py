"""The page tells what was measured."""

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bench.growth import Grown
from bench.load import Measured
from bench.memory import Sample
from bench.publishing import Published
from bench.publishing import table as publishing_table
from bench.report import (
    Comparison,
    Findings,
    Round,
    Side,
    draw,
    growth_rows,
    latency_rows,
    memory_sentence,
    page,
    reach_rows,
    throughput_rows,
)


def measured(milliseconds: list[float], seconds: float) -> Measured:
    latencies = [value / 1000 for value in milliseconds]
    return Measured(latencies=latencies, statuses=Counter({200: len(latencies)}), seconds=seconds, own_cpu_seconds=0.1)


def comparison() -> Comparison:
    plain = Side("plain", [Round(measured([1, 2, 4], seconds), 0.003) for seconds in (1.0, 3.0, 2.0)])
    ours = Side(
        "ours",
        [
            Round(measured([2, 3, 8], 2.0), 0.006),
            Round(measured([2, 3, 8], 3.0), 0.006),
            Round(measured([2, 3, 4], 8.0), 0.006),
        ],
    )
    return Comparison(plain=plain, ours=ours)


def findings() -> Findings:
    return Findings(
        silent=comparison(), normal=comparison(), limited=comparison(), commanding=comparison(),
        reached={"500 connections, silent": measured([1, 2, 3], 1.0)},
        published=Published(active_after=[1.5], alone=[measured([1, 2, 4], 1.0)], beside=[measured([1, 2, 6], 1.0)]),
        grown=[Grown(what="live calls", numbers=(100, 10_000), microseconds=(200.0, 210.0), ratios=(1.0, 1.05))],
        memory=[Sample(events, 70_000_000 + events) for events in range(0, 1_000_001, 50_000)], commands_arrived=0.5, paced=measured([1, 2, 3], 1.0),
        bare_paced=measured([1, 1, 2], 1.0),
        per_second=100.0, waits={"route": [0.004, 0.006, 0.02]}, pure={"a step": 12.345}, setting=["Here and now."],
    )  # fmt: skip


def test_ratios_are_those_of_the_pairs() -> None:
    found = comparison()
    assert found.ratios(found.ours) == pytest.approx([0.5, 1.0, 0.25])
    assert found.tail_ratio(found.ours) == pytest.approx(2.0)


def busy(others: list[float]) -> Side:
    return Side("x", [Round(measured([1], 2.0), others_cpu_seconds=seconds) for seconds in others])


def test_disturbed_pairs_are_left_out() -> None:
    calm = Comparison(plain=busy([0.1, 1.0, 0.1, 0.1, 0.1]), ours=busy([0.2, 0.1, 0.1, 1.0, 0.2])).calm()
    others = [[round_.others for round_ in side.rounds] for side in calm.sides]
    assert others == [[0.05, 0.05, 0.05], [0.1, 0.05, 0.1]]
    assert calm.conditions() == (
        "3 rounds of each side, 2 more left out as disturbed; other programs kept 0.05 cores busy."
    )


def test_on_a_busy_machine_all_pairs_count() -> None:
    comparison = Comparison(plain=busy([1.0, 1.0, 0.1]), ours=busy([1.0, 1.0, 0.1]))
    assert comparison.calm() is comparison
    assert comparison.conditions() == "3 rounds of each side; other programs kept 0.50 cores busy."


def test_throughput_rows() -> None:
    assert throughput_rows(comparison()) == [
        ["1", "1", "plain", "2", "2.0", "4.0", "1000"],
        ["**0.50** (0.25 to 1.00)", "2.00", "ours", "1", "3.0", "8.0", "2000"],
    ]


def test_peers_stand_below_with_their_own_ratios() -> None:
    found = comparison()
    peer = Side("peer", [Round(measured([1, 2, 2], seconds), 0.003) for seconds in (0.5, 1.5, 1.0)])
    rows = throughput_rows(replace(found, peers=(peer,)))
    assert rows[:2] == throughput_rows(found)
    assert rows[2][:3] == ["**2.00** (2.00 to 2.00)", "0.50", "peer"]


def test_latency_rows() -> None:
    assert latency_rows(findings()) == [
        ["1.00", "1.00", "event in → answered by the bare view", "3", "1.0", "2.0"],
        ["6.00", "10.00", "event in → `route` on the wire", "3", "6.0", "20.0"],
        ["2.00", "1.50", "event in → answered", "3", "2.0", "3.0"],
    ]


def test_a_command_that_never_came_is_not_left_out() -> None:
    found = replace(findings(), waits={"route": [0.004, math.inf, 0.006]})
    assert latency_rows(found)[1] == ["6.00", "inf", "event in → `route` on the wire", "2 of 3", "6.0", "inf"]


def test_growth_reach_and_memory() -> None:
    assert growth_rows(findings().grown) == [["100 live calls", "200", ""], ["10,000 live calls", "210", "**1.05**"]]
    assert reach_rows(findings().reached) == [["500 connections, silent", "3", "2.0", "3.0", "3.0"]]
    told = memory_sentence(findings().memory)
    assert "1,000,000 events" in told
    assert "+1.00 MB" in told


def test_the_page_has_every_figure_in_whole_tables() -> None:
    text = page(findings(), "benchmarks.svg")
    for said in ("Here and now.", "| a step | 12.3 |", "\n50% of them were sent", "(benchmarks.svg)", "4% of one core"):
        assert said in text
    lines = text.splitlines()
    for above, line in pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert above.count("|") == line.count("|")


def test_a_page_without_a_plot_shows_none() -> None:
    assert "![" not in page(findings(), "")


def test_the_plot_is_the_same_for_the_same_figures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    first, second = tmp_path / "1.svg", tmp_path / "2.svg"
    assert draw(findings(), first)
    assert draw(findings(), second)
    assert first.read_bytes() == second.read_bytes()
    assert b"<svg" in first.read_bytes()


def test_publications_are_told_beside_what_callers_had_of_them() -> None:
    told = "\n".join(publishing_table(findings().published))
    assert "| active after, s: median, slowest | 1.50, 1.50 |" in told
    assert "| ratio, median of 1 pairs | 1.50 |" in told
    assert "| failed events | 0 |" in told
