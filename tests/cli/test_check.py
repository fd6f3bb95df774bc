"""`ivr check` and `ivr hours`: what they print and how they exit."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft4Validator

from router.cli.check import check
from router.cli.hours import hours

ROOT = Path(__file__).parents[2]
BROKEN = ROOT / "tests" / "broken_flows"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(check, ["--from", "2026-11-23", *arguments])


def test_the_example_is_fine() -> None:
    answer = _run(str(ROOT / "tests" / "bundles" / "reception"))
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
    content = json.loads(_run(str(ROOT / "tests" / "bundles" / "reception"), "--json").output)
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
    assert place["artifactLocation"]["uri"] == "tests/broken_flows/unknown_step/main.yaml"
    assert place["region"]["startLine"] >= 1
    assert place["region"]["endColumn"] > place["region"]["startColumn"]


def test_sarif_of_a_sound_bundle_has_no_errors() -> None:
    content = json.loads(_run(str(ROOT / "tests" / "bundles" / "reception"), "--format", "sarif").output)
    assert [result["level"] for result in content["runs"][0]["results"]] == ["warning", "warning"]


@pytest.mark.parametrize("case", sorted(path.name for path in BROKEN.iterdir() if path.is_dir()))
def test_sarif_is_what_the_standard_wants(case: str, sarif: Draft4Validator) -> None:
    content = json.loads(_run(str(BROKEN / case), "--format", "sarif").output)
    assert [error.message for error in sarif.iter_errors(content)] == []
    known = [result["partialFingerprints"]["ivrFinding/v1"] for result in content["runs"][0]["results"]]
    assert len(set(known)) == len(known)


@pytest.fixture(scope="module")
def sarif() -> Draft4Validator:
    """OASIS's own schema."""
    schema = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    validator = Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)
    assert list(validator.iter_errors({"version": "2.1.0", "runs": [{}]}))
    return validator


def _fingerprints(place: Path, form: str) -> list[str]:
    told = json.loads(_run(str(place), "--format", form).output)
    if form == "gitlab":
        return [one["fingerprint"] for one in told]
    return [result["partialFingerprints"]["ivrFinding/v1"] for result in told["runs"][0]["results"]]


@pytest.mark.parametrize("form", ["sarif", "gitlab"])
def test_a_finding_is_the_same_one_after_lines_have_moved(tmp_path: Path, form: str) -> None:
    flow = "flow: main\nfor: any\nstart: a\nsteps:\n  a: {goto: nowhere}\n  b: {goto: nowhere}\n"
    (tmp_path / "main.yaml").write_text(flow, encoding="utf-8")
    before = _fingerprints(tmp_path, form)
    assert len(set(before)) == len(before) >= 2
    (tmp_path / "main.yaml").write_text(f"# why\n\n{flow}", encoding="utf-8")
    assert _fingerprints(tmp_path, form) == before
    (tmp_path / "main.yaml").write_text(flow.replace("b: {goto", "c: {goto"), encoding="utf-8")
    assert len(set(_fingerprints(tmp_path, form)) & set(before)) == len(before) - 1


@pytest.mark.parametrize(
    ("repository", "run_in", "named", "said"),
    [
        ("work", "work", "flows", "flows/main.yaml"),
        ("work", "work/ci", "../flows", "flows/main.yaml"),
        ("work/flows", "work", "flows", "main.yaml"),
        ("", "work", "flows", "flows/main.yaml"),
        ("", "elsewhere", "../work/flows", "flows/main.yaml"),
    ],
)
def test_reports_name_files_from_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: str, run_in: str, named: str, said: str
) -> None:
    for name in ("work/flows", "work/ci", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    if repository:
        (tmp_path / repository / ".git").mkdir()
    (tmp_path / "work/flows/main.yaml").write_text("flow: main\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / run_in)
    result = json.loads(_run(named, "--format", "sarif").output)["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": said, "uriBaseId": "%SRCROOT%"}
    assert json.loads(_run(named, "--format", "gitlab").output)[0]["location"]["path"] == said
    assert f"file={said}," in _run(named, "--format", "github").output


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
    output = _run(str(ROOT / "tests" / "bundles" / "reception"), "--proofs").output
    assert "longest silence: 6s, from main_menu on" in output
    assert "longest call, talking apart: 10m, its budget" in output
    assert "loops: each passes a key press or time, at main_menu" in output
    assert "worst wait" not in output


def test_proofs_of_waits() -> None:
    answer = _run(str(ROOT / "tests" / "bundles" / "reception"), "--calls-per-minute", "5")
    assert "worst wait: route at vip (the path's only one), 5 calls a minute: 8s" in answer.output
    assert "W607" not in answer.output
    crowded = json.loads(
        _run(str(ROOT / "tests" / "bundles" / "reception"), "--calls-per-minute", "20", "--json").output
    )
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
    answer = CliRunner().invoke(
        hours, [str(ROOT / "tests" / "bundles" / "reception"), "--from", "2026-11-23", "--svg", str(picture), "--json"]
    )
    assert answer.exit_code == 0
    (row,) = json.loads(answer.output)
    assert (row["hours"], row["of"], row["from"]) == ("office", 8760, "2026-11-23")
    assert row["closed_days"] > 52
    assert row["next_closed"].startswith("2026-11-29, 2026-12-06")
    assert ElementTree.fromstring(picture.read_text(encoding="utf-8")).tag.endswith("svg")


def test_hours_as_a_table() -> None:
    answer = CliRunner().invoke(hours, [str(ROOT / "tests" / "bundles" / "reception")])
    assert answer.exit_code == 0
    assert "office" in answer.output
    assert CliRunner().invoke(hours, [str(BROKEN / "unknown_step")]).exit_code == 1
