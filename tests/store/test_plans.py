"""How each statement goes about its tables, in both databases: nothing looks through what grows.

`EXPECTED` has every statement of the store. One that is new fails the test until its plan stands here, and then has to
be one that no history makes slower; `plans` says how to read it.
`test_distribution` asks whether it is one by account. The lists are judged by a rule, under all filters.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Final

import psycopg
import pytest

from router.store import figure_statements, lists, open_store, statements
from router.store.statement import Statement
from tests.postgres_server import OWNER, Server
from tests.store.plans import Listed, Plan, every_list, named, postgres_plan, sqlite_plan

OF_THE_SESSION: Final = (
    "BEGIN",
    "BEGIN_SNAPSHOT",
    "COMMIT",
    "ROLLBACK",
    "CLOCK",
    "MIGRATED",
    "LOCK_ACCOUNT",
    "TRY_CALL",
    "TRY_ACCOUNT",
    "PING",
)
"""They read no table that is ours."""

ALL: Final = named({**vars(statements), **vars(figure_statements)})

GROWING: Final = ("calls", "journal", "commands", "remembered", "figures", "figured")
"""With the traffic. What grows with accounts, versions or what is open is small beside them."""

OF_WHAT_IS_OPEN: Final = (
    *("calls_due", "calls_live", "commands_queued", "commands_notifications"),
    *("commands_unanswered", "commands_unconfirmed"),
)
"""Indexes that may be read whole."""

BY_TIME: Final = (
    *("calls_newest", "calls_of_account", "calls_of_line", "calls_of_flow", "calls_of_outcome"),
    *("calls_of_account_flow", "calls_of_account_outcome", "calls_unmasked", "calls_changed"),
    *("commands_newest", "commands_of_account", "commands_of_state", "commands_of_account_state", "commands_told"),
)
"""Indexes in which calls that began one after the other, or their commands, are side by side."""

FROM_AN_END: Final = ("LAST_EVENTS", "LAST_RECORD", "LAST_LINE", "FIRST_RECORD")
"""SQLite says SCAN where it reads a table from one of its ends, up to a limit."""

EXPECTED: Final = {
    **dict.fromkeys((f"ADD_FIGURES {hour}" for hour in range(1, 25)), ""),
    "COUNT_CALLS": "",
    "FIGURE_MARK": "figure_marks_pkey",
    "SET_FIGURE_MARK": "",
    "UNCOUNTED_CALLS": "calls_changed figured_calls_pkey",
    "ENDED_STATES": "calls_pkey",
    "TRACES": "journal_of_call sort",
    "COMMANDS_OF_CALLS": "commands_of_call sort",
    "KEPT_CALLS": "calls_of_account",
    "FORGET_DAY": "figures_pkey",
    "UNCOUNT": "calls_of_account figured_calls_pkey",
    "FORGET_COUNTED": "figured_calls_pkey",
    "READ_COUNTED": "figured_calls_pkey",
    "LOCK_CALLS": "commands_pkey sort",
    "LOAD": "active_pkey calls_pkey clock_pkey journal_once",
    "LOAD_MORE": "calls_pkey journal_once",
    "SAVE_CALL several": "",
    "SAVE_STATE several": "calls_pkey",
    "RECORD several": "",
    "QUEUE several": "",
    "UPDATE_COMMAND several": "commands_pkey",
    "SAVE_CALL": "",
    "SAVE_STATE": "calls_pkey",
    "DUE_CALLS": "calls_due",
    "NEXT_WAKE": "calls_due",
    "CALL": "calls_pkey",
    "CALL_OF_ANY_ACCOUNT": "calls_pkey",
    "LIVE_CALLS": "calls_live*",
    "RECORD": "",
    "JOURNAL": "journal_of_call",
    "JOURNAL_PAGE": "journal_of_call",
    "TOLD_OF": "journal_once",
    "LAST_EVENTS": "journal**",
    "LAST_RECORD": "journal**",
    "RECORDS_AFTER": "calls_pkey journal_pkey sort",
    "FIRST_RECORD": "journal**",
    "QUEUE": "",
    "UPDATE_COMMAND": "commands_pkey",
    "COMMAND": "commands_pkey",
    "QUEUED_OF_CALL": "commands_of_call sort",
    "CANDIDATES": "commands_of_call commands_pkey commands_queued sort",
    "NOTIFICATIONS": "commands_in_turn commands_notifications",
    "HOLD_BACK": "commands_in_turn",
    "CHANGED_CALLS": "calls_changed",
    "WAITS_FOR_LIMITS": "commands_of_call",
    "DELIVERIES": "commands_told",
    "DELIVERIES_OF_CALL": "commands_of_call sort",
    "UNANSWERED": "commands_unanswered sort",
    "UNCONFIRMED": "commands_unconfirmed sort",
    "AWAITED": "commands_unanswered commands_unconfirmed",
    "WAITING": "commands_queued outbox_marks_pkey sort",
    "WAITING_NOTIFICATIONS": "commands_notifications outbox_marks_pkey sort",
    "MARK": "",
    "QUEUE_DEPTHS": "commands_queued*",
    "COMMANDS_OF_CALL": "commands_of_call",
    "SLOTS": "slots_pkey sort",
    "ALL_SLOTS": "slots** sort",
    "DROP_FREE_SLOTS": "slots_pkey",
    "TAKE_SLOT": "",
    "FREE_SLOT": "slots_pkey",
    "STANDING": "standings_pkey",
    "PAUSES": "standings**",
    "SAVE_STANDING": "",
    "SHARES": "shares_pkey",
    "ALL_SHARES": "shares**",
    "SAVE_SHARE": "",
    "CLOCK_SHIFT": "clock**",
    "CLOCK_SHIFT_LOCKED": "clock**",
    "SHIFT_CLOCK 1": "clock**",
    "SHIFT_CLOCK 2": "slots**",
    "SHIFT_CLOCK 3": "standings**",
    "SHIFT_CLOCK 4": "shares**",
    "SHIFT_CLOCK 5": "calls_due",
    "SHIFT_CLOCK 6": "commands_queued*",
    "SHIFT_CLOCK 7": "commands_unanswered*",
    "SHIFT_CLOCK 8": "commands_unconfirmed",
    "SHIFT_CLOCK 9": "outbox_marks**",
    "TOUCH 1 1": "",
    "TOUCH 2 1": "",
    "TOUCH 2 2": "",
    "TOUCH 2 3": "journal_once",
    "TOUCH 2 4": "",
    "TOUCH 2 5": "calls_pkey",
    "PRESENCE": "presence_pkey",
    "SET_PRESENCE": "",
    "REMEMBER": "",
    "FORGET": "remembered_pkey remembered_until",
    "REMEMBERS": "remembered_pkey",
    "STORE_VERSION": "",
    "STORE_IMAGE": "versions_pkey",
    "NOTE_ORIGIN": "versions_pkey",
    "STAMP_ACTIVATION": "versions_pkey",
    "NOTE_VERSION": "versions_pkey",
    "FOLLOWED": "versions_pkey",
    "NOTE_FOLLOWED": "versions_pkey",
    "VERSION_CONTENT": "versions_pkey",
    "VERSION_IMAGE": "versions_pkey",
    "VERSION_OF": "versions_pkey",
    "STORED_VERSIONS": "versions**",
    "ADOPT_CONTENT": "versions_pkey",
    "DROP_IMAGE": "versions_pkey",
    "UNADOPTED": "versions_pkey*",
    "ANNOUNCED": "versions_announced",
    "PARTS": "parts_pkey",
    "KNOWN_PARTS": "parts_pkey",
    "STORE_PART": "",
    "USE_PART": "",
    "LEAVE_PARTS": "version_parts_pkey",
    "FORGET_USES": "version_parts_pkey versions_pkey",
    "FORGET_PARTS": "parts_pkey version_parts_used",
    "ACCOUNTS": "versions_pkey*",
    "VERSIONS": "active_pkey calls_live* sort versions_pkey",
    "ALL_VERSIONS": "active_pkey calls_live* sort versions_pkey*",
    "ALL_SERVING": "active**",
    "SERVING": "active_pkey",
    "SAVE_SERVING": "",
    "NOTE_PAUSE": "active_pkey",
    "ACTIVE_VERSIONS": "active** versions_pkey",
    "FIGURES": "calls_of_account commands_of_call",
    "LOCK_REQUEST": "",
    "REQUEST": "requests_pkey",
    "KEEP_REQUEST": "",
    "OLD_REQUESTS": "requests_until",
    "FORGET_REQUESTS": "requests_pkey requests_until",
    "TOKEN": "tokens_pkey",
    "TOKEN_BY_DIGEST": "tokens_digest",
    "TOKENS": "sort tokens**",
    "SAVE_TOKEN": "",
    "NOTE_TOKEN_USED": "tokens_pkey",
    "USER": "users_pkey",
    "USER_BY_NAME": "users_name",
    "USER_BY_SUBJECT": "users_subject",
    "USERS": "users_name*",
    "HAS_USERS": "users_name*",
    "SAVE_USER": "",
    "SESSION": "sessions_pkey",
    "SESSION_BY_DIGEST": "sessions_digest",
    "SESSIONS_OF_USER": "sessions_of_user",
    "SAVE_SESSION": "",
    "NOTE_SESSION_SEEN": "sessions_pkey",
    "END_SESSION": "sessions_pkey",
    "END_SESSIONS": "sessions_of_user",
    "FORGET_SESSIONS": "sessions**",
    "DRAFT": "drafts_pkey",
    "DRAFTS": "sort drafts**",
    "SAVE_DRAFT": "",
    "CHANGE_DRAFT": "drafts_pkey",
    "FORGET_DRAFT": "drafts_pkey",
    "DRAFT_FILES": "draft_files_pkey",
    "SAVE_DRAFT_FILE": "",
    "FORGET_DRAFT_FILE": "draft_files_pkey",
    "FORGET_DRAFT_FILES": "draft_files_pkey",
    "AUDIT_ENTRY": "",
    "IDENTITY": "identity**",
    "ENDED_CALLS": "calls_newest commands_of_call",
    "UNMASKED_CALLS": "calls_unmasked commands_of_call",
    "MARK_MASKED": "calls_pkey",
    "FORGET_CALLS": "calls_pkey commands_of_call",
    "FORGET_JOURNAL": "journal_of_call",
    "FORGET_COMMANDS_OF_CALLS": "commands_of_call",
    "READ_CALLS": "calls_of_caller calls_pkey calls_sip",
    "READ_JOURNAL": "journal_of_call journal_once",
    "READ_COMMANDS": "commands_of_call commands_pkey",
    "OLDEST_LINES": "journal_pkey",
    "SWEEP_LINES": "calls_pkey journal_pkey",
    "FORGET_COMMANDS": "calls_pkey commands_newest commands_pkey",
    "FORGET_VERSION": "active_pkey calls_live* versions_pkey",
    "LINE_FROM": "journal_pkey",
    "LAST_LINE": "journal**",
    "SAMPLED_LINES": "calls_pkey commands_of_call journal_of_call journal_pkey",
    "STRAY_COMMANDS": "commands_of_call",
}
IN_POSTGRESQL: Final = {
    "SESSIONS_OF_USER": "sessions_of_user sort",
    "DRAFT_FILES": "draft_files_pkey sort",
    "WAITS_FOR_LIMITS": "commands_of_call sort",
    "LOAD": "active_pkey calls_pkey clock_pkey commands_of_call commands_pkey journal_once presence_pkey",
    "NEXT_WAKE": "calls_due*",
    "LAST_EVENTS": "journal_pkey*",
    "LAST_RECORD": "journal_pkey*",
    "CANDIDATES": "commands_queued commands_unanswered* sort",
    "AWAITED": "commands_unanswered commands_unconfirmed*",
    "WAITING": "commands_queued commands_queued* outbox_marks_pkey sort",
    "ALL_VERSIONS": "active_pkey* calls_live* sort versions_pkey*",
    "ACTIVE_VERSIONS": "active_pkey* versions_pkey*",
    "LAST_LINE": "journal_pkey*",
    "FIRST_RECORD": "journal_pkey",
    "FORGET_REQUESTS": "requests_pkey* requests_until",  # of a day
}
"""Where PostgreSQL's differ: its statements know more, or it asks an index for the order."""


