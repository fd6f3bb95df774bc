"""Publishing, listing and rolling back from the terminal, and looking at commands and limits."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from router.bootstrap.process_setup import migrate_database, open_store_from_environment, read_environment
from router.bootstrap.router import Router
from router.cli import commands as ivr
from router.engine.state import ENDED
from router.errors import ConfigurationError
from router.protocol.events import APPEARED, LegChanged
from tests.store.build import call, put
from tests.stores import pause

FLOW = """
flow: main
for: any
start: first
on_error: bye
steps:
  first: {play: {prompt: audio.hello, next: bye}}
  bye: hangup
"""


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text("audio: {hello: {id: 7, length: 5s}}\n", encoding="utf-8")
    for name, value in {
        "MANGO_API_KEY": "k",
        "MANGO_API_SALT": "s",
        "IVR_FLOWS": str(flows),
        "IVR_DATABASE": f"sqlite:///{tmp_path}/ivr.db",
    }.items():
        monkeypatch.setenv(name, value)
    migrate_database()
    return flows


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ivr, list(arguments))


def rows(*arguments: str) -> list[dict[str, Any]]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_publish_then_change_then_roll_back(house: Path) -> None:
    (first,) = rows("publish")
    assert first["state"] == "active"
    (house / "main.yaml").write_text(FLOW.replace("next: bye", "next: first"), encoding="utf-8")
    (second,) = rows("publish")
    assert second["version"] != first["version"]
    assert [(row["version"], row["state"]) for row in rows("versions")] == [
        (second["version"], "active"),
        (first["version"], "retired"),
    ]
    assert rows("rollback")[0]["version"] == first["version"]
    assert rows("rollback", second["version"][:12])[0]["state"] == "active"
    assert "active" in run("versions").output


def test_canary_is_begun_promoted_and_ended(house: Path) -> None:
    (first,) = rows("publish")
    (house / "main.yaml").write_text(FLOW.replace("next: bye", "next: first"), encoding="utf-8")
    (canary,) = rows("publish", "--canary", "10%")
    assert canary["state"] == "canary"
    assert rows("rollback")[0]["version"] == first["version"]
    assert {row["version"]: row["state"] for row in rows("versions")}[canary["version"]] == "retired"
    rows("publish", "--canary", "2.5%")
    assert open_store_from_environment().serving("default").share == 0.025
    promoted = rows("promote")[0]
    assert (promoted["version"], promoted["state"]) == (canary["version"], "active")
    assert promoted.items() >= rows("versions")[0].items()
    assert rows("rollback")[0]["version"] == first["version"]


def test_a_canary_is_shown_beside_the_active_version(house: Path) -> None:
    (first,) = rows("publish")
    (house / "main.yaml").write_text(FLOW.replace("next: bye", "next: first"), encoding="utf-8")
    (canary,) = rows("publish", "--canary", "10%")
    assert "There is nothing to compare yet." in run("versions").output
    store = open_store_from_environment()
    since = store.serving("default").since + 1
    for version, answered, missed in ((first["version"], 320, 40), (canary["version"], 30, 10)):
        outcomes = ["answered"] * answered + ["missed"] * missed
        ended = (
            call(
                f"{version}-{number}", account="default", version=version, status=ENDED, outcome=outcome, started=since
            )
            for number, outcome in enumerate(outcomes)
        )
        put(store, *ended)
    shown = run("versions").output
    assert f"The canary {canary['version'][:12]} of default: 10.0% of the callers since" in shown
    (line,) = [line.split("  ") for line in shown.splitlines() if line.strip().startswith("answered")]
    assert [cell.strip() for cell in line if cell.strip()] == [
        "answered", "320 (88.9%)", "30 (75.0%)", "-13.9%", "-29.3% to -2.5%", "99.2% likely fewer",
    ]  # fmt: skip
    assert "hung up" not in shown
    assert all("likely" not in str(row) for row in rows("versions"))


def test_pause_and_resume() -> None:
    run("publish")
    assert rows("pause") == [{"account": "default", "paused": True}]
    assert open_store_from_environment().serving("default").paused
    assert "paused by hand" in run("limits").output
    assert rows("resume") == [{"account": "default", "paused": False}]
    assert not open_store_from_environment().serving("default").paused


def test_refused_bundle_shows_its_findings(house: Path) -> None:
    (house / "main.yaml").write_text(FLOW.replace("bye: hangup", "by: hangup"), encoding="utf-8")
    result = run("publish")
    assert result.exit_code == 1
    assert "main.yaml:" in result.stderr
    assert "nothing was published" in result.stderr
    assert run("versions").output == "nothing was published yet\n"
    told = json.loads((result := run("publish", "--json")).stdout)
    assert (result.exit_code, told["code"], result.stderr) == (1, "bundle-refused", "")
    assert told["findings"][0]["file"] == "main.yaml"


def test_no_command_that_writes_makes_a_database_by_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline that lacks IVR_DATABASE would publish into a file that no router reads."""
    monkeypatch.delenv("IVR_DATABASE")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ivr.db").unlink()
    for command in ("publish", "promote", "rollback", "pause", "resume", "purge"):
        refused = CliRunner().invoke(ivr, [command])
        assert isinstance(refused.exception, ConfigurationError), command
        assert "there is no database ivr.db" in refused.exception.message
        assert not (tmp_path / "ivr.db").exists()
    assert rows("publish", "--create")[0]["state"] == "active"
    assert rows("publish")[0]["state"] == "active"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rollback",), "no other version was ever active"),
        (("rollback", "zzz"), "there is no version zzz"),
        (("publish", "--account", "nobody"), "there is no account nobody"),
        (("publish", "--canary", "10"), "such as 10%"),
        (("publish", "--canary", "100%"), "such as 10%"),
        (("promote",), "there is no canary"),
        (("pause", "--account", "nobody"), "there is no account nobody"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str) -> None:
    run("publish")
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_commands_and_limits() -> None:
    run("publish")
    router = Router(read_environment(open_store_from_environment()), open_store_from_environment(), starts_itself=False)
    leg = LegChanged(
        entry_id="e", call_id="c", seq=1, timestamp=1, state=APPEARED, location="ivr", line_number="74950000000"
    )
    router.ingest.accept("default", "events/call", leg, "{}", "k", b"d")
    (command,) = rows("commands", "--state", "queued")
    assert (command["command"], command["label"], command["entry_id"]) == ("play/start", "audio.hello", "e")
    assert rows("commands", "--state", "sent") == []
    assert run("commands", "--state", "sent").output == "no commands\n"
    windows = {row["window"]: row for row in rows("limits")}
    assert windows["route"]["allowed"] == "1 in 2 s"
    assert windows["all"]["queued"] == 1
    assert windows["all"]["waits"]["route"] == 0
    assert run("limits", "--account", "nobody").output == "no such account\n"


