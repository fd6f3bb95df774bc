"""`ivr token` and `ivr audit`: tokens by purpose, and who made them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.cli import commands
from router.store import open_store
from tests.stores import SqliteStore

Ivr = Callable[..., Any]


@pytest.fixture
def ivr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ivr:
    """Run a command on a database; answers its output, as JSON when it was asked for."""
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{tmp_path}/ivr.db")
    monkeypatch.setenv("IVR_CONFIG", "")
    monkeypatch.setenv("SUDO_USER", "masha")
    monkeypatch.chdir(tmp_path)
    SqliteStore(str(tmp_path / "ivr.db")).close()

    def run(*arguments: str, status: int = 0) -> Any:
        done = CliRunner().invoke(commands, arguments)
        assert done.exit_code == status, done.output
        if status:
            return done.stderr if done.exception is None or isinstance(done.exception, SystemExit) else done.exception
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run


def test_a_bare_token_is_another_each_time(ivr: Ivr) -> None:
    first, second = (ivr("token") for _ in range(2))
    assert first != second
    assert len(first.strip()) >= 40
    assert first == first.strip() + "\n"
    assert len(ivr("token", "--json")[0]["token"]) >= 40


def test_a_token_is_made_listed_and_revoked(ivr: Ivr) -> None:
    made = ivr("token", "create", "--role", "operator", "--name", "crm", "--expires", "90d").strip()
    assert made.startswith("ivr_")
    [row] = ivr("token", "list", "--json")
    assert (row["name"], row["role"], row["state"], row["created_by"]) == ("crm", "operator", "valid", "masha")
    assert row["expires"] > row["created"]
    assert made not in json.dumps(row)
    assert "crm" in ivr("token", "list")
    [row] = ivr("token", "revoke", "crm", "--json")
    assert (row["state"], row["revoked_by"]) == ("revoked", "masha")
    assert ivr("token", "list", "--json") == []
    assert [row["state"] for row in ivr("token", "list", "--all", "--json")] == ["revoked"]


def test_without_a_role_it_only_sees(ivr: Ivr) -> None:
    [row] = ivr("token", "create", "--name", "wallboard", "--json")
    assert (row["role"], row["expires"]) == ("viewer", None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "--name", "crm", "--role", "boss"], "'boss' is not one of"),
        (["create", "--name", "crm", "--expires", "soon"], "soon: write a number with its unit"),
        (["create"], "--name"),
        (["revoke"], "NAME"),
    ],
)
def test_what_makes_no_sense_is_refused(ivr: Ivr, arguments: list[str], said: str) -> None:
    assert said in ivr("token", *arguments, status=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "--name", "wallboard"], "there is a token 'wallboard' already"),
        (["create", "--name", " "], "1 to 100 printable characters"),
        (["create", "--name", "a\nb"], "1 to 100 printable characters"),
        (["revoke", "crm"], "there is no token 'crm'; `ivr token list`"),
    ],
)
def test_what_does_not_fit_is_said(ivr: Ivr, arguments: list[str], said: str) -> None:
    ivr("token", "create", "--name", "wallboard")
    assert said in str(ivr("token", *arguments, status=1))


def test_revoking_twice_says_so(ivr: Ivr) -> None:
    ivr("token", "create", "--name", "crm")
    ivr("token", "revoke", "crm")
    assert "is revoked already" in str(ivr("token", "revoke", "crm", status=1))


def test_the_audit_tells_who_did_it_and_why(ivr: Ivr, tmp_path: Path) -> None:
    ivr("token", "create", "--name", "crm", "--reason", "the new CRM")
    (tmp_path / "flows").mkdir()
    flow = "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps: {bye: hangup}\n"
    (tmp_path / "flows" / "main.yaml").write_text(flow)
    ivr("publish", "--reason", "first rules")
    ivr("pause", "--reason", "the line is down")
    ivr("pause", "--reason", "again")  # it is paused already: nothing changes
    ivr("resume")
    told = ivr("audit", "--json")
    assert [(row["action"], row["actor"], row["via"], row["reason"]) for row in told] == [
        ("resume", "masha", "cli", ""),
        ("pause", "masha", "cli", "the line is down"),
        ("publish", "masha", "cli", "first rules"),
        ("token-create", "masha", "cli", "the new CRM"),
    ]
    assert told[1]["origin"].endswith(", ivr pause")
    assert (told[1]["account"], told[1]["changes"]) == ("default", {"paused": [False, True]})
    assert told[2]["changes"] == {"active": [None, told[2]["subject"]]}
    assert [row["action"] for row in ivr("audit", "--json", "--action", "pause", "--since", "1h")] == ["pause"]
    assert ivr("audit", "--json", "--actor", "petja") == []
    shown = ivr("audit", "--account", "default")
    assert "paused: no -> yes" in shown
    assert "token-create" not in shown
    store = open_store(f"sqlite:///{tmp_path}/ivr.db")
    assert store.active_versions()["default"].paused is False
    store.close()


def test_an_empty_audit_says_so(ivr: Ivr) -> None:
    assert ivr("audit") == "nothing was changed yet\n"
