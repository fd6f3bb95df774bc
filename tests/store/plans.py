"""How the databases go about each statement of the store, in few words that are the same for both.

An access is the name of its index: `calls_pkey` where conditions lead into it, `calls_due*` where it is read from one
end (a limit, or its small size, bounds that), `active**` where the table is read whole. `sort` is a sort of rows.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any, Final

import psycopg

from router.history.journal import QUEUED, SENT, STATES
from router.store import lists
from router.store.postgres.schema import TABLES
from router.store.statement import Statement

Plan = list[str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list under some filters."""

    name: str
    table: str
    order: str  # the column that it is ordered by
    equal: frozenset[str]  # columns that are given
    has_over: bool | None  # whether it has rows that are over
    statement: Statement


def every_list() -> Iterator[Listed]:
    """The lists under all filters at once, each of them, none, and so on."""
    for filters in _subsets(tuple(lists.CALL_FILTERS)):
        equal = frozenset(name for name in filters if lists.CALL_FILTERS[name].startswith(f"{name} = "))
        for live in (None, True, False):
            has_over = live is not True
            if live and "sip_call_id" in filters:
                has_over = None  # one of both, and neither has many rows of it
            statement = lists.calls(filters, live)
            yield Listed(f"calls, live {live}, by {filters}", "calls", "started", equal, has_over, statement)
    for accounts in _subsets(("account",)):
        for state in (None, *STATES):
            equal = frozenset((*accounts, *["state"] * lists.state_is_given(state)))
            has_over = state not in (QUEUED, SENT)
            statement = lists.commands(accounts, state)
            yield Listed(f"{state} commands by {accounts}", "commands", "queued", equal, has_over, statement)


def named(module: Mapping[str, Any]) -> dict[str, Statement]:
    """The statements of a module by their names, those of a tuple with their numbers, and those for several rows."""
    found: dict[str, Statement] = {}
    for name, value in module.items():
        if isinstance(value, Statement):
            found |= {name: value, **({f"{name} several": value.several} if value.several else {})}
        elif isinstance(value, tuple):
            found |= named({f"{name} {number}": one for number, one in enumerate(value, 1)})
    return found


def _subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Up to three of them, and all."""
    yield from chain.from_iterable(combinations(names, size) for size in range(min(4, len(names))))
    if len(names) > 3:
        yield names


# SQLite


def sqlite_plan(connection: sqlite3.Connection, statement: Statement) -> Plan:
    numbered = [int(number) for number in re.findall(r"\?(\d+)", statement.sqlite)]
    values = ("1",) * max(numbered, default=0)
    steps = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", values)]
    tables = {alias or table: table for table, alias in _FROM.findall(statement.sqlite)}
    return sorted(filter(None, (_sqlite_access(step, tables) for step in steps)))


_FROM: Final = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+AS\s+(?!MATERIALIZED)(\w+))?", re.IGNORECASE)
_STEP: Final = re.compile(r"(SEARCH|SCAN) (\w+)(?: USING (?:COVERING )?(INDEX (\w+)|(?:INTEGER )?PRIMARY KEY))?(.*)")


def _sqlite_access(step: str, tables: Mapping[str, str]) -> str:
    if step.startswith("USE TEMP B-TREE FOR") and "ORDER BY" in step:
        return "sort"
    found = _STEP.match(step)
    if found is None:
        return ""
    kind, alias, using, index, _ = found.groups()
    table = tables.get(alias, "")
    if not using:
        return f"{table}**" if table in TABLES else ""
    name = re.sub(r"sqlite_autoindex_(\w+)_1", r"\1_pkey", index or f"{table}_pkey")
    return name if kind == "SEARCH" else f"{name}*"


# PostgreSQL


LEADING: Final = """
    SELECT indexrelid::regclass::text, attname::text FROM pg_index
    JOIN pg_attribute ON attrelid = indexrelid AND attnum = 1 WHERE indrelid::regclass::text = ANY(%s)
"""


def postgres_plan(connection: psycopg.Connection[Any], statement: Statement) -> Plan:
    leading = dict(connection.execute(LEADING, [list(TABLES)]).fetchall())
    return sorted(filter(None, (_postgres_access(node, leading) for node in nodes(connection, statement))))


def nodes(connection: psycopg.Connection[Any], statement: Statement) -> list[dict[str, Any]]:
    """The parts of a statement's plan."""
    connection.execute("DEALLOCATE ALL")
    connection.execute(b"PREPARE asked AS " + statement.text)
    count = max(map(int, re.findall(r"\$(\d+)", statement.text.decode())), default=0)
    given = f"({', '.join(['NULL'] * count)})" if count else ""
    row = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked{given}".encode()).fetchone()
    assert row is not None
    content = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return list(_flat(content[0]["Plan"]))


def _flat(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _flat(below)


def _postgres_access(node: Mapping[str, Any], leading: Mapping[str, str]) -> str:
    """An index whose first column is not asked about is read whole, whatever is asked of the others."""
    if "Sort" in node["Node Type"]:
        return "sort"
    if node.get("Relation Name", "").startswith("pg_"):  # the server's own
        return ""
    if "Index Name" in node:
        is_led = re.search(rf"\b{leading[node['Index Name']]}\b", node.get("Index Cond", ""), re.IGNORECASE)
        return str(node["Index Name"]) + "*" * (not is_led)
    return f"{node['Relation Name']}**" if node["Node Type"] == "Seq Scan" else ""
