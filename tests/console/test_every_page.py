"""What holds for every page: axe finds nothing serious in either language and theme, and a phone's screen is enough."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.processes import PROJECT, Site
from tests.console.visitor import PHONE, Visitor, barriers, needs_axe

pytestmark = pytest.mark.acceptance

PAGES = re.findall(r'name: "(\w+)"', (PROJECT / "console/src/pages/index.ts").read_text(encoding="utf-8"))


def open_page(visitor: Visitor, running: Site, name: str, language: str, theme: str, **more: tuple[int, int]) -> Page:
    """A page with something on it."""
    live = running.get("/api/live")["calls"]
    if not live:
        entry_id = running.dial("74950000000", "79000000090")
        running.wait_for_step(entry_id, "ask")
        live = running.get("/api/live")["calls"]
    place = f"/call/{live[0]['entry_id'].replace('+', '%2B').replace('/', '%2F')}" if name == "call" else f"/{name}"
    page = visitor.open(place, language=language, theme=theme, **more)
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("main :is(td, .diagram, form, dl, .card)").first).to_be_visible()
    return page


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_axe_finds_nothing_serious(visitor: Visitor, running: Site, language: str, theme: str) -> None:
    found = {}
    for name in PAGES:
        page = open_page(visitor, running, name, language, theme)
        if seen := barriers(page):
            found[name] = seen
        page.context.close()
    assert found == {}


@pytest.mark.parametrize("name", PAGES)
def test_a_phones_screen_is_enough(visitor: Visitor, running: Site, name: str) -> None:
    page = open_page(visitor, running, name, "ru", "light", screen=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
