"""The rules of Citus for tables that are distributed by account, held against the schema and every statement.

A unique key has to have the column that distributes, so that one node can vouch for it; and a statement that names the
account goes to one node. What asks of all accounts goes to all nodes: no event waits for such a statement.
"""

from collections.abc import Iterator
from typing import Any, Final

import psycopg
import pytest

from router.store import figure_statements, statements
from router.store.postgres.schema import TABLES
from router.store.statement import Statement
from tests.store.plans import every_list, named, nodes

ON_EVERY_NODE: Final = (
    "clock", "tokens", "audit", "identity", "users", "sessions", "drafts", "draft_files",
)  # fmt: skip
"""What belongs to no account, or is asked for by people alone: Citus calls them reference tables."""

OF_ALL_ACCOUNTS: Final = {
    **dict.fromkeys(("DUE_CALLS", "NEXT_WAKE"), "the timers of a process"),
    **dict.fromkeys(
        ("WAITING", "WAITING_NOTIFICATIONS", "UNANSWERED", "UNCONFIRMED", "AWAITED"), "the dispatcher looks"
    ),
    **dict.fromkeys(
        ("LIVE_CALLS", "QUEUE_DEPTHS", "LAST_EVENTS", "ACTIVE_VERSIONS", "PAUSES"), "metrics and readiness"
    ),
    **dict.fromkeys(("ALL_SLOTS", "ALL_SHARES", "ALL_VERSIONS", "ALL_SERVING", "ACCOUNTS", "STORED_VERSIONS"), "lists"),
    **dict.fromkeys(("CALL_OF_ANY_ACCOUNT", "LAST_RECORD", "FIRST_RECORD", "RECORDS_AFTER", "PING"), "lists"),
    **dict.fromkeys(("ENDED_CALLS", "UNMASKED_CALLS", "OLDEST_LINES", "SWEEP_LINES", "FORGET_COMMANDS"), "retention"),
    **dict.fromkeys(("LINE_FROM", "LAST_LINE", "SAMPLED_LINES", "STRAY_COMMANDS"), "retention"),
    **dict.fromkeys(("FORGET", "FORGET_REQUESTS", "OLD_REQUESTS"), "what is kept for a while"),
    **dict.fromkeys(("CHANGED_CALLS", "WAITS_FOR_LIMITS"), "lists"),
    "UNCOUNTED_CALLS": "what ended goes into the figures",
    **dict.fromkeys(("UNADOPTED", "ANNOUNCED"), "versions, of all accounts at once"),
    **dict.fromkeys((f"SHIFT_CLOCK {number}" for number in range(2, 10)), "the clock was set"),
}
CONDITIONS: Final = ("Index Cond", "Recheck Cond", "Filter", "Join Filter", "Hash Cond", "Merge Cond")


@pytest.fixture
def owned(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_url, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        yield connection


def test_every_key_has_the_account(owned: psycopg.Connection[Any]) -> None:
    keys = owned.execute("""
        SELECT indrelid::regclass::text, indexrelid::regclass::text, ARRAY(
            SELECT attname::text FROM pg_attribute WHERE attrelid = indexrelid
        ) FROM pg_index WHERE indisunique AND indrelid::regclass::text = ANY(%s)
    """, [list(TABLES)]).fetchall()  # fmt: skip
    assert {table for table, _, _ in keys} == {*TABLES}
    assert [key for table, key, columns in keys if "account" not in columns and table not in ON_EVERY_NODE] == []


def test_every_statement_names_the_account(owned: psycopg.Connection[Any]) -> None:
    ours = {
        name: one for name, one in named({**vars(statements), **vars(figure_statements)}).items() if one.text.strip()
    }
    spread = {name for name, statement in ours.items() if not _names_the_account(owned, statement)}
    assert spread == {*OF_ALL_ACCOUNTS} & {*ours}


def test_a_list_of_an_account_names_it(owned: psycopg.Connection[Any]) -> None:
    for listed in every_list():
        assert _names_the_account(owned, listed.statement) == ("account" in listed.equal), listed.name


def _names_the_account(connection: psycopg.Connection[Any], statement: Statement) -> bool:
    """Whether each table that it touches is narrowed to an account, or a row that it adds has one."""
    if statement.text.split()[0] not in (b"SELECT", b"WITH", b"INSERT", b"UPDATE", b"DELETE"):
        return True
    return all(
        _is_narrowed(node) or (node.get("Operation") == "Insert" and b"account" in statement.text.partition(b")")[0])
        for node in nodes(connection, statement)
        if node.get("Relation Name") in TABLES and node["Relation Name"] not in ON_EVERY_NODE
        if node["Node Type"] != "ModifyTable" or node["Operation"] == "Insert"
    )


def _is_narrowed(node: dict[str, Any]) -> bool:
    return any(
        "account = " in str(node.get(condition, "")).replace("account)::text", "account") for condition in CONDITIONS
    )
