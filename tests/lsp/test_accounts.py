"""What a bundle needs of its account is underlined as `ivr check` says it, by the configuration that both read."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from lsprotocol import types

from router.cli import commands as ivr
from router.cli.check import check
from router.cli.lsp import ConfiguredAccounts
from router.flow.account_needs import UNKNOWN_ACCOUNT, AccountFacts
from router.lsp.service import Service
from tests.lsp.editor import editor, place_of

FLOW = """flow: main
for: any
on_error: bye
start: talk
steps:
  talk: {watch: {held: {for: 60s, goto: back}, ended: done}}
  back: {cancel_transfer: {next: tell, on: {else: tell}}}
  tell: {notify: {url: "${values.crm}/calls", data: {line: "${values.lime}"}, next: done}}
  bye: hangup
  done: release
"""
ACCOUNT = """  - name: {name}
    api_key: {name}
    api_salt: salt
    flows: {flows}
    profile: "{profile}"
    values: {{crm: {crm}, line: "1"}}
"""


def configured(folder: Path, *accounts: tuple[str, str, str, str]) -> None:
    names = ("name", "flows", "profile", "crm")
    written = "".join(ACCOUNT.format(**dict(zip(names, one, strict=True))) for one in accounts)
    (folder / "ivr.yaml").write_text(f"accounts:\n{written}", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("shop", "clinic"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.yaml").write_text(FLOW, encoding="utf-8")
    configured(tmp_path, ("shop", "shop", "2021", "crm.example"), ("clinic", "clinic", "2026", "https://crm.example"))
    return tmp_path


def test_the_editor_underlines_what_ivr_check_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("IVR_CONFIG", raising=False)
    with editor(folder) as opened:
        for directory, expected in (("shop", ["F512", "F514", "F513"]), ("clinic", ["F513"])):
            uri = opened.open(f"{directory}/main.yaml")
            told = [
                (one["code"], one["range"]["start"]["line"] + 1, one["range"]["start"]["character"] + 1)
                for one in opened.until_told(uri)
            ]
            assert sorted(code for code, _, _ in told) == sorted(expected)
            answer = json.loads(CliRunner().invoke(check, [str(folder / directory), "--json"]).output)
            assert told == [(one["code"], one["line"], one["column"]) for one in answer["findings"]]
        configured(folder, ("clinic", "clinic", "2021", "https://crm.example"))
        os.utime(folder / "ivr.yaml", (1, 1))
        opened.tell("workspace/didChangeWatchedFiles", {"changes": []})
        assert sorted(one["code"] for one in opened.until_told(uri)) == ["F512", "F513"]


def test_the_values_of_the_account_are_offered_and_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    service = Service(today=lambda: None, facts=ConfiguredAccounts(None))
    path = folder / "clinic" / "main.yaml"
    uri, written = path.as_uri(), FLOW.replace("${values.lime}", "${val}")
    service.show(uri, written)
    line, column = place_of(written, "${val", 5)
    offered = service.complete(uri, types.Position(line, column))
    assert offered is not None
    values = {one.label: one.detail for one in offered.items if one.label.startswith("values.")}
    assert values == {"values.crm": "https://crm.example", "values.line": "1"}
    service.show(uri, FLOW)
    line, column = place_of(FLOW, "values.crm", 8)
    shown = service.hover(uri, types.Position(line, column))
    assert shown is not None
    assert "https://crm.example" in shown.contents.value  # type: ignore[union-attr]  # it is Markdown


def test_an_account_may_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    elsewhere = folder / "elsewhere"
    assert ConfiguredAccounts("clinic")(elsewhere).profile == "2026"
    assert ConfiguredAccounts("shop")(elsewhere).profile == "2021"
    assert ConfiguredAccounts(None)(elsewhere) == UNKNOWN_ACCOUNT, "it is nobody's"


def test_a_configuration_that_cannot_be_read_judges_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "ivr.yaml").write_text("accounts: [", encoding="utf-8")
    assert ConfiguredAccounts(None)(folder / "shop") == UNKNOWN_ACCOUNT


def test_without_a_file_the_environment_says_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MANGO_PROFILE", "2026")
    assert ConfiguredAccounts(None)(tmp_path) == AccountFacts(profile="2026")


def test_an_account_that_is_not_there_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the editor would judge by no account, in silence."""
    monkeypatch.chdir(folder)
    answer = CliRunner().invoke(ivr, ["lsp", "--account", "clinik"])
    assert answer.exit_code == 2
    assert "there is no account clinik: shop, clinic" in answer.output
