"""Drafts: written by two at once, brought up, asked about, and published as everything else is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from router.bootstrap.router import Router
from router.runtime.administration.audit import DISCARD_DRAFT, PUBLISH
from router.runtime.versions.drafts import brought_up
from router.web import create_app
from tests.runtime.living import FIRST, SECOND, living_router, publish, write_bundle

TESTED = FIRST.replace("bye: hangup", "bye: hangup, other: release")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
TESTS = "flow: main\ntests:\n  - name: it ends\n    script: [expect: hangup]\n"


class Console:
    """An author at the console, on the router's own machine."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.client: FlaskClient = create_app(router).test_client()

    def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        answer = self.client.open(f"/api/{path}", method=method, json=body)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def begin(self, **given: str) -> Any:
        return self.ask("POST", "drafts", {"name": "sales first", **given}, 201)

    def write(self, draft: Any, revision: int, status: int = 200, **files: str | None) -> Any:
        named = {name.replace("_", "."): text for name, text in files.items()}
        return self.ask("PATCH", f"drafts/{draft['draft_id']}", {"revision": revision, "files": named}, status)

    def question(self, draft: Any, method: str, params: object = None, **texts: str) -> Any:
        told = self.asked(draft, method, params, **texts)
        assert told["problem"] == ""
        return told["result"]

    def asked(self, draft: Any, method: str, params: object = None, **texts: str) -> Any:
        body = {"method": method, "params": params, "texts": {f"{name}.yaml": text for name, text in texts.items()}}
        return self.ask("POST", f"drafts/{draft['draft_id']}/questions", body)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    write_bundle(tmp_path / "flows", FIRST)
    router = living_router(IVR_FLOWS=str(tmp_path / "flows"))
    yield Console(router)
    router.stop()


def test_a_draft_begins_as_what_is_active(console: Console) -> None:
    version = publish(console.router, FIRST)
    draft = console.begin()
    assert (draft["base"], draft["active"], draft["revision"]) == (version, version, 1)
    assert [file["name"] for file in draft["files"]] == ["main.yaml"]
    answer = console.client.get(f"/api/drafts/{draft['draft_id']}/files/main.yaml")
    assert answer.get_data(as_text=True) == FIRST
    assert console.ask("GET", "drafts")["drafts"][0]["name"] == "sales first"
    assert console.begin(**{"from": version})["base"] == version
    assert console.begin(**{"from": "directory"})["files"][0]["name"] == "main.yaml"
    assert console.begin(**{"from": "empty"})["base"] == ""
    console.ask("POST", "drafts", {"name": "x", "from": "v0"}, 404)
    console.ask("GET", "drafts/nowhere", status=404)


def test_before_anything_is_published_a_draft_is_a_first_flow_that_could_be(console: Console) -> None:
    draft = console.begin()
    assert draft["base"] == ""
    assert console.question(draft, "ivr/check")["errors"] == 0


def test_two_who_write_at_once_do_not_overwrite_each_other(console: Console) -> None:
    draft = console.begin()
    assert console.write(draft, 1, main_yaml=SECOND)["revision"] == 2
    refused = console.write(draft, 1, 409, main_yaml=FIRST)
    assert refused["code"] == "draft-moved"
    assert "revision 2" in refused["detail"]
    assert console.client.get(f"/api/drafts/{draft['draft_id']}/files/main.yaml").get_data(as_text=True) == SECOND


def test_files_are_written_and_removed_together(console: Console) -> None:
    draft = console.begin()
    console.write(draft, 1, main_yaml=None, other_yaml=FIRST)
    files = console.ask("GET", f"drafts/{draft['draft_id']}")["files"]
    assert [file["name"] for file in files] == ["other.yaml"]


