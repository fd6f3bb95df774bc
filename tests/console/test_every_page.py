"""What holds for every page: axe finds nothing serious in either language and theme, and a phone's screen is enough."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.processes import PROJECT, Site
from tests.console.visitor import PHONE, Visitor, barriers, needs_axe

pytestmark = pytest.mark.acceptance

PAGES = re.findall(r'name: "(\w+)"', (PROJECT / "console/src/pages/index.ts").read_text(encoding="utf-8"))


@pytest.fixture
def entry_id(idle: Site) -> Iterator[str]:
    """A live call, so that every page has something to show."""
    entry_id = idle.dial("74950000000", "79000000090")
    idle.wait_for_step(entry_id, "ask")
    yield entry_id
    idle.hang_up(entry_id)


def each_page(page: Page, entry_id: str) -> Iterator[str]:
    """Go to one after the other, and wait until something is there."""
    for name in PAGES:
        place = f"#/{name}/{quote(entry_id, safe='')}" if name == "call" else f"#/{name}"
        page.evaluate("place => { location.hash = place; }", place)
        expect(page).to_have_url(re.compile(re.escape(place)))
        expect(page.locator(f"main[data-page={name}] h1").first).to_be_visible()
        expect(page.locator("main :is(td, .diagram, form, dl, .card)").first).to_be_visible()
        yield name


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_axe_finds_nothing_serious(visitor: Visitor, entry_id: str, language: str, theme: str) -> None:
    page = visitor.open(language=language, theme=theme)
    found = {name: seen for name in each_page(page, entry_id) if (seen := barriers(page))}
    assert found == {}


def test_a_phones_screen_is_enough(visitor: Visitor, entry_id: str) -> None:
    page = visitor.open(language="ru", screen=PHONE)
    widths = {name: page.evaluate("document.documentElement.scrollWidth") for name in each_page(page, entry_id)}
    assert {name: width for name, width in widths.items() if width > PHONE[0]} == {}
