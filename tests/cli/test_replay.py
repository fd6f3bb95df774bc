"""`ivr replay` and `ivr trace --as-test` over a database with calls in it."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from router.cli import commands
from router.cli.replay import Share, Since, replay
from router.cli.trace import trace
from router.errors import ConfigurationError
from router.simulator.exported import exported
from tests.runtime.recording import ACCOUNT, FLOW, NOON, Recorder, files_of
from tests.stores import SqliteStore

OTHER = FLOW.replace("{busy: operator, no_answer", "{busy: sorry, no_answer")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three finished calls and one that is still live; now is a minute after the last of them."""
    path = tmp_path / "ivr.db"
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{path}")
    monkeypatch.setattr("time.time", lambda: NOON + 4000)

    def store(now: Callable[[], float]) -> SqliteStore:
        return SqliteStore(str(path), now)

    Recorder(store=store).wait(3).press("1").wait(2).happen("busy").wait(4).happen("answered").wait(9).hang_up()
    Recorder(store=store, entry_id="entry-2", at=NOON + 1000).wait(2).hang_up()
    Recorder(store=store, entry_id="entry-3", at=NOON + 2000).wait(40)
    Recorder(store=store, entry_id="entry-4", at=NOON + 3000).wait(2)
    return str(path)


def _bundle(directory: Path, flow: str) -> str:
    directory.mkdir()
    for name, content in files_of(flow).items():
        (directory / name).write_bytes(content)
    return str(directory)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(replay, arguments)


def test_the_same_bundle_changes_nothing(database: str, tmp_path: Path) -> None:
    answer = _run("--against", _bundle(tmp_path / "same", FLOW), "--fail-over", "0%")
    assert answer.exit_code == 0
    assert "3 calls under version " in answer.output
    assert "  0 end elsewhere (0.0 %)\n  0 go another way to the same end\n" in answer.output


def test_a_call_that_ends_elsewhere_is_explained(database: str, tmp_path: Path) -> None:
    answer = _run("--against", _bundle(tmp_path / "other", OTHER))
    assert answer.exit_code == 0
    assert "  1 end elsewhere (33.3 %)" in answer.output
    assert "  answered → hung_up: 1\n" in answer.output
    assert "\ncall entry-1 (version " in answer.output
    assert "  + sorry by next\n" in answer.output
    assert "1 hold a guess" in answer.output


def test_the_gate(database: str, tmp_path: Path) -> None:
    other = _bundle(tmp_path / "other", OTHER)
    assert _run("--against", other, "--fail-over", "34%").exit_code == 0
    answer = _run("--against", other, "--fail-over", "33", "--show", "0")
    assert answer.exit_code == 1
    assert answer.output.endswith("ivr: 33.3 % end elsewhere, 33 % are allowed\n")
    assert "1 more end elsewhere: see --show and --json" in answer.output


def test_publishing_behind_the_gate(database: str, tmp_path: Path) -> None:
    other = _bundle(tmp_path / "other", OTHER)

    def ivr(*arguments: str) -> Result:
        return CliRunner().invoke(commands, arguments)

    before = ivr("versions").output
    refused = ivr("publish", other, "--replay-since", "7d")
    assert refused.exit_code == 1
    assert "\ncall entry-1 (version " in refused.stderr
    assert refused.stderr.endswith("ivr: 33.3 % end elsewhere, 0 % are allowed; nothing was published\n")
    assert ivr("versions").output == before
    published = ivr("publish", other, "--replay-since", "7d", "--fail-over", "34%", "--json")
    assert published.exit_code == 0
    assert json.loads(published.stdout)[0]["state"] == "active"
    assert ivr("publish", other, "--fail-over", "5%").exit_code == 2


def test_json(database: str, tmp_path: Path) -> None:
    answer = json.loads(_run("--against", _bundle(tmp_path / "other", OTHER), "--json").output)
    assert (answer["calls"], answer["elsewhere"], answer["percent_elsewhere"]) == (3, 1, 33.33)
    (call,) = answer["differing"]
    assert call["entry_id"] == "entry-1"
    assert call["first_difference"] == {"recorded": "operator by answered", "replayed": "sorry by next"}
    assert call["recorded"]["commands"] == ["audio.menu", "route group sales", "route person operator"]
    assert call["replayed"]["outcome"] == "hung_up"


