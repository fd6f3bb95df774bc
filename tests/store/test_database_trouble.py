"""What is wrong with a PostgreSQL server, or the way to it: told with the remedy, and gone when its cause is."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import OperationalError

from router.errors import DatabaseUnfit, StoreUnavailable
from router.runtime.ports import Store
from router.store import open_store
from router.store.migrate import migrate
from router.store.postgres import connections
from router.store.postgres.remedies import with_remedy
from tests.acceptance.processes import wait_for
from tests.acceptance.test_trouble_with_disks import fill
from tests.postgres_server import OWNER, PASSWORD, SERVING, Server, binaries, server
from tests.store.build import call, put


def trouble(url: str) -> str:
    """What a write meets at the start, "" when nothing."""
    opened = open_store(url)
    try:
        put(opened, call())
    except StoreUnavailable as error:
        return error.message
    finally:
        opened.close()
    return ""


@pytest.mark.parametrize(
    ("change", "told", "remedy"),
    [
        ((PASSWORD, "wrong-word"), "password authentication failed", "mend user and password in IVR_DATABASE"),
        ((f":{PASSWORD}@", "@"), "no password supplied", "set PGPASSWORD"),
        (("//ivr:", "//stranger:"), "password authentication failed for user", "mend user and password"),
        (("127.0.0.1", "no-such-host.invalid"), "cannot be looked up", "mend IVR_DATABASE or the name service"),
        (("/contract", "/contract?host=/no/such/place"), "No such file", "name the server's host"),
        (("/contract", "/nosuch"), "does not exist", "ivr migrate"),
        (("/contract", "/contract?sslmode=require"), "does not support SSL", "sslmode=prefer"),
    ],
)
def test_a_url_that_leads_nowhere(postgres_url: str, change: tuple[str, str], told: str, remedy: str) -> None:
    url = postgres_url.replace(*change)
    said = trouble(url)
    assert told in said
    assert remedy in said
    assert PASSWORD not in said
    assert "wrong-word" not in said
    with pytest.raises(StoreUnavailable) as caught:
        migrate(url, "", plan_only=True, tell=print)
    assert PASSWORD not in caught.value.message
    assert "wrong-word" not in caught.value.message


@pytest.mark.parametrize(
    ("break_it", "mend_it", "told"),
    [
        ("ALTER ROLE ivr NOLOGIN", "ALTER ROLE ivr LOGIN", r"not permitted to log in: ALTER ROLE"),
        ("ALTER ROLE ivr CONNECTION LIMIT 0", "ALTER ROLE ivr CONNECTION LIMIT -1", r"too many.*max_connections"),
        (
            "REVOKE CONNECT ON DATABASE contract FROM public",
            "GRANT CONNECT ON DATABASE contract TO public",
            r"permission denied for database.*GRANT CONNECT",
        ),
        (
            "ALTER DATABASE contract ALLOW_CONNECTIONS false",
            "ALTER DATABASE contract ALLOW_CONNECTIONS true",
            r"not currently accepting.*ALLOW_CONNECTIONS",
        ),
        (
            "ALTER DATABASE contract SET default_transaction_read_only = on",
            "ALTER DATABASE contract RESET default_transaction_read_only",
            r"read-only.*default_transaction_read_only",
        ),
        ("ALTER ROLE ivr PASSWORD 'other'", f"ALTER ROLE ivr PASSWORD '{PASSWORD}'", r"password authentication failed"),
    ],
)
def test_a_server_that_refuses_while_a_router_runs(
    postgres: Server, postgres_url: str, break_it: str, mend_it: str, told: str
) -> None:
    running = open_store(postgres_url)
    put(running, call("before"))
    postgres.execute(break_it)
    try:
        postgres.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '{SERVING}'")
        with pytest.raises(StoreUnavailable, match=told):
            put(running, call("refused"))
        with pytest.raises(StoreUnavailable, match=told):
            open_store(postgres_url).next_wake()
    finally:
        postgres.execute(mend_it)
    wait_for("its recovery", lambda: takes_writes(running))
    running.close()


def takes_writes(store: Store) -> bool:
    try:
        put(store, call("after"))
    except StoreUnavailable:
        return False
    return True


def test_rights_that_were_taken_away(postgres: Server, postgres_url: str) -> None:
    running = open_store(postgres_url)
    put(running, call("before"))
    postgres.execute("REVOKE INSERT, UPDATE ON calls FROM ivr", "contract")
    try:
        with pytest.raises(StoreUnavailable, match=r"permission denied for table calls: .*ivr migrate --grant"):
            put(running, call("refused"))
    finally:
        postgres.execute("GRANT INSERT, UPDATE ON calls TO ivr", "contract")
    put(running, call("after"))
    running.close()


def test_settings_of_the_server_that_would_cut_everything_off(postgres: Server, postgres_url: str) -> None:
    """The session has its own."""
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
    for name in names:
        postgres.execute(f"ALTER ROLE ivr SET {name} = '1ms'")
    try:
        assert trouble(postgres_url) == ""
    finally:
        for name in names:
            postgres.execute(f"ALTER ROLE ivr RESET {name}")


def test_sessions_that_may_not_rest(postgres: Server, postgres_url: str) -> None:
    postgres.execute("ALTER ROLE ivr SET idle_session_timeout = '50ms'")
    try:
        resting = open_store(postgres_url)
        put(resting, call("before"))
        time.sleep(0.5)
        assert sessions(postgres)
        put(resting, call("after"))
        resting.close()
    finally:
        postgres.execute("ALTER ROLE ivr RESET idle_session_timeout")


def sessions(postgres: Server) -> int:
    with psycopg.connect(postgres.url()) as connection:
        row = connection.execute(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{SERVING}'").fetchone()
    return int(row[0]) if row else 0


def test_a_server_of_an_old_version(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "OLDEST_VERSION", 990_000)
    with pytest.raises(DatabaseUnfit, match="is too old: install 99 or a newer one"):
        open_store(postgres_url).verify()
    with pytest.raises(StoreUnavailable, match="is too old"):
        migrate(postgres_url, "", plan_only=True, tell=print)


@contextmanager
def readonly_at_runtime(postgres: Server) -> Iterator[None]:
    postgres.configure("default_transaction_read_only = on")
    try:
        yield
    finally:
        postgres.configure("default_transaction_read_only = off")


def test_a_server_that_becomes_read_only_under_its_sessions(postgres: Server, postgres_url: str) -> None:
    running = open_store(postgres_url)
    put(running, call("before"))
    with readonly_at_runtime(postgres):
        wait_for("the setting", lambda: not takes_writes(running))
        with pytest.raises(StoreUnavailable, match="default_transaction_read_only"):
            put(running, call("refused"))
    wait_for("its recovery", lambda: takes_writes(running))
    running.close()


@pytest.fixture
def disk() -> Iterator[Path]:
    """A file system of its own, which the server's user can reach."""
    place = Path(tempfile.mkdtemp(prefix="ivr-disk-"))
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m,mode=755", "tmpfs", place], check=False)
    if made.returncode:
        place.rmdir()
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)
    place.rmdir()


