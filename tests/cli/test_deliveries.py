"""`ivr deliveries` from the terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from router.cli import commands as ivr
from router.history.journal import FAILED, QUEUED
from router.protocol.webhook_sign import derived_secret, read_secret
from router.runtime.ports import Store
from router.store import open_store
from tests.history.test_delivery_view import AT, told


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    url = f"sqlite:///{tmp_path}/ivr.db"
    monkeypatch.setenv("IVR_DATABASE", url)
    opened = open_store(url)
    with opened.transaction() as transaction:
        transaction.store_version("default", "v1", b"", activate=True)
        transaction.queue(told("t-1", state=FAILED, confirmed=AT))
        transaction.queue(told("t-2", state=FAILED, confirmed=AT, queued=AT + 60, receiver="https://other.example"))
        transaction.queue(told("t-3", queued=AT + 90))
    return opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ivr, ["deliveries", *arguments])


def states(store: Store) -> dict[str, str]:
    return {row.command_id: row.state for row in store.deliveries(None)[0]}


def test_listed() -> None:
    rows: list[dict[str, Any]] = json.loads(run("--json").stdout)
    assert [row["delivery_id"] for row in rows] == ["t-3", "t-2", "t-1"]
    assert [row["delivery_id"] for row in json.loads(run("--json", "--state", "queued").stdout)] == ["t-3"]
    assert "https://other.example" in run().stdout
    assert run("--call", "e9").stdout == "no notifications\n"


def test_redelivered_by_id_and_all_that_failed(store: Store) -> None:
    assert run("redeliver", "t-1").exit_code == 0
    assert states(store) == {"t-1": QUEUED, "t-2": FAILED, "t-3": QUEUED}
    since = "2026-11-18T14:07:30+03:00"
    assert json.loads(run("redeliver", "--failed", "--since", since, "--json").stdout)[0]["delivery_id"] == "t-2"
    assert "no notification was changed" in run("redeliver", "--failed", "--receiver", "https://x.example").stdout


def test_cancelled_and_what_is_over_is_told(store: Store) -> None:
    assert run("cancel", "--queued").exit_code == 0
    assert states(store)["t-3"] == "expired"
    again = run("cancel", "t-3")
    assert (again.exit_code, "cancel-delivery is not possible: it is cancelled already" in again.stderr) == (1, True)


def test_the_last_of_a_call_is_cancelled_first(store: Store) -> None:
    """One that is cancelled lets the next one go."""
    with store.transaction() as transaction:
        transaction.queue(told("t-4", queued=AT + 95))
    rows = json.loads(run("cancel", "--queued", "--json").stdout)
    assert [row["delivery_id"] for row in rows] == ["t-4", "t-3"]


@pytest.mark.parametrize("arguments", [["redeliver"], ["cancel"], ["cancel", "t-1", "--queued"], ["secret"]])
def test_what_is_meant_has_to_be_said(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_unknown_id() -> None:
    result = run("redeliver", "t-9")
    assert "there is no notification t-9" in str(result.exception)


def test_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {run("secret", "--new").stdout.strip() for _ in range(2)}
    assert {len(read_secret(secret)) for secret in made} == {32}
    assert len(made) == 2
    monkeypatch.setenv("MANGO_API_KEY", "k")
    monkeypatch.setenv("MANGO_API_SALT", "s")
    assert run("secret", "https://crm.example/hook").stdout == derived_secret("s", "https://crm.example") + "\n"
    assert run("secret", "crm.example").exit_code == 2
