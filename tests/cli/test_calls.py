"""`ivr calls` from the terminal."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import commands as ivr
from router.store import open_store
from tests.store.build import call, put


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/ivr.db"
    monkeypatch.setenv("IVR_DATABASE", url)
    store = open_store(url)
    put(store, call("one", sip_call_id="a@b"), call("two", sip_call_id="c@d", status="ended"), call("three"))
    store.close()


def found(*arguments: str) -> list[tuple[str, str]]:
    result = CliRunner().invoke(ivr, ["calls", "--json", *arguments])
    assert result.exit_code == 0
    return [(row["entry_id"], row["sip_call_id"]) for row in json.loads(result.stdout)]


def test_calls_by_their_sip_call_id() -> None:
    assert found("--sip-call-id", "a@b") == [("one", "a@b")]
    assert found("--sip-call-id", "c@d", "--live") == []
    assert found("--sip-call-id", "") == found()
    assert len(found()) == 3
