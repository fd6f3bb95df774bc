"""The document's pushes, byte for byte, against the webhook: each is taken, and as what it is."""

import pytest

from router.protocol.events import (
    AddressBookChanged,
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    PresenceChanged,
    RecordingChanged,
    SessionEnded,
    SmsReported,
    StatisticsReady,
)
from router.web import create_app
from tests.document.document import Example, examples
from tests.web.parts import KEY, SALT, URLENCODED, FakeParts

KINDS: dict[str, type[Event]] = {
    "events/call": LegChanged,
    "events/dtmf": DigitsCollected,
    "events/summary": JourneyEnded,
    "events/recording": RecordingChanged,
    "events/sms": SmsReported,
    "events/ab": AddressBookChanged,
    "events/user/status_changed": PresenceChanged,
    "events/user/session_end": SessionEnded,
    "result/stat": StatisticsReady,
    "api/v1/result/stats_in_calls_service": StatisticsReady,
}
MOUNTS = ("", "/vpbx", "/vpbx/")


@pytest.mark.parametrize("one", examples("push"), ids=lambda one: one.id)
@pytest.mark.parametrize("mount", MOUNTS)
def test_it_is_taken_as_what_it_is(one: Example, mount: str) -> None:
    if one.path.startswith("api/") and "vpbx" not in mount:
        return  # `/api/` without it is the router's own
    parts = FakeParts()
    key_name = "api_key" if one.section == "§4.4" else "vpbx_api_key"
    body = one.form(KEY, SALT, key_name)
    response = create_app(parts).test_client().post(f"{mount}/{one.path}", data=body, content_type=URLENCODED)
    assert (response.status_code, response.get_json()["code"]) == (200, 1000)
    ((_, path, event, text, _),) = parts.ingest.accepted
    assert (path, text) == (one.path.removeprefix("api/v1/"), one.json)
    assert type(event) is KINDS.get(one.path, CommandResulted)


@pytest.mark.parametrize("one", [one for one in examples("push") if one.path == "events/call"], ids=lambda one: one.id)
def test_a_leg_says_all_that_the_document_says(one: Example) -> None:
    parts = FakeParts()
    create_app(parts).test_client().post("/events/call", data=one.form(KEY, SALT), content_type=URLENCODED)
    ((_, _, leg, _, _),) = parts.ingest.accepted
    assert isinstance(leg, LegChanged)
    said = one.content
    caller, callee = said["from"], said["to"]
    assert (leg.call_id, leg.entry_id, leg.state) == (said["call_id"], said["entry_id"], said["call_state"])
    assert (leg.seq, leg.timestamp) == (int(said["seq"]), int(said["timestamp"]))
    assert leg.location == said.get("location", "")
    assert (leg.from_extension, leg.from_number) == (caller.get("extension", ""), caller.get("number", ""))
    assert leg.taken_from_call_id == caller.get("taken_from_call_id", "")
    assert (leg.to_extension, leg.to_number) == (callee.get("extension", ""), callee["number"])
    assert (leg.line_number, leg.acd_group) == (callee.get("line_number", ""), callee.get("acd_group", ""))
    assert leg.command_id == said.get("command_id", "")
    assert (leg.disconnect_reason or 0) == int(said.get("disconnect_reason", 0))
    tracked = said.get("dct", {})
    assert (leg.dct_number, leg.dct_type) == (tracked.get("number", ""), tracked.get("type", 0))
