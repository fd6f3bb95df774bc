"""`python -m docs.screenshots`: the pictures of the console in docs/console, of a router with callers, made anew.

The example flows, with an office that is always open; the emulator's callers press keys, so that calls stand at many
steps and routes wait for their limit. Figures are of a day in simulated time.
"""

import random
import time
from contextlib import AbstractContextManager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from bench.week import ACCOUNT, FLOW, RESOURCES, Shop
from tests.acceptance.browser import CHROMIUM, QUIET
from tests.acceptance.processes import PROJECT, Site, router
from tests.acceptance.processes import site as site_of
from tests.console.test_flows import rewrite
from tests.console.visitor import Visitor

PLACE = Path(__file__).with_name("console")
LINE = "74952150438"
CALLERS = 26
KEYS = ("1", "1", "2", "2", "0", "")
SETTLE_SECONDS = 3.0
COUNTED_SECONDS = 40.0  # until calls are in the figures
SHOPPERS = 900


def main() -> None:
    """Start everything, take the pictures, end everything."""
    PLACE.mkdir(exist_ok=True)
    with TemporaryDirectory() as place, running(Path(place)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        visitor = Visitor(browser, site)
        fill(site)
        take(visitor.open("/now?flow=main&step=main.main_menu"), "now")
        take(visitor.open("/now?flow=main", language="ru", theme="dark"), "now-ru-dark")
        take(visitor.open("/find?reached=main_menu"), "find")
        draft = visitor.open("/flows")
        write(draft)
        explain(visitor, site)
        phone = visitor.open("/phone")
        dial_live(phone)
        take(phone, "phone")
        publish(draft, site)
        count(browser, Path(place, "shop"))
        browser.close()


def running(place: Path) -> AbstractContextManager[Site]:
    """The example flows with an office that is open at any hour."""
    flows = copytree(PROJECT / "flows", place / "flows")
    resources = flows / "resources.yaml"
    text = resources.read_text(encoding="utf-8")
    head, _, rest = text.partition("    open: {")
    resources.write_text(f'{head}    open: {{mon-sun: "00:00-24:00"}}\n{rest.partition(chr(10))[2]}', encoding="utf-8")
    return site_of(place, pbx=PROJECT / "pbx.yaml", flows=flows, workers=1, IVR_WATCH="0")


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
    page.get_by_label("Name of the draft: what it will change").fill("Who presses nothing reaches support")
    page.get_by_role("button", name="Begin a draft").click()
    page.locator(".diagram g.step").first.wait_for()
    page.get_by_role("button", name="Run the tests").click()
    page.locator(".diagram .badge").first.wait_for()
    page.locator(".cm-line", has_text="main_menu:").first.click()
    take(page, "flows")


def explain(visitor: Visitor, router: Site) -> None:
    """A call in which sales are busy and support answers."""
    for row in router.get("/api/calls?live=1")["calls"]:
        router.hang_up(row["entry_id"])
    time.sleep(SETTLE_SECONDS)
    page = visitor.open("/phone")
    dial_live(page)
    page.get_by_role("button", name="Is busy").click()
    page.get_by_text("support · a phone rings").wait_for()
    time.sleep(SETTLE_SECONDS)
    page.get_by_role("button", name="Answers").click()
    time.sleep(2 * SETTLE_SECONDS)
    page.get_by_role("button", name="Hang up").click()
    time.sleep(SETTLE_SECONDS)
    page.get_by_role("link", name="The call's page").click()
    take(page, "call")


def dial_live(page: Page) -> None:
    """A call in the emulator, with a phone that rings."""
    page.get_by_label("What answers").select_option(label="live, in the emulator")
    page.get_by_label("Line", exact=True).fill(LINE)
    page.get_by_role("button", name="Dial").click()
    page.locator(".transcript q").first.wait_for()
    time.sleep(SETTLE_SECONDS)
    page.get_by_role("button", name="Press 1").click()
    page.get_by_role("button", name="Is busy").wait_for()


def publish(page: Page, router: Site) -> None:
    """A canary beside the active version, whose calls go on."""
    for number in range(CALLERS // 2):
        router.dial(LINE, f"7900000{number:04}")
    rewrite(page, "timezone: Europe/Moscow", "timezone: Europe/Samara")
    page.get_by_role("button", name="Review and publish").click()
    page.get_by_role("form", name="Publish").get_by_label("What is it about?").fill("Hours of the new office")
    page.get_by_role("form", name="Publish").locator("[name=share]").select_option("50%")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("region", name="Canary").wait_for()
    for number in range(CALLERS):
        entry_id = router.dial(LINE, f"79000001{number:03}")
        if number % 2:
            router.wait_for_step(entry_id, "main_menu")
            router.hang_up(entry_id)
    time.sleep(SETTLE_SECONDS)
    page.reload()
    take(page, "versions")


def count(browser: Browser, place: Path) -> None:
    """The figures of a shop's day, which was lived in simulated time."""
    place.mkdir()
    shop = Shop(place / "ivr.db")
    shop.live(SHOPPERS, 1, lambda standing: None)
    shop.store.close()
    (place / "main.yaml").write_text(FLOW, encoding="utf-8")
    (place / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    config = place / "ivr.yaml"
    config.write_text(
        f"accounts:\n  - {{name: {ACCOUNT}, api_key: k, api_salt: salt, flows: {place}}}\n", encoding="utf-8"
    )
    with router(place, "127.0.0.1:9", flows=place, workers=1, IVR_WATCH="0", IVR_CONFIG=str(config)) as counted:
        time.sleep(COUNTED_SECONDS)
        take(Visitor(browser, counted).open("/figures?by=hour_of_day"), "figures")


def take(page: Page, name: str) -> None:
    time.sleep(SETTLE_SECONDS)
    page.screenshot(path=str(PLACE / f"{name}.png"))


if __name__ == "__main__":
    main()
