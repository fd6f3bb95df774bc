"""The shell around the pages: where links lead, keys, languages, themes, and what happens when something goes wrong."""

import re

import pytest
from playwright.sync_api import expect

from tests.acceptance.processes import Site
from tests.console.conftest import PREFIX
from tests.console.visitor import Visitor

pytestmark = pytest.mark.acceptance

LINE = "74950000000"
HOSTILE = "sip:%3Cimg%20src=x%20onerror=document.title='taken'%3E@pbx.example"  # as a SIP address may be written


def test_language_and_theme_are_the_browsers_until_they_are_chosen(visitor: Visitor) -> None:
    page = visitor.open(language="ru", theme="dark")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_role("heading", name="Сейчас")).to_be_visible()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_label("Язык").select_option("en")
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    page.get_by_label("Theme").select_option("light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.reload()
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_keys_lead_to_pages_and_are_told(visitor: Visitor) -> None:
    page = visitor.open()
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("g")  # in a field a key is a letter
    page.keyboard.type("n")
    expect(page.get_by_label("Number", exact=True)).to_have_value("gn")
    page.locator("h1").click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Go to Now")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_first_tab_skips_to_the_page(visitor: Visitor) -> None:
    page = visitor.open()
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_an_unknown_page_says_so(visitor: Visitor) -> None:
    page = visitor.open("/nothing")
    expect(page.locator("main")).to_contain_text("There is no such page")


def test_addresses_that_name_no_call_do_no_harm(visitor: Visitor) -> None:
    visitor.expect_complaint("404")
    page = visitor.open()
    for broken in ("%", "%zz", "%E0%A4%A", "nobody", "%00", ".", "..", "../versions", "a?b#c"):
        page.evaluate("hash => { location.hash = hash }", f"#{broken}")
        expect(page.locator("main [role=alert]")).to_have_text(re.compile("there is no such"))
        page.get_by_role("link", name="Find").click()
        expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()


def test_what_a_caller_chooses_is_never_markup(visitor: Visitor, running: Site) -> None:
    entry_id = running.dial(LINE, HOSTILE)
    page = visitor.open()
    expect(page.locator("main")).to_contain_text("<img")
    page.goto(f"{running.router}/console/#{entry_id.replace('+', '%2B')}")
    expect(page.locator("main[data-page=call]")).to_contain_text("<img")
    expect(page).to_have_title("Call · IVR router")
    running.hang_up(entry_id)


def test_it_works_behind_a_prefix_and_asks_nothing_outside(visitor: Visitor, running: Site) -> None:
    page = visitor.open(prefix=f"/{PREFIX}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator(".diagram")).to_be_visible()
    page.get_by_role("link", name="Find").click()
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
    own = (f"{running.router}/{PREFIX}/console/", f"{running.router}/{PREFIX}/api/", "data:")
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(own)] == []
