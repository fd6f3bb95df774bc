"""Figures in the page: calls by outcome, choices on the diagram, where callers gave up, each table as CSV."""

import csv
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.processes import Site, wait_for
from tests.console.visitor import PHONE, Visitor, barriers

pytestmark = pytest.mark.acceptance

LINE = "74950000000"


@pytest.fixture(scope="module")
def counted(running: Site) -> int:
    """Two callers chose to be hung up on, one gave up in the menu; how many calls the figures have then."""
    before = _calls(running)
    for number, key in enumerate(("3", "3", "")):
        entry_id = running.dial(LINE, f"7900000006{number}")
        running.wait_for_step(entry_id, "ask")
        running.press(entry_id, key) if key else running.hang_up(entry_id)
        wait_for("the end of the call", partial(_has_ended, running, entry_id))
    return int(wait_for("the figures", lambda: _calls(running) if _calls(running) >= before + 3 else None))


def _has_ended(running: Site, entry_id: str) -> bool:
    return bool(running.call(entry_id)["ended"])


def _calls(running: Site) -> int:
    rows = running.get("/api/figures/calls")["rows"]
    return int(rows[0]["calls"]) if rows else 0


def test_the_figures_of_a_day(visitor: Visitor, counted: int, tmp_path: Path) -> None:
    page = visitor.open("/figures")
    calls = page.get_by_role("region", name="Calls by outcome")
    expect(calls.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("img", name="Calls by outcome").locator("canvas")).to_be_visible()
    expect(page.locator("svg.diagram g.step[data-step=choose] text.figure")).to_contain_text(str(counted))
    expect(page.locator("svg.diagram g.exit text.figure").first).to_contain_text("%")
    expect(page.get_by_role("region", name="Where callers gave up")).to_contain_text("ask (menu)")
    expect(page.get_by_role("region", name="Waits for limits")).to_contain_text("play/start")
    with page.expect_download() as download:
        page.get_by_role("button", name="Calls by outcome: As CSV").click()
    download.value.save_as(tmp_path / "calls.csv")
    with (tmp_path / "calls.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert int(row["calls"]) == counted
    assert barriers(page) == []


def test_a_question_is_in_the_address(visitor: Visitor, counted: int) -> None:
    page = visitor.open("/figures?by=hour_of_day", language="ru", theme="dark", screen=PHONE)
    expect(page.get_by_role("region", name="Звонки по исходам")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.get_by_label("Линия").fill("74959999999")
    page.get_by_label("Сценарий").click()
    expect(page.locator("main")).to_contain_text("В эти дни не было учтённых звонков.")
    assert "line=74959999999" in page.url
    assert barriers(page) == []
