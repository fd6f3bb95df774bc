"""`/api/phone/calls`: a call is placed in the emulator that plays the account's PBX, and nowhere else."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from router.emulator.control import Control
from router.web import create_app
from tests.emulator.running import Client, running
from tests.emulator.stage import CALLER, KEY, LINE, SALT
from tests.emulator.webhook import until
from tests.runtime.living import living_router

SPEED = 2.0  # a phone rings for 15 s of ours then
KEYS = {"MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT}


@pytest.fixture(scope="module")
def pbx() -> Iterator[Client]:
    with running(SPEED) as client:
        yield client


@pytest.fixture
def client(pbx: Client) -> FlaskClient:
    return console_of(f"{pbx.base}/vpbx/")


def console_of(api_url: str, **environ: str) -> FlaskClient:
    return create_app(living_router(**{**KEYS, "MANGO_API_URL": api_url, **environ})).test_client()


def dial(client: FlaskClient, **more: Any) -> Any:
    answer = client.post("/api/phone/calls", json={"from": CALLER, "line": LINE, **more})
    assert answer.status_code == 201, answer.text
    return answer.json


def say(client: FlaskClient, call: Any, words: str) -> Any:
    answer = client.post(f"/api/phone/calls/{call['entry_id']}/acts", json={"say": words})
    assert answer.status_code == 200, answer.text
    return answer.json


def look(client: FlaskClient, call: Any) -> Any:
    return client.get(f"/api/phone/calls/{call['entry_id']}").json


def test_whom_one_can_call_is_told(client: FlaskClient) -> None:
    told = client.get("/api/phone/emulator").json
    assert (told["is_there"], told["problem"], told["speed"]) == (True, "", SPEED)
    assert {"number": LINE, "to": ""} in told["lines"]
    assert {"number": "74952150439", "to": "101"} in told["lines"]
    assert "102" in [one["extension"] for one in told["employees"]]


def test_a_call_of_which_the_router_has_not_heard(client: FlaskClient) -> None:
    told = dial(client)
    assert (told["where"], told["call"], told["flow"], told["heard"]) == ("menu", None, "", [])
    assert told["can"] == ["keys", "route", "left", "hangup"]
    assert say(client, told, "hangup")["where"] == "over"
    assert look(client, told)["can"] == []


def test_a_line_is_written_as_people_write_it(client: FlaskClient) -> None:
    assert say(client, dial(client, line="+7 (495) 215-04-38"), "hangup")["where"] == "over"


def test_phones_wait_for_who_plays_them(client: FlaskClient) -> None:
    """Employee 102 is busy, 103 is never there, 101 answers after 4 s: of this call they do nothing by themselves."""
    told = say(client, dial(client), "left")
    until(lambda: look(client, told)["where"] == "ringing", "the scheme's employee")
    ringing = look(client, told)
    assert (ringing["phone"], "answer" in ringing["can"]) == ("101", True)
    assert say(client, told, "answer")["where"] == "talking"
    assert say(client, told, "hold")["where"] == "held"
    assert say(client, told, "resume")["where"] == "talking"
    assert say(client, told, "consults 102")["where"] in ("held", "ringing")
    until(lambda: "busy" in look(client, told)["can"], "the colleague's phone, which is no longer busy by itself")
    assert say(client, told, "busy")["where"] == "talking"
    assert say(client, told, "hangup")["where"] == "over"


def test_phones_behave_when_nobody_plays_them(client: FlaskClient) -> None:
    told = say(client, dial(client, phones="behave"), "left")
    until(lambda: look(client, told)["where"] == "talking", "an answer by itself")
    say(client, told, "hangup")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("answer", 422, "nobody's phone rings"), ("hold", 422, "cannot be put on hold"), ("what", 400, "cannot be said here"),
        ("transfer 102", 404, "no such call"), ("consults 102", 422, "talks to nobody"), ("consults x", 400, "cannot be said"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(client: FlaskClient, words: str, status: int, said: str) -> None:
    told = dial(client)
    answer = client.post(f"/api/phone/calls/{told['entry_id']}/acts", json={"say": words})
    assert (answer.status_code, said in answer.json["detail"]) == (status, True), answer.text
    say(client, told, "hangup")


def test_calls_and_lines_that_are_not_there(client: FlaskClient) -> None:
    assert client.get("/api/phone/calls/none").status_code == 404
    assert client.post("/api/phone/calls", json={"from": CALLER, "line": "74959999999"}).status_code == 404
    assert client.post("/api/phone/calls", json={"line": LINE, "phones": "explode"}).status_code == 400
    assert client.post("/api/phone/calls", json={"number": LINE}).status_code == 400


def refusals(client: FlaskClient) -> list[tuple[int, str]]:
    """Of everything that would reach a PBX."""
    answers = [
        client.post("/api/phone/calls", json={"from": CALLER, "line": LINE}),
        client.get("/api/phone/calls/e1"),
        client.post("/api/phone/calls/e1/acts", json={"say": "1"}),
    ]
    return [(answer.status_code, answer.json["code"]) for answer in answers]


@pytest.mark.parametrize("url", ["https://app.mango-office.ru/vpbx/", "http://MANGO-OFFICE.ru./vpbx/"])
def test_the_real_pbx_is_never_asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    def ask(*_: Any, **__: Any) -> None:
        raise AssertionError("a request to the real PBX")

    monkeypatch.setattr(Control, "introduction", ask)
    client = console_of(url)
    told = client.get("/api/phone/emulator").json
    assert (told["is_there"], told["why_not"]) == (False, "real")
    assert "is the real one" in told["problem"]
    assert refusals(client) == [(409, "no-emulator")] * 3


def test_an_emulator_of_another_account_is_none(pbx: Client) -> None:
    client = console_of(f"{pbx.base}/vpbx/", MANGO_API_SALT="another")
    told = client.get("/api/phone/emulator").json
    assert (told["why_not"], "another key or salt" in told["problem"]) == ("another", True)
    assert refusals(client) == [(409, "no-emulator")] * 3


def test_the_older_salt_does_while_it_is_rotated(pbx: Client) -> None:
    client = console_of(f"{pbx.base}/vpbx/", MANGO_API_SALT="newer", MANGO_SALT_OLD=SALT)
    assert client.get("/api/phone/emulator").json["is_there"] is True


def test_something_else_that_answers_is_none(pbx: Client) -> None:
    for url in (f"{pbx.webhook.url}/vpbx/", f"{pbx.base}/another/vpbx/", "http://127.0.0.1:9/vpbx/"):
        client = console_of(url)
        told = client.get("/api/phone/emulator").json
        assert (told["is_there"], told["why_not"]) == (False, "absent")
        assert refusals(client) == [(409, "no-emulator")] * 3
