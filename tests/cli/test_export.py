"""`ivr export` from the terminal."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import commands as ivr
from router.store import open_store
from tests.store.build import NOON, call, put


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/ivr.db"
    monkeypatch.setenv("IVR_DATABASE", url)
    store = open_store(url)
    put(
        store,
        call("one", started=NOON, caller_number="79000000000"),
        call("two", started=NOON + 60, caller_number="79000000001", status="ended", ended=NOON + 90, outcome="missed"),
    )
    store.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ivr, ["export", *arguments])


def test_csv_to_stdout_and_how_many_to_stderr() -> None:
    result = run()
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [(row["entry_id"], row["caller"], row["outcome"]) for row in rows] == [
        ("two", "79000000001", "missed"),
        ("one", "79000000000", ""),
    ]
    assert result.stderr == "2 calls\n"


def test_into_a_file_that_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    assert run("--format", "jsonl", "--until", str(int(NOON) + 60), "--output", str(file)).exit_code == 0
    (line,) = file.read_text().splitlines()
    assert json.loads(line)["entry_id"] == "one"
    assert (file.stat().st_mode & 0o077, list(tmp_path.glob("*.part"))) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--since", "2026-11-18T14:07:00+03:00"], ["two"]),
        (["--ended-since", "2026-11-18 14:07 MSK"], ["two"]),
        (["--caller", "+7 900 000 00 00"], ["one"]),
        (["--outcome", "missed", "--line", "7495"], []),
        (["--account", "shop"], []),
    ],
)
def test_filters(arguments: list[str], found: list[str]) -> None:
    rows = [json.loads(line) for line in run("--format", "jsonl", *arguments).stdout.splitlines()]
    assert [row["entry_id"] for row in rows] == found


def test_masked() -> None:
    rows = [json.loads(line) for line in run("--format", "jsonl", "--mask").stdout.splitlines()]
    assert [row["caller"] for row in rows] == ["7900*****01", "7900*****00"]


def test_what_does_not_do() -> None:
    assert "is no instant: write 7d" in run("--since", "yesterday").stderr
    assert run("--format", "xls").exit_code == 2


def test_parquet_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    result = run("--format", "parquet", "--output", str(tmp_path / "calls.parquet"))
    assert "pip install 'ivr-router[parquet]'" in str(result.exception)
    assert list(tmp_path.glob("*.parquet*")) == []
