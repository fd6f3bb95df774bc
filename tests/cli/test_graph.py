"""`ivr graph`: formats, where it goes, and the path of a call from the database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli.graph import graph
from tests.flow.large_flow import RESOURCES, large_flow
from tests.runtime.recording import Recorder
from tests.stores import SqliteStore

ROOT = Path(__file__).parents[2]
FLOWS = str(ROOT / "tests" / "bundles" / "reception")


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


def test_folding_and_a_legend_on_demand(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(large_flow(), encoding="utf-8")
    (tmp_path / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    answer = _run("main", str(tmp_path), "--format", "svg").output
    assert "294 steps in 22 boxes; " in answer
    assert "where the flow begins" in answer
    assert "294 steps; " in _run("main", str(tmp_path), "--format", "svg", "--fold", "none").output
    assert len(json.loads(_run("main", str(tmp_path), "--json").output)[0]["nodes"]) == 294
    assert len(json.loads(_run("main", str(tmp_path), "--json", "--fold", "always").output)[0]["nodes"]) == 22
    assert _run("main", FLOWS, "--fold", "none").output == _run("main", FLOWS).output
    assert "where the flow begins" in _run("main", FLOWS, "--legend").output


def test_around_a_step() -> None:
    (near,) = json.loads(_run("main", FLOWS, "--json", "--around", "vip", "--depth", "1").output)
    assert [node["name"] for node in near["nodes"]] == ["screen", "sales", "vip"]
    answer = _run("main", FLOWS, "--around", "vop")
    assert answer.exit_code == 2
    assert "the flow main has no step vop: did you mean `vip`?" in answer.output
    assert "`ivr graph main --json` lists its" in _run("main", FLOWS, "--around", "xyzzy").output


def test_around_a_step_of_a_sub_flow() -> None:
    bundle = str(ROOT / "tests/bundles/every_verb")
    step, flow = next(
        (node["name"], graph["name"])
        for graph in json.loads(_run("main", bundle, "--json").output)[1:]
        for node in graph["nodes"]
        if node["name"] not in {node["name"] for node in json.loads(_run("main", bundle, "--json").output)[0]["nodes"]}
    )
    answer = _run("main", bundle, "--around", step).output
    assert f"step {step} is in flow {flow}: ivr graph {flow} --around {step}" in " ".join(answer.split())
