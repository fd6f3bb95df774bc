"""`ivr lsp` over stdio, asked by an editor that knows the protocol alone."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.cli.check import check
from router.cli.test import test as run_tests
from tests.lsp.editor import Editor, applied, editor, place_of

ROOT = Path(__file__).parents[2]
MAIN = (ROOT / "tests" / "bundles" / "reception" / "main.yaml").read_text(encoding="utf-8")
EMOJI = """flow: greet
for: any
on_error: пока
start: hello
steps:
  hello: {sms: {to: "${caller.number}", from: "👋 100", text: "👋🏽 привет ${caller.number} ${vars.имя}", next: bye}}
  bye: hangup
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One editor, in whose folder each test has a bundle of its own."""
    with editor(tmp_path_factory.mktemp("folder")) as opened:
        yield opened


@pytest.fixture
def bundle(started: Editor) -> Path:
    place = Path(tempfile.mkdtemp(dir=started.folder)) / "flows"
    shutil.copytree(ROOT / "tests" / "bundles" / "reception", place)
    return place


@pytest.fixture
def open_editor(started: Editor, bundle: Path) -> Editor:
    started.root = bundle
    started.asked.clear()
    return started


def _labels(items: dict[str, Any]) -> list[str]:
    return [item["label"] for item in sorted(items["items"], key=lambda item: item["sortText"])]


def _complete(open_editor: Editor, uri: str, text: str, place: tuple[int, int]) -> list[str]:
    open_editor.write(uri, text)
    return _labels(open_editor.ask("textDocument/completion", open_editor.at(uri, *place)))


def test_findings_are_those_of_ivr_check(bundle: Path, open_editor: Editor) -> None:
    """The same codes, places, words and lengths, in flows, resources, lists, tables and tests; and they go away."""
    uri = open_editor.open("main.yaml")
    assert open_editor.until_told(uri) == []
    broken = MAIN.replace("goto: reject}", "goto: rejekt}").replace("audio.main_menu ", "audio.main_menue ")
    open_editor.write(uri, broken)
    told = open_editor.until_told(uri)
    (bundle / "main.yaml").write_text(broken, encoding="utf-8")
    answer = json.loads(CliRunner().invoke(check, [str(bundle), "--json"]).output)
    expected = [finding for finding in answer["findings"] if finding["file"] == "main.yaml"]
    assert [
        (one["code"], one["range"]["start"]["line"] + 1, one["range"]["start"]["character"] + 1) for one in told
    ] == [(finding["code"], finding["line"], finding["column"]) for finding in expected]
    for one, finding in zip(told, expected, strict=True):
        assert one["message"].split("\n")[0] == finding["message"]
        assert one["severity"] == (1 if finding["severity"] == "error" else 2)
        length = one["range"]["end"]["character"] - one["range"]["start"]["character"]
        assert length == finding["length"]
    open_editor.write(uri, MAIN)
    assert [one["code"] for one in open_editor.until_told(uri) if one["severity"] == 1] == []


def test_findings_of_other_files_and_of_tests(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.test.yaml")
    text = (bundle / "main.test.yaml").read_text(encoding="utf-8")
    open_editor.write(uri, text.replace("flow: main", "flow: mian"))
    assert [one["code"] for one in open_editor.until_told(uri)] == ["F312"]
    listed = open_editor.open("blocked.txt", "79000000000\nwhatever\n")
    found = open_editor.until_told(listed)
    assert found[0]["code"] == "F207"
    assert found[0]["range"]["start"] == {"line": 1, "character": 0}


def test_an_unreachable_step_is_faded(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml", MAIN + "  nowhere: hangup\n")
    found = [one for one in open_editor.until_told(uri) if one["code"] == "W601"]
    assert [one["tags"] for one in found] == [[1]]


def test_places_count_in_utf16(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("greet.yaml", EMOJI)
    found = {one["code"]: one for one in open_editor.until_told(uri)}
    line, character = place_of(EMOJI, "vars.имя")
    assert found["F410"]["range"]["start"]["line"] == line
    assert abs(found["F410"]["range"]["start"]["character"] - character) <= 2
    line, character = place_of(EMOJI, "пока")
    assert found["F301"]["range"]["start"] == {"line": line, "character": character}
    assert found["F301"]["range"]["end"]["character"] - character == 4


def test_completion_of_keys_verbs_and_exits(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    new = MAIN + "  fresh:\n    "
    assert {"menu", "route", "play"} <= set(_complete(open_editor, uri, new, place_of(new, "  fresh:\n    ", 13)))
    new = MAIN + "  fresh:\n    route: {to: group sales, on: {busy: bye, "
    offered = _complete(open_editor, uri, new, place_of(new, "on: {busy: bye, ", 16))
    assert "no_answer" in offered
    assert "busy" not in offered
    new = MAIN + "  fresh:\n    menu:\n      prompt: audio.closed\n      "
    offered = _complete(open_editor, uri, new, place_of(new, "prompt: audio.closed\n      ", 27))
    assert {"keys", "no_input", "first_digit"} <= set(offered)
    assert "prompt" not in offered


def test_completion_of_names(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    for words, wanted in [
        ("  fresh: {play: {prompt: audio.", "audio.main_menu"),
        ("  fresh: {play: {prompt: audio.closed, next: ", "operator"),
        ("  fresh: {route: {to: group ", "group sales"),
        ("  fresh: {route: {to: [person operator, pers", "person operator"),
        ("  fresh:\n    switch:\n      - {when: caller.number in lists.", "lists.vip"),
        ("  fresh:\n    switch:\n      - {when: not hours.of", "hours.office.open"),
        ("  fresh:\n    switch:\n      - when: now.", "now.weekday"),
        ("  fresh:\n    switch:\n      - when: starts", "starts_with"),
        ('  fresh: {sms: {to: "${', "caller.number"),
        ("  fresh: {wait: {until: ", "hours.office"),
        ("  fresh: {lookup: {table: ", "rota"),
    ]:
        new = MAIN + words
        assert wanted in _complete(open_editor, uri, new, place_of(new, words, len(words))), words
    resources = (bundle / "resources.yaml").read_text(encoding="utf-8")
    other = open_editor.open("resources.yaml")
    new = resources.replace("timezone: Europe/Moscow", "timezone: Europe/Mos")
    assert "Europe/Moscow" in _complete(open_editor, other, new, place_of(new, "Europe/Mos", 10))
    new = resources.replace("holidays: RU", "holidays: ")
    assert {"RU", "KZ"} <= set(_complete(open_editor, other, new, place_of(new, "holidays: ", 10)))


def test_what_is_completed_replaces_what_was_typed(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    words = "  fresh: {play: {prompt: audio.clo"
    new = MAIN + words
    open_editor.write(uri, new)
    answer = open_editor.ask("textDocument/completion", open_editor.at(uri, *place_of(new, words, len(words))))
    item = next(item for item in answer["items"] if item["label"] == "audio.closed")
    assert applied(new, [item["textEdit"]]).endswith("  fresh: {play: {prompt: audio.closed")
    assert item["kind"]


@pytest.mark.parametrize(
    ("words", "within", "expected"),
    [
        ("hours.office.open", 8, ["hours **office**", "days of the next year", "Today:"]),
        ("lists.vip", 7, ["list **vip**", "2 entries"]),
        ("lists.blocked", 7, ["list **blocked**", "was changed today"]),
        ("audio.main_menu", 7, ["prompt **main_menu**", "For sales press 1", "9 s"]),
        ("group sales", 7, ["group **sales**", "extension 303"]),
        ("  sales:", 3, ["step **sales**: route", "`group sales`", "`main_menu` (1)"]),
        ("    menu:", 5, ["**menu**", "Plays prompts", "no_input"]),
        ("first_digit:", 2, ["Silence this long after the prompt"]),
        ("caller.withheld", 9, ["`caller.withheld`: bool"]),
        ("window:", 2, ["window"]),
    ],
)  # fmt: skip
def test_hover(open_editor: Editor, words: str, within: int, expected: list[str]) -> None:
    uri = open_editor.open("main.yaml")
    answer = open_editor.ask("textDocument/hover", open_editor.at(uri, *place_of(MAIN, words, within)))
    told = answer["contents"]["value"]
    assert all(part in told for part in expected), told


def test_definition_references_and_highlights(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    place = open_editor.at(uri, *place_of(MAIN, "audio.closed", 8))
    found = open_editor.ask("textDocument/definition", place)
    resources = (bundle / "resources.yaml").read_text(encoding="utf-8")
    line, character = place_of(resources, "closed:")
    assert found == {
        "uri": open_editor.uri("resources.yaml"),
        "range": {"start": {"line": line, "character": character}, "end": {"line": line, "character": character + 6}},
    }
    asked = {**place, "context": {"includeDeclaration": True}}
    assert len(open_editor.ask("textDocument/references", asked)) == 3
    asked = {**open_editor.at(uri, *place_of(MAIN, "group sales", 7)), "context": {"includeDeclaration": False}}
    files = {one["uri"].rpartition("/")[2] for one in open_editor.ask("textDocument/references", asked)}
    assert files == {"main.yaml", "main.test.yaml", "round_the_clock.yaml", "round_the_clock.test.yaml"}
    asked = open_editor.at(uri, *place_of(MAIN, "  vip:", 3))
    assert sorted(one["kind"] for one in open_editor.ask("textDocument/documentHighlight", asked)) == [2, 3]


def test_rename_over_all_files(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    place = open_editor.at(uri, *place_of(MAIN, "group sales", 7))
    assert open_editor.ask("textDocument/prepareRename", place)["placeholder"] == "sales"
    edit = open_editor.ask("textDocument/rename", {**place, "newName": "desk"})
    for name, ones in ((key.rpartition("/")[2], edits) for key, edits in edit["changes"].items()):
        before = (bundle / name).read_text(encoding="utf-8")
        (bundle / name).write_text(applied(before, ones), encoding="utf-8")
    assert len(edit["changes"]) == 5
    assert CliRunner().invoke(check, [str(bundle)]).exit_code == 0
    refused = open_editor.ask_all("textDocument/rename", {**place, "newName": "support"})
    assert "there is a name `groups.support` already" in refused["error"]["message"]
    refused = open_editor.ask_all("textDocument/rename", {**place, "newName": "Продажи"})
    assert "is no name" in refused["error"]["message"]


def test_outline_folding_and_colours(open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    document = {"textDocument": {"uri": uri}}
    (flow,) = open_editor.ask("textDocument/documentSymbol", document)
    assert flow["name"] == "main"
    assert [(one["name"], one["detail"]) for one in flow["children"]][:2] == [
        ("screen", "switch"),
        ("main_menu", "menu"),
    ]
    folds = open_editor.ask("textDocument/foldingRange", document)
    begin = place_of(MAIN, "  main_menu:\n")[0]
    end = place_of(MAIN, "      no_match:")[0]
    assert {"startLine": begin, "endLine": end, "kind": "region"} in folds
    data = open_editor.ask("textDocument/semanticTokens/full", document)["data"]
    assert len(data) % 5 == 0
    lines, line, character, shown = MAIN.split("\n"), 0, 0, []
    for at in range(0, len(data), 5):
        line, character = line + data[at], data[at + 1] + (character if data[at] == 0 else 0)
        shown.append(lines[line][character : character + data[at + 2]])
    assert shown[:3] == ["caller.number", "in", "lists.blocked"]
    assert "digits" in shown


def test_hints_of_exits_that_are_not_written(open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}
    hints = open_editor.ask("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
    places = {hint["position"]["line"]: hint for hint in hints}
    line = place_of(MAIN, "    route: {to: group sales")[0]
    assert places[line]["label"] == "→ on_error: operator"
    assert "rejected" in places[line]["tooltip"]


def test_the_advice_of_a_finding_is_an_action(bundle: Path, open_editor: Editor) -> None:
    broken = MAIN.replace("goto: reject}", "goto: rejekt}")
    uri = open_editor.open("main.yaml", broken)
    found = [one for one in open_editor.until_told(uri) if one["code"] == "F301"]
    asked = {"textDocument": {"uri": uri}, "range": found[0]["range"], "context": {"diagnostics": found}}
    (action,) = [one for one in open_editor.ask("textDocument/codeAction", asked) if one["kind"] == "quickfix"]
    assert "did you mean `reject`?" in action["title"]
    assert applied(broken, action["edit"]["changes"][uri]) == MAIN


@pytest.mark.parametrize("words", ["    route: {to: group sales", "    transfer:", "  sorry:", "    menu:"])
def test_missing_exits_are_written_where_they_lead_now(bundle: Path, open_editor: Editor, words: str) -> None:
    uri = open_editor.open("main.yaml")
    line, character = place_of(MAIN, words, 5)
    span = {"start": {"line": line, "character": character}, "end": {"line": line, "character": character}}
    asked = {"textDocument": {"uri": uri}, "range": span, "context": {"diagnostics": []}}
    made = [one for one in open_editor.ask("textDocument/codeAction", asked) if one["title"].startswith("Write")]
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}
    for action in made:
        after = applied(MAIN, action["edit"]["changes"][uri])
        open_editor.write(uri, after)
        errors = [one for one in open_editor.until_told(uri) if one["severity"] == 1]
        assert errors == []
        hints = open_editor.ask("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
        assert line not in {hint["position"]["line"] for hint in hints}
    assert bool(made) == ("group sales" in words), words  # the others have all of theirs


def test_steps_become_a_sub_flow(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    begin, end = place_of(MAIN, "  missed:\n")[0], len(MAIN.split("\n"))
    span = {"start": {"line": begin, "character": 0}, "end": {"line": end, "character": 0}}
    asked = {"textDocument": {"uri": uri}, "range": span, "context": {"diagnostics": []}}
    made = [one for one in open_editor.ask("textDocument/codeAction", asked) if one["kind"] == "refactor.extract"]
    assert [action["title"] for action in made] == ["Extract 2 steps as the flow `missed_flow`"]
    for change in made[0]["edit"]["documentChanges"][1:]:
        name = change["textDocument"]["uri"].rpartition("/")[2]
        before = (bundle / name).read_text(encoding="utf-8") if (bundle / name).exists() else ""
        (bundle / name).write_text(applied(before, change["edits"]), encoding="utf-8")
    assert "on_end: missed\n" not in (bundle / "missed_flow.yaml").read_text()
    answer = CliRunner().invoke(check, [str(bundle)])
    assert answer.exit_code == 0, answer.output
    assert CliRunner().invoke(run_tests, [str(bundle)]).exit_code == 0


def test_tests_run_from_their_links(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.test.yaml")
    text = (bundle / "main.test.yaml").read_text(encoding="utf-8")
    links = open_editor.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert [link["command"]["title"] for link in links] == ["run all tests", "run this test", "run this test"]
    command = links[1]["command"]
    told = open_editor.ask(
        "workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]}
    )
    assert (told["passed"], told["failed"]) == (1, 0)
    open_editor.write(
        uri,
        text.replace("{route: extension 101}", "{route: extension 102}"),
    )
    open_editor.until_told(uri)
    told = open_editor.ask(
        "workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]}
    )
    assert told["failed"] == 1
    failed = [one for one in open_editor.diagnostics[uri] if one.get("code") == "test"]
    assert "extension 101" in failed[0]["message"]
    assert failed[0]["range"]["start"]["line"] == place_of(text, "{route: extension 101}")[0]


def test_a_diagram_and_a_test_of_the_way_to_a_step(bundle: Path, open_editor: Editor) -> None:
    uri = open_editor.open("main.yaml")
    picture = open_editor.ask("workspace/executeCommand", {"command": "ivr.diagram", "arguments": [uri, "main"]})
    assert picture.startswith("<svg")
    made = open_editor.ask(
        "workspace/executeCommand", {"command": "ivr.testFromPath", "arguments": [uri, "main", "rescue"]}
    )
    assert made["file"] == "main.test.yaml"
    assert "the way to rescue" in made["text"]
    open_editor.ask("textDocument/hover", open_editor.at(uri, 0, 0))
    assert [one["method"] for one in open_editor.asked] == ["workspace/applyEdit"]
    refused = open_editor.ask_all(
        "workspace/executeCommand", {"command": "ivr.testFromPath", "arguments": [uri, "main", "nowhere"]}
    )
    assert "there is no step `nowhere`" in refused["error"]["message"]


def test_formatting(open_editor: Editor) -> None:
    untidy = MAIN.replace("  closed:  {", "  closed:     {")
    uri = open_editor.open("main.yaml", untidy)
    options = {"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": True}}
    after = applied(untidy, open_editor.ask("textDocument/formatting", options))
    assert "  closed: {play:" in after
    open_editor.write(uri, after)
    assert open_editor.ask("textDocument/formatting", options) == []


def test_a_file_in_a_directory_below_and_one_of_no_bundle(bundle: Path, open_editor: Editor) -> None:
    (bundle / "more").mkdir()
    text = "flow: more\nfor: {lines: ['74950000000']}\non_error: bye\nstart: bye\nsteps: {bye: {route: {to: group salles}}}\n"
    (bundle / "more" / "more.yaml").write_text(text)
    uri = open_editor.open("more/more.yaml")
    found = [one for one in open_editor.until_told(uri) if one["severity"] == 1]
    assert [(one["code"], "did you mean `sales`?" in one["message"]) for one in found] == [("F303", True)]
    place = open_editor.at("untitled:Untitled-1", 0, 0)
    assert open_editor.ask("textDocument/hover", place) is None
