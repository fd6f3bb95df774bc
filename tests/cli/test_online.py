"""`ivr check --online` against a PBX that is really asked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli.check import check
from router.emulator.load import load_config
from router.emulator.serve import serving
from tests.emulator.stage import CONFIG, KEY, SALT

FLOW = """
flow: main
for: any
on_error: done
start: ask
steps:
  ask: {route: {to: [extension 101, group 303, extension 199, group 101], on: {answered: job, else: done}}}
  job: {task: {to_user: "101", next: known, on: {else: done}}}
  known: {task: {to_user: "300000101", next: named, on: {else: done}}}
  named: {task: {to_user: person ghost, next: done, on: {else: done}}}
  done: release
"""
RESOURCES = 'people: {boss: {extension: "100"}, ghost: {extension: "198"}}\ngroups: {sales: {extension: "309"}}\n'


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "main.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    pbx = load_config(CONFIG)
    with serving(pbx, api_key=KEY, salt=SALT, host="127.0.0.1", port=0, webhook="http://127.0.0.1:9") as server:
        monkeypatch.setenv("MANGO_API_URL", f"http://127.0.0.1:{server.port}/vpbx/")
        monkeypatch.setenv("MANGO_API_KEY", KEY)
        monkeypatch.setenv("MANGO_API_SALT", SALT)
        yield tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(check, ["--from", "2026-11-23", *arguments])


def test_what_the_pbx_does_not_have(bundle: Path) -> None:
    answer = run(str(bundle), "--online", "--json")
    found = json.loads(answer.stdout)["findings"]
    told = [(one["code"], one["file"], one["line"], one["message"], one["suggestion"]) for one in found]
    assert [one for one in told if one[0].startswith("P")] == [
        ("P701", "main.yaml", 7, "the PBX has no employee 199", ""),
        ("P702", "main.yaml", 7, "the PBX has no group 101", "101 is an employee there"),
        ("P703", "main.yaml", 8, "the PBX has no employee with the id 101", "write extension 101: it is an extension"),
        ("P701", "resources.yaml", 1, "the PBX has no employee 198", ""),
        ("P702", "resources.yaml", 2, "the PBX has no group 309", "did you mean `306`?"),
    ]
    assert answer.exit_code == 1


def test_without_it_nobody_is_asked(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGO_API_URL", "http://127.0.0.1:9/vpbx/")
    assert run(str(bundle)).exit_code == 0


def test_a_pbx_that_refuses(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGO_API_SALT", "wrong")
    answer = run(str(bundle), "--online")
    assert (answer.exit_code, "3102, wrong sign" in answer.output) == (1, True)


def test_a_pbx_that_is_not_there(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGO_API_URL", "http://127.0.0.1:9/vpbx/")
    answer = run(str(bundle), "--online")
    assert (answer.exit_code, "did not tell its users" in answer.output) == (1, True)


def test_an_account_that_does_not_exist(bundle: Path) -> None:
    answer = run(str(bundle), "--online", "--account", "shop")
    assert (answer.exit_code, "--account" in answer.output) == (2, True)