@pytest.mark.parametrize(
    "name",
    [
        "../main.yaml",
        "/main.yaml",
        ".hidden.yaml",
        "a/.b/c.yaml",
        "main.py",
        "a//b.yaml",
        "",
        "a\\b.yaml",
        "a\nb.yaml",
        "x" * 300 + ".yaml",
    ],
)
def test_a_file_that_no_bundle_has(console: Console, name: str) -> None:
    draft = console.begin()
    console.ask("PATCH", f"drafts/{draft['draft_id']}", {"revision": 1, "files": {name: "x"}}, 400)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"revision": 1},
        {"revision": "1", "files": {}},
        {"revision": 1, "files": {"a.yaml": 7}},
        {"revision": 0, "files": {}},
        {"revision": 1, "files": [], "x": 1},
    ],
)
def test_a_body_that_says_nothing(console: Console, body: object) -> None:
    console.ask("PATCH", f"drafts/{console.begin()['draft_id']}", body, 400)


def test_publishing_a_draft(console: Console) -> None:
    first = publish(console.router, FIRST)
    draft = console.begin()
    console.write(draft, 1, main_yaml=SECOND)
    row = console.ask("POST", f"versions?draft={draft['draft_id']}&message=shorter&reason=asked+for", status=201)
    assert row["version"] != first
    assert (row["author"], row["message"], row["source"]) == ("this machine", "shorter", "draft sales first")
    [(_, entry)] = console.router.store.audit({"action": PUBLISH, "actor": "this machine"}, 1)
    assert (entry.subject, entry.reason) == (row["version"], "asked for")
    assert console.ask("GET", f"drafts/{draft['draft_id']}")["base"] == row["version"]


def test_findings_keep_a_draft_from_being_published(console: Console) -> None:
    publish(console.router, FIRST)
    draft = console.begin()
    console.write(draft, 1, main_yaml=SECOND.replace("start: bye", "start: by"))
    refused = console.ask("POST", f"versions?draft={draft['draft_id']}", status=422)
    assert refused["findings"][0]["file"] == "main.yaml"
    assert console.ask("POST", f"versions?draft={draft['draft_id']}&dry_run=1", status=422)["errors"] == 1


def test_what_was_published_meanwhile_is_not_taken_back_unseen(console: Console) -> None:
    publish(console.router, FIRST)
    draft = console.begin()
    console.write(draft, 1, main_yaml=SECOND)
    other = publish(console.router, FIRST.replace("for: any", "for: {lines: ['74950000001']}"))
    refused = console.ask("POST", f"versions?draft={draft['draft_id']}", status=409)
    assert (refused["code"], refused["active"], refused["base"]) == ("active-moved", other, draft["base"])
    came = console.ask("POST", f"drafts/{draft['draft_id']}/bring-up")
    assert (came["conflicts"], came["settled"]) == (["main.yaml"], False)
    console.ask("POST", f"versions?draft={draft['draft_id']}", status=409)
    assert (
        console.ask("POST", f"versions?draft={draft['draft_id']}&over={draft['base']}", status=409)["active"] == other
    )
    assert console.ask("POST", f"versions?draft={draft['draft_id']}&over={other}", status=201)["state"] == "active"


def test_bringing_up_takes_what_only_others_have_changed(console: Console) -> None:
    extra = FIRST.replace("flow: main", "flow: extra").replace("for: any", "for: {lines: ['74950000001']}")
    files = {"main.yaml": FIRST.encode(), "extra.yaml": extra.encode()}
    console.router.versions.publish_files("default", files)
    draft = console.begin()
    console.write(draft, 1, main_yaml=SECOND)
    changed = {**files, "extra.yaml": extra.replace("hangup", "release").encode()}
    version = console.router.versions.publish_files("default", changed)["version"]
    came = console.ask("POST", f"drafts/{draft['draft_id']}/bring-up")
    assert (came["taken"], came["conflicts"], came["base"]) == (["extra.yaml"], [], version)
    assert console.ask("POST", f"versions?draft={draft['draft_id']}", status=201)["state"] == "active"


def test_every_case_of_three_sides() -> None:
    base = {"same": b"1", "theirs": b"1", "mine": b"1", "both": b"1", "alike": b"1", "gone": b"1", "gone-mine": b"1"}
    mine = {**base, "mine": b"2", "both": b"2", "alike": b"3", "new-mine": b"1"}
    theirs = {**base, "theirs": b"2", "both": b"3", "alike": b"3", "new": b"1"}
    del theirs["gone"], mine["gone-mine"]
    theirs["gone-mine"] = b"2"
    came = brought_up(mine, base, theirs)
    assert came.changes == {"theirs": b"2", "gone": None, "new": b"1"}
    assert came.conflicts == ("both", "gone-mine")


