"""The supervisor's script of `examples/` against a router and a PBX: it takes callers over, and the flow goes on."""

import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.acceptance.processes import PROJECT, Site, site, wait_for

pytestmark = pytest.mark.acceptance

LINE = "74950000000"
FLOW = """
flow: main
for: any
on_error: bye
on_end: missed
start: ask
steps:
  ask: {menu: {prompt: audio.hello, first_digit: 25s, keys: {1: desk, 2: reception}, no_input: {goto: bye}, no_match: {goto: bye}}}
  desk: {route: {to: extension 102, on: {else: sorry}}}
  reception: {route: {to: extension 101, on: {answered: talking, else: sorry}}}
  talking: {watch: {ended: done}}
  sorry: {play: {prompt: audio.sorry, next: bye, on: {failed: bye}}}
  bye: hangup
  missed: {switch: [{when: call.answered, goto: talked}, {else: done}]}
  talked: release
  done: release
"""
RESOURCES = "audio: {hello: {id: 24, length: 2s}, sorry: {id: 25, length: 60s}}\n"
PBX = """
lines: {74950000000: {scheme: main}}
employees:
  101: {name: Anna, number: "sip:anna@pbx.example", behaves: answers after 1s}
  102: {name: Desk, number: "sip:desk@pbx.example", behaves: never, ring: 60s}
  103: {name: Busy, number: "sip:busy@pbx.example", behaves: busy}
audio: {24: 2s, 25: 60s}
schemes:
  main: {silence: 60s, then: hang_up, after_failed_route: return}
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("taking_over")
    flows = directory / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    (directory / "pbx.yaml").write_text(PBX, encoding="utf-8")
    with site(directory, pbx=directory / "pbx.yaml", flows=flows, IVR_WATCH="0") as started:
        made = started.ivr("token", "create", "--role", "operator", "--name", "supervisor")
        assert made.returncode == 0, made.stderr
        started.environ["IVR_TOKEN"] = made.stdout.split()[0]
        yield started


def supervise(running: Site, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(PROJECT / "examples" / "take_over.py"), *arguments],
        env=running.environ | {"IVR_URL": running.router},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_caller_in_the_menu_is_brought_to_somebody(running: Site) -> None:
    entry_id = running.dial(LINE, "79000000041")
    running.wait_for_step(entry_id, "ask")
    listed = supervise(running)
    assert "79000000041 main at ask" in listed.stdout, listed.stderr
    done = supervise(running, "79000000041", "--to", "101", "--reason", "a VIP")
    assert (done.returncode, done.stdout) == (0, "answered: 101 answered\n"), done.stderr
    assert "talks to 101" in supervise(running).stdout
    running.hang_up(entry_id)
    call = wait_for("the end", lambda: (told := running.call(entry_id)).get("ended") and told)
    assert (call["outcome"], call["steps"][0]["exit"], call["steps"][-1]["step"]) == (
        "answered",
        "taken_over",
        "talked",
    )
    told = next(event for event in call["events"] if event["kind"] == "manual")
    assert (told["actor"], told["reason"]) == ("token supervisor", "a VIP")


def test_the_flows_own_phone_is_intercepted_and_the_caller_led_on(running: Site) -> None:
    entry_id = running.dial(LINE, "79000000042")
    running.wait_for_step(entry_id, "ask")
    running.press(entry_id, "1")
    wait_for("the desk's phone", lambda: any(leg["to"] == "102" for leg in running.call(entry_id).get("legs", ())))
    done = supervise(running, "79000000042", "--to", "103", "--then", "sorry")
    assert (done.returncode, done.stdout.partition(":")[0]) == (1, "busy"), done.stderr
    running.wait_for_step(entry_id, "sorry")
    assert supervise(running, "79000000042", "--hang-up").stdout.startswith("hung_up")
    call = wait_for("the end", lambda: (told := running.call(entry_id)).get("ended") and told)
    assert [step["step"] for step in call["steps"]] == ["ask", "desk", "sorry"]
    assert call["outcome"] == "hung_up"


def test_a_transfer_that_nobody_answers_brings_the_caller_back_to_the_flows_own(running: Site) -> None:
    """§3.2.8: the PBX rings 101 again, by itself; the flow goes on, and sends nothing."""
    entry_id = running.dial(LINE, "79000000043")
    running.wait_for_step(entry_id, "ask")
    running.press(entry_id, "2")
    running.wait_for_step(entry_id, "talking")
    answer = running.http.request(
        "POST",
        f"{running.router}/api/calls/{quote(entry_id, safe='')}/commands",
        json={"command": "transfer", "to_number": "103", "wait": "5s"},
        headers={"Authorization": f"Bearer {running.environ['IVR_TOKEN']}"},
    )
    assert answer.status == 202, answer.data
    to_101 = lambda: [leg for leg in running.call(entry_id)["legs"] if leg["to"] == "101"]  # noqa: E731
    wait_for("101 to have the caller again", lambda: len(to_101()) > 1 and to_101()[-1]["state"] == "Connected")
    call = wait_for("the flow", lambda: (seen := running.call(entry_id))["steps"][-1]["left"] is None and seen)
    given = next(command["given"] for command in call["commands"] if command.get("given"))
    assert (given["outcome"], given["why"]) == ("returned", "busy: the caller is back at 101")
    assert [step["step"] for step in call["steps"]] == ["ask", "reception", "talking", "talking"]
    assert [command["command"] for command in call["commands"]] == ["play/start", "route", "transfer"]
    running.hang_up(entry_id)
    wait_for("the end", lambda: running.call(entry_id).get("ended"))


def test_there_is_no_such_caller(running: Site) -> None:
    done = supervise(running, "79000000049", "--to", "101")
    assert (done.returncode, done.stderr) == (2, "no such caller is on the line\n")
