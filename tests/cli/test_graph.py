"""`ivr graph`: formats, where it goes, and the path of a call from the database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli.graph import graph
from tests.runtime.recording import Recorder
from tests.stores import SqliteStore

ROOT = Path(__file__).parents[2]
FLOWS = str(ROOT / "flows")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(graph, arguments)


def test_mermaid_is_what_it_prints() -> None:
    answer = _run("main", FLOWS)
    assert answer.exit_code == 0
    assert answer.output.startswith("flowchart TD\n")


@pytest.mark.parametrize(("form", "beginning"), [("svg", "<svg "), ("dot", "digraph "), ("mermaid", "flowchart ")])
def test_formats(form: str, beginning: str) -> None:
    assert _run("main", FLOWS, "--format", form).output.startswith(beginning)


@pytest.mark.parametrize("how", [["--json"], ["--format", "json"]])
def test_json(how: list[str]) -> None:
    (main,) = json.loads(_run("main", FLOWS, *how).output)
    assert main["name"] == "main"
    assert {"source": "vip", "target": "sales", "labels": ["else"], "written": True, "taken": False} in main["edges"]


@pytest.mark.parametrize(("name", "beginning"), [("a.svg", "<svg "), ("a.gv", "digraph "), ("a.mmd", "flowchart ")])
def test_a_file_gets_what_it_is_named_for(tmp_path: Path, name: str, beginning: str) -> None:
    answer = _run("main", FLOWS, "-o", str(tmp_path / name))
    assert (answer.exit_code, answer.output) == (0, "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)


def test_an_unknown_flow_is_a_mistake_of_use() -> None:
    answer = _run("mian", FLOWS)
    assert answer.exit_code == 2
    assert "the bundle has no flow mian: did you mean `main`?" in answer.output
    assert "it has main" in _run("xyz", FLOWS).output


def test_a_bundle_with_errors_is_not_drawn() -> None:
    answer = _run("main", str(ROOT / "tests/broken_flows/unknown_step"))
    assert answer.exit_code == 1
    assert "F301" in answer.output


def test_no_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IVR_FLOWS", raising=False)
    assert _run("main").exit_code == 2
    monkeypatch.setenv("IVR_FLOWS", FLOWS)
    assert _run("main").exit_code == 0


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The entry_id of a call in the database that the environment names."""
    path = tmp_path / "ivr.db"
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{path}")
    call = Recorder(store=lambda now: SqliteStore(str(path), now))
    call.wait(3).press("1").wait(3).happen("answered").wait(5).hang_up()
    call.store.close()
    return call.entry_id


def _taken(output: str) -> list[str]:
    (main,) = json.loads(output)
    return [f"{edge['source']} {edge['target']}" for edge in main["edges"] if edge["taken"]]


def test_the_path_of_a_call_in_the_version_that_it_had(recorded: str) -> None:
    answer = _run("main", "--json", "--trace", recorded)
    assert _taken(answer.output) == ["screen menu", "menu sales", "ended done", "sales ended"]


def test_the_path_of_a_call_in_another_bundle(recorded: str) -> None:
    """Steps that the other bundle does not have are left out."""
    assert _taken(_run("main", FLOWS, "--json", "--trace", recorded).output) == []


def test_a_call_that_nobody_knows(recorded: str) -> None:
    answer = _run("main", "--trace", "nobody")
    assert (answer.exit_code, answer.output) == (1, "ivr: there is no call nobody\n")
