"""`ivr diff` between directories and versions, and what it says when there is nothing to compare."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import commands

FLOW = "flow: main\nfor: any\nstart: bye\nsteps: {bye: hangup}\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.yaml").write_text(FLOW, encoding="utf-8")
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{tmp_path}/ivr.db")
    monkeypatch.setenv("IVR_FLOWS", str(tmp_path / "new"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ivr(*arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments)


def change(house: Path) -> None:
    (house / "new" / "main.yaml").write_text(
        FLOW.replace("bye: hangup", "bye: release, extra: hangup"), encoding="utf-8"
    )


def test_two_directories(house: Path) -> None:
    same = ivr("diff", "old", "new", "--exit-code")
    assert (same.exit_code, same.output.startswith("from old to new: the same, version ")) == (0, True)
    change(house)
    result = ivr("diff", "old", "new")
    assert result.exit_code == 0
    assert result.output == (
        "from old to new: 1 added, 1 changed\n"
        "flow main\n"
        "  ~ bye (release)\n"
        "      hangup → release\n"
        "  + extra (hangup)\n"
    )
    assert ivr("diff", "old", "new", "--exit-code").exit_code == 1


def test_what_publishing_would_change(house: Path) -> None:
    published = json.loads(ivr("publish", "old", "--create", "--json").output)[0]["version"]
    change(house)
    for arguments in ((), ("new",), ("active", "new"), (published[:8],), (published[:8], "new")):
        told = json.loads(ivr("diff", *arguments, "--json").output)
        assert told["from"] == {"name": f"version {published[:12]}", "version": published}
        assert [(row["kind"], row["name"]) for row in told["changes"]] == [("changed", "bye"), ("added", "extra")]
    ivr("publish", "new")
    assert "the same" in ivr("diff").output
    assert "2 changed" not in ivr("diff", published).output


def test_nothing_to_compare(house: Path) -> None:
    assert "no database" in str(ivr("diff").exception)
    ivr("publish", "old", "--create")
    assert "there is no version nope" in ivr("diff", "nope").stderr
    assert "default has no version that is canary" in str(ivr("diff", "canary").exception)
    (house / "new" / "main.yaml").write_text("flow: main\n", encoding="utf-8")
    broken = ivr("diff")
    assert broken.exit_code == 1
    assert "F2" in broken.stderr


def test_the_accounts_own_directory_is_compared_as_it_would_be_published(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house / "ivr.yaml").write_text(
        f"""
database: sqlite:///{house}/ivr.db
accounts:
  - {{name: clinic, api_key: "${{CLINIC}}", api_salt: s, flows: old}}
  - {{name: shop, api_key: k2, api_salt: s, flows: new}}
""",
        encoding="utf-8",
    )
    monkeypatch.delenv("IVR_FLOWS")
    assert ivr("publish", "--account", "shop", "--create").exit_code == 0
    change(house)
    told = ivr("diff", "--account", "shop")
    assert told.output.startswith("from version ")
    assert " to new: 1 added, 1 changed\n" in told.output
    assert "nothing leads to `extra`" in ivr("check", "--account", "shop").output
    assert "W601" not in ivr("check", "--account", "clinic").output
    asked = ivr("check")
    assert asked.exit_code == 2
    assert "clinic (old), shop (new)" in asked.output
    assert ivr("check", "old").exit_code == 0
    assert ivr("check", "--account", "nobody").exit_code == 2
    assert ivr("schema", "--account", "clinic").exit_code == 0
