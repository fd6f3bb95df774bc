"""`ivr purge` from the terminal."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import commands as ivr
from router.engine.state import ENDED
from router.history.journal import CONFIRMED
from router.store import open_store
from tests.store.build import call, command, put, record

LONG_AGO = 1_600_000_000.0


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/ivr.db"
    monkeypatch.setenv("IVR_DATABASE", url)
    store = open_store(url)
    put(store, call("old", status=ENDED, started=LONG_AGO, ended=LONG_AGO + 60, caller_number="79000000001"))
    put(store, call("live", started=LONG_AGO), record("k1", entry_id="old", at=LONG_AGO))
    put(store, command("c-1", entry_id="old", state=CONFIRMED, queued=LONG_AGO))
    store.close()
    return url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ivr, ["purge", *arguments])


def entries(url: str) -> set[str]:
    store = open_store(url)
    found = {row["entry_id"] for row in store.calls(None, {}, 10, "")}
    store.close()
    return found


def test_dry_run_deletes_nothing(database: str) -> None:
    assert run("--dry-run").stdout == "would delete 1 calls, 1 events, 1 commands\n"
    told = json.loads(run("--dry-run", "--json").stdout)
    assert told == {"dry_run": True, "calls": 1, "events": 1, "commands": 1}
    assert entries(database) == {"old", "live"}


def test_what_is_old_goes(database: str) -> None:
    assert run("--older-than", "10000d").stdout == "deleted 0 calls, 0 events, 0 commands\n"
    told = json.loads(run("--json").stdout)
    assert told == {"dry_run": False, "calls": 1, "events": 1, "commands": 1, "versions": 0, "masked": 0}
    assert entries(database) == {"live"}
    assert run().stdout == "deleted 0 calls, 0 events, 0 commands\n"


def test_numbers_are_masked(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_MASK_AFTER", "1d")
    told = run("--older-than", "10000d").stdout
    assert told == "deleted 0 calls, 0 events, 0 commands\ndeleted 0 versions, masked 1 calls\n"
    store = open_store(database)
    assert "7900*****01" in {row["caller"] for row in store.calls(None, {}, 10, "")}
    store.close()


def test_an_age_that_is_none() -> None:
    result = CliRunner().invoke(ivr, ["purge", "--older-than", "soon"])
    assert result.exit_code != 0
