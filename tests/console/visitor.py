"""Somebody in front of the console: opens pages as a person of a language, a theme and a screen does."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.acceptance.processes import PROJECT, Site

TIMEOUT_MILLISECONDS = 60_000  # of a busy machine
AXE = PROJECT / "console" / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is missing (`make console-tools`): PAGES ARE NOT EXAMINED"
)
LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
DESK, PHONE = (1280, 900), (390, 844)
GRAVE = ("serious", "critical")


expect.set_options(timeout=TIMEOUT_MILLISECONDS)


class Visitor:
    """One test's. Each page is of a context of its own: nothing is kept from one to the next."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.site = site
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._complaints: list[str] = []
        self._expected: list[str] = []

    def open(
        self,
        place: str = "/now",
        *,
        language: str = "en",
        theme: str = "light",
        screen: tuple[int, int] = DESK,
        prefix: str = "",
    ) -> Page:
        """A page of the console, such as /find?line=74950000000. `prefix` goes before /console/."""
        width, height = screen
        context = self._browser.new_context(
            locale=LANGUAGES[language],
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": height},
            accept_downloads=True,
        )
        self._contexts.append(context)
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        page = context.new_page()
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.on("console", self._hear)
        page.goto(f"{self.site.router}{prefix}/console/#{place}")
        return page

    def expect_complaint(self, word: str) -> None:
        """What the browser itself will say about an answer that the test wants, such as "404"."""
        self._expected.append(word)

    def complaints(self) -> list[str]:
        """Errors of scripts and of the browser that no test expects: refused styles and scripts are among them."""
        return [one for one in self._complaints if not any(word in one for word in self._expected)]

    def leave(self) -> None:
        for context in self._contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complaints.append(message.text)


def barriers(page: Page) -> list[str]:
    """What axe finds that is serious or worse: the rule, and the elements."""
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}"
        for one in found
        if one["impact"] in GRAVE
    ]
