"""A call whose end is lost on the way, against real processes: the PBX's statistics tell it, and nobody waits for it."""

from collections.abc import Iterator

import pytest

from tests.acceptance.processes import PROJECT, Site, site, wait_for

pytestmark = pytest.mark.acceptance
LINE = "74952150438"
FLOW = """
flow: main
for: any
start: menu
on_error: bye
on_end: note
budget: {duration: 24h}
steps:
  menu: {menu: {first_digit: 20s, keys: {1: talk}, no_input: {goto: stay}, no_match: {goto: stay}}}
  talk: {route: {to: extension 101, on: {answered: stay, else: stay}}}
  stay: {wait: {for: 20h, next: bye}}
  note: {sms: {to: "${caller.number}", from: "100", text: Sorry, next: done, on: {failed: done}}}
  done: release
  bye: hangup
"""


@pytest.fixture(scope="module")
def lossy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A router that waits for news for six seconds only."""
    directory = tmp_path_factory.mktemp("stale")
    flows = directory / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    with site(directory, pbx=PROJECT / "pbx.yaml", flows=flows, IVR_WATCH="0", IVR_STALE_AFTER="6s") as running:
        yield running


def lose_all(site: Site) -> None:
    """From now on no event of the PBX arrives."""
    site.control("POST", "faults", drop=1.0)


def test_the_statistics_tell_the_end_that_was_lost(lossy: Site) -> None:
    lossy.control("POST", "faults")
    entry_id = lossy.dial(LINE)
    lossy.wait_for_step(entry_id, "menu")
    lose_all(lossy)
    lossy.hang_up(entry_id)
    finished = wait_for("the end at the PBX", lambda: lossy.phone(entry_id).get("ended"))
    assert finished
    call = wait_for("the end", lambda: (found := lossy.call(entry_id))["outcome"] and found["ended"] and found)
    lossy.control("POST", "faults")
    notes = "\n".join(event["text"] for event in call["events"] if event["kind"] == "note")
    assert "the PBX's statistics are asked" in notes
    assert "by the PBX's statistics it ended at" in notes
    assert call["outcome"] == "missed"
    assert [step["step"] for step in call["steps"]][-2:] == ["note", "done"]  # on_end ran as it would have
    assert 'ivr_stale_calls_total{outcome="ended"} 1.0' in metrics(lossy)


def test_the_callers_next_call_is_taken_meanwhile(lossy: Site) -> None:
    """And what the statistics do not know, since it goes on, is closed."""
    lossy.control("POST", "faults")
    stuck = lossy.dial(LINE, "79000000009")
    lossy.wait_for_step(stuck, "menu")
    lose_all(lossy)
    wait_for("the question", lambda: "statistics are asked" in str(lossy.call(stuck)))
    lossy.control("POST", "faults")
    again = lossy.dial(LINE, "79000000009")
    lossy.wait_for_step(again, "menu")
    call = wait_for("the end", lambda: (found := lossy.call(stuck))["outcome"] and found["ended"] and found)
    assert "do not know the call" in str(call["events"])
    lossy.hang_up(again)
    lossy.hang_up(stuck)  # its end is late: recorded, and left alone
    wait_for("the late end", lambda: "orphan" in str(lossy.call(stuck)["events"]))
    assert lossy.call(stuck)["ended"] == call["ended"]


def metrics(site: Site) -> str:
    return site.http.request("GET", f"{site.router}/metrics").data.decode()
