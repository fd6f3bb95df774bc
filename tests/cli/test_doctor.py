"""`ivr doctor`: what it sees in a sound deployment, and in broken ones."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.cli import commands as ivr
from router.store import open_store
from tests.client.peer import KEY, SALT, Laid, PretendPbx, pretend_pbx, told
from tests.stores import pause
from tests.translation.diagnoses import english_diagnoses

FLOW = "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps: {bye: hangup}\n"


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendPbx]:
    """The PBX, and the router's own server: both answer as they should."""
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    with pretend_pbx() as running:
        running.lay("/ping", told({"code": 1000}))
        running.lay("/readyz", told({"status": "ready"}))
        running.lay("/vpbx/account/balance", told({"result": 1000, "balance": 1}))
        environ = {
            "MANGO_API_KEY": KEY,
            "MANGO_API_SALT": SALT,
            "MANGO_API_URL": f"{running.url}/vpbx/",
            "IVR_DATABASE": f"sqlite:///{tmp_path}/ivr.db",
            "IVR_FLOWS": str(flows),
            "IVR_LISTEN": running.url.removeprefix("http://"),
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        assert CliRunner().invoke(ivr, ["publish", "--create"]).exit_code == 0
        for path in tmp_path.glob("ivr.db*"):
            path.chmod(0o600)
        yield running


def examine(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(ivr, ["doctor", "--json", *arguments])
    found = json.loads(result.stdout)
    assert english_diagnoses(found) == []
    return result.exit_code, found


def seen(level: str, *arguments: str) -> str:
    """Everything of a level in one text."""
    return "\n".join(f"{one['told']} → {one['remedy']}" for one in examine(*arguments)[1] if one["level"] == level)


def test_sound_deployment(peer: PretendPbx) -> None:
    code, found = examine("--online")
    assert code == 0
    assert {one["level"] for one in found} == {"ok"}
    assert {one["area"] for one in found} >= {"configuration", "database", "server", "PBX of default"}
    shown = CliRunner().invoke(ivr, ["doctor"]).stdout
    assert "0 error(s), 0 warning(s)" in shown
    assert "not asked" in shown
    assert SALT not in shown


def test_lines_are_in_russian_and_json_is_not(peer: PretendPbx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_LANG", "ru")
    code, found = examine("--online")
    assert code == 0
    assert {one["area"] for one in found} >= {"configuration", "database", "server", "PBX of default"}
    result = CliRunner().invoke(ivr, ["doctor", "--online"])
    *lines, sums = result.stdout.splitlines()
    assert (result.exit_code, sums.partition(",")[0]) == (0, "0 ошибок")
    assert all(line.startswith(("норма    ", "внимание ", "         → ")) for line in lines)  # the disk may be busy
    assert "    база: запись занимает" in result.stdout or "внимание база: запись занимает" in result.stdout
    assert "норма    АТС клиента default: " in result.stdout
    monkeypatch.delenv("MANGO_API_KEY")
    broken = CliRunner().invoke(ivr, ["doctor"])
    assert broken.exit_code == 1
    assert "ОШИБКА   настройки: MANGO_API_KEY не задано: уникальный код АТС" in broken.stdout
    assert "\n         → все настройки описаны в docs/configuration.ru.md" in broken.stdout
    assert "1 ошибка, " in broken.stdout


def test_missing_key(peer: PretendPbx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MANGO_API_KEY")
    code, found = examine()
    assert code == 1
    assert "MANGO_API_KEY is not set" in found[0]["told"]
    assert {"database", "spool", "server", "flows of default"} <= {one["area"] for one in found}


def test_no_database(peer: PretendPbx, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{tmp_path}/nothing.db")
    assert examine()[0] == 1
    assert "there is no database" in seen("error")


def test_full_disk_and_network_share(peer: PretendPbx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.cli.doctor.checks.disk_space.FULL_BYTES", 1 << 60)
    monkeypatch.setattr("router.cli.doctor.checks.sqlite_file.file_system", lambda path: "nfs4")
    assert "make room" in seen("error")
    assert "SQLite needs a local disk" in seen("error")


def test_flows(peer: PretendPbx, tmp_path: Path) -> None:
    (tmp_path / "flows" / "main.yaml").write_text(FLOW.replace("hangup", "release"), encoding="utf-8")
    assert "is not what is active → ivr publish" in seen("warning")
    (tmp_path / "flows" / "main.yaml").write_text(FLOW.replace("start: bye", "start: by"), encoding="utf-8")
    assert "has 1 error(s) → ivr check" in seen("error")
    (tmp_path / "flows" / "main.yaml").unlink()
    (tmp_path / "flows").rmdir()
    assert "there is no directory" in seen("warning")


def test_pause_and_canary_are_told(peer: PretendPbx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flows" / "main.yaml").write_text(FLOW.replace("hangup", "release"), encoding="utf-8")
    assert CliRunner().invoke(ivr, ["publish", "--canary", "10%"]).exit_code == 0
    assert CliRunner().invoke(ivr, ["pause"]).exit_code == 0
    assert re.search(r"paused since .* \(\S+ on \S+, with ivr pause\)", seen("warning"))
    monkeypatch.setattr("router.cli.doctor.checks.published.FORGOTTEN_HOURS", 0.0)
    assert "was it forgotten? ivr resume" in seen("error")
    assert "is tried on 10% of the callers" in seen("skipped")


@pytest.mark.parametrize(
    ("laid", "level", "said"),
    [
        (told({"code": 3105}, 403), "warning", "IVR_TRUSTED_PROXIES"),
        (told({"code": 3102}, 403), "error", "key and salt of this shell"),
        (Laid(status=404, body=b"<html>"), "error", "not as this program"),
    ],
)
def test_webhook_seen_from_outside(peer: PretendPbx, laid: Laid, level: str, said: str) -> None:
    peer.lay("/hook/ping", laid)
    assert said in seen(level, "--url", f"{peer.url}/hook/")


def test_address_as_the_pbx_may_join_it(peer: PretendPbx) -> None:
    peer.lay("/hook/ping", told({"code": 1000}))
    for joined in ("/hook/", "/hook//"):
        peer.lay(f"{joined}events/call", told({"code": 3103, "error": "missing-parameter"}, 400))
        peer.lay(f"{joined}result/route", told({"code": 3103, "error": "missing-parameter"}, 400))
    found = seen("ok", "--url", f"{peer.url}/hook/")
    assert "joined with one slash" in found
    assert "joined with two slashes" in found
    peer.lay("/hook//result/route", Laid(status=301, headers={"Location": "/hook/result/route"}))
    found = seen("error", "--url", f"{peer.url}/hook")
    assert f"joined with two slashes: {peer.url}/hook//result/route answers HTTP 301" in found
    assert "without a redirect" in found


def test_server_that_is_not_there_or_not_ready(peer: PretendPbx, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.lay("/readyz", told({"reason": "no active bundle for shop"}, 503))
    assert "not ready: no active bundle for shop" in seen("error")
    monkeypatch.setenv("IVR_LISTEN", "127.0.0.1:1")
    assert "nobody listens" in seen("error")


@pytest.mark.parametrize(
    ("laid", "level", "said"),
    [
        (told({"code": 3105}, 420), "error", "MANGO_API_KEY and MANGO_API_SALT"),
        (Laid(status=401), "error", "MANGO_API_KEY and MANGO_API_SALT"),
        (told({"code": 5000}, 420), "warning", "does not tell its balance"),
    ],
)
def test_pbx_that_refuses(peer: PretendPbx, laid: Laid, level: str, said: str) -> None:
    peer.lay("/vpbx/account/balance", laid)
    assert said in seen(level, "--online")


def test_pbx_of_a_paused_account_and_of_a_blocked_key(peer: PretendPbx, tmp_path: Path) -> None:
    assert CliRunner().invoke(ivr, ["pause"]).exit_code == 0
    assert "takes the key" in seen("ok", "--online")
    assert CliRunner().invoke(ivr, ["resume"]).exit_code == 0
    store = open_store(f"sqlite:///{tmp_path}/ivr.db")
    with store.transaction() as transaction:
        pause(transaction, "default", store.now() + 100, "the key is blocked after invalid commands")
    store.close()
    asked = len(peer.asked)
    assert "not asked: the key pauses for" in seen("warning", "--online")
    assert not [path for path, _ in peer.asked[asked:] if path.startswith("/vpbx")]


def test_open_server_without_a_token(peer: PretendPbx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_LISTEN", "0.0.0.0:1")
    monkeypatch.setenv("MANGO_ALLOWED_IPS", "any")
    told_of = seen("warning")
    assert "no IVR_ADMIN_TOKEN" in told_of
    assert "from any address" in told_of


def test_open_server_with_people(peer: PretendPbx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_LISTEN", "0.0.0.0:1")
    monkeypatch.setenv("MANGO_ALLOWED_IPS", "any")
    assert CliRunner().invoke(ivr, ["user", "add", "masha", "--no-password"]).exit_code == 0
    assert "no IVR_ADMIN_TOKEN" not in seen("warning")
