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
    put(store, call("one", sip_call_id="a@b"), call("two", sip_call_id="c@d", status="ended", outcome="missed"))
    put(store, call("three", flow="night", caller_number="79000000007", line="74950000009"))
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


@pytest.mark.parametrize(
    ("arguments", "those"),
    [
        (["--outcome", "missed"], ["two"]),
        (["--flow", "night"], ["three"]),
        (["--caller", "8 (900) 000-00-07"], ["three"]),
        (["--line", "74950000009"], ["three"]),
        (["--live"], ["three", "one"]),
        (["--since", "2100-01-01"], []),
        (["--until", "2020-01-01"], []),
        (["--q", "thr"], ["three"]),
    ],
)
def test_calls_by_what_they_are(arguments: list[str], those: list[str]) -> None:
    assert {entry for entry, _ in found(*arguments)} == set(those)


def test_unknown_outcome_is_refused() -> None:
    result = CliRunner().invoke(ivr, ["calls", "--outcome", "lost"])
    assert result.exit_code == 2
    assert "'answered', 'hung_up', 'released', 'missed'" in result.stderr


def test_in_russian_an_outcome_stands_beside_the_word_that_it_is_asked_by() -> None:
    result = CliRunner().invoke(ivr, ["calls", "--outcome", "missed"], env={"IVR_LANG": "ru"})
    assert "ended (окончен)" in result.stdout
    assert "missed (пропущен)" in result.stdout
    result = CliRunner().invoke(ivr, ["trace", "two"], env={"IVR_LANG": "ru"})
    assert "missed (пропущен)" in result.stdout
