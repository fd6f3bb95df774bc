"""`ivr check`: what it prints and how it exits."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli.check import check

ROOT = Path(__file__).parents[2]
BROKEN = ROOT / "tests" / "broken_flows"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(check, arguments)


def test_the_example_is_fine() -> None:
    answer = _run(str(ROOT / "flows"))
    assert answer.exit_code == 0
    assert answer.output.startswith("0 errors, 0 warnings: 1 flow, 17 steps, version ")


def test_findings_are_printed_and_errors_exit_with_one() -> None:
    case = BROKEN / "unknown_step"
    answer = _run(str(case))
    assert answer.exit_code == 1
    assert answer.output == (case / "expected.txt").read_text(encoding="utf-8") + "1 error, 0 warnings\n"


def test_warnings_alone_are_fine() -> None:
    answer = _run(str(BROKEN / "unreachable_step"))
    assert answer.exit_code == 0
    assert "W601" in answer.output


@pytest.mark.parametrize("how", [["--json"], ["--format", "json"]])
def test_json(how: list[str]) -> None:
    answer = _run(str(BROKEN / "unknown_step"), *how)
    content = json.loads(answer.output)
    assert answer.exit_code == 1
    assert (content["errors"], content["warnings"], content["version"]) == (1, 0, None)
    assert content["findings"][0]["code"] == "F301"


def test_json_of_a_sound_bundle() -> None:
    content = json.loads(_run(str(ROOT / "flows"), "--json").output)
    assert (content["flows"], content["steps"], content["findings"]) == (["main"], 17, [])
    assert len(content["version"]) == 32


def test_the_directory_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_FLOWS", str(BROKEN / "unknown_step"))
    assert _run().exit_code == 1
    monkeypatch.delenv("IVR_FLOWS")
    assert _run().exit_code == 2


def test_no_such_directory_is_a_mistake_of_usage() -> None:
    assert _run(str(ROOT / "nowhere")).exit_code == 2