@pytest.fixture(params=["empty", "filled"])
def is_filled(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "filled")


@pytest.fixture
def in_sqlite(tmp_path: Path, is_filled: bool) -> Iterator[sqlite3.Connection]:
    open_store(f"sqlite:///{tmp_path}/ivr.db").close()
    with closing(sqlite3.connect(tmp_path / "ivr.db")) as connection:
        if is_filled:
            _fill(lambda statement: connection.execute(statement.replace(*BLOB_IN_SQLITE)))
            connection.execute("ANALYZE")
        yield connection


@pytest.fixture
def in_postgresql(postgres: Server, postgres_url: str) -> Iterator[psycopg.Connection]:
    """Filled: what it plans for tables without rows is planned anew when they have some."""
    owner = postgres_url.replace("//ivr:", f"//{OWNER}:")
    with psycopg.connect(owner, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        _fill(lambda statement: connection.execute(statement.replace(*BLOB_IN_POSTGRESQL).encode()))
        connection.execute("ANALYZE calls, journal, commands, remembered")
        yield connection


BLOB_IN_SQLITE, BLOB_IN_POSTGRESQL = ("BLOB", "zeroblob(1)"), ("BLOB", "'x'::bytea")
NUMBERS: Final = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)"


def _fill(execute: Callable[[str], object]) -> None:
    """What leads a planner astray: hardly any accounts, and one line, flow and outcome, as where the others are so
    rare that they were in no sample: they seem to narrow nothing."""
    for statement in (
        """
        INSERT INTO calls (account, entry_id, status, live, flow, version, direction, line, caller, started, ended,
                           outcome, state, sip_call_id)
        SELECT 'a', 'e' || n, 'ended', n % 100 = 0, 'the flow', 'v', '', 'the line', '', n, n, 'the outcome', BLOB,
               CASE WHEN n % 10 = 0 THEN 's' || n ELSE '' END FROM numbers
        """,
        """
        INSERT INTO remembered (account, list_name, value, kept_until)
        SELECT 'a' || n % 2, 'l', 'v' || n, n FROM numbers
        """,
        """
        INSERT INTO journal (account, entry_id, at, kind, dedupe, digest, body, trace)
        SELECT 'a' || n % 2, 'e' || n, n, '', 'd' || n, BLOB, '', BLOB FROM numbers
        """,
        """
        INSERT INTO commands (command_id, account, entry_id, call_id, command, params, label, state, queued,
                              high_priority, not_before, attempts, reason)
        SELECT 'c' || n, 'a' || n % 2, 'e' || n, '', CASE n % 3 WHEN 0 THEN 'notify' ELSE 'route' END, '', '',
               CASE n % 100 WHEN 0 THEN 'queued' WHEN 1 THEN 'sent' ELSE 'confirmed' END, n, n < 0, 0, 1, '' FROM numbers
        """,
    ):
        execute(statement.replace("INSERT", f"{NUMBERS} INSERT"))


