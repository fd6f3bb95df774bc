"""`POST /api/phone`: a call is what was said to it, one word less is one step back, and what is saved is a test."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.flow.loader import load
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from router.web import create_app
from tests.runtime.living import living_router
from tests.runtime.recording import bundle_of, files_of

LINE, CALLER = "74950000001", "79000000000"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    router = living_router()
    router.versions.publish_files("default", files_of())
    return create_app(router).test_client()


def play(client: FlaskClient, *said: str, **more: Any) -> Any:
    body = {"given": {"line": LINE, "from": CALLER}, "said": list(said), **more}
    answer = client.post("/api/phone", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def refused(client: FlaskClient, body: Any) -> Any:
    answer = client.post("/api/phone", json=body)
    assert 400 <= answer.status_code < 500
    return answer.json


def test_a_call_begins_where_the_flow_begins(client: FlaskClient) -> None:
    told = play(client)
    assert (told["flow"], told["step"], told["where"], told["elapsed"]) == ("main", "menu", "menu", 0.0)
    assert [(one["command"], one["label"], one["seconds"]) for one in told["heard"]] == [("play", "audio.menu", 4.0)]
    assert [step["step"] for step in told["call"]["steps"]] == ["screen", "menu"]
    assert "keys" in told["can"]


def test_the_employee_answers_holds_and_moves_the_caller_on(client: FlaskClient) -> None:
    where = [play(client, *said)["where"] for said in (
        ("1",), ("1", "answer"), ("1", "answer", "hold"), ("1", "answer", "hold", "resume"),
        ("1", "answer", "transfer 102"), ("1", "answer", "transfer 102", "answer"), ("1", "answer", "hangup"),
        ("1", "answer", "consults 102"), ("1", "answer", "consults 102", "answer"),
    )]  # fmt: skip
    assert where[:7] == ["ringing", "talking", "held", "talking", "ringing", "talking", "over"]
    assert where[7] == "ringing"
    assert play(client, "1", "answer", "transfer 102")["heard"][-1]["told"].endswith("102")


def test_one_word_less_is_one_step_back(client: FlaskClient) -> None:
    before = play(client, "1", "wait 3s")
    play(client, "1", "wait 3s", "busy")
    assert play(client, "1", "wait 3s") == before


SAID_AS = {"keys": "1", "route": "route 102", "transfer": "transfer 102", "consults": "consults 102"}


def test_what_can_be_said_can_be_said(client: FlaskClient) -> None:
    """Each word of `can`, wherever the caller is."""
    for said in ((), ("1",), ("1", "answer"), ("1", "answer", "hold")):
        for word in play(client, *said)["can"]:
            play(client, *said, SAID_AS.get(word, word))


def test_what_is_saved_is_a_test_that_passes(client: FlaskClient) -> None:
    told = play(client, "wait 2s", "1", "busy", "answer", "transfer 102", "answer", "hangup", save={"name": "by phone"})
    assert told["saved"]["file"] == "main.test.yaml"
    text = told["saved"]["text"]
    loaded = load({**files_of(), "main.test.yaml": text.encode()})
    scripts, findings = read_scripts(loaded.tests, bundle_of(), {"main.test.yaml": text})
    assert findings == ()
    assert [run(script, bundle_of()).failure for script in scripts] == [None]
    assert scripts[0].name == "by phone"


def test_words_that_cannot_be_followed_are_named(client: FlaskClient) -> None:
    told = refused(client, {"flow": "main", "said": ["1", "answer", "answer"]})
    assert (told["code"], told["place"]) == ("cannot-be-played", 2)
    assert "nobody's phone rings" in told["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"flow": "mane"}, "no flow mane"),
        ({"version": "gone"}, "no such version"),
        ({"said": "1"}, "said is a list"),
        ({"said": ["x" * 2001]}, "2000 characters"),
        ({"said": ["1"] * 201}, "200 words"),
        ({"sayd": []}, "'sayd'"),
        ({"flow": "main", "said": ["save it"]}, "cannot be said here"),
        ({"flow": "main", "given": {"form": "1"}}, "form"),
        ({"given": {"line": "74950000009"}}, "name the flow"),
        ({"flow": "main", "save": {"name": ""}}, "save is"),
        ({"flow": "main", "save": {"name": "x", "file": "../main.yaml"}}, ".test.yaml"),
        ({"flow": 1}, "flow is a text"),
        ([], "an object"),
    ],
)
def test_what_is_asked_wrongly_says_how(body: Any, told: str, client: FlaskClient) -> None:
    assert told in refused(client, body)["detail"]


WORDS = st.lists(
    st.sampled_from(["1", "2", "9", "wait", "wait 1s", "wait 40s", "answer", "busy", "hold", "resume", "left", "hangup",
                     "transfer 102", "route 103", "consults 104", "result 4100", "noanswer"]),
    max_size=9,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS)
def test_any_words_are_answered_and_a_call_that_was_played_can_be_saved(words: list[str], client: FlaskClient) -> None:
    """Whatever is said: an answer, or a refusal that names the word; and what is saved passes, since `saved` runs it."""
    answer = client.post("/api/phone", json={"flow": "main", "said": words, "save": {"name": "any"}})
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        place = answer.json["place"]  # type: ignore[index]
        assert client.post("/api/phone", json={"flow": "main", "said": words[:place]}).status_code == 200
