"""The caller's contact, presence, recordings and messages, with two workers and a PBX that are real processes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from router.protocol.envelope import encode_form
from tests.acceptance.processes import KEY, PROJECT, SALT, Site, site, wait_for

pytestmark = pytest.mark.acceptance
LINE = "74952150438"
IVAN = "79000000001"  # of pbx.yaml: his manager is 101, his level is gold

FLOW = """
flow: main
for: any
on_error: anybody
start: ask
steps:
  ask: {lookup: {contact: caller.number, outputs: {level: {type: text, from: fields.Level}}, next: judge, on: {not_found: site, failed: anybody}}}
  judge: {switch: [{when: ask.manager != "" and status(ask.manager) == "online", goto: own}, {when: ask.level == "gold", goto: boss}, {else: anybody}]}
  own: {route: {to: "extension ${ask.manager}", on: {answered: say, else: anybody}}}
  say: {sms: {to: "${caller.number}", from: "100", text: "Hello", next: stay}}
  stay: {watch: {ended: bye}}
  boss: {route: {to: extension 100, on: {else: anybody}}}
  site: {lookup: {visitor: call.dct_number, next: source, on: {else: anybody}}}
  source: {switch: [{when: site.source == "search", goto: boss}, {else: anybody}]}
  anybody: {route: {to: group 304, on: {else: bye}}}
  bye: release
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("who")
    flows = directory / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    with site(directory, pbx=PROJECT / "pbx.yaml", flows=flows, IVR_WATCH="0") as made:
        yield made


def ask(running: Site, path: str, **params: Any) -> Any:
    """A signed request to the PBX, as another program would send it."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = running.http.request("POST", f"{running.pbx}{path}", body=encode_form(KEY, SALT, params), headers=headers)
    assert answer.status == 200, answer.data
    return json.loads(answer.data)


def notes(running: Site, entry_id: str) -> list[str]:
    return [one["text"] for one in running.call(entry_id)["events"] if one["kind"] == "note"]


def ended(running: Site, entry_id: str) -> Any:
    running.hang_up(entry_id)
    return wait_for("the end", lambda: (found := running.call(entry_id))["outcome"] and found["ended"] and found)


def test_a_contact_is_routed_by_what_the_address_book_says(running: Site) -> None:
    entry_id = running.dial(LINE, IVAN)
    running.wait_for_step(entry_id, "boss")
    steps = ended(running, entry_id)["steps"]
    assert [(step["step"], step["exit"]) for step in steps[:2]] == [("ask", "next"), ("judge", "boss")]


def test_a_stranger_is_routed_by_what_the_site_knows(running: Site) -> None:
    entry_id = running.dial(LINE, "79000000099")
    running.wait_for_step(entry_id, "boss")
    ended(running, entry_id)


def test_presence_recording_and_message_of_one_call(running: Site) -> None:
    def own() -> str:
        """A call that goes to the manager, as soon as presence is known by extension: the employees are listed when an
        event names one that is not known, at most once a minute, and a busy PBX may not answer the first time."""
        running.control("POST", "employees/101", status="break")
        running.control("POST", "employees/101", status="online")
        entry_id = running.dial(LINE, IVAN)
        call = wait_for("a route", lambda: (found := running.call(entry_id))["commands"] and found)
        if call["commands"][0]["params"]["to_number"] == "101":
            return entry_id
        ended(running, entry_id)
        return ""

    entry_id = wait_for("presence", own, 240.0)
    wait_for("the message's report", lambda: any("delivered" in note for note in notes(running, entry_id)))
    ended(running, entry_id)
    link = f"{running.pbx}/vpbx/queries/recording/issa/"
    wait_for("the recording's link", lambda: any(link in note for note in notes(running, entry_id)))


def test_a_change_of_the_book_is_seen_by_every_worker(running: Site) -> None:
    level = ask(running, "/vpbx/ab/custom_fields")["data"][1]["custom_field_id"]
    change = {"user_id": "", "custom_values": [{"custom_field_id": level, "list_items": []}]}
    ask(running, "/vpbx/ab/contacts/update", data=[{"contact_id": "12761840", **change}])
    wait_for(
        "the news of it",
        lambda: "address_book" in running.http.request("GET", f"{running.router}/metrics").data.decode(),
    )
    for _ in range(4):
        entry_id = running.dial(LINE, IVAN)
        running.wait_for_step(entry_id, "anybody")
        ended(running, entry_id)
