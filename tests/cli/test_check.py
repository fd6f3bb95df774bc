"""`ivr check` and `ivr hours`: what they print and how they exit."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli.check import check
from router.cli.hours import hours

ROOT = Path(__file__).parents[2]
BROKEN = ROOT / "tests" / "broken_flows"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(check, ["--from", "2026-11-23", *arguments])


def test_the_example_is_fine() -> None:
    answer = _run(str(ROOT / "flows"))
    assert answer.exit_code == 0
    assert "W604" in answer.output  # Sundays, which the example as printed does not speak of
    assert "0 errors, 2 warnings: 2 flows, 24 steps, version " in answer.output


def test_findings_are_printed_and_errors_exit_with_one() -> None:
    case = BROKEN / "unknown_step"
    answer = _run(str(case))
    assert answer.exit_code == 1
    assert answer.output == (case / "expected.txt").read_text(encoding="utf-8") + "1 error, 0 warnings\n"


def test_warnings_alone_are_fine_unless_they_are_errors() -> None:
    case = BROKEN / "unreachable_step"
    answer = _run(str(case))
    assert answer.exit_code == 0
    assert "W601" in answer.output
    strict = _run(str(case), "--strict")
    assert strict.exit_code == 1
    assert "1 error, 0 warnings" in strict.output


@pytest.mark.parametrize("how", [["--json"], ["--format", "json"]])
def test_json(how: list[str]) -> None:
    answer = _run(str(BROKEN / "unknown_step"), *how)
    content = json.loads(answer.output)
    assert answer.exit_code == 1
    assert (content["errors"], content["warnings"], content["version"]) == (1, 0, None)
    assert content["findings"][0]["code"] == "F301"
    assert "proofs" not in content


def test_json_of_a_sound_bundle() -> None:
    content = json.loads(_run(str(ROOT / "flows"), "--json").output)
    assert (content["flows"], content["steps"]) == (["main", "round_the_clock"], 24)
    assert [finding["code"] for finding in content["findings"]] == ["W604", "W613"]
    assert len(content["version"]) == 32


def test_sarif() -> None:
    answer = _run(str(BROKEN / "unknown_step"), "--format", "sarif")
    assert answer.exit_code == 1
    content = json.loads(answer.output)
    assert content["version"] == "2.1.0"
    (run,) = content["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "F301"
    assert result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("tests/broken_flows/unknown_step/main.yaml")
    assert place["region"]["startLine"] >= 1
    assert place["region"]["endColumn"] > place["region"]["startColumn"]


def test_sarif_of_a_sound_bundle_has_no_errors() -> None:
    content = json.loads(_run(str(ROOT / "flows"), "--format", "sarif").output)
    assert [result["level"] for result in content["runs"][0]["results"]] == ["warning", "warning"]


def test_github() -> None:
    answer = _run(str(BROKEN / "unknown_step"), "--format", "github")
    (line,) = answer.output.splitlines()
    assert line.startswith("::error file=")
    assert "unknown_step/main.yaml,line=" in line
    assert ",title=F301::unknown step" in line


def test_github_escapes(tmp_path: Path) -> None:
    bundle = tmp_path / "a,b"
    bundle.mkdir()
    (bundle / "main.yaml").write_text("flow: main\nfor: any\nstart: 50%\nsteps: {a: hangup}\n", encoding="utf-8")
    line = _run(str(bundle), "--format", "github").output
    assert "a%2Cb/main.yaml,line=3" in line
    assert "`50%25`" in line


def test_findings_of_tests_are_told_too(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text("flow: main\nfor: any\nstart: a\nsteps: {a: hangup}\n", encoding="utf-8")
    test = "flow: man\ntests: [{name: x, script: [{expect: hangup}]}]\n"
    (tmp_path / "main.test.yaml").write_text(test, encoding="utf-8")
    answer = _run(str(tmp_path))
    assert answer.exit_code == 1
    assert answer.output.startswith("main.test.yaml:1:7: ")


def test_proofs() -> None:
    output = _run(str(ROOT / "flows"), "--proofs").output
    assert "longest silence: 6s, from main_menu on" in output
    assert "longest call, talking apart: 10m, its budget" in output
    assert "loops: each passes a key press or time, at main_menu" in output
    assert "worst wait" not in output


def test_proofs_of_waits() -> None:
    answer = _run(str(ROOT / "flows"), "--calls-per-minute", "5")
    assert "worst wait: route at vip (the path's only one), 5 calls a minute: 8s" in answer.output
    assert "W607" not in answer.output
    crowded = json.loads(_run(str(ROOT / "flows"), "--calls-per-minute", "20", "--json").output)
    assert "W607" in [finding["code"] for finding in crowded["findings"]]
    waits = {wait["step"]: wait["seconds"] for wait in crowded["proofs"][0]["waits"]}
    assert (waits["vip"], waits["sales"]) == (38.0, None)


def test_proofs_need_a_sound_bundle() -> None:
    assert json.loads(_run(str(BROKEN / "unknown_step"), "--proofs", "--json").output)["proofs"] is None


def test_the_directory_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_FLOWS", str(BROKEN / "unknown_step"))
    assert _run().exit_code == 1
    monkeypatch.delenv("IVR_FLOWS")
    assert _run().exit_code == 2


def test_no_such_directory_is_a_mistake_of_usage() -> None:
    assert _run(str(ROOT / "nowhere")).exit_code == 2


def test_hours(tmp_path: Path) -> None:
    picture = tmp_path / "hours.svg"
    answer = CliRunner().invoke(hours, [str(ROOT / "flows"), "--from", "2026-11-23", "--svg", str(picture), "--json"])
    assert answer.exit_code == 0
    (row,) = json.loads(answer.output)
    assert (row["hours"], row["of"], row["from"]) == ("office", 8760, "2026-11-23")
    assert row["closed_days"] > 52
    assert row["next_closed"].startswith("2026-11-29, 2026-12-06")
    assert ElementTree.fromstring(picture.read_text(encoding="utf-8")).tag.endswith("svg")


def test_hours_as_a_table() -> None:
    answer = CliRunner().invoke(hours, [str(ROOT / "flows")])
    assert answer.exit_code == 0
    assert "office" in answer.output
    assert CliRunner().invoke(hours, [str(BROKEN / "unknown_step")]).exit_code == 1