def test_a_server_without_room(disk: Path) -> None:
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    with server(programs, within=disk) as cramped:
        cramped.execute(f"CREATE DATABASE cramped OWNER {OWNER}")
        migrate(cramped.url("cramped", OWNER), SERVING, plan_only=False, tell=print)
        store = open_store(cramped.url("cramped", SERVING))
        ballast = fill(disk)
        told = ""
        for number in range(2000):
            try:
                put(store, call(f"entry-{number}", variables={"text": "x" * 50_000}))
            except StoreUnavailable as error:
                told = error.message
                break
        assert "full" in told or "No space left" in told or "lost" in told or "cannot be reached" in told
        assert "its disk is full: make room there" in told
        ballast.unlink()
        wait_for("its recovery", lambda: takes_writes(store))
        store.close()


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ('ВАЖНО:  пользователь "ivr" не прошёл проверку подлинности (по паролю)', "mend user and password"),
        ('ВАЖНО:  база данных "ivr" не существует', "CREATE DATABASE"),
        ('ВАЖНО:  роль "ivr" не существует', "make the role"),
        ("ВАЖНО:  извините, уже слишком много клиентов", "max_connections"),
        ("ВАЖНО:  система баз данных запускается", "wait until it has started"),
        ('ВАЖНО:  в pg_hba.conf нет записи для компьютера "10.0.0.9", пользователя "ivr", SSL выкл', "sslmode=require"),
        (
            'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "ivr", database "ivr", no encryption',
            "sslmode=require",
        ),
        (
            'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "ivr", database "ivr", SSL encryption',
            "let this host",
        ),
        ("SSL error: certificate verify failed", "sslrootcert"),
        ('server certificate for "db" does not match host name "10.0.0.1"', "sslrootcert"),
        ("FATAL:  the database system is shutting down", "being stopped"),
        ("timeout expired", "firewalls"),
    ],
)
def test_what_servers_say_while_they_are_connected_to(said: str, remedy: str) -> None:
    whole = f'connection failed: connection to server at "10.0.0.1", port 5432 failed: {said}'
    told = with_remedy(OperationalError(whole))
    assert told.startswith(said.removeprefix("ВАЖНО:  ").removeprefix("FATAL:  "))
    assert remedy in told
