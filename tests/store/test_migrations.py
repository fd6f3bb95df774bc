"""Migrations of PostgreSQL: by whoever owns the tables, once, while others serve; and what a router refuses."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from router.cli import commands
from router.errors import ConfigurationError, DatabaseUnfit, StoreUnavailable
from router.store import open_store
from router.store.postgres import migrate as migrating
from router.store.postgres.migrate import migrate
from router.store.postgres.schema import MIGRATIONS, TABLES, Migration
from tests.postgres_server import OWNER, SERVING, Server
from tests.store.build import call, command, put

ADDED = Migration(name="a column", statements=("ALTER TABLE calls ADD COLUMN mood text NOT NULL DEFAULT ''",))
INDEX = Migration(
    name="an index",
    statements=(
        "DROP INDEX CONCURRENTLY IF EXISTS calls_by_line",
        "CREATE INDEX CONCURRENTLY calls_by_line ON calls (line)",
    ),
    transactional=False,
)
BROKEN = Migration(name="contract", statements=("ALTER TABLE calls DROP COLUMN mood",), breaking=True)


@pytest.fixture
def database(postgres: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an empty database."""
    postgres.execute(f"CREATE DATABASE fresh OWNER {OWNER}")
    yield "fresh"
    postgres.execute("DROP DATABASE fresh WITH (FORCE)")


def with_migrations(monkeypatch: pytest.MonkeyPatch, *more: Migration) -> None:
    monkeypatch.setattr(migrating, "MIGRATIONS", (*MIGRATIONS, *more))


