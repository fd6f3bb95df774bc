"""One router with its PBX, and one browser, for all tests of the console that run in one process.

Their scope is the package: a browser that is driven synchronously keeps an event loop, which other tests must not meet.
"""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.acceptance.browser import CHROMIUM, QUIET
from tests.acceptance.processes import Site, site, wait_for
from tests.console.visitor import TIMEOUT_MILLISECONDS, Visitor

PREFIX = "office/ivr"
BUNDLE = Path(__file__).with_name("bundle")


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The router serves `bundle/`, of which it has a copy: a test may change and publish it."""
    directory = tmp_path_factory.mktemp("console")
    flows = copytree(BUNDLE / "flows", directory / "flows")
    with site(directory, pbx=BUNDLE / "pbx.yaml", flows=flows, workers=1, IVR_WATCH="0", IVR_PREFIX=PREFIX) as started:
        yield started


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium): THE CONSOLE IS NOT TESTED")
    expect.set_options(timeout=TIMEOUT_MILLISECONDS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def visitor(browser: Browser, running: Site) -> Iterator[Visitor]:
    """Somebody who opens pages of the console; what the pages complained about fails the test, unless it expects it."""
    person = Visitor(browser, running)
    yield person
    person.leave()
    assert person.complaints() == []


@pytest.fixture
def idle(running: Site) -> Site:
    """The router without a live call: what other tests have left behind is over."""
    for call in running.get("/api/live")["calls"]:
        running.hang_up(call["entry_id"])
    wait_for("the end of all calls", lambda: not running.get("/api/live")["calls"])
    return running
