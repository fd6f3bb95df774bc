"""What is told of one call beside its object: what was heard, its journal, the call as a test, and under another version."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from router.bootstrap.router import Router
from router.web import create_app
from tests.runtime.living import living_router
from tests.runtime.recording import ACCOUNT, FLOW, RESOURCES, Recorder, files_of
from tests.web.parts import settings

CALLER = "79000000000"
SAYING = RESOURCES.replace("menu: {id: 1, length: 4s}", 'menu: {id: 1, length: 4s, says: "Press 1 for sales."}')
LOOKING_UP = FLOW.replace("{else: menu}", "{else: who}").replace(
    "  sales: {route",
    '  who: {lookup: {http: {url: "https://crm.example/who"}, timeout: 2s, next: menu, on: {failed: menu},'
    ' outputs: {name: {type: text, from: name, default: ""}}}}\n  sales: {route',
)


def client_of(recorder: Recorder) -> FlaskClient:
    return create_app(Router(settings(), recorder.store, starts_itself=False)).test_client()


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """The caller heard two seconds of the menu, was answered by sales, and hung up."""
    monkeypatch.setattr("tests.runtime.recording.RESOURCES", SAYING)
    return Recorder(caller=CALLER).wait(2.0).press("1").wait(3.0).happen("answered").wait(20.0).hang_up().wait(70.0)


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(f"/api/calls/entry-1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_what_was_heard_has_its_words_and_its_end(over: Recorder) -> None:
    (menu,) = get(client_of(over), "/timeline")["heard"]
    assert (menu["label"], menu["says"], menu["length"]) == ("audio.menu", "Press 1 for sales.", 4.0)
    assert (menu["ended_by"], 1.5 < menu["seconds"] < 2.5) == ("key", True)


def test_a_prompt_that_nothing_cut_off_was_heard_whole() -> None:
    found = get(client_of(Recorder(caller=CALLER).wait(30.0)), "/timeline")["heard"]
    assert [(one["label"], one["ended_by"], one["seconds"]) for one in found[:2]] == [
        ("audio.menu", "whole", 4.0),
        ("audio.again", "whole", 1.0),
    ]


@pytest.mark.parametrize("late", [1.0, 3.0, 40.0])
def test_a_key_ends_a_prompt_whose_result_comes_behind_it(late: float) -> None:
    """The result may be told after the key, after the end of the leg, and after the conversation began."""
    recorder = Recorder(caller=CALLER, late={"play/start": late}).wait(0.2).press("1").wait(1.0).happen("answered")
    recorder.wait(20.0).hang_up().wait(70.0)
    (menu,) = get(client_of(recorder), "/timeline")["heard"]
    assert (menu["ended_by"], 0.0 < menu["seconds"] < 1.0) == ("key", True)


def test_a_prompt_whose_result_comes_behind_the_end_of_its_leg_ended_with_that() -> None:
    recorder = Recorder(caller=CALLER, late={"play/start": 3.0}).wait(0.5).hang_up().wait(70.0)
    (menu,) = get(client_of(recorder), "/timeline")["heard"]
    assert (menu["ended_by"], 0.0 < menu["seconds"] < 1.0) == ("leg", True)


def test_a_key_that_no_step_listens_for_lets_the_prompt_play_on() -> None:
    said = FLOW.replace("{else: menu}", "{else: sorry}")
    recorder = Recorder(said, caller=CALLER).wait(1.0).press("1").wait(20.0)
    (sorry,) = get(client_of(recorder), "/timeline")["heard"]
    assert (sorry["label"], sorry["ended_by"], sorry["seconds"]) == ("audio.sorry", "whole", 2.0)


def test_a_lookup_has_its_answer_and_how_long_it_took() -> None:
    recorder = Recorder(LOOKING_UP, caller=CALLER).wait(1.0).looked_up("found", name="Anna").wait(1.0)
    (asked,) = get(client_of(recorder), "/timeline")["lookups"]
    assert (asked["step"], asked["state"], asked["outputs"], asked["exit"]) == (
        "who",
        "found",
        {"name": "Anna"},
        "next",
    )
    assert asked["seconds"] == pytest.approx(1.0, abs=0.3)


def test_a_lookup_that_waits_has_none() -> None:
    (asked,) = get(client_of(Recorder(LOOKING_UP, caller=CALLER).wait(1.0)), "/timeline")["lookups"]
    assert (asked["answered"], asked["state"], asked["exit"]) == (None, "", "")


def test_the_journal_comes_in_pages_as_it_came(over: Recorder) -> None:
    client, found, cursor = client_of(over), [], ""
    while cursor is not None:
        page = get(client, f"/records?limit=4&cursor={cursor}")
        assert len(page["records"]) <= 4
        found += page["records"]
        cursor = page["next"]
    records = over.recorded().records
    assert [one["kind"] for one in found] == [record.kind for record in records]
    assert found[0]["body"]["from"]["number"] == CALLER
    assert any("step menu" in line for one in found for line in one["trace"])


def test_why_it_went_so_is_said_in_the_language_of_the_page(over: Recorder) -> None:
    client = client_of(over)
    english, russian = (get(client, f"?language={name}") for name in ("en", "ru"))
    assert english == get(client, "")
    assert "key 1" in [step["why"] for step in english["steps"]]
    assert "клавиша 1" in [step["why"] for step in russian["steps"]]
    assert [step["exit"] for step in russian["steps"]] == [step["exit"] for step in english["steps"]]
    told = [line for one in get(client, "/records?language=ru")["records"] for line in one["trace"]]
    assert any("шаг menu" in line for line in told)
    assert client.get("/api/calls/entry-1?language=fr").status_code == 400


def test_numbers_are_hidden_on_request(over: Recorder) -> None:
    client = client_of(over)
    for path in ("", "/records", "/timeline"):
        assert CALLER not in client.get(f"/api/calls/entry-1{path}?masked=1").text
    assert CALLER in client.get("/api/calls/entry-1/records?masked=0").text


def test_the_call_as_a_test_passes_and_can_be_played(over: Recorder) -> None:
    client = client_of(over)
    told = get(client, "/test")
    assert told["complaint"] is None
    played = client.post("/api/phone", json=told["phone"]).json
    assert played is not None
    assert [step["step"] for step in played["call"]["steps"]] == [step["step"] for step in get(client, "")["steps"]]
    assert played["call"]["outcome"] == "answered"


def test_a_call_that_is_up_cannot_be_a_test_yet() -> None:
    client = client_of(Recorder(caller=CALLER).wait(2.0))
    assert [client.get(f"/api/calls/entry-1/{path}").status_code for path in ("test", "replay?against=x")] == [409, 404]


def test_under_another_version_it_would_end_elsewhere(over: Recorder) -> None:
    router = Router(settings(), over.store, starts_itself=False)
    own = router.store.serving(ACCOUNT).active
    other = router.versions.publish_files(ACCOUNT, files_of(FLOW.replace("1: sales", "1: operator")))["version"]
    client = create_app(router).test_client()
    told = get(client, f"/replay?against={other}")
    assert (told["elsewhere"], told["not_comparable"]) == (True, "")
    assert told["first_difference"] == {"recorded": "sales by answered", "replayed": "operator by answered"}
    assert get(client, f"/replay?against={own}")["differs"] is False


def test_a_draft_is_replayed_and_played_as_a_version_is(over: Recorder) -> None:
    router = Router(settings(), over.store, starts_itself=False)
    client = create_app(router).test_client()
    draft = client.post("/api/drafts", json={"name": "a draft"}).json
    assert draft is not None
    text = FLOW.replace("1: sales", "1: operator")
    changed = client.patch(f"/api/drafts/{draft['draft_id']}", json={"revision": 1, "files": {"main.yaml": text}})
    assert changed.status_code == 200
    told = get(client, f"/replay?draft={draft['draft_id']}")
    assert (told["elsewhere"], told["not_comparable"]) == (True, "")
    played = client.post("/api/phone", json={"draft": draft["draft_id"], "flow": "main", "said": ["1"]}).json
    assert played is not None
    assert (played["step"], played["draft"]) == ("operator", draft["draft_id"])
    client.patch(f"/api/drafts/{draft['draft_id']}", json={"revision": 2, "files": {"main.yaml": "flow: main\n"}})
    assert client.get(f"/api/calls/entry-1/replay?draft={draft['draft_id']}").status_code == 422


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("gone/timeline", 404), ("gone/records", 404), ("gone/test", 404), ("gone/replay?against=v", 404),
        ("entry-1/replay", 400), ("entry-1/replay?against=gone", 404), ("entry-1/records?cursor=x", 400),
        ("entry-1/timeline?limit=3", 400), ("entry-1/records?masked=yes", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(path: str, status: int, over: Recorder) -> None:
    assert client_of(over).get(f"/api/calls/{path}").status_code == status


def test_the_paths_of_a_call_do_not_hide_one_whose_id_has_a_slash() -> None:
    recorder = Recorder(caller=CALLER, entry_id="a/b=").wait(1.0)
    answer = client_of(recorder).get("/api/calls/a%2Fb=/timeline")
    assert (answer.status_code, answer.json["entry_id"]) == (200, "a/b=")  # type: ignore[index]
    assert living_router().store.call(ACCOUNT, "a/b=") is None
