"""The example of `ivr demo`: it is put where there is no bundle, and is as sound in Russian as in English."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import commands as ivr
from router.cli.demo_calls import EXAMPLES
from router.cli.demo_plan import ANY_HOUR_LINE, DEFAULT_LINE
from router.cli.demo_text import playable_lines, shows_example
from router.cli.example import FILES, PACKAGE, enter_example, has_bundle


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("IVR_", "MANGO_"))]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.mark.parametrize("language", ["en", "ru"])
def test_it_is_made_once_and_sound(folder: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("IVR_LANG", language)
    assert not has_bundle({}, "pbx.yaml")
    made = enter_example()
    assert (made, Path.cwd()) == (folder / "ivr-demo", folder / "ivr-demo")
    assert has_bundle({}, "pbx.yaml")
    for command in (["check"], ["test", "--coverage-min", "100"], ["fmt", "--check"]):
        answer = CliRunner().invoke(ivr, command)
        assert answer.exit_code == 0, answer.output
    assert shows_example(playable_lines("pbx.yaml", "flows"))
    (made / "flows" / "blocked.txt").write_text("79000000001\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    enter_example()
    assert Path("flows/blocked.txt").read_text(encoding="utf-8") == "79000000001\n", "what is there stays"


def test_in_english_it_is_what_the_project_shows(folder: Path) -> None:
    made = enter_example()
    for name in FILES:
        assert (made / name).read_text(encoding="utf-8") == (PACKAGE.parent / name).read_text(encoding="utf-8")


def test_a_wheel_carries_it() -> None:
    project = (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert [name for name in FILES if f'"{name}" = "router/example/{name}"' not in project] == []


@pytest.mark.parametrize("there", ["flows", "pbx.yaml", "ivr.yaml"])
def test_a_folder_with_something_to_play_is_left_as_it_is(folder: Path, there: str) -> None:
    (folder / there).touch()
    assert has_bundle({}, "pbx.yaml")


def test_a_configuration_elsewhere_counts(folder: Path) -> None:
    assert has_bundle({"IVR_FLOWS": "/srv/flows"}, "pbx.yaml")
    assert has_bundle({"IVR_CONFIG": "/etc/ivr.yaml"}, "pbx.yaml")


def test_calls_of_the_beginning_show_each_kind() -> None:
    assert {one.line for one in EXAMPLES} == {ANY_HOUR_LINE, DEFAULT_LINE}
    assert [one.line for one in EXAMPLES].count(ANY_HOUR_LINE) >= 4, "which comes through at night, too"
    assert len({one.caller for one in EXAMPLES}) == len(EXAMPLES)
    assert max(one.talks for one in EXAMPLES) >= 60, "somebody still talks when the console is opened"