def test_whoever_only_looks_needs_no_keys(house: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Beside a running router a shell knows the database, and neither keys nor the configuration file."""
    monkeypatch.delenv("MANGO_API_KEY")
    monkeypatch.delenv("MANGO_API_SALT")
    assert rows("publish")[0]["account"] == "default"
    store = open_store_from_environment()
    with store.transaction() as tx:
        tx.store_version("clinic", "v1", b"", activate=True)
    assert [row["account"] for row in rows("versions")] == ["clinic", "default"]
    assert {row["account"] for row in rows("limits")} == {"clinic", "default"}
    assert "say which account" in run("rollback").stderr
    file = tmp_path / "ivr.yaml"
    file.write_text(
        'accounts: [{name: clinic, api_key: "${NOT_HERE}", api_salt: "file:/not/here"}]\n', encoding="utf-8"
    )
    monkeypatch.setenv("IVR_CONFIG", str(file))
    assert [row["account"] for row in rows("versions")] == ["clinic"]


def test_of_many_accounts_those_in_use_are_shown_first(house: Path) -> None:
    run("publish")
    store = open_store_from_environment()
    with store.transaction() as tx:
        for name in ("a", "b", "c"):
            tx.store_version(name, "v1", b"", activate=True)
        tx.take_slot("c", "route", "c-1", tx.now + 60)
    result = run("limits", "--limit", "1", "--json")
    assert {row["account"] for row in json.loads(result.stdout)} == {"c"}
    assert result.stderr == "1 of 4 accounts, 1 of them in use: --limit, --account\n"
    assert run("limits", "--account", "b").stderr == ""


def test_paused_key_says_why() -> None:
    run("publish")
    store = open_store_from_environment()
    with store.transaction() as tx:
        pause(tx, "default", tx.now + 60, "HTTP 503: over the limit")
    assert "sends nothing for now: HTTP 503" in run("limits").output
