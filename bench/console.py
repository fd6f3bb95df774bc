"""How smooth the console's Now is: `python -m bench.console [--seconds N]`.

500 live calls go around a flow's steps and cause 50 events a second, which the browser hears, counts and draws. It
tells how far apart its frames were, the processor time that the tasks of the page's main thread took, which says the
same on a busy machine, and how soon the first page could be used. The other side is the same page without a call.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from router.protocol.sign import sign
from tests.acceptance.browser import CHROMIUM, QUIET
from tests.acceptance.processes import KEY, SALT, Site, router, wait_for

CALLS = 500
EVENTS_PER_SECOND = 50
STEPS = 10
LONG_MILLISECONDS = 50
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SETTLE_SECONDS = 3.0

FRAMES = """() => {
  window.frames_apart = [];
  let last = performance.now();
  const frame = now => { frames_apart.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothness:
    """What the browser measured; milliseconds."""

    frames: list[float]  # from each to the next
    tasks: list[float]  # processor time of each task of the main thread
    seconds: float

    def told(self) -> str:
        ordered = sorted(self.frames)
        at = {share: ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99)}
        long = sum(one > LONG_MILLISECONDS for one in ordered)
        busy = sum(self.tasks) / 10 / self.seconds
        return (
            f"{len(ordered):>6} {at[0.5]:>7.1f} {at[0.99]:>7.1f} {ordered[-1]:>7.1f} {long:>6}"
            f" {busy:>11.1f} {max(self.tasks, default=0.0):>8.1f}"
        )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    seconds: float = parser.parse_args().seconds
    print("                frames  p50 ms  p99 ms     max  >50 ms  processor %  longest task ms")
    with tempfile.TemporaryDirectory() as place, running(Path(place)) as site, page_of(site) as page:
        print(f"no call         {measured(page, seconds).told()}")
        ring_all(site)
        time.sleep(SETTLE_SECONDS)
        before = events(site)
        began = time.monotonic()
        found = measured(page, seconds)
        rate = (events(site) - before) / (time.monotonic() - began)
        print(f"{CALLS} calls       {found.told()}")
        opened = statistics.median(openings(page, site))
        print(f"{rate:.0f} events a second; usable after {opened:.0f} ms (median of five)")


@contextmanager
def running(place: Path) -> Iterator[Site]:
    """A router whose flow sends calls around by itself: each waits at each step, and no command is needed."""
    flows = place / "flows"
    flows.mkdir()
    wait = CALLS / EVENTS_PER_SECOND
    steps = "".join(f"  s{n}: {{wait: {{for: {wait:g}s, next: s{(n + 1) % STEPS}}}}}\n" for n in range(STEPS))
    head = "flow: around\nfor: any\nwindow: 1h\nbudget: {steps: 1000, duration: 10h}\non_error: bye\nstart: s0\n"
    (flows / "around.yaml").write_text(f"{head}steps:\n{steps}  bye: hangup\n", encoding="utf-8")
    with router(place, "127.0.0.1:9", flows=flows, workers=1, IVR_WATCH="0") as site:
        yield site


@contextmanager
def page_of(site: Site) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(f"{site.router}/console/")
        page.wait_for_selector(".diagram")
        yield page
        browser.close()


def ring_all(site: Site) -> None:
    """Over as long as one step lasts, so that the events of the calls come evenly."""
    wait = CALLS / EVENTS_PER_SECOND
    began = time.monotonic()
    for number in range(CALLS):
        time.sleep(max(0.0, began + wait * number / CALLS - time.monotonic()))
        leg = {
            "entry_id": f"e{number}", "call_id": f"c{number}", "seq": 1, "timestamp": int(time.time()),
            "location": "ivr", "call_state": "Appeared", "from": {"number": f"7900{random.randrange(10**7):07}"},
            "to": {"line_number": "74950000000"},
        }  # fmt: skip
        text = json.dumps(leg)
        form = urlencode({"vpbx_api_key": KEY, "sign": sign(KEY, text, SALT), "json": text})
        assert site.http.request("POST", f"{site.router}/events/call", body=form, headers=FORM).status == 200
    wait_for("all calls", lambda: len(site.get("/api/live")["calls"]) == CALLS)


def events(site: Site) -> int:
    """How many lines the journal has."""
    return int(site.get("/api/live")["after"].rpartition("-")[2])


def measured(page: Page, seconds: float) -> Smoothness:
    browser = page.context.browser
    assert browser is not None
    page.evaluate(FRAMES)
    browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    time.sleep(seconds)
    traced = json.loads(browser.stop_tracing())["traceEvents"]
    return Smoothness(frames=page.evaluate("() => frames_apart")[1:], tasks=list(_tasks(traced)), seconds=seconds)


def _tasks(traced: list[dict[str, Any]]) -> Iterator[float]:
    """Milliseconds of processor time of each task on the main threads of pages."""
    mains = {
        (one["pid"], one["tid"])
        for one in traced
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    for one in traced:
        if one["name"].endswith("RunTask") and (one["pid"], one["tid"]) in mains:
            yield one.get("tdur", 0) / 1000


def openings(page: Page, site: Site) -> list[float]:
    """Milliseconds until the diagram with its numbers is there, of a browser that has nothing of the console yet."""
    browser = page.context.browser
    assert browser is not None
    took = []
    for _ in range(5):
        context = browser.new_context()
        fresh = context.new_page()
        fresh.goto(f"{site.router}/console/", wait_until="commit")
        fresh.wait_for_selector(".diagram .badge:not([hidden])")
        took.append(float(fresh.evaluate("performance.now()")))
        context.close()
    return took


if __name__ == "__main__":
    main()
