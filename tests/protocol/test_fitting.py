"""Numbers, their text and truth values are one; what other people's programs leave empty is not there."""

from typing import Any

import pytest

from router.protocol.fitting import filled, fitted
from router.protocol.schemas import load_schema


def schema(method: str) -> dict[str, Any]:
    return load_schema(f"api/{method}.request")


@pytest.mark.parametrize(
    ("method", "given", "found"),
    [
        ("task_add", {"duration": " 15 "}, {"duration": 15}),
        ("task_add", {"duration": "15.0"}, {"duration": 15}),
        ("task_add", {"duration": "quarter"}, {"duration": "quarter"}),
        ("stats_in_calls_service_request", {"time_zone_utc_offset": 900}, {"time_zone_utc_offset": 900}),
        ("ab_contact_init", {"limit_rows": 501}, {"limit_rows": 501}),
        ("callback_group", {"from": 303, "to": "8 (900) 000-00-55"}, {"from": "303", "to": "79000000055"}),
        ("task_add", {"is_auto_call": False}, {"is_auto_call": 0}),
        ("task_add", {"is_auto_call": "TRUE"}, {"is_auto_call": 1}),
        ("task_add", {"to_user_id": True}, {"to_user_id": True}),
        ("task_add", {"to_user_id": "300052408"}, {"to_user_id": "300052408"}),
        ("task_add", {"phone": 79000000001.0}, {"phone": "79000000001"}),
        ("callback", {"from": {"extension": 101, "number": None}}, {"from": {"extension": "101", "number": None}}),
        ("tasks_push", {"tasks": [{"name": 1, "number": 79000000001}]}, {"tasks": [{"name": "1", "number": "79000000001"}]}),
        ("member_create", {"numbers": [{"schedule": [{"from": 1}]}]}, {"numbers": [{"schedule": [{"from": 1}]}]}),
        ("campaign_add", {"additional_calls_coefficient": "0.50"}, {"additional_calls_coefficient": 0.5}),
        ("groups", {"unknown": {"a": 1}}, {"unknown": {"a": 1}}),
    ],
)  # fmt: skip
def test_fitted(method: str, given: dict[str, Any], found: dict[str, Any]) -> None:
    result = fitted(schema(method), given)
    assert result == found
    assert repr(result) == repr(found), "also in their types"


@pytest.mark.parametrize(
    ("method", "given", "found"),
    [
        ("sms", {"text": "a", "sms_sender": "", "flash": 1}, {"text": "a"}),
        ("route", {"to_number": "101", "sip_headers": ""}, {"to_number": "101"}),
        ("route", {"to_number": "101", "sip_headers": []}, {"to_number": "101"}),
        ("route", {"to_number": "101", "sip_headers": {"From/display-name": ""}}, {"to_number": "101"}),
        ("route", {"to_number": "", "sip_headers": None}, {"to_number": ""}),
        (
            "stats_request",
            {"from": {"extension": "", "number": ""}, "to": {}, "call_party": {"number": "79000000001", "name": "x"}},
            {"call_party": {"number": "79000000001"}},
        ),
        ("ab_contacts_update", {"data": [{"comment": "", "org": {}, "x": 1}]}, {"data": [{"comment": ""}]}),
        ("campaign_add", {"dial_mode": "", "priority": ""}, {"dial_mode": ""}),
        ("groups", {}, {}),
    ],
)
def test_filled(method: str, given: dict[str, Any], found: dict[str, Any]) -> None:
    assert filled(schema(method), given) == found