def test_discarding(console: Console) -> None:
    draft = console.begin()
    console.ask("DELETE", f"drafts/{draft['draft_id']}?reason=tried")
    console.ask("GET", f"drafts/{draft['draft_id']}", status=404)
    assert console.router.store.draft_files(draft["draft_id"]) == {}
    assert [entry.reason for _, entry in console.router.store.audit({"action": DISCARD_DRAFT}, 9)] == ["tried"]


def test_the_editor_asks(console: Console) -> None:
    """One process for all of it: what is saved, and what is typed over it."""
    draft = console.begin()
    console.write(draft, 1, main_yaml=FIRST, main_test_yaml=TESTS)
    place = {"textDocument": {"uri": "file:///draft/main.yaml"}, "position": {"line": 3, "character": 8}}
    assert console.question(draft, "textDocument/definition", place)["range"]["start"]["line"] == 4
    typed = FIRST.replace("start: bye", "start: by")
    [found] = console.question(draft, "ivr/findings", main=typed)["file:///draft/main.yaml"]
    assert (found["source"], found["range"]["start"]["line"]) == ("ivr", 3)
    span = {"textDocument": place["textDocument"], "range": found["range"], "context": {"diagnostics": [found]}}
    actions = console.question(draft, "textDocument/codeAction", span, main=typed)
    assert any("bye" in action["title"] for action in actions)
    assert console.question(draft, "ivr/findings") == {"file:///draft/main.yaml": []}  # typed and given up
    needy = FIRST.replace("bye: hangup", 'bye: {notify: {url: "${values.crm}/x", next: done}}, done: release')
    lacking = console.question(draft, "ivr/findings", main=needy)["file:///draft/main.yaml"]
    assert "F513" in [one["code"] for one in lacking], "what the account lacks, as when the draft is published"
    renamed = console.question(draft, "textDocument/rename", {**place, "newName": "over"})
    assert len([edit for edits in renamed["changes"].values() for edit in edits]) >= 3
    assert "**" in console.question(draft, "textDocument/hover", place)["contents"]["value"]
    labels = [
        item["label"]
        for item in console.question(
            draft, "textDocument/completion", {**place, "position": {"line": 3, "character": 7}}
        )["items"]
    ]
    assert "bye" in labels
    [flow] = console.question(draft, "ivr/flows")["flows"]
    assert flow["steps"] == [{"step": "bye", "file": "main.yaml", "line": 5, "column": 9}]
    assert console.question(draft, "ivr/diagram", {"flow": "main"}).startswith("<svg")
    assert console.asked(draft, "ivr/diagram", {"flow": "mian"})["problem"] == "the bundle has no flow `mian`"
    assert "no question" in console.asked(draft, "ivr/nothing", None)["problem"]
    assert "not understood" in console.asked(draft, "textDocument/hover", {"x": 1})["problem"]
    assert (
        "not understood"
        in console.asked(draft, "textDocument/hover", {**place, "textDocument": {"uri": "file:///etc/passwd"}})[
            "problem"
        ]
    )


