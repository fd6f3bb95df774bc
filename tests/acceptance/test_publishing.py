"""Rules change while callers are on the line: a bundle is published again and again under load, broken ones among them.

Each version's steps bear its number, so a call that saw two of them shows it. `IVR_SOAK_SECONDS` makes it longer.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from router.protocol.envelope import encode_form
from tests.acceptance.processes import KEY, SALT, Site, free_port, router

TODAY = int(time.time())  # an event that is hours old starts no call
pytestmark = pytest.mark.acceptance

SECONDS = float(os.environ.get("IVR_SOAK_SECONDS", "6"))
EVERY_SECONDS = 0.1
SENDERS = 6
LINE = "74950000000"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FLOW = """
flow: main
for: {lines: ["74950000000"], location: ivr}
on_error: bye_N
start: ask_N
steps:
  ask_N: {collect: {into: code, length: 9, first_digit: 20s, next_digit: 20s, next: done_N, no_input: {goto: bye_N}, no_match: {goto: bye_N}}}
  done_N: {watch: {talking: {for: 1h, goto: bye_N}, ended: bye_N}}
  bye_N: release
vars: {code: {type: text, default: ""}}
"""


def call_events(name: str) -> list[tuple[str, dict[str, Any]]]:
    """A caller who types nine digits, a packet each, and hangs up."""
    ids = {"entry_id": f"entry-{name}", "call_id": f"call-{name}", "timestamp": TODAY}
    leg = {**ids, "location": "ivr", "from": {"number": "79000000001"}, "to": {"number": LINE, "line_number": LINE}}
    keys = [("events/dtmf", {**ids, "seq": seq, "dtmf": str(seq), "location": "ivr"}) for seq in range(1, 10)]
    began = ("events/call", {**leg, "seq": 1, "call_state": "Appeared"})
    ended = ("events/call", {**leg, "seq": 2, "call_state": "Disconnected", "disconnect_reason": 1110})
    return [began, *keys, ended]


def send_calls(site: Site, sender: int, stop: threading.Event) -> tuple[list[str], list[int]]:
    """(the calls that were sent, the answers)."""
    calls: list[str] = []
    answers: list[int] = []
    while not stop.is_set():
        name = f"{sender}-{len(calls)}"
        calls.append(f"entry-{name}")
        for path, payload in call_events(name):
            body = encode_form(KEY, SALT, payload)
            answers.append(site.http.request("POST", f"{site.router}/{path}", body=body, headers=FORM).status)
            time.sleep(0.01)
    return calls, answers


def publish_for_a_while(site: Site, flows: Path) -> tuple[int, int]:
    """(bundles published, bundles refused)."""
    published = refused = number = 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        number += 1
        text = FLOW.replace("_N", f"_{number}")
        broken = number % 4 == 0
        (flows / "main.yaml").write_text(text.replace("start: ask", "start: nowhere") if broken else text)
        answer = site.http.request("POST", f"{site.router}/api/versions")
        assert answer.status == (422 if broken else 201), answer.data
        refused, published = refused + broken, published + (not broken)
        time.sleep(EVERY_SECONDS)
    return published, refused


def test_no_event_fails_and_no_call_sees_two_versions(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW.replace("_N", "_0"))
    stop = threading.Event()
    with router(tmp_path, f"127.0.0.1:{free_port()}", flows=flows, IVR_WATCH="1") as site:
        with ThreadPoolExecutor(SENDERS) as pool:
            sending = [pool.submit(send_calls, site, sender, stop) for sender in range(SENDERS)]
            try:
                published, refused = publish_for_a_while(site, flows)
            finally:
                stop.set()
        calls = [entry_id for one in sending for entry_id in one.result()[0]]
        answers = [status for one in sending for status in one.result()[1]]
        assert set(answers) == {200}
        seen = {entry_id: site.call(entry_id) for entry_id in calls}
    assert published > 2
    assert refused > 0
    versions = set()
    for entry_id, call in seen.items():
        assert call["version"], entry_id
        assert len({step["step"].rpartition("_")[2] for step in call["steps"]}) == 1, (entry_id, call["steps"])
        assert [step["step"].partition("_")[0] for step in call["steps"]][:2] == ["ask", "done"], entry_id
        versions.add(call["version"])
    assert len(versions) > 2
