"""`ivr doctor` beside a real PostgreSQL server: sound, stopped, foreign, locked, and reached in the wrong way."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from tests.cli.test_doctor_troubles import AREAS, examine, told_of
from tests.cli.test_doctor_troubles import place as place  # a fixture
from tests.postgres_server import OWNER, PASSWORD, SERVING, Server


@pytest.fixture
def named(place: Path, monkeypatch: pytest.MonkeyPatch, postgres: Server, postgres_database: str) -> str:
    url = postgres.url(postgres_database, SERVING)
    monkeypatch.setenv("IVR_DATABASE", url)
    return url


def test_sound_server(named: str) -> None:
    found = examine()
    assert told_of("database", found) == ""
    sound = told_of("database", found, "ok")
    assert "answers and takes writes" in sound
    assert "takes a write in" in sound
    assert "the database's clock and this machine's differ by 0 s" in told_of("clock", found, "ok")
    assert "no version is active" in told_of("flows of default", found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (PASSWORD, "another-password", "password authentication failed"),
        ("/contract", "/nowhere", "does not exist"),
        ("/contract", "/template1", "has 0 of"),
        ("127.0.0.1:", "127.0.0.1:1,127.0.0.1:", "cannot be reached"),
        ("127.0.0.1", "db.invalid", "the name cannot be looked up"),
        ("postgresql://", "postgresql://%zz", "no URL that PostgreSQL knows"),
    ],
)
def test_wrong_way(old: str, new: str, said: str, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if new.endswith(":1,127.0.0.1:"):
        port = named.rpartition(":")[2].partition("/")[0]
        named, new = named.replace(f"127.0.0.1:{port}", f"127.0.0.1:1,127.0.0.1:{port}"), old
    monkeypatch.setenv("IVR_DATABASE", named.replace(old, new))
    found = examine()
    told = told_of("database", found)
    assert said in told
    assert "→ " in told
    assert {one["area"] for one in found} >= AREAS - {"disk"}
    assert PASSWORD not in str(found)
    assert "another-password" not in str(found)


def test_server_asked_for_tls_that_it_does_not_have(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_DATABASE", f"{named}?sslmode=require")
    assert "switch ssl on there" in told_of("database", examine())


def test_server_that_is_suspended(named: str, postgres: Server) -> None:
    process = postgres._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        found = examine()
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert "cannot be reached" in told_of("database", found)
    assert {one["area"] for one in found} >= AREAS - {"disk"}


def test_server_that_is_stopped(named: str, postgres: Server) -> None:
    postgres.stop()
    try:
        found = examine()
    finally:
        postgres.start()
    assert "start the server" in told_of("database", found)
    assert {one["area"] for one in found} >= AREAS - {"disk"}


def test_tables_that_somebody_keeps_locked(named: str, postgres: Server) -> None:
    with psycopg.connect(postgres.url("contract", OWNER)) as other:
        other.execute("LOCK TABLE outbox_marks IN ACCESS EXCLUSIVE MODE")
        assert "it takes no write" in told_of("database", examine())


def test_server_that_takes_no_writes(named: str, postgres: Server) -> None:
    postgres.execute(f"ALTER ROLE {SERVING} SET default_transaction_read_only = on")
    try:
        assert "read-only" in told_of("database", examine())
    finally:
        postgres.execute(f"ALTER ROLE {SERVING} RESET default_transaction_read_only")
