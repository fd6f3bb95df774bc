"""`ivr doctor` before several PostgreSQL servers, and before a pooler."""

from collections.abc import Iterator

import psycopg
import pytest

from router.cli.doctor.checks.postgres_server import postgres_server
from tests.acceptance.processes import wait_for
from tests.acceptance.test_failover import DATABASE, Pair, is_synchronous, two_servers
from tests.pgbouncer import pgbouncer, pooler
from tests.postgres_server import PASSWORD


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """One for all tests, in their order: the last one leaves two primaries."""
    with two_servers() as started:
        yield started


def told(url: str) -> list[tuple[str, str]]:
    """(level, what was said and the remedy) of each line."""
    found = [(one.level, f"{one.told} -> {one.remedy}") for one in postgres_server(url)]
    assert not [line for _level, line in found if PASSWORD in line]
    return found


def said(lines: list[tuple[str, str]], *words: str) -> list[str]:
    """The levels of the lines that have all these words."""
    return [level for level, line in lines if all(word in line for word in words)]


def test_a_primary_and_its_synchronous_standby(pair: Pair) -> None:
    lines = told(pair.url)
    assert said(lines, f":{pair.primary.port} answers and takes writes") == ["ok"]
    assert said(lines, f":{pair.standby.port} is a standby") == ["ok"]
    assert said(lines, "waits for a standby (standby) with each commit") == ["ok"]
    assert {level for level, _line in lines} == {"ok"}


@pytest.mark.parametrize("mode", ["transaction", "statement", "session"])
def test_a_pooler(pair: Pair, mode: str) -> None:
    program = pgbouncer()
    if program is None:
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    with pooler(program, pair.primary, DATABASE, mode) as between:
        refused = said(told(between.url), "gives one session", "set pool_mode = session")
    assert refused == ([] if mode == "session" else ["error"])


def test_commits_that_wait_for_no_standby(pair: Pair) -> None:
    pair.primary.configure("synchronous_standby_names = ''")
    wait_for("the setting", lambda: not is_synchronous(pair.primary))
    assert said(told(pair.url), "its death loses the last moments", "docs/operations.md") == ["warning"]


def test_two_primaries(pair: Pair) -> None:
    pair.standby.promote()
    lines = told(pair.url)
    assert said(lines, f":{pair.primary.port} takes writes, too, and is an old primary", "pg_rewind") == ["error"]
    with psycopg.connect(pair.standby.url(DATABASE)) as connection:
        assert connection.execute("SELECT count(*) FROM outbox_marks WHERE account = ''").fetchone() == (1,)
