"""`ivr backup` and `ivr restore` from the terminal; what they do to files is held in tests/store/test_backup.py."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import commands as ivr
from router.errors import ConfigurationError
from router.store import open_store
from tests.store.build import call, command, put, record


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{tmp_path}/ivr.db")
    store = open_store(f"sqlite:///{tmp_path}/ivr.db")
    put(store, call("live"), command("c-1"), record("k1"))
    store.close()
    return tmp_path / "ivr.db"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ivr, list(arguments))


def test_there_and_back(database: Path, tmp_path: Path) -> None:
    made = run("backup", str(tmp_path / "backup.db"))
    assert made.exit_code == 0
    assert "1 calls (1 live), 1 queued commands" in made.output
    assert "up to 2026-11-18" in made.output
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    done = run("restore", str(tmp_path / "backup.db"))
    assert done.exit_code == 0
    assert "gave up 1 commands and closed 1 calls" in done.output
    assert f"the old database is kept: {database}.before-restore-" in done.output
    assert done.output.endswith("start the router now\n")


def test_as_json(tmp_path: Path) -> None:
    assert json.loads(run("backup", "--json", str(tmp_path / "backup.db")).output)["live_calls"] == 1
    done = json.loads(run("restore", "--json", "--as-it-was", str(tmp_path / "backup.db")).output)
    assert (done["content"]["calls"], done["commands_given_up"], done["calls_closed"]) == (1, 0, 0)


@pytest.mark.parametrize(("name", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgresql_has_tools_of_its_own(name: str, tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_DATABASE", "postgresql://ivr:hidden@db/ivr")
    done = run(name, "backup.dump")
    assert isinstance(done.exception, ConfigurationError)
    assert f'{tool} --dbname="$IVR_DATABASE"' in done.exception.message
    assert "hidden" not in done.exception.message
