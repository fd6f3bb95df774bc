"""`python -m docs.screenshots`: the pictures of the console in docs/console, of a router with callers, made anew.

The example flows, with an office that is always open; the emulator's callers press keys, so that calls stand at many
steps and routes wait for their limit.
"""

import random
import time
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from tests.acceptance.browser import CHROMIUM, QUIET
from tests.acceptance.processes import PROJECT, Site, site
from tests.console.visitor import Visitor

PLACE = Path(__file__).with_name("console")
LINE = "74952150438"
CALLERS = 26
KEYS = ("1", "1", "2", "2", "0", "")
SETTLE_SECONDS = 3.0
COUNTED_SECONDS = 35.0  # until a call is in the figures


def main() -> None:
    """Start everything, take the pictures, end everything."""
    PLACE.mkdir(exist_ok=True)
    with TemporaryDirectory() as place, running(Path(place)) as router, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        visitor = Visitor(browser, router)
        fill(router)
        take(visitor.open("/now?flow=main&step=main.main_menu"), "now")
        take(visitor.open("/now?flow=main", language="ru", theme="dark"), "now-ru-dark")
        take(visitor.open("/find?reached=main_menu"), "find")
        write(visitor.open("/flows"))
        explain(visitor, router)
        dial(visitor.open("/phone"))
        browser.close()


def running(place: Path) -> "site":
    """The example flows with an office that is open at any hour."""
    flows = copytree(PROJECT / "flows", place / "flows")
    resources = flows / "resources.yaml"
    text = resources.read_text(encoding="utf-8")
    head, _, rest = text.partition("    open: {")
    resources.write_text(f'{head}    open: {{mon-sun: "00:00-24:00"}}\n{rest.partition(chr(10))[2]}', encoding="utf-8")
    return site(place, pbx=PROJECT / "pbx.yaml", flows=flows, workers=1, IVR_WATCH="0")


def fill(router: Site) -> None:
    """Callers, the first of whom have pressed a key."""
    chance = random.Random(7)
    callers = []
    for number in range(CALLERS):
        callers.append(router.dial(LINE, f"7900000{number:04}"))
        time.sleep(0.1)
    for entry_id in callers[: CALLERS * 2 // 3]:
        if keys := chance.choice(KEYS):
            router.press(entry_id, keys)


def write(page: Page) -> None:
    """A draft whose tests have run, with the cursor at a step."""
    page.get_by_label("What is it to become?").fill("Who presses nothing reaches support")
    page.get_by_role("button", name="Begin a draft").click()
    page.locator(".diagram g.step").first.wait_for()
    page.get_by_role("button", name="Run the tests").click()
    page.locator(".diagram .badge").first.wait_for()
    page.locator(".cm-line", has_text="main_menu:").first.click()
    take(page, "flows")


def explain(visitor: Visitor, router: Site) -> None:
    """A call that is over, and the figures that it is in."""
    entry_id = router.dial(LINE, "79000000077")
    router.wait_for_step(entry_id, "main_menu")
    time.sleep(SETTLE_SECONDS)
    router.press(entry_id, "1")
    time.sleep(2 * SETTLE_SECONDS)
    for row in router.get("/api/calls?live=1")["calls"]:
        router.hang_up(row["entry_id"])
    time.sleep(COUNTED_SECONDS)
    take(visitor.open(f"/call/{quote(entry_id, safe='')}"), "call")
    take(visitor.open("/figures?by=hour_of_day"), "figures")


def dial(page: Page) -> None:
    """A call that is played, with a phone that rings."""
    page.get_by_label("Line", exact=True).fill(LINE)
    page.get_by_role("button", name="Dial").click()
    page.get_by_role("button", name="Press 1").click()
    page.get_by_role("button", name="Is busy").wait_for()
    take(page, "phone")


def take(page: Page, name: str) -> None:
    time.sleep(SETTLE_SECONDS)
    page.screenshot(path=str(PLACE / f"{name}.png"))


if __name__ == "__main__":
    main()
