"""The promise about order, over several workers: events of a call sent at once, shuffled, some of them twice, cause the
commands that their counters' order causes."""

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from router.protocol.envelope import encode_form
from tests.acceptance.processes import KEY, SALT, Site, router, wait_for
from tests.acceptance.sink import sink

TODAY = int(time.time())  # an event that is hours old starts no call
pytestmark = pytest.mark.acceptance

CALLS = 40
FLOW = """
flow: main
for: {lines: ["74950000000"], location: ivr}
window: 60s
start: code
on_error: bye
vars: {code: {type: text, default: ""}}
steps:
  code: {collect: {into: code, length: 3, first_digit: 20s, next_digit: 20s, next: out, no_input: {goto: bye}}}
  out: {play: {prompt: audio.hello, next: bye}}
  bye: hangup
audio_is_elsewhere: false
"""
RESOURCES = "audio: {hello: {id: 7, length: 60s}}\n"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def events(number: int) -> list[tuple[str, dict[str, Any]]]:
    """A caller who presses 4, 5 and 6, each in a packet of its own."""
    names = {"entry_id": f"entry-{number}", "call_id": f"call-{number}", "timestamp": TODAY}
    leg = {**names, "seq": 1, "call_state": "Appeared", "location": "ivr", "from": {"number": "79000000001"}}
    leg["to"] = {"number": "74950000000", "line_number": "74950000000"}
    keys = [{**names, "seq": seq, "dtmf": digit, "location": "ivr"} for seq, digit in enumerate("456", start=1)]
    return [("events/call", leg), *(("events/dtmf", key) for key in keys)]


def post(site: Site, path: str, payload: dict[str, Any]) -> int:
    body = encode_form(KEY, SALT, payload)
    return site.http.request("POST", f"{site.router}/{path}", body=body, headers=FORM).status


def test_shuffled_and_doubled_events_cause_the_same_commands(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW.replace("audio_is_elsewhere: false\n", ""), encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    batch: list[tuple[str, dict[str, Any]]] = []
    for number in range(CALLS):
        mine = events(number)
        mine += chance.sample(mine, 2)
        chance.shuffle(mine)
        batch.extend(mine)
    with (
        sink() as pbx,
        router(tmp_path, pbx.address, flows=flows, workers=3, IVR_WATCH="0", IVR_REORDER_MS="5000") as running,
    ):
        with ThreadPoolExecutor(12) as pool:
            statuses = list(pool.map(lambda event: post(running, *event), batch))
        assert statuses == [200] * len(batch)
        played = [("play/start", "7")]
        wait_for("every caller's prompt", lambda: all(pbx.of_call(f"call-{n}") == played for n in range(CALLS)), 30)
        for number in range(CALLS):
            call = running.call(f"entry-{number}")
            assert [step["step"] for step in call["steps"]] == ["code", "out"], json.dumps(call["events"], indent=1)
            assert call["steps"][0]["why"] == "code = 456"
