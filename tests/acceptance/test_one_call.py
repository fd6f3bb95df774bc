"""The main job against real processes: a caller presses 1, is routed, answered and hangs up; the trace tells why."""

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.processes import PROJECT, Site, site, wait_for

pytestmark = pytest.mark.acceptance
LINE = "74952150439"  # answered at any hour


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The example bundle and the example PBX, as `make run` starts them."""
    directory = tmp_path_factory.mktemp("example")
    with site(directory, pbx=PROJECT / "pbx.yaml", flows=PROJECT / "flows", IVR_WATCH="0") as running:
        yield running


def test_caller_presses_1_and_is_routed(example: Site) -> None:
    entry_id = example.dial(LINE)
    wait_for(
        "the menu's prompt", lambda: any(c["label"] == "audio.main_menu" for c in example.call(entry_id)["commands"])
    )
    example.press(entry_id, "1")
    wait_for("an answer", lambda: any(one["exit"] == "answered" for one in example.call(entry_id)["steps"]))
    example.hang_up(entry_id)
    call = wait_for("the end", lambda: (found := example.call(entry_id))["outcome"] and found["ended"] and found)
    assert call["outcome"] == "answered"
    assert call["caller"] == "79000000001"
    assert call["flow"] == "main"
    taken = [(step["step"], step["exit"]) for step in call["steps"]]
    assert taken[:4] == [("screen", "else"), ("main_menu", "1"), ("sales", "answered"), ("missed", "done")]
    assert all(step["why"] for step in call["steps"] if step["exit"])
    states = {command["command"]: command["state"] for command in call["commands"]}
    assert states == {"play/start": "confirmed", "route": "confirmed"}


def test_trace_from_the_terminal(example: Site) -> None:
    entry_id = example.dial(LINE)
    example.wait_for_step(entry_id, "main_menu")
    example.hang_up(entry_id)
    wait_for("the end", lambda: example.call(entry_id).get("ended"))
    told = example.ivr("trace", entry_id)
    assert told.returncode == 0, told.stderr
    assert "main_menu" in told.stdout
    assert "caller.number in lists.blocked" in told.stdout
    as_json = json.loads(example.ivr("trace", entry_id, "--json").stdout)
    assert as_json["entry_id"] == entry_id
    assert as_json["outcome"] == "missed"
    listed = json.loads(example.ivr("calls", "--json").stdout)
    assert entry_id in json.dumps(listed)


def test_unknown_call_in_the_trace(example: Site) -> None:
    told = example.ivr("trace", "nobody")
    assert told.returncode == 1
    assert "nobody" in told.stderr + told.stdout


def test_dialling_from_the_terminal(example: Site) -> None:
    told = example.ivr(
        "call",
        "--emulator",
        example.pbx,
        "--from",
        "79000000002",
        "--line",
        LINE,
        "--keys",
        "1",
        "--hangup-after",
        "1s",
        "--json",
    )
    assert told.returncode == 0, told.stderr
    entry_id = json.loads(told.stdout)["entry_id"]
    wait_for("the end", lambda: example.call(entry_id).get("ended"))
    assert example.call(entry_id)["outcome"] == "answered"


def test_metrics_are_summed_over_workers(example: Site) -> None:
    text = example.http.request("GET", f"{example.router}/metrics").data.decode()
    assert 'ivr_events_total{account="default",kind="call",outcome="stored",reason=""}' in text
    assert "ivr_command_wait_seconds" in text
