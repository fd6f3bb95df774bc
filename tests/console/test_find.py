"""Find: the address has the filters, keys move between calls, pages follow each other, a table is taken away as CSV."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.processes import Site
from tests.console.visitor import Visitor

pytestmark = pytest.mark.acceptance

LINE = "74950000000"


@pytest.fixture(scope="module")
def calls(running: Site) -> list[str]:
    """Three that are over; the last one went on to the sub-flow."""
    ids = []
    for number, key in enumerate(("3", "3", "2")):
        entry_id = running.dial(LINE, f"7900009906{number}")
        running.wait_for_step(entry_id, "ask")
        running.press(entry_id, key)
        running.wait_for_step(entry_id, "which" if key == "2" else "bye")
        running.hang_up(entry_id)
        ids.append(entry_id)
    return ids


def callers(page: Page) -> list[str]:
    return page.locator("tbody tr td:nth-child(2)").all_text_contents()


def test_what_a_call_went_through_is_found_and_the_link_says_it(visitor: Visitor, calls: list[str]) -> None:
    page = visitor.open("/find")
    page.get_by_label("Step reached").fill("support.which")
    expect(page).to_have_url(re.compile(r"#/find\?reached=support\.which$"))
    page.get_by_label("Number", exact=True).fill("+7 900 009-90-62")
    expect(page).to_have_url(re.compile("caller="))
    expect(page.locator("tbody tr")).to_have_count(1)
    other = visitor.open(page.url.partition("#")[2])
    expect(other.locator("tbody tr")).to_have_count(1)
    expect(other.get_by_label("Number", exact=True)).to_have_value("+7 900 009-90-62")
    assert callers(other) == ["79000099062"]
    other.get_by_role("button", name="Clear").click()
    expect(other.locator("tbody tr", has_text="79000099060")).to_be_visible()
    expect(other.get_by_label("Number", exact=True)).to_have_value("")


def test_exit_and_text_of_the_trace(visitor: Visitor, calls: list[str]) -> None:
    page = visitor.open("/find?took=ask%3A3&trace=HANGUP")
    expect(page.locator("tbody tr", has_text="79000099060")).to_be_visible()
    expect(page.locator("tbody tr", has_text="79000099062")).to_have_count(0)
    expect(page.get_by_label("Text of the trace")).to_have_value("HANGUP")


def test_keys_move_between_calls_and_open_one(visitor: Visitor, calls: list[str]) -> None:
    page = visitor.open("/find?q=7900009906")
    expect(page.locator("tbody tr")).to_have_count(3)
    for key in "jjk":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#/call/"))
    expect(page.locator("main")).to_contain_text("79000099062")


def test_pages_follow_each_other(visitor: Visitor, running: Site, calls: list[str]) -> None:
    cursor = running.get("/api/calls?q=7900009906&limit=1")["next"]
    page = visitor.open(f"/find?q=7900009906&cursor={cursor}")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Newest").click()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_all_of_them_as_csv(visitor: Visitor, calls: list[str]) -> None:
    page = visitor.open("/find?q=7900009906")
    expect(page.locator("tbody tr")).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("button", name="All as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("account,entry_id,")


def test_a_filter_that_makes_no_sense_is_said_in_words(visitor: Visitor) -> None:
    visitor.expect_complaint("400")
    page = visitor.open("/find?since=soon")
    expect(page.get_by_role("alert")).to_contain_text("“From” takes a day such as 2026-11-30")


def test_a_new_call_appears_by_itself(visitor: Visitor, running: Site) -> None:
    page = visitor.open("/find?caller=79000099069")
    expect(page.locator("main")).to_contain_text("No call fits")
    expect(page.locator(".connection")).to_have_text("live")
    entry_id = running.dial(LINE, "79000099069")
    expect(page.locator("tbody tr")).to_have_count(1)
    running.hang_up(entry_id)