def test_what_cannot_be_compared_is_told_with_its_reason_and_passes_the_gate(database: str, tmp_path: Path) -> None:
    """The rows of all but one call name a version that the database does not have any more."""
    store = SqliteStore(database, lambda: NOON + 4000)
    for entry_id in ("entry-1", "entry-3"):
        call = store.call(ACCOUNT, entry_id)
        assert call is not None
        with store.transaction() as tx:
            tx.save_call(msgspec.structs.replace(call, version="f00d"))
    store.close()
    other = _bundle(tmp_path / "other", OTHER)
    told = _run("--against", other, "--fail-over", "0%")
    assert told.exit_code == 0
    assert "  2 not comparable, and counted as neither changed nor unchanged\n" in told.output
    assert "    2 calls: its own version is not in the database any more\n" in told.output
    answer = json.loads(_run("--against", other, "--json").output)
    assert (answer["calls"], answer["compared"], answer["not_comparable"], answer["elsewhere"]) == (3, 1, 2, 0)
    assert {one["entry_id"] for one in answer["not_compared"]} == {"entry-1", "entry-3"}


def test_since(database: str, tmp_path: Path) -> None:
    same = _bundle(tmp_path / "same", FLOW)
    assert _run("--against", same, "--since", "40m").output.startswith("1 call under")
    assert _run("--against", same, "--account", "nobody").output.startswith("0 calls under")


def test_a_bundle_with_errors_is_refused(database: str, tmp_path: Path) -> None:
    answer = _run("--against", _bundle(tmp_path / "broken", FLOW.replace("goto: sorry", "goto: nowhere")))
    assert answer.exit_code == 1
    assert "F301" in answer.output


def test_several_accounts_are_not_mixed(database: str, tmp_path: Path) -> None:
    store = SqliteStore(database, lambda: NOON + 4000)
    call = store.call(ACCOUNT, "entry-2")
    assert call is not None
    with store.transaction() as tx:
        tx.save_call(msgspec.structs.replace(call, account="shop", entry_id="entry-5"))
    store.close()
    answer = _run("--against", _bundle(tmp_path / "same", FLOW))
    assert answer.exit_code == 2
    assert "name one with --account" in answer.output


@pytest.mark.parametrize("wrong", ["x", "-1", "101%"])
def test_wrong_shares(wrong: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a share such as 5%"):
        Share().convert(wrong, None, None)


def test_wrong_duration() -> None:
    with pytest.raises(click.BadParameter, match="is not a duration"):
        Since().convert("7", None, None)


# trace --as-test


def _export(*arguments: str) -> Result:
    return CliRunner().invoke(trace, [*arguments, "--as-test"])


def test_a_call_as_a_test(database: str) -> None:
    answer = _export("entry-1")
    assert answer.exit_code == 0
    assert answer.output.startswith('flow: main\ntests:\n  - name: "a recorded call: screen, menu, sales, ')
    assert "79031234567" not in answer.output


def test_a_call_that_is_not_over_is_no_test(database: str) -> None:
    answer = _export("entry-4")
    assert isinstance(answer.exception, ConfigurationError)
    assert answer.exception.message == "call entry-4 is not over, or no flow had it: there is nothing to test"


def test_a_version_that_is_gone(database: str) -> None:
    store = SqliteStore(database, lambda: NOON + 4000)
    call = store.call(ACCOUNT, "entry-1")
    assert call is not None
    with store.transaction() as tx:
        tx.save_call(msgspec.structs.replace(call, version="gone"))
    with pytest.raises(ConfigurationError, match="version gone of default cannot be loaded"):
        exported(store, ACCOUNT, "entry-1")
    store.close()


def test_a_test_that_does_not_go_as_the_call_went_says_so(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the test is spoilt behind its maker's back; elsewhere a condition on the caller's number may do it."""
    monkeypatch.setattr("router.simulator.exported.as_test", lambda *_: TEST_OF_NOTHING)
    answer = _export("entry-1")
    assert answer.exit_code == 1
    assert (
        "ivr: the test does not go as the call went: line 4: expected hangup, but got play audio.menu" in answer.output
    )


TEST_OF_NOTHING = "flow: main\ntests:\n  - name: none\n    script: [{expect: hangup}]\n"