def fetch(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_it_does_what_is_missing_and_says_so(postgres: Server, database: str) -> None:
    url = postgres.url(database, OWNER)
    names = tuple(migration.name for migration in MIGRATIONS)
    planned = migrate(url, plan_only=True)
    assert (planned.done, planned.missing, planned.total) == ((), names, 0)
    assert migrate(url).done == names
    assert migrate(url).done == ()
    assert migrate(url, plan_only=True).total == len(MIGRATIONS)


def test_several_hosts_at_once(postgres: Server, database: str) -> None:
    done: list[tuple[str, ...]] = []
    threads = [
        threading.Thread(target=lambda: done.append(migrate(postgres.url(database, OWNER)).done)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, done)) == [0, 0, 0, len(MIGRATIONS)]


def test_a_router_does_not_serve_before(postgres: Server, database: str) -> None:
    opened = open_store(postgres.url(database, SERVING))
    with pytest.raises(DatabaseUnfit, match="ivr migrate"):
        opened.verify()
    with pytest.raises(StoreUnavailable, match="ivr migrate"):
        put(opened, call())
    migrate(postgres.url(database, OWNER), serving_role=SERVING)
    put(opened, call())  # it need not be restarted
    opened.close()


def test_an_older_router_serves_from_what_was_only_expanded(
    postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, serving = postgres.url(database, OWNER), postgres.url(database, SERVING)
    migrate(url, serving_role=SERVING)
    older = open_store(serving)
    put(older, call(), command())
    with_migrations(monkeypatch, ADDED, INDEX)
    assert migrate(url).done == ("a column", "an index")
    monkeypatch.undo()
    put(older, call(step="later"))
    assert older.call("clinic", "entry-1") == call(step="later")
    started_later = open_store(serving)
    started_later.verify()
    put(started_later, call("entry-2"))
    started_later.close()
    older.close()


def test_an_older_router_refuses_what_broke_with_it(
    postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.url(database, OWNER)
    with_migrations(monkeypatch, ADDED, BROKEN)
    migrate(url, serving_role=SERVING)
    monkeypatch.undo()
    opened = open_store(postgres.url(database, SERVING))
    with pytest.raises(DatabaseUnfit, match="newer router"):
        opened.verify()
    opened.close()
    for plan_only in (True, False):
        with pytest.raises(DatabaseUnfit, match="newer router"):
            migrate(url, plan_only=plan_only)


def test_it_gives_way_to_who_holds_a_table(postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(migrating, "PAUSE_SECONDS", 0.05)
    url = postgres.url(database, OWNER)
    migrate(url)
    with_migrations(monkeypatch, ADDED)
    told: list[str] = []
    with psycopg.connect(url) as holder:
        holder.execute("SELECT * FROM calls")

        def let_go(text: str) -> None:
            told.append(text)
            holder.rollback()

        assert migrate(url, tell=let_go).done == ("a column",)
    assert told == ["a column: the tables are busy; trying again"]


def test_a_migration_that_fails_is_not_half_done(
    postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.url(database, OWNER)
    broken = Migration(name="broken", statements=(*ADDED.statements, "SELECT 1 / 0"))
    with_migrations(monkeypatch, broken)
    with pytest.raises(StoreUnavailable, match="division by zero"):
        migrate(url)
    assert fetch(url, "SELECT count(*) FROM ivr_migrations") == [(len(MIGRATIONS),)]
    assert fetch(url, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'mood'") == [(0,)]


def test_a_database_of_another_encoding(postgres: Server) -> None:
    postgres.execute(f"CREATE DATABASE latin OWNER {OWNER} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(ConfigurationError, match="UTF8"):
        migrate(postgres.url("latin", OWNER))


class TestRights:
    def test_the_serving_role_has_rows_and_nothing_more(self, postgres: Server, postgres_url: str) -> None:
        statements = [
            *(f"TRUNCATE {table}" for table in TABLES),
            *(f"DROP TABLE {table}" for table in TABLES),
            "ALTER TABLE calls ADD COLUMN mood text",
            "CREATE TABLE mine (id integer)",
            "CREATE INDEX mine ON calls (line)",
            "DELETE FROM ivr_migrations",
            "INSERT INTO ivr_migrations (number, name, breaking) VALUES (99, 'mine', true)",
            "COPY calls TO PROGRAM 'true'",
            "CREATE ROLE mine",
        ]
        allowed = [statement for statement in statements if self.may(postgres_url, statement)]
        assert allowed == []

    def may(self, url: str, statement: str) -> bool:
        with psycopg.connect(url, autocommit=True) as connection:
            try:
                connection.execute(statement.encode())
            except psycopg.errors.InsufficientPrivilege:
                return False
        return True

    def test_it_cannot_migrate(self, postgres: Server, database: str) -> None:
        with pytest.raises(StoreUnavailable, match="owns the database"):
            migrate(postgres.url(database, SERVING))

    def test_who_may_not_come_in_is_told_without_the_password(self, postgres: Server) -> None:
        url = postgres.url("postgres", SERVING).replace("not-a-secret", "hidden")
        with pytest.raises(StoreUnavailable, match="password authentication failed") as caught:
            migrate(url)
        opened = open_store(url)
        with pytest.raises(StoreUnavailable, match="password authentication failed") as also:
            opened.next_wake()
        assert "hidden" not in str(caught.value) + str(also.value)
        opened.close()


class TestCommand:
    def run(self, url: str, *arguments: str) -> str:
        answer = CliRunner().invoke(commands, ["migrate", *arguments], env={"IVR_DATABASE": url})
        assert answer.exit_code == 0, answer.output
        return answer.output

    def test_of_postgresql(self, postgres: Server, database: str) -> None:
        url = postgres.url(database, OWNER)
        assert "to be done: calls, journal" in self.run(url, "--plan")
        assert f"{SERVING} may serve" in self.run(url, "--grant", SERVING)
        assert "nothing to do" in self.run(url)
        assert self.run(url, "--json") == f'{{"done": [], "missing": [], "total": {len(MIGRATIONS)}}}\n'

    def test_of_sqlite(self, sqlite_url: str) -> None:
        assert "to be done: number 1" in self.run(sqlite_url, "--plan")
        assert "done: number 1" in self.run(sqlite_url)
        assert "nothing to do" in self.run(sqlite_url)
        answer = CliRunner().invoke(commands, ["migrate", "--grant", "ivr"], env={"IVR_DATABASE": sqlite_url})
        assert isinstance(answer.exception, ConfigurationError)
