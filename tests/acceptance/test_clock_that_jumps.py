"""The host's wall clock is set while callers are on the line, against real processes: SQLite's clock is the host's.

Setting the real one would shift every test, so the router's processes get a `time.time` of their own before they import
anything; the monotonic clock stays, as it does when a clock is set, and the PBX keeps the true time. Nothing here measures
how long anything took: what is asserted is what happened, how often, and what did not.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.acceptance.processes import Site, emulator, free_port, router, wait_for

pytestmark = pytest.mark.acceptance
TIME_OF_DAY = """
import os, time
_true, _path = time.time, os.environ["TIME_OF_DAY"]

def _shifted():
    with open(_path, encoding="ascii") as file:
        return _true() + float(file.read() or 0)

time.time = _shifted
"""
CALLERS = 6
FLOW = """
flow: main
for: {lines: ["74950000000"], location: ivr}
window: 60s
start: menu
on_error: bye
budget: {duration: 30m}
steps:
  menu: {menu: {prompt: audio.hello, first_digit: 40s, keys: {1: out, 2: short}, no_input: {goto: bye}, no_match: {goto: bye}}}
  short: {wait: {for: 6s, next: bye}}
  out: {route: {to: number 79000000099, on: {answered: talking, else: bye}}}
  talking: {watch: {ended: done}}
  bye: hangup
  done: release
"""
PBX = """
lines: {74950000000: {scheme: main}}
employees: {100: {name: Operator, number: "sip:operator@pbx.example", behaves: answers after 1s}}
audio: {24: 2s}
numbers: {79000000099: answers after 1s}
schemes: {main: {silence: 90s, then: hang_up}}
"""


class TimeOfDay:
    """What the router's processes believe, in seconds beside the truth."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.set(0)

    def set(self, seconds: int) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_text(str(seconds), encoding="ascii")
        fresh.replace(self._path)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[Site, TimeOfDay]]:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "flows" / "resources.yaml").write_text("audio: {hello: {id: 24, length: 2s}}\n", encoding="utf-8")
    (tmp_path / "pbx.yaml").write_text(PBX, encoding="utf-8")
    time_of_day = TimeOfDay(tmp_path / "time")
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "sitecustomize.py").write_text(TIME_OF_DAY, encoding="utf-8")
    faked = {"PYTHONPATH": str(tmp_path / "early"), "TIME_OF_DAY": str(tmp_path / "time"), "IVR_WATCH": "0"}
    pbx = f"127.0.0.1:{free_port()}"
    with router(tmp_path, pbx, flows=tmp_path / "flows", workers=3, **faked) as site:
        del site.environ["PYTHONPATH"]  # the PBX keeps the true time
        with emulator(tmp_path, tmp_path / "pbx.yaml", site.router, site):
            yield site, time_of_day


@pytest.mark.parametrize("seconds", [7200, -7200, 86_400 * 40])
def test_a_clock_that_is_set_moves_nobody(host: tuple[Site, TimeOfDay], seconds: int) -> None:
    site, time_of_day = host
    callers = [site.dial("74950000000", f"790000001{number:02}") for number in range(CALLERS)]
    waiter = site.dial("74950000000", "79000000200")
    for entry_id in (*callers, waiter):
        site.wait_for_step(entry_id, "menu")
    site.press(waiter, "2")
    site.wait_for_step(waiter, "short")
    for entry_id in callers:
        site.press(entry_id, "1")
    wait_for("the first route", lambda: routes(site))
    time_of_day.set(seconds)
    for entry_id in callers:
        site.wait_for_step(entry_id, "talking")
    wait_for("the timer", lambda: any(step["step"] == "bye" for step in site.call(waiter)["steps"]))
    time_of_day.set(0)
    late = site.dial("74950000000", "79000000300")
    site.wait_for_step(late, "menu")
    for entry_id in (*callers, waiter, late):
        site.hang_up(entry_id)
    ended = [
        wait_for("the end", lambda one=entry_id: (call := site.call(one)).get("ended") and call)
        for entry_id in (*callers, waiter)
    ]
    assert [call["outcome"] for call in ended] == ["answered"] * CALLERS + ["hung_up"]
    for call in ended:
        assert Counter(step["step"] for step in call["steps"]).most_common(1)[0][1] == 1, "a timer took effect twice"
        assert "no news" not in str(call["events"])
    sent = routes(site)
    assert len(sent) == CALLERS
    assert min(b["at"] - a["at"] for a, b in pairwise(sent)) >= 2.0
    assert {request["status"] for request in site.control("GET", "requests")["requests"]} == {200}
    log = Path(site.environ["IVR_SPOOL"]).with_name("router.log").read_text(encoding="utf-8")
    assert "the database's clock was set" in log


def routes(site: Site) -> list[dict[str, float]]:
    requests = site.control("GET", "requests")["requests"]
    return [request for request in requests if request["command"] == "route"]
