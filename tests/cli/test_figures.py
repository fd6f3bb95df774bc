"""`ivr figures`: the same tables in the terminal, as CSV and JSON, and made anew."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import commands
from router.engine.state import ENDED
from router.store import open_store
from tests.store.build import call, put

NIGHT = 1_795_375_800.0  # 2026-11-22 22:30 in Moscow, half past midnight of the next day in Yekaterinburg


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three calls that are kept, of which none is counted."""
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{tmp_path}/ivr.db")
    monkeypatch.setenv("IVR_TIMEZONE", "Europe/Moscow")
    monkeypatch.setattr("router.runtime.figures.rollup.SETTLING_SECONDS", -1.0)
    store = open_store(f"sqlite:///{tmp_path}/ivr.db")
    for number, outcome in enumerate(("answered", "missed", "answered")):
        fields = {"account": "default", "status": ENDED, "outcome": outcome, "started": NIGHT + number}
        put(store, call(f"e{number}", **fields))
    store.close()
    return tmp_path


def figures(*words: str) -> Result:
    return CliRunner().invoke(commands, ["figures", "--since", "2026-11-01", "--until", "2026-12-01", *words])


def test_a_rebuild_counts_what_is_kept(database: Path) -> None:
    assert "no calls are counted in these days" in figures().output
    done = figures("--rebuild", "--by", "day")
    assert "3 calls since 2026-11-22 are counted anew" in done.output
    assert "2026-11-22" in done.output
    assert figures("--rebuild").output.count("3 calls") == 1


def test_in_another_zone_they_are_of_another_day(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures("--rebuild")
    monkeypatch.setenv("IVR_TIMEZONE", "Asia/Yekaterinburg")
    figures("--rebuild")
    (row,) = json.loads(figures("calls", "--by", "hour", "--since", "2026-11-20", "--json").stdout)
    assert (row["day"], row["hour"], row["calls"], row["answered"]) == ("2026-11-23", 0, 3, 2)


def test_csv_has_the_columns_of_the_table(database: Path) -> None:
    figures("--rebuild")
    (row,) = csv.DictReader(io.StringIO(figures("--csv").stdout))
    assert (row["calls"], row["answered"], row["answered_share"]) == ("3", "2", "0.6667")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["callz"], "calls"),
        (["--by", "minute"], "hour_of_day"),
        (["--since", "soon"], "such as 2026-11-01"),
        (["--since", "2026-12-05"], "later day"),
        (["--account", "nobody"], "there is no account nobody: default"),
    ],
)
def test_what_cannot_be_asked_says_what_can(words: list[str], told: str, database: Path) -> None:
    refused = figures(*words)
    assert refused.exit_code == 2
    assert told in refused.output