def test_every_statement_has_its_plan_here() -> None:
    missing = set(ALL) - {*OF_THE_SESSION} - set(EXPECTED)
    assert not missing, f"write into EXPECTED how these go about their tables: {sorted(missing)}"
    assert set(EXPECTED) <= set(ALL)
    assert set(IN_POSTGRESQL) <= set(EXPECTED)
    assert _made_by(statements) == {"audit"}  # of administration, as `test_the_audit_goes_by_its_indexes` has it
    assert _made_by(figure_statements) == {"sums"}  # see `test_sums_go_by_the_key`
    assert _made_by(lists) == {"calls", "commands"}


def test_a_purge_reads_ahead_of_its_turn_what_is_not_side_by_side(in_sqlite: sqlite3.Connection) -> None:
    purged = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('calls', 'journal', 'commands')"
    indexes = {name.removeprefix("sqlite_autoindex_").replace("_1", "_pkey") for (name,) in in_sqlite.execute(purged)}
    read = {index for name, plan in EXPECTED.items() if name.startswith("READ_") for index in plan.split()}
    assert (indexes | {"figured_calls_pkey"}) - {*BY_TIME, *OF_WHAT_IS_OPEN, "commands_in_turn"} == read


def test_statements_are_made_where_this_looks_for_them() -> None:
    made = {path.name for path in Path(lists.__file__).parents[1].rglob("*.py") if "Statement.of" in path.read_text()}
    assert made == {"statements.py", "figure_statements.py", "lists.py", "notifications.py"}  # the last asks no table


