"""Commands against their schemas, before anything is sent."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import CommandInvalid
from router.protocol.commands import SCHEMAS, fit_header, fits_message, validate
from router.protocol.schemas import load_schema

VALID: dict[str, dict[str, Any]] = {  # the document's own examples, with what they forgot
    "callback": {
        "command_id": "cbk1",
        "from": {"extension": "1234", "number": "12345678"},
        "to_number": "74955404444",
        "line_number": "74951234567",
        "sip_headers": {"Call-Info/answer-after": "0"},
    },
    "callback_group": {"command_id": "cbk1", "from": "1234", "to": "74955404444", "line_number": "74951234567"},
    "call/hangup": {"command_id": "cmd.888.vpbx.12345.external.system.com.net", "call_id": "100500"},
    "sms": {
        "command_id": "smsmsmsm",
        "text": "Hello world!",
        "from_extension": "222",
        "to_number": "74955404444",
        "sms_sender": "PRO-TAXI",
    },
    "recording/start": {"command_id": "cmd.1000", "call_id": "100500", "call_party_number": "123"},
    "play/start": {"command_id": "cmd.1000", "call_id": "100500", "after_play_time": 20, "internal_id": 17},
    "route": {
        "command_id": "cmd.1",
        "call_id": "100500",
        "to_number": "74955404444",
        "sip_headers": {"From/display-name": "Santa Claus"},
    },
    "transfer": {
        "command_id": "cmd.1",
        "call_id": "100500",
        "to_number": "74955404444",
        "method": "hold",
        "initiator": "101",
    },
    "calls_connect": {"command_id": "cmd.1", "call_id": "100500", "initiator": "101"},
    "transfer_cancel": {"command_id": "cmd.1", "call_id": "100500", "initiator": "101"},
    "call/hold/on": {"command_id": "cmd.1", "call_id": "100500", "initiator": "101"},
    "task/add": {
        "event_type": 1,
        "start_time": 1_399_906_980,
        "duration": 15,
        "contact_id": 1,
        "source_id": 1,
        "source_type": 1,
        "importance": 1,
        "to_user_id": 300_052_408,
        "description": "what the customer wrote",
        "is_auto_call": 1,
        "phone": "79000000000",
    },
}
OPTIONAL = {
    "line_number", "sip_headers", "sms_sender", "after_play_time", "internal_id",
    "initiator", "contact_id", "source_id", "source_type", "importance", "description", "is_auto_call", "phone",
}  # fmt: skip
REQUIRED_HERE = {("callback_group", "line_number"), ("transfer", "initiator"), ("call/hold/on", "initiator")}


def fault(command: str, params: dict[str, Any]) -> str:
    """The JSON path of what is wrong."""
    with pytest.raises(CommandInvalid) as invalid:
        validate(command, params)
    assert invalid.value.fields["reason"]
    return str(invalid.value.fields["path"])


def test_every_schema_is_a_schema_with_a_valid_example() -> None:
    assert set(VALID) == set(SCHEMAS)
    for command, name in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(load_schema(name))
        validate(command, VALID[command])


@pytest.mark.parametrize("command", sorted(SCHEMAS))
def test_nothing_is_missing_and_nothing_is_new(command: str) -> None:
    valid = VALID[command]
    for name in valid:
        without = {key: value for key, value in valid.items() if key != name}
        if name in OPTIONAL and (command, name) not in REQUIRED_HERE:
            validate(command, without)
        else:
            assert fault(command, without) == "$"
    assert fault(command, {**valid, "unheard_of": 1}) == "$"


@pytest.mark.parametrize("command", sorted(set(SCHEMAS) - {"task/add"}))
@pytest.mark.parametrize("command_id", ["", "x" * 129, "ж" * 65, "a\x00", "a\n", 5, None])
def test_ids(command: str, command_id: Any) -> None:
    assert fault(command, {**VALID[command], "command_id": command_id}) == "$.command_id"


@pytest.mark.parametrize(
    "number", ["303", "74951234567", "+74951234567", "sip:user@example.ru", "user@example.ru", "*77#"]
)
def test_numbers(number: str) -> None:
    validate("route", {**VALID["route"], "to_number": number})


@pytest.mark.parametrize("number", ["", "7 495", "sales", "sip:user", "1" * 129, "a@b c", "٣", 303])
def test_what_is_no_number(number: Any) -> None:
    assert fault("route", {**VALID["route"], "to_number": number}) == "$.to_number"


@pytest.mark.parametrize("name", ["Santa Claus", "Отдел продаж", "VIP-1", "x" * 64, "Ж" * 32])
def test_display_names(name: str) -> None:
    validate("route", {**VALID["route"], "sip_headers": {"From/display-name": name}})


@pytest.mark.parametrize("name", ["", "x" * 65, "Ж" * 33, *";/?:@&=+$,", "a\r\nVia: b"])
def test_what_no_display_name_may_hold(name: str) -> None:
    path = fault("route", {**VALID["route"], "sip_headers": {"From/display-name": name}})
    assert path == "$.sip_headers.From/display-name"


@given(st.text())
def test_a_fitted_header_is_valid_or_empty(text: str) -> None:
    fitted = fit_header(text)
    if fitted:
        validate("route", {**VALID["route"], "sip_headers": {"From/display-name": fitted}})


@pytest.mark.parametrize("text", ["a" * 612, "Ж" * 268, "☎" * 268, "😀" * 134])
def test_longest_messages(text: str) -> None:
    validate("sms", {**VALID["sms"], "text": text})


@pytest.mark.parametrize("text", ["", "a" * 613, "a" * 268 + "Ж", "Ж" * 269, "😀" * 135])
def test_messages_of_no_length_or_too_long(text: str) -> None:
    assert fault("sms", {**VALID["sms"], "text": text}) == "$.text"


@pytest.mark.parametrize(("from_", "to"), [("1234", "303"), ("74955404444", "74951234567")])
def test_exactly_one_side_is_a_group(from_: str, to: str) -> None:
    assert fault("callback_group", {**VALID["callback_group"], "from": from_, "to": to}) == "$"


@pytest.mark.parametrize(
    ("command", "change", "path"),
    [
        ("transfer", {"method": "warm"}, "$.method"),
        ("play/start", {"after_play_time": -1}, "$.after_play_time"),
        ("play/start", {"internal_id": "17"}, "$.internal_id"),
        ("callback", {"from": {"number": "1"}}, "$.from"),
        ("callback", {"sip_headers": {"From/display-name": "x"}}, "$.sip_headers"),
        ("route", {"to_number": object()}, "$"),
        ("task/add", {"command_id": "ours"}, "$"),
        ("task/add", {"event_type": 5}, "$.event_type"),
        ("task/add", {"start_time": "tomorrow"}, "$.start_time"),
        ("task/add", {"duration": 1441}, "$.duration"),
        ("task/add", {"description": "x" * 1025}, "$.description"),
        ("route", {"to_number": "\ud800"}, "$"),
    ],
)
def test_other_faults(command: str, change: dict[str, Any], path: str) -> None:
    assert fault(command, {**VALID[command], **change}) == path


def test_unknown_commands() -> None:
    assert fault("dance", {}) == "$"


def test_messages_do_not_repeat_values() -> None:
    with pytest.raises(CommandInvalid) as invalid:
        validate("sms", {**VALID["sms"], "text": "private " * 200, "to_number": ["79000000000"]})
    assert "private" not in invalid.value.message
    assert "79000000000" not in invalid.value.message


def test_a_loaded_schema_is_the_callers_own() -> None:
    load_schema("api/route.request")["properties"] = {}
    assert json.dumps(load_schema("api/route.request")["properties"]) != "{}"
    with pytest.raises(KeyError):
        load_schema("api/dance")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", False),
        ("x" * 612, True),
        ("x" * 613, False),
        ("ж" * 268, True),
        ("ж" * 269, False),
        ("😀" * 134, True),
        ("😀" * 134 + "ж", False),
    ],
)
def test_what_a_message_may_have(text: str, *, fits: bool) -> None:
    """§3.2.4: 612 Latin letters, else 268 units of UTF-16."""
    assert fits_message(text) is fits
