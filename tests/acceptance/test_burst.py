"""Twelve callers at once, each needing a route, over four workers: one route per two seconds, and never a 503.

The PBX keeps a caller for 12 s and the last route goes out after 22: the flow's `hold` prompt has to buy the time.
"""

from pathlib import Path

import pytest

from tests.acceptance.processes import site, wait_for

pytestmark = pytest.mark.acceptance

CALLERS = 12
FLOW = """
flow: main
for: {lines: ["74950000000"], location: ivr}
window: 12s
hold: audio.one_moment
start: out
on_error: bye
steps:
  out: {route: {to: number 79000000099, on: {answered: talking, else: bye}}}
  talking: {watch: {ended: done}}
  bye: hangup
  done: release
"""
PBX = """
lines:
  74950000000: {scheme: main}
employees:
  100: {name: Operator, number: "sip:operator@pbx.example", behaves: answers after 1s}
audio:
  24: 20s
numbers:
  79000000099: answers after 1s
schemes:
  main: {silence: 12s, then: hang_up}
"""


def test_burst_is_routed_within_the_limit(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text("audio: {one_moment: {id: 24, length: 20s}}\n", encoding="utf-8")
    pbx = tmp_path / "pbx.yaml"
    pbx.write_text(PBX, encoding="utf-8")
    with site(tmp_path, pbx=pbx, flows=flows, workers=4, IVR_WATCH="0") as running:
        callers = [running.dial("74950000000", f"790000001{number:02}") for number in range(CALLERS)]
        for entry_id in callers:
            wait_for(f"{entry_id}: talking", lambda entry_id=entry_id: running.call(entry_id)["outcome"] or any(
                step["step"] == "talking" for step in running.call(entry_id)["steps"]
            ))  # fmt: skip
        requests = running.control("GET", "requests")["requests"]
        routes = [request for request in requests if request["command"] == "route"]
        assert [request["status"] for request in requests] == [200] * len(requests)
        assert len(routes) == CALLERS
        assert len({route["call_id"] for route in routes}) == CALLERS
        for entry_id in callers:
            running.hang_up(entry_id)