def test_the_editor_is_answered_in_its_language(console: Console) -> None:
    """Each answer in that of its question: two who write at once may speak two."""
    draft = console.begin()
    failing = TESTS.replace("[expect: hangup]", "[expect: hangup, expect: hangup]")
    console.write(draft, 1, main_yaml=FIRST, main_test_yaml=failing)
    place = {"textDocument": {"uri": "file:///draft/main.yaml"}, "position": {"line": 3, "character": 2}}

    def asked(method: str, params: object = None, language: str | None = "ru", **texts: str) -> Any:
        body = {"method": method, "params": params, "texts": {f"{name}.yaml": text for name, text in texts.items()}}
        spoken = {} if language is None else {"language": language}
        return console.ask("POST", f"drafts/{draft['draft_id']}/questions", {**body, **spoken})

    typed = FIRST.replace("start: bye", "start: by")
    for method, found in (("ivr/findings", ["file:///draft/main.yaml"]), ("ivr/check", ["findings"])):
        russian, english = (
            asked(method, language=language, main=typed)["result"][found[0]][0] for language in ("ru", None)
        )
        assert CYRILLIC.search(russian["message"])
        assert not CYRILLIC.search(english["message"])
        assert (russian["code"], english["code"]) == ("F301", "F301")
    assert CYRILLIC.search(asked("textDocument/hover", place)["result"]["contents"]["value"])
    assert not CYRILLIC.search(asked("textDocument/hover", place, "en")["result"]["contents"]["value"])
    [test] = asked("ivr/tests")["result"]["tests"]
    assert CYRILLIC.search(test["reason"])
    assert CYRILLIC.search(asked("ivr/diagram", {"flow": "mian"})["problem"])
    for unknown in ("de", "", 7, None):
        body = {"method": "ivr/check", "language": unknown}
        console.ask("POST", f"drafts/{draft['draft_id']}/questions", body, 400)


def test_tests_run_in_place_with_what_they_reach(console: Console) -> None:
    draft = console.begin()
    console.write(draft, 1, main_yaml=TESTED, main_test_yaml=TESTS)
    told = console.question(draft, "ivr/tests")
    assert (told["passed"], told["failed"], told["reached"]) == (1, 0, [{"flow": "main", "step": "bye", "tests": 1}])
    assert [gap["step"] for gap in told["coverage"][0]["gaps"]] == ["other"]
    failing = console.question(draft, "ivr/tests", main=TESTED.replace("start: bye", "start: other"))
    assert (failing["passed"], failing["failed"]) == (0, 1)


def test_what_publishing_would_change(console: Console) -> None:
    version = publish(console.router, FIRST)
    draft = console.begin()
    console.write(draft, 1, main_yaml=SECOND, list_txt="79000000000\n")
    told = console.ask("GET", f"drafts/{draft['draft_id']}/differences")["result"]
    assert told["from"] == version
    assert [(change["kind"], change["owner"], change["name"]) for change in told["changes"]] == [
        ("changed", "flow main", "bye")
    ]
    assert [(file["file"], file["kind"]) for file in told["files"]] == [("list.txt", "added"), ("main.yaml", "changed")]
    assert "-steps: {bye: hangup}\n+steps: {bye: release}" in told["files"][1]["diff"]
    console.ask("GET", f"drafts/{draft['draft_id']}/differences?against=v0", status=404)


def test_a_canary_and_the_active_version_side_by_side(console: Console) -> None:
    assert console.ask("GET", "canary")["figures"] is None
    active, canary = publish(console.router, FIRST), publish(console.router, SECOND, 0.5)
    told = console.ask("GET", "canary")
    assert (told["active"], told["canary"], told["share"]) == (active, canary, 0.5)
    assert told["figures"]["certainty"] == {"missed": None, "failing": None}


def test_a_draft_is_drawn_as_it_is_saved_and_a_played_call_says_which(console: Console) -> None:
    publish(console.router, FIRST)
    draft = console.begin()
    picture = f"/api/drafts/{draft['draft_id']}/flows/main/diagram"
    assert 'data-step="bye"' in console.client.get(picture).get_data(as_text=True)
    console.write(draft, 1, main_yaml=FIRST.replace("bye", "ciao"))
    drawn = console.client.get(picture)
    assert 'data-step="ciao"' in drawn.get_data(as_text=True)
    assert console.client.get(picture, headers={"If-None-Match": drawn.headers["ETag"]}).status_code == 304
    played = console.ask("POST", "phone", {"draft": draft["draft_id"], "given": {"line": "74950000001"}})
    assert (played["draft"], played["revision"]) == (draft["draft_id"], 2)
    assert console.client.get(picture.replace("/main/", "/none/")).status_code == 404
    console.write(draft, 2, main_yaml=FIRST.replace("start: bye", "start: none"))
    assert console.client.get(picture).status_code == 422
