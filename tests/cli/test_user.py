"""`ivr user`: people, whose passwords are never on a command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.cli import commands
from router.runtime.administration import passwords
from tests.stores import SqliteStore

Ivr = Callable[..., Any]
PASSWORD = "correct horse battery\n"


@pytest.fixture
def ivr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ivr:
    """Run a command on a database; answers its output, as JSON when it was asked for."""
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{tmp_path}/ivr.db")
    monkeypatch.setenv("IVR_CONFIG", "")
    monkeypatch.setenv("SUDO_USER", "masha")
    monkeypatch.chdir(tmp_path)
    SqliteStore(str(tmp_path / "ivr.db")).close()

    def run(*arguments: str, given: str = "", status: int = 0) -> Any:
        done = CliRunner().invoke(commands, arguments, input=given)
        assert bool(done.exit_code) == bool(status), done.output
        if status:
            return done.stderr if isinstance(done.exception, SystemExit) else str(done.exception)
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run


def test_a_user_is_added_changed_and_removed(ivr: Ivr) -> None:
    [row] = ivr("user", "add", "ivan", "--role", "operator", "--password-stdin", "--json", given=PASSWORD)
    assert (row["name"], row["role"], row["has_password"], row["created_by"]) == ("ivan", "operator", True, "masha")
    assert "ivan" in ivr("user", "list")
    assert ivr("user", "role", "ivan", "admin", "--json")[0]["role"] == "admin"
    assert ivr("user", "password", "ivan", "--password-stdin", "--json", given="another horse battery\n")
    assert ivr("user", "codes", "ivan", "--json")[0]["has_codes"] is False
    assert ivr("user", "logout", "ivan", "--reason", "lost laptop", "--json")[0]["sessions"] == 0
    ivr("user", "remove", "ivan")
    assert ivr("user", "list", "--json") == []
    entries = ivr("audit", "--json")
    assert [one["action"] for one in entries][::-1] == [
        "user-add", "user-role", "user-password", "user-codes", "user-logout", "user-remove",
    ]  # fmt: skip
    assert entries[1]["reason"] == "lost laptop"
    assert "horse" not in json.dumps(entries)


def test_a_password_is_asked_for_twice_and_not_shown(ivr: Ivr) -> None:
    shown = ivr("user", "add", "ivan", given=PASSWORD * 2)
    assert "horse" not in shown
    ivr("user", "add", "olga", given=PASSWORD + "other\n", status=1)


def test_who_comes_by_the_provider_has_none(ivr: Ivr) -> None:
    [row] = ivr("user", "add", "olga@example.org", "--no-password", "--json")
    assert row["has_password"] is False


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (("add", "ivan", "--password-stdin"), "short\n", "12 to 256 characters"),
        (("add", "ivan", "--password-stdin"), "ivan ivan ivan\n", "must not hold the user's name"),
        (("add", "ivan", "--password-stdin"), "aaaaaaaaaaaaaaaa\n", "repeats"),
        (("add", "i van", "--password-stdin"), PASSWORD, "letters, digits"),
        (("add", "taken", "--password-stdin"), PASSWORD, "already"),
        (("role", "nemo", "admin"), "", "ivr user list"),
        (("remove", "nemo"), "", "ivr user list"),
        (("add", "ivan", "--password-stdin", "--no-password"), PASSWORD, "exclude"),
    ],
)
def test_what_does_not_do_is_said(ivr: Ivr, arguments: tuple[str, ...], given: str, said: str) -> None:
    ivr("user", "add", "taken", "--no-password")
    assert said in ivr("user", *arguments, given=given, status=2)
