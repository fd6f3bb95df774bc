"""Variables that are dates: set as they are written, by the names that hold one, or by an expression."""

import pytest

from router.flow.bundle_image import open_image, pack_image
from router.flow.finding_output import render_text
from router.flow.loader import load
from tests.engine.scenario import Scenario

HEAD = """flow: main
for: any
on_error: oops
timezone: UTC
vars: {day: {type: date, default: "2026-01-01"}, told: {type: text, default: "31.12.2026"}, count: {type: number}}
"""
INNER = """flow: inner
vars: {from: {type: date}}
start: done
steps:
  done: {return: {as: ok, with: {later: "add_days(vars.from, 1)"}}}
"""


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ('"2026-12-31"', "2026-12-31"),
        ('"31.12.2026"', "2026-12-31"),
        ('"${vars.told}"', "2026-12-31"),
        ('"${now.date}"', "2026-11-23"),
        ('"add_days(now.date, -1)"', "2026-11-22"),
        ("now.date", "2026-11-23"),
        ("'add_days(now.date, -1) if now.time < \"13:00\" else now.date'", "2026-11-22"),
        ("vars.told", "2026-12-31"),
        ('""', ""),
    ],
)
def test_a_date_is_set(written: str, day: str) -> None:
    steps = f"  first: {{set: {{vars: {{day: {written}, count: 'days_between(vars.day, now.date)'}}, next: oops}}}}"
    assert Scenario(steps, header=HEAD).comes().call.variables["day"] == day


def test_a_sub_flow_is_given_one() -> None:
    steps = "  first: {run: {flow: inner, with: {from: 'add_days(now.date, 1)'}, on: {ok: good}}}"
    text = f"{HEAD}start: first\nsteps:\n{steps}\n  good: {{wait: {{for: 1h, next: oops}}}}\n  oops: release\n"
    loaded = load({"main.yaml": text.encode(), "inner.yaml": INNER.encode()})
    assert loaded.bundle is not None, render_text(loaded.findings)
    call = Scenario("  first: release")
    call.bundle = open_image(pack_image(loaded.bundle))  # as a worker has it
    assert call.comes().at_step == "good"
    assert call.call.outputs["first.later"] == "2026-11-25"


@pytest.mark.parametrize(
    ("written", "finding"),
    [
        ("tomorrow", "F403"),
        ("days_between(now.date, now.date)", "F407"),
        ("31.02.2026", "F401"),
        ("add_days(now.day, 1)", "F403"),
    ],
)
def test_what_is_no_date_is_found(written: str, finding: str) -> None:
    steps = f"  first: {{set: {{vars: {{day: '{written}'}}, next: oops}}}}"
    found = load({"main.yaml": f"{HEAD}start: first\nsteps:\n{steps}\n  oops: release\n".encode()}).findings
    assert [one.code for one in found] == [finding], render_text(found)
