"""`ivr doctor` in real trouble: each has its own words, and no other line is lost for it."""

import codecs
import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.bootstrap.process_setup import survey_environment
from router.cli import commands as ivr
from router.cli.doctor.checks.database_check import database
from router.cli.doctor.checks.owners import file_modes
from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis
from router.cli.doctor.supervisor import supervised
from router.store import open_store
from router.store.sqlite.schema import MIGRATIONS
from tests.broken_peer import CLOSE, HANG, broken_peer, certificate, http
from tests.translation.diagnoses import english_diagnoses

KEY, SALT = "key-of-the-account", "salt-of-the-account"
FLOW = "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps: {bye: hangup}\n"
AREAS = {"configuration", "database", "spool", "disk", "server", "flows of default"}
MOST_SECONDS = 10.0
NOBODY = 65534


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with flows, and settings that name it; no router runs."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    for name in [name for name in os.environ if name.startswith(("IVR_", "MANGO_"))]:
        monkeypatch.delenv(name)
    environ = {
        "MANGO_API_KEY": KEY,
        "MANGO_API_SALT": SALT,
        "MANGO_API_URL": "http://127.0.0.1:1/vpbx/",
        "IVR_DATABASE": f"sqlite:///{tmp_path}/ivr.db",
        "IVR_FLOWS": str(tmp_path / "flows"),
        "IVR_LISTEN": "127.0.0.1:1",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def examine(*arguments: str) -> list[dict[str, Any]]:
    """Every line; in time, as valid JSON, with the exit code that fits, and without a secret."""
    begun = time.monotonic()
    result = CliRunner().invoke(ivr, ["doctor", "--json", *arguments])
    assert time.monotonic() - begun < MOST_SECONDS
    found: list[dict[str, Any]] = json.loads(result.stdout)
    assert result.exit_code == any(one["level"] == "error" for one in found)
    assert SALT not in result.stdout
    assert KEY not in result.stdout
    assert not [one for one in found if "a fault of ivr doctor itself" in one["remedy"]]
    assert english_diagnoses(found) == []
    return found


def told_of(area: str, found: list[dict[str, Any]], level: str = "error") -> str:
    lines = [one for one in found if one["area"] == area and one["level"] == level]
    return "\n".join(f"{one['told']} → {one['remedy']}" for one in lines)


class TestPbx:
    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (http("500 Oops", b"<html>Server Error</html>"), "is broken: it answers HTTP 500"),
            (http("502 Bad Gateway", b""), "is broken: it answers HTTP 502 and nothing else"),
            (http("503 Down", b"<html>maintenance</html>"), "is broken: it answers HTTP 503"),
            (http("200 OK", b"<!doctype html><title>Login</title>"), "a page of HTML"),
            (http("200 OK", b"\x00\xff\xfe" * 50), "garbage"),
            (http("200 OK", "привет".encode("koi8-r")), "garbage"),
            (http("200 OK", b"[" * 100_000), "garbage"),
            (http("200 OK", b"x" * 3_000_000), "longer than any of the PBX's"),
            (http("302 Found", b"", "Location: https://example.com/login"), "a redirect to https://example.com/login"),
            (http("404 Not Found", b"nothing here"), "answers HTTP 404 without a code of the API"),
            (http("403 Forbidden", b"<html>"), "answers HTTP 403 without a code of the API"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "broke off"),
            (CLOSE, "closed the connection"),
            (HANG, "no answer came in time"),
        ],
    )
    def test_broken_one_says_nothing_of_the_key(
        self, answer: bytes, said: str, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with broken_peer(answer) as port:
            monkeypatch.setenv("MANGO_API_URL", f"http://127.0.0.1:{port}/vpbx/")
            found = examine("--online")
        told = told_of("PBX of default", found)
        assert said in told
        assert "the key is taken" not in json.dumps(found)
        assert {one["area"] for one in found} >= AREAS

    @pytest.mark.parametrize(
        ("answer", "level", "said"),
        [
            (http("420 No", b'{"code": 3102}'), "error", "MANGO_API_SALT"),
            (http("401 No", b""), "error", "MANGO_API_KEY"),
            (http("420 No", b'{"code": 2110}'), "error", "blocked, or out of money"),
            (http("503 No", b'{"status": 503, "code": 0}'), "warning", "somebody else uses the key"),
            (http("420 No", b'{"code": 5000}'), "warning", "the key is taken"),
            (http("200 OK", b'{"result": 1000, "balance": 1}'), "ok", "takes the key"),
            (http("200 OK", b'{"result": 1000}', "Date: Mon, 30 Nov 2020 00:00:00 GMT"), "warning", "clock"),
        ],
    )
    def test_one_that_answers_as_the_document_says(
        self, answer: bytes, level: str, said: str, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with broken_peer(answer) as port:
            monkeypatch.setenv("MANGO_API_URL", f"http://127.0.0.1:{port}/vpbx/")
            assert said in told_of("PBX of default", examine("--online"), level)

    def test_it_repeats_no_secret_of_ours(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with broken_peer(http("500 Oops", f"bad request: {KEY} {SALT}".encode())) as port:
            monkeypatch.setenv("MANGO_API_URL", f"http://127.0.0.1:{port}/vpbx/")
            assert "*****" in told_of("PBX of default", examine("--online"))

    @pytest.mark.parametrize(
        ("kind", "said"),
        [
            ({"self_signed": True}, "self-signed"),
            ({"days": (-9, -1)}, "has expired"),
            ({"host": "other.example"}, "for another address"),
        ],
    )
    def test_wrong_certificate(
        self, kind: dict[str, Any], said: str, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = certificate(place, **kind)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        with broken_peer(http("200 OK", b"{}"), made) as port:
            monkeypatch.setenv("MANGO_API_URL", f"https://127.0.0.1:{port}/vpbx/")
            assert said in told_of("PBX of default", examine("--online"))

    def test_http_and_https_mixed_up(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with broken_peer(http("400 Bad", b"")) as port:
            monkeypatch.setenv("MANGO_API_URL", f"https://127.0.0.1:{port}/vpbx/")
            assert "does not speak TLS" in told_of("PBX of default", examine("--online"))
        with broken_peer(http("200 OK", b"{}"), certificate(place)) as port:
            monkeypatch.setenv("MANGO_API_URL", f"http://127.0.0.1:{port}/vpbx/")
            assert "it speaks TLS: https:// is needed" in told_of("PBX of default", examine("--online"))

    def test_port_that_is_none(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MANGO_API_URL", "http://127.0.0.1:99999/vpbx/")
        assert "that is no address" in told_of("PBX of default", examine("--online"))

    @pytest.mark.parametrize("url", ["garbage", "ftp://x", "http://", "http://[::1", "http://127.0.0.1:99999"])
    def test_url_that_is_none_is_a_mistake_of_usage(self, url: str, place: Path) -> None:
        result = CliRunner().invoke(ivr, ["doctor", "--url", url])
        assert result.exit_code == 2
        assert "is no address" in result.output

    def test_host_that_nobody_knows(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MANGO_API_URL", "https://pbx.invalid/vpbx/")
        assert "pbx.invalid" in told_of("PBX of default", examine("--online"))


def a_directory(path: Path) -> None:
    path.mkdir()


def a_fifo(path: Path) -> None:
    os.mkfifo(path)


def a_text(path: Path) -> None:
    path.write_text("this is no database\n" * 100, encoding="utf-8")


def a_foreign_one(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE moz_places (url TEXT)")
    connection.close()


def a_newer_one(path: Path) -> None:
    open_store(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()


def a_damaged_one(path: Path) -> None:
    open_store(f"sqlite:///{path}").close()
    content = bytearray(path.read_bytes())
    content[8192:32768] = os.urandom(32768 - 8192)
    path.write_bytes(content)


def a_torn_one(path: Path) -> None:
    open_store(f"sqlite:///{path}").close()
    os.truncate(path, 10_000)


class TestSqlite:
    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda path: None, "there is no database"),
            (a_directory, "is a directory, not a database"),
            (a_fifo, "is a FIFO, not a database"),
            (Path.touch, "is empty: no router has written to it"),
            (a_text, "is no SQLite database"),
            (a_foreign_one, "is another program's: its tables are moz_places"),
            (a_newer_one, "a newer router has used it"),
            (a_damaged_one, "restore a backup"),
            (a_torn_one, "restore a backup"),
        ],
    )
    def test_what_is_no_database_of_ours(self, make: Callable[[Path], object], said: str, place: Path) -> None:
        path = place / "ivr.db"
        make(path)
        before = sorted(place.iterdir())
        found = examine()
        assert said in told_of("database", found)
        assert {one["area"] for one in found} >= AREAS
        assert sorted(place.iterdir()) == before, "doctor leaves nothing behind"

    def test_older_one_is_not_migrated(self, place: Path) -> None:
        path = place / "ivr.db"
        open_store(f"sqlite:///{path}").close()
        with sqlite3.connect(path) as connection:
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) - 1}")
        connection.close()
        assert "migrations" in told_of("database", examine(), "warning")
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) - 1,)
        connection.close()

    def test_another_program_holds_it(self, place: Path) -> None:
        open_store(f"sqlite:///{place}/ivr.db").close()
        connection = sqlite3.connect(place / "ivr.db", isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        assert "another program holds it" in told_of("database", examine())
        connection.close()

    def test_a_suspended_router_holds_the_turn(self, place: Path) -> None:
        store = open_store(f"sqlite:///{place}/ivr.db")
        with store.transaction():
            assert "has kept the turn to write" in told_of("database", examine())
        store.close()

    @pytest.mark.parametrize(
        "path", ["~/ivr.db", "/dev/null", "/dev/zero", "/proc/self/mem", "no/such/directory/ivr.db"]
    )
    def test_odd_paths(self, path: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{path}")
        found = examine()
        assert told_of("database", found)
        assert {one["area"] for one in found} >= AREAS
        assert not path.startswith("~") or "only a shell expands" in told_of("configuration", found)

    def test_database_that_the_settings_do_not_name(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("IVR_DATABASE", "mysql://nobody")
        found = examine()
        assert "IVR_DATABASE" in told_of("configuration", found)
        assert "not examined" in told_of("database", found, "skipped")


class TestSpool:
    def test_events_that_wait_and_files_that_were_set_aside(self, place: Path) -> None:
        from router.store.spool import DiskSpool

        DiskSpool(place / "ivr.db-spool").append([b"one", b"two"])
        (place / "ivr.db-spool" / "set-aside" / "12-torn.events").write_bytes(b"?")
        told = told_of("spool", examine())
        assert "2 event(s) wait" in told
        assert "1 file(s) were set aside" in told
        assert "12-torn.events" in told

    def test_spool_that_is_a_file(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (place / "spool").write_text("", encoding="utf-8")
        monkeypatch.setenv("IVR_SPOOL", str(place / "spool"))
        assert "is no directory but a file" in told_of("spool", examine())


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("IVR_DATABSE", "IVR_DATABASE"),
            ("IRV_DATABASE", "IVR_DATABASE"),
            ("ivr_listen", "IVR_LISTEN"),
            ("MANGO_APIKEY", "MANGO_API_KEY"),
            ("MANGO_API_SALT_OLD", "MANGO_SALT_OLD"),
            ("IVR_UNHEARD_OF", ""),
        ],
    )
    def test_misspelt_variable(self, name: str, meant: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(name, "a-value-that-is-not-shown")
        found = examine()
        told = told_of("configuration", found, "warning")
        assert f"{name} is in the environment" in told
        assert (f"did you mean {meant}?" if meant else "names every setting") in told
        assert "a-value-that-is-not-shown" not in json.dumps(found)

    def test_variable_that_the_file_refers_to_is_none(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        entry = '{name: shop, api_key: "${MANGO_SHOP_KEY}", api_salt: "salt-of-the-shop"}'
        (place / "ivr.yaml").write_text(f"accounts: [{entry}]\n", encoding="utf-8")
        monkeypatch.setenv("MANGO_SHOP_KEY", "key-of-the-shop")
        assert "MANGO_SHOP_KEY" not in told_of("configuration", examine(), "warning")

    def test_every_mistake_is_told_and_the_rest_examined(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MANGO_API_SALT")
        monkeypatch.setenv("IVR_RETENTION", "30")
        monkeypatch.setenv("IVR_REORDER_MS", "soon")
        found = examine()
        told = told_of("configuration", found)
        assert all(name in told for name in ("MANGO_API_SALT", "IVR_RETENTION", "IVR_REORDER_MS"))
        assert {one["area"] for one in found} >= AREAS

    def test_file_that_is_wrong_in_many_places(self, place: Path) -> None:
        (place / "ivr.yaml").write_text(
            "databse: x\nretention: nonsense\naccounts:\n"
            '  - {name: shop, api_key: "${NOWHERE}", api_salt: "file:/no/such/file"}\n'
            "  - {name: clinic, api_key: key-of-the-clinic, api_salt: salt-of-the-clinic, colour: red}\n",
            encoding="utf-8",
        )
        found = examine()
        told = told_of("configuration", found)
        assert all(word in told for word in ("databse", "retention", "NOWHERE", "/no/such/file", "colour"))
        assert {"flows of shop", "flows of clinic"} <= {one["area"] for one in found}

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"accounts: [", b"- 1\n", b"[" * 5000, b"\0"])
    def test_file_that_is_none(self, content: bytes, place: Path) -> None:
        (place / "ivr.yaml").write_bytes(content)
        found = examine()
        assert told_of("configuration", found)
        assert {one["area"] for one in found} >= AREAS

    def test_unknown_account_is_named(self, place: Path) -> None:
        assert "there is no account shop" in told_of("configuration", examine("--account", "shop"))


class TestHanging:
    def test_configuration_that_is_a_fifo(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        os.mkfifo(place / "pipe")
        monkeypatch.setenv("IVR_CONFIG", str(place / "pipe"))
        found = examine()
        assert "no content within" in told_of("configuration", found)
        assert {one["area"] for one in found} >= AREAS

    def test_secrets_that_are_fifos(self, place: Path) -> None:
        (place / "run").mkdir()
        entries = []
        for number in range(30):
            os.mkfifo(place / "run" / f"salt{number}")
            entries.append(
                f"  - {{name: a{number}, api_key: k{number}-abcdef, api_salt: 'file:{place}/run/salt{number}'}}"
            )
        (place / "ivr.yaml").write_text("\n".join(["accounts:", *entries]), encoding="utf-8")
        found = examine()
        assert "no content within" in told_of("configuration", found)
        assert {one["area"] for one in found} >= AREAS - {"flows of default"}

    def test_spooled_file_that_is_a_fifo(self, place: Path) -> None:
        (place / "ivr.db-spool").mkdir()
        os.mkfifo(place / "ivr.db-spool" / "current.events")
        assert {one["area"] for one in examine()} >= AREAS

    def test_server_that_hangs(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with broken_peer(HANG) as port:
            monkeypatch.setenv("IVR_LISTEN", f"127.0.0.1:{port}")
            assert "no answer came in time" in told_of("server", examine("--online"))

    @pytest.mark.parametrize("hosts", ["127.0.0.1:{0}", "127.0.0.1:{0},127.0.0.1:{0},127.0.0.1:{0}"])
    def test_postgresql_that_takes_connections_and_says_nothing(
        self, hosts: str, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
            named = hosts.format(silent.getsockname()[1])
            monkeypatch.setenv("IVR_DATABASE", f"postgresql://ivr:pass-of-the-role@{named}/ivr")
            found = examine()
        assert told_of("database", found)
        assert "pass-of-the-role" not in json.dumps(found)
        assert {one["area"] for one in found} >= AREAS - {"disk"}

    def test_a_name_server_that_is_away(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(*_arguments: object, **_more: object) -> None:
            time.sleep(60)

        monkeypatch.setattr(socket, "getaddrinfo", never)
        monkeypatch.setenv("MANGO_API_URL", "https://pbx.example/vpbx/")
        monkeypatch.setenv("IVR_DATABASE", "postgresql://ivr@db.example/ivr")
        found = examine("--online")
        assert "no name server answers" in told_of("PBX of default", found)
        assert told_of("database", found)

    @pytest.mark.parametrize("check", ["disk_space.disks", "owners.file_modes", "spool_files.spool"])
    def test_a_check_that_hangs_stops_no_other(self, check: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        module = check.split(".")[0]
        monkeypatch.setattr(f"router.cli.doctor.checks.{module}.Path", lambda *_parts: time.sleep(60))
        found = examine()
        assert any("no end within" in one["told"] for one in found)
        assert {"configuration", "database", "server", "flows of default"} <= {one["area"] for one in found}


class TestModes:
    def test_files_that_everybody_may_read(self, place: Path) -> None:
        waiting = place / "ivr.db-spool" / "of-yesterday.events"  # the database is made private by whoever opens it
        waiting.parent.mkdir(exist_ok=True)
        waiting.write_bytes(b"")
        waiting.chmod(0o644)
        (place / "ivr.yaml").write_text(
            "accounts: [{name: shop, api_key: abcdefg, api_salt: hijklmn}]", encoding="utf-8"
        )
        (place / "ivr.yaml").chmod(0o644)
        told = told_of("files", examine(), "warning")
        assert f"every user of this machine may read or write {waiting.name}" in told.replace(f"{waiting.parent}/", "")
        assert "has keys in it" in told


@contextmanager
def many_accounts(place: Path, count: int) -> Iterator[None]:
    entries = [f"  - {{name: a{one}, api_key: key-{one:06}, api_salt: salt-{one:06}}}" for one in range(count)]
    (place / "ivr.yaml").write_text("\n".join(["accounts:", *entries]), encoding="utf-8")
    yield


def test_thousands_of_accounts(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(f"sqlite:///{place}/ivr.db").close()
    with many_accounts(place, 5000), broken_peer(http("200 OK", b'{"code": 1000, "result": 1000}')) as port:
        monkeypatch.setenv("IVR_LISTEN", f"127.0.0.1:{port}")
        monkeypatch.setenv("MANGO_API_URL", f"http://127.0.0.1:{port}/")
        found = examine("--online")
    assert "5000 account(s): a0, a1, a2, a3, a4 and 4995 more" in told_of("configuration", found, "ok")
    assert len(found) < 200
    sums = "\n".join(one["told"] for one in found)
    assert "pings: " in sums
    assert "directory and version: " in sums
    assert "key and salt: " in sums
    assert "no answer in time" not in sums, "who comes late does not hang"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user than the router")
def test_root_leaves_nothing_of_its_own_beside_the_routers_files(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(f"sqlite:///{place}/ivr.db").close()
    (place / "ivr.db-lock").unlink()
    os.chown(place / "ivr.db", NOBODY, NOBODY)
    with broken_peer(http("200 OK", b'{"result": 1000}')) as port:
        monkeypatch.setenv("MANGO_API_URL", f"http://127.0.0.1:{port}/")
        examine("--online")
    assert {path.name: path.stat().st_uid for path in place.glob("ivr.db*") if path.stat().st_uid != NOBODY} == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("mode", "of", "area", "said"),
    [
        (0o400, "ivr.db", "database", "cannot read and write"),
        (0o000, "ivr.db", "database", "cannot read and write"),
        (0o500, ".", "files", "cannot be written to by nobody"),
        (0o500, "ivr.db-spool", "files", "cannot be written to by nobody"),
    ],
)
def test_files_that_this_user_may_not_use(
    mode: int, of: str, area: str, said: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check alone, in a process that has become another user: the interpreter's own files may be closed to it."""
    open_store(f"sqlite:///{place}/ivr.db").close()
    (place / "ivr.db-spool").mkdir()
    for path in (place, *place.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    (place / of).chmod(mode)
    found = as_nobody(place)
    assert any(one.area == area and said in one.told for one in found), found


def as_nobody(place: Path) -> list[Diagnosis]:
    """What the checks of database and files find when nobody runs them."""
    settings, _faults = survey_environment(os.environ, lambda path: Path(path).read_text(encoding="utf-8"))
    deployment = Deployment(settings=settings, environ=os.environ, until=time.monotonic() + 5)

    def examination(tell: Callable[[Diagnosis], object]) -> None:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        for check in (database, file_modes):
            for diagnosis in check(deployment):
                tell(diagnosis)

    codecs.lookup("ascii")  # loaded on use, from a directory that may be closed to nobody
    for parent in place.parents:
        if parent.is_relative_to("/tmp") and parent != Path("/tmp"):
            parent.chmod(0o711)
    return list(supervised(examination, time.monotonic() + 8))


def test_full_disk_and_read_only_one(place: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{small_disk}/ivr.db")
    open_store(f"sqlite:///{small_disk}/ivr.db").close()
    with (small_disk / "fill").open("wb", buffering=0) as fill, contextlib.suppress(OSError):
        while True:
            fill.write(bytes(4096))
    found = examine()
    assert "make room on its disk: it is full" in told_of("database", found)
    assert "make room: a full disk takes no events" in told_of("disk", found)
    assert {one["area"] for one in found} >= AREAS
    (small_disk / "fill").unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert "is read-only → mount it writable" in told_of("database", examine())


def test_directory_that_was_deleted_under_its_shell(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "gone").mkdir()
    monkeypatch.chdir(place / "gone")
    (place / "gone").rmdir()
    monkeypatch.setenv("IVR_DATABASE", "sqlite:///ivr.db")
    found = examine()
    assert "the current directory cannot be used" in told_of("configuration", found)
    assert {one["area"] for one in found} >= AREAS