def _made_by(module: ModuleType) -> set[str]:
    """Functions that make statements."""
    return {
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and signature(value).return_annotation is Statement
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_no_plan_looks_through_what_grows(name: str) -> None:
    for plan in (EXPECTED[name], IN_POSTGRESQL.get(name, "")):
        assert _too_wide(name, plan.split()) == []


def _too_wide(name: str, plan: Plan) -> list[str]:
    whole = [access for access in plan if access.endswith("*") and access.rstrip("*") not in OF_WHAT_IS_OPEN]
    return [access for access in whole if access.partition("_")[0].rstrip("*") in GROWING and name not in FROM_AN_END]


def test_plans_in_sqlite(in_sqlite: sqlite3.Connection) -> None:
    plans = {
        name: sqlite_plan(in_sqlite, statement)
        for name, statement in ALL.items()
        if name in EXPECTED and statement.sqlite
    }
    assert {name: plan for name, plan in plans.items() if set(plan) != set(EXPECTED[name].split())} == {}


def test_plans_in_postgresql(in_postgresql: psycopg.Connection) -> None:
    plans = {
        name: postgres_plan(in_postgresql, statement)
        for name, statement in ALL.items()
        if name in EXPECTED and statement.text.strip()
    }
    expected = {**EXPECTED, **IN_POSTGRESQL}
    assert {name: plan for name, plan in plans.items() if set(plan) != set(expected[name].split())} == {}


def test_the_audit_goes_by_its_indexes(in_sqlite: sqlite3.Connection) -> None:
    for column in ("account", "actor", "action", "subject"):
        for names in ((column,), (column, "before"), (column, "since", "until")):
            assert sqlite_plan(in_sqlite, statements.audit(names)) == [f"audit_of_{column}"]


def test_sums_go_by_the_key(in_sqlite: sqlite3.Connection, in_postgresql: psycopg.Connection) -> None:
    for by, where in (((), ()), (("day",), ("line",)), (("day", "flow"), ("flow", "line", "version"))):
        asked = figure_statements.sums(by, where, hourly=True)
        index = "figures_of_line" if "line" in where else "figures_pkey"
        assert set(sqlite_plan(in_sqlite, asked)) == {index}
        assert set(postgres_plan(in_postgresql, asked)) - {"sort"} == {index}


AUDITED_TIMES = (("since",), ("until",), ("since", "until"), ("since", "before"), ("since", "until", "before"))


def test_the_audit_goes_by_its_times_in_sqlite(in_sqlite: sqlite3.Connection) -> None:
    for names in AUDITED_TIMES:
        assert set(sqlite_plan(in_sqlite, statements.audit(names))) <= {"audit_of_time", "audit_pkey"}


def test_the_audit_goes_by_its_times_in_postgresql(in_postgresql: psycopg.Connection) -> None:
    for names in AUDITED_TIMES:
        assert set(postgres_plan(in_postgresql, statements.audit(names))) <= {"audit_of_time", "audit_pkey"}


# The lists.


def test_lists_in_sqlite(in_sqlite: sqlite3.Connection) -> None:
    definitions = dict(in_sqlite.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''"))
    _judge_lists(definitions, lambda statement: sqlite_plan(in_sqlite, statement))


def test_lists_in_postgresql(in_postgresql: psycopg.Connection) -> None:
    definitions = dict(in_postgresql.execute("SELECT indexname, indexdef FROM pg_indexes").fetchall())
    _judge_lists(definitions, lambda statement: postgres_plan(in_postgresql, statement))


NARROWING: Final = {"line", "flow", "outcome", "sip_call_id", "caller", "state"}
"""Columns that lead an index of what is over."""


def _judge_lists(definitions: dict[str, str], plan: Callable[[Statement], Plan]) -> None:
    problems = {}
    for listed in every_list():
        steps = plan(listed.statement)
        if problem := _problem(listed, steps, definitions):
            problems[listed.name] = (problem, steps)
    assert problems == {}


def _problem(listed: Listed, steps: Plan, definitions: dict[str, str]) -> str:
    """A list reads, in its order, what is open, or an index that has the columns of filters in front: no index of the
    whole history as soon as there is one that narrows. Only parts, of a page each, are sorted, and what is open."""
    of_open = {step for step in steps if step.rstrip("*") in OF_WHAT_IS_OPEN}
    over = {step.rstrip("*") for step in steps} - {"sort"} - {step.rstrip("*") for step in of_open}
    if listed.has_over not in (None, bool(over)) or len(over) > 1:
        return "what is over is not read by one index"
    if listed.table == "calls" and steps.count("sort") > 2:  # of a page of each part
        return "a part is sorted"
    for index in over:
        leading = set(_columns(definitions[index])[: _columns(definitions[index]).index(listed.order)])
        if not leading <= listed.equal:
            return f"{index} is not in the list's order"
        if listed.equal and not leading:
            return f"{index} is the whole history"
        if leading == {"account"} and listed.equal & NARROWING:
            return f"{index} is the whole history of an account"
    return ""


def _columns(definition: str) -> list[str]:
    return [column.split()[0] for column in definition.partition("(")[2].partition(")")[0].split(", ")]
