"""`ivr fmt`: which files it writes, and what it leaves alone."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli.fmt import fmt

UNTIDY = "flow: main\nfor: any   # all\nstart: a\nsteps:\n    a:   hangup\n"
TIDY = "flow: main\nfor: any  # all\nstart: a\nsteps:\n  a: hangup\n"


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(fmt, [str(argument) for argument in arguments])


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.yaml").write_text(UNTIDY)
    (tmp_path / "sub" / "more.yaml").write_text(TIDY)
    (tmp_path / "list.txt").write_text("79000000000   # x\n")
    return tmp_path


def test_the_files_of_a_bundle_are_written(bundle: Path) -> None:
    os.chmod(bundle / "main.yaml", 0o640)
    answer = _run(bundle)
    assert answer.exit_code == 0
    assert answer.output == f"formatted {bundle / 'main.yaml'}\n1 file formatted, 1 unchanged\n"
    assert (bundle / "main.yaml").read_text() == TIDY
    assert (bundle / "main.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in bundle.iterdir()) == ["list.txt", "main.yaml", "sub"]
    assert _run(bundle, "--check").exit_code == 0


def test_check_and_diff_write_nothing(bundle: Path) -> None:
    checked = _run(bundle, "--check")
    assert (checked.exit_code, checked.output.splitlines()[0]) == (1, f"would format {bundle / 'main.yaml'}")
    shown = _run(bundle, "--diff")
    assert shown.exit_code == 1
    assert "-    a:   hangup\n+  a: hangup\n" in shown.output
    assert (bundle / "main.yaml").read_text() == UNTIDY


def test_one_file_alone_and_json(bundle: Path) -> None:
    answer = _run(bundle / "sub" / "more.yaml", "--json")
    told = {"file": f"{bundle}/sub/more.yaml", "changed": False, "problem": None, "line": None}
    assert (answer.exit_code, json.loads(answer.output)) == (0, [told])


def test_what_is_no_yaml_stays_as_it_is_and_the_rest_is_formatted(bundle: Path) -> None:
    (bundle / "bad.yaml").write_text("a: [\n")
    (bundle / "latin.yaml").write_bytes(b"a: \xe4\n")
    answer = _run(bundle)
    assert answer.exit_code == 1
    assert f"{bundle / 'bad.yaml'}:2: no YAML: " in answer.output
    assert f"{bundle / 'latin.yaml'}: not UTF-8" in answer.output
    assert "1 file formatted, 1 unchanged, 2 files left as they are" in answer.output
    assert (bundle / "bad.yaml").read_text() == "a: [\n"
    assert (bundle / "main.yaml").read_text() == TIDY


def test_windows_line_ends_become_those_of_the_layout(bundle: Path) -> None:
    (bundle / "main.yaml").write_bytes(TIDY.replace("\n", "\r\n").encode())
    assert _run(bundle, "--check").exit_code == 1
    _run(bundle)
    assert (bundle / "main.yaml").read_bytes() == TIDY.encode()


def test_a_linked_file_is_written_where_it_stands(bundle: Path) -> None:
    (bundle / "linked.yaml").symlink_to("main.yaml")
    _run(bundle)
    assert (bundle / "linked.yaml").is_symlink()
    assert (bundle / "main.yaml").read_text() == TIDY
