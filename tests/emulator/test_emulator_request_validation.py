"""What the PBX answers to a request before any command is carried out (§1.4, §2.2)."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.catalogue.methods import METHODS, Limit
from router.emulator.limits import SlidingLimits
from router.emulator.pbx_answers import Answer
from router.protocol.envelope import encode_form
from router.protocol.sign import sign
from tests.emulator.stage import KEY, SALT, Stage

URLENCODED = "application/x-www-form-urlencoded"
ROUTE: dict[str, Any] = {"command_id": "c1", "call_id": "MTo=", "to_number": "101"}


def post(stage: Stage, body: bytes, content_type: str = URLENCODED, command: str = "route") -> Answer:
    return stage.pbx.request(stage.now, 0.0, METHODS[command], body, content_type)


def signed(text: str, key: str = KEY, salt: str = SALT) -> bytes:
    return urlencode({"vpbx_api_key": key, "sign": sign(key, text, salt), "json": text}).encode()


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ROUTE.items() if key != name}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 3103),
        (b"vpbx_api_key=key&sign=x", 3103),
        (b"vpbx_api_key=key&json=%7B%7D", 3103),
        (b"sign=x&json=%7B%7D", 3103),
        (signed("{}", key="other"), 3105),
        (signed(json.dumps(ROUTE), salt="wrong"), 3102),
        (b"vpbx_api_key=key&sign=%D0%B6%FF&json=%7B%7D", 3102),
        (signed("{"), 3104),
        (signed("[]"), 3103),
        (signed("[1]"), 3104),
        (signed("[" * 100_000), 3104),
        (signed('{"command_id": ' + "9" * 5000 + "}"), 3104),
        (signed(json.dumps(without("call_id"))), 3103),
        (signed(json.dumps(without("command_id"))), 3103),
        (signed(json.dumps(ROUTE | {"to_number": ["101"]})), 3104),
        (signed(json.dumps(ROUTE | {"to_number": ""})), 3104),
        (signed(json.dumps(ROUTE | {"command_id": "x" * 129})), 3104),
        (signed('{"command_id": "\\ud800", "call_id": "MTo=", "to_number": "101"}'), 3104),
        (signed(json.dumps(ROUTE | {"sip_headers": "Santa"})), 3104),
    ],
)
def test_a_bad_request_is_a_420_with_a_code(stage: Stage, body: bytes, code: int) -> None:
    answer = post(stage, body)
    assert (answer.status, answer.body["code"]) == (420, code)
    assert stage.pbx.requests[-1]["status"] == 420
    stage.wait(60)
    assert stage.sent == []


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("transfer", {"method": "warm", "initiator": "101"}),
        ("play/start", {"internal_id": "seventeen"}),
        ("play/start", {"after_play_time": -1}),
        ("callback", {"from": "100"}),
    ],
)
def test_a_parameter_in_the_wrong_format(stage: Stage, command: str, extra: dict[str, Any]) -> None:
    answer = post(stage, signed(json.dumps(ROUTE | extra)), command=command)
    assert (answer.status, answer.body["code"]) == (420, 3104)


def test_another_method_than_post(stage: Stage) -> None:
    answer = stage.pbx.refuse_method(stage.now, METHODS["route"])
    assert (answer.status, answer.body) == (420, {"code": 3101})


def test_multipart_is_accepted_too(stage: Stage) -> None:
    text = json.dumps(ROUTE)
    fields = {"vpbx_api_key": KEY, "sign": sign(KEY, text, SALT), "json": text}
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    answer = post(stage, "".join([*parts, "--edge--\r\n"]).encode(), "multipart/form-data; boundary=edge")
    assert (answer.status, dict(answer.body)) == (200, {"result": 1000})


def test_over_the_limit_is_a_503_and_nothing_happens(stage: Stage) -> None:
    leg = stage.dial().legs[0]
    body = encode_form(KEY, SALT, ROUTE | {"call_id": leg.call_id, "to_number": "999"})
    assert post(stage, body).status == 200
    answer = post(stage, encode_form(KEY, SALT, ROUTE | {"call_id": leg.call_id}))
    assert answer.status == 503
    assert answer.body == {
        "name": "Service Unavailable",
        "message": "Rate limit exceeded.",
        "code": 0,
        "status": 503,
    }
    stage.wait(1)
    assert leg.alive


def test_neither_key_nor_sign_is_remembered(stage: Stage) -> None:
    post(stage, signed(json.dumps(ROUTE)))
    assert set(stage.pbx.requests[-1]["params"]) == set(ROUTE)


WINDOWS = (Limit(window="all", count=10, seconds=1.0), Limit(window="call/hangup", count=4, seconds=1.0))
TICKS = st.lists(st.integers(0, 400), max_size=200)


@given(TICKS)
def test_no_window_ever_holds_more_than_its_limit(ticks: list[int]) -> None:
    """Times in milliseconds, so that the borders of windows are hit."""
    limits, now, taken = SlidingLimits(), 0, []
    for tick in ticks:
        now += tick
        if limits.take(WINDOWS, now / 1000):
            taken.append(now)
    for begin in taken:
        assert sum(begin <= one < begin + 1000 for one in taken) <= 4


@given(TICKS)
def test_whoever_keeps_the_limit_is_never_refused(ticks: list[int]) -> None:
    limits, now = SlidingLimits(), 0
    for tick in ticks:
        now += 500 + tick
        assert limits.take(WINDOWS, now / 1000)


def test_a_refused_request_takes_no_slot_in_any_window() -> None:
    limits = SlidingLimits()
    for _ in range(4):
        assert limits.take(WINDOWS, 0.0)
    for _ in range(20):
        assert not limits.take(WINDOWS, 0.5)
    assert [limits.take(WINDOWS[:1], 0.5) for _ in range(7)] == [True] * 6 + [False]
