"""What clients in production send: empty texts, null, lists for nothing, numbers for text, names of their own."""

from typing import Any

import pytest

from router.catalogue.methods import METHODS
from tests.catalogue.contract import URLENCODED, Contract
from tests.document.document import Example
from tests.emulator.stage import KEY, SALT


def asked(name: str, params: Any, *, call: str = "") -> tuple[int, dict[str, Any], Any]:
    """Status, body, and the result that a command comes to."""
    played = Contract(call)
    answer = played.ask(METHODS[name], params)
    return answer.status, dict(answer.body), played.stage.pbx.requests[-1]["result"]


@pytest.mark.parametrize(
    ("name", "params", "call"),
    [
        ("sms", {"sms_sender": "", "from_extension": 101, "to_number": 79000000055, "text": "hello"}, ""),
        ("sms", {"sms_sender": None, "from_extension": "101", "to_number": "79000000055", "text": 12345}, ""),
        ("callback", {"from": {"extension": 101, "number": ""}, "to_number": "79000000055", "line_number": ""}, ""),
        ("callback", {"from": {"extension": "101"}, "to_number": "79000000055", "sip_headers": ""}, ""),
        ("callback", {"from": {"extension": "101"}, "to_number": "79000000055", "sip_headers": []}, ""),
        ("route", {"call_id": "$call_id", "to_number": 101, "sip_headers": None}, "menu"),
        ("route", {"call_id": "$call_id", "to_number": "101", "sip_headers": {"From/display-name": ""}}, "menu"),
        ("play/start", {"call_id": "$call_id", "internal_id": "21", "after_play_time": ""}, "menu"),
        ("transfer", {"call_id": "$call_id", "method": "blind", "to_number": 102, "initiator": 101}, "talking"),
        ("recording/start", {"call_id": "$call_id", "call_party_number": 101}, "talking"),
    ],
)
def test_commands(name: str, params: dict[str, Any], call: str) -> None:
    status, body, result = asked(name, {"command_id": "base", **params}, call=call)
    assert (status, body, result) == (200, {"result": 1000}, 1000)


def test_a_command_id_may_be_a_number() -> None:
    played = Contract("menu")
    params = {"command_id": 17, "call_id": "$call_id", "to_number": "101"}
    assert played.ask(METHODS["route"], params).status == 200
    played.stage.wait(2)
    [result] = played.stage.bodies("result/route")
    assert result == {"command_id": "17", "result": 1000}


FILTERS: list[dict[str, Any]] = [
    {"from": {"extension": "", "number": ""}, "to": {"extension": "", "number": ""}},
    {"from": "", "to": None, "call_party": []},
    {"from": {}, "to": {}, "call_party": {"extension": 102, "number": ""}},
    {"call_party": {"extension": "102", "name": "Boris", "numbre": "1"}},
    {"to": {"extension": "102", "taken_from": "x"}, "fields": "", "request_id": None},
]


@pytest.mark.parametrize("filters", FILTERS)
def test_statistics_with_filters_that_are_not_filled_in(filters: dict[str, Any]) -> None:
    played = Contract("recorded")
    key = played.ask(METHODS["stats/request"], {"date_from": "$before", "date_to": "$now", **filters}).body["key"]
    played.stage.wait(3)
    answer = played.ask(METHODS["stats/result"], {"key": key})
    assert answer.csv is not None
    lines = answer.csv.split("\r\n")
    assert lines.pop() == "", "the last line ends too"
    assert [line.split(";")[6] for line in lines] == ["102"]


def test_no_recordings_are_an_empty_list() -> None:
    played = Contract("in_group")
    asked_for = {"date_from": "$before", "date_to": "$now", "fields": "records"}
    key = played.ask(METHODS["stats/request"], asked_for).body["key"]
    played.stage.wait(3)
    assert set((played.ask(METHODS["stats/result"], {"key": key}).csv or "").split()) == {"[]"}
    assert played.pushed() >= {"result/stat"}


@pytest.mark.parametrize("text", ["[]", "null", "", "{}", " "])
def test_nothing_is_an_empty_object(text: str) -> None:
    played = Contract()
    body = Example(id="", section="", kind="request", json=text).form(KEY, SALT)
    answer = played.stage.pbx.request(played.stage.now, 1000.0, METHODS["account/balance"], body, URLENCODED)
    assert answer.body["result"] == 1000


@pytest.mark.parametrize(
    ("name", "params", "code"),
    [
        ("sms", {"command_id": "c", "from_extension": "", "to_number": "79000000055", "text": "a"}, 3104),
        ("sms", {"command_id": "c", "to_number": "79000000055", "text": "a"}, 3103),
        ("route", {"command_id": "c", "call_id": None, "to_number": "101"}, 3104),
        ("stats/request", {"date_from": "", "date_to": ""}, 3104),
        ("stats_in_calls_service/request", {"date_from": "2026-02-30 00:00:00"}, 3104),
    ],
)
def test_what_is_required_is_required(name: str, params: dict[str, Any], code: int) -> None:
    status, body, _ = asked(name, params)
    assert (status, body["code"]) == (420, code)


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({}, 1000),
        ({"transfer_initiator_number": "101"}, 1000),
        ({"transfer_initiator_number": "103"}, 3100),
        ({"transferred_call_id": "MTo="}, 4101),
    ],
)
def test_both_legs_of_a_transfer_are_named(change: dict[str, str], result: int) -> None:
    played = Contract("consulting", "2026")
    [journey] = played.stage.pbx.journeys.values()
    held, other = [leg for leg in journey.legs if leg.alive and leg.location == "abonent"][-2:]
    legs = {"holded_call_id": held.call_id, "transferred_call_id": other.call_id}
    params = {"command_id": "c", **legs, "transfer_initiator_number": other.caller.number, **change}
    assert played.ask(METHODS["calls_connect"], params).status == 200
    assert played.stage.pbx.requests[-1]["result"] == result
