"""`ivr rename`: every place of a name in flows, resources and tests, and no other."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli.rename import rename
from router.files.bundle import read_directory
from router.flow.symbols import Symbol
from router.flow.verbs import VERBS
from router.lsp.read_bundle import ReadBundle, definition_of, read_bundle
from router.lsp.rename import NotRenamed, changed, described, renaming
from router.simulator.run_test import run

ROOT = Path(__file__).parents[2]
BUNDLES = [ROOT / "flows", *sorted((ROOT / "tests" / "bundles").iterdir())]


def _read(directory: Path) -> ReadBundle:
    return read_bundle(read_directory(directory))


def _verdicts(read: ReadBundle) -> list[tuple[str, bool]]:
    assert read.bundle is not None
    return [(script.name, run(script, read.bundle).failure is None) for script in read.checked.scripts]


@pytest.mark.parametrize("directory", BUNDLES, ids=lambda directory: directory.name)
def test_any_name_can_become_another_one_and_the_tests_go_on_passing(directory: Path) -> None:
    """The judge beside the loader is the text: where the old name stands as a word, it is words for people."""
    read = _read(directory)
    before = _verdicts(read)
    for symbol, ones in read.by_symbol.items():
        if definition_of(ones) is None:
            continue
        fresh = "zz_fresh_name"
        if directory.name == "at_run_time" and symbol.kind in ("hours", "lists", "tables"):
            with pytest.raises(NotRenamed, match="by a text of the call"):
                renaming(read, symbol, fresh)
            continue
        edits = renaming(read, symbol, fresh)
        after = read_bundle(changed(read.files, edits))
        assert sum(one.text == fresh for edit in edits.values() for one in edit) == len(ones), described(symbol)
        assert [finding.code for finding in after.findings] == [finding.code for finding in read.findings]
        assert _verdicts(after) == before, described(symbol)


def test_no_place_is_forgotten() -> None:
    """In a bundle where each name stands for one thing, none of its places as a word is left."""
    read = _read(ROOT / "tests" / "bundles" / "reception")
    names = [symbol.name for symbol in read.by_symbol]
    for symbol, ones in read.by_symbol.items():
        if definition_of(ones) is None or names.count(symbol.name) > 1 or symbol.name in {*VERBS, "extension"}:
            continue
        files = changed(read.files, renaming(read, symbol, "zz_fresh_name"))
        for file, content in files.items():
            bare = re.sub(r"(?m)\s# .*$|^# .*$|(says|text|name): [^,}\n]*", "", content.decode("utf-8-sig", "replace"))
            assert not re.search(rf"\b{symbol.name}\b", bare), (symbol, file)


MANY = {
    "main.yaml": """flow: main
for: any
on_error: bye
vars: {tries: {type: number}, name: {type: text, default: "tries"}}
start: "ask"
steps:
  'ask':
    lookup: {http: {url: "https://crm.example/${vars.name}"}, outputs: {tries: {type: number}}, next: count}
  count: {set: {vars: {tries: vars.tries + ask.tries + visits.ask}, next: sub}}
  sub: {run: {flow: other, with: {tries: "vars.tries"}, on: {ask: bye}}}
  bye: hangup
""",
    "other.yaml": """flow: other
on_error: ask
vars: {tries: {type: number}}
start: ask
steps:
  ask: {return: {as: ask}}
""",
    "one.test.yaml": """flow: main
tests:
  - name: ask tries
    given: {vars: {tries: 3}, lookups: {ask: {tries: 2}}}
    script:
      - expect: hangup
  - name: by the flow's name
    given: {lookups: {main.ask: failed}}
    script:
      - expect: hangup
""",
}  # fmt: skip


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    for name, text in MANY.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(rename, [str(argument) for argument in arguments])


def test_one_name_for_many_things(bundle: Path) -> None:
    answer = _run("main.ask", "question", bundle)
    assert answer.exit_code == 0, answer.output
    text = (bundle / "main.yaml").read_text()
    assert text == MANY["main.yaml"].replace('start: "ask"', 'start: "question"').replace(
        "'ask'", "'question'"
    ).replace("ask.tries + visits.ask", "question.tries + visits.question")
    assert (bundle / "other.yaml").read_text() == MANY["other.yaml"]
    tests = (bundle / "one.test.yaml").read_text()
    assert tests == MANY["one.test.yaml"].replace("{ask:", "{question:").replace("main.ask:", "main.question:")


def test_a_variable_of_another_flow_is_renamed_where_it_is_set(bundle: Path) -> None:
    assert _run("other.vars.tries", "count", bundle).exit_code == 0
    assert 'with: {count: "vars.tries"}' in (bundle / "main.yaml").read_text()
    assert "vars: {count: {type: number}}" in (bundle / "other.yaml").read_text()


def test_an_output_keeps_its_path_in_the_answer(bundle: Path) -> None:
    """Without `from`, an output's name is its path in the other side's answer: another name would ask for another."""
    answer = _run("ask.tries", "times", bundle)
    assert answer.exit_code == 0, answer.output
    assert "outputs: {times: {from: tries, type: number}}" in (bundle / "main.yaml").read_text()
    assert "lookups: {ask: {times: 2}}" in (bundle / "one.test.yaml").read_text()


def test_a_flow_is_renamed_in_runs_and_tests(bundle: Path) -> None:
    assert _run("flows.other", "another", bundle).exit_code == 0
    assert "flow: another" in (bundle / "main.yaml").read_text()
    assert _run("flows.main", "first", bundle).exit_code == 0
    assert "first.ask: failed" in (bundle / "one.test.yaml").read_text()


def test_what_is_refused_and_why(bundle: Path) -> None:
    before = {file: (bundle / file).read_text() for file in MANY}
    for old, new, why in [
        ("ask", "bye", "`ask` may be main.ask, other.ask: write one of these"),
        ("main.ask", "bye", "there is a step `bye` of the flow `main` already"),
        ("main.ask", "Два", "is no name"),
        ("main.aks", "x", "did you mean `main.ask`"),
        ("main.ask", "caller", "that would be wrong at main.yaml:7: F307"),
    ]:
        answer = _run(old, new, bundle)
        assert answer.exit_code == 1
        assert why in answer.output, answer.output
    assert {file: (bundle / file).read_text() for file in MANY} == before


def test_a_bundle_with_errors_is_left_alone(bundle: Path) -> None:
    (bundle / "main.yaml").write_text(MANY["main.yaml"].replace("next: count", "next: cuont"))
    answer = _run("main.bye", "end", bundle)
    assert answer.exit_code == 1
    assert "the bundle has errors" in answer.output
    assert "main.yaml:8: F301" in answer.output


def test_a_dry_run_writes_nothing(bundle: Path) -> None:
    answer = _run("main.bye", "end", bundle, "--dry-run", "--json")
    assert json.loads(answer.output) == [{"file": "main.yaml", "places": 3}]
    assert (bundle / "main.yaml").read_text() == MANY["main.yaml"]


def test_a_name_that_the_bundle_does_not_define(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "bundles" / "reception", tmp_path / "flows")
    with pytest.raises(NotRenamed, match="not defined"):
        renaming(_read(tmp_path / "flows"), Symbol("step", "nothing", "main"), "x")
