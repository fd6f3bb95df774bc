"""The tables, as a list of migrations: `PRAGMA user_version` counts how many of them a database has.

A released migration is never edited; a change is a new entry at the end. Every table is STRICT, every instant is Unix
seconds. What an event has to keep up to date holds only what is open (live calls, timers, commands that are not over),
so that its cost does not grow with the history; the indexes of the history are written once, when something is over.
"""

import sqlite3
from typing import Final

from router.errors import ConfigurationError

_FIRST: Final = (
    """
    CREATE TABLE calls (
        account TEXT NOT NULL, entry_id TEXT NOT NULL, status TEXT NOT NULL, live INTEGER NOT NULL,
        flow TEXT NOT NULL, version TEXT NOT NULL, direction TEXT NOT NULL, line TEXT NOT NULL, caller TEXT NOT NULL,
        started REAL NOT NULL, ended REAL, outcome TEXT NOT NULL, wake_at REAL, state BLOB NOT NULL,
        UNIQUE (entry_id, account)
    ) STRICT
    """,
    "CREATE INDEX calls_due ON calls (wake_at) WHERE wake_at IS NOT NULL",
    "CREATE INDEX calls_live ON calls (account, version, flow) WHERE live = 1",
    "CREATE INDEX calls_newest ON calls (started, entry_id, account)",
    """
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY, account TEXT NOT NULL, entry_id TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL,
        dedupe TEXT, digest BLOB NOT NULL, body TEXT NOT NULL, trace BLOB NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX journal_once ON journal (account, dedupe) WHERE dedupe IS NOT NULL",
    "CREATE INDEX journal_of_call ON journal (account, entry_id, id)",
    """
    CREATE TABLE commands (
        command_id TEXT NOT NULL, account TEXT NOT NULL, entry_id TEXT NOT NULL, call_id TEXT NOT NULL,
        command TEXT NOT NULL, params TEXT NOT NULL, label TEXT NOT NULL, state TEXT NOT NULL, queued REAL NOT NULL,
        deadline REAL, high_priority INTEGER NOT NULL, not_before REAL NOT NULL, sent REAL, answered REAL,
        confirmed REAL, code INTEGER, http_status INTEGER, attempts INTEGER NOT NULL, reason TEXT NOT NULL, lease REAL,
        UNIQUE (account, command_id)
    ) STRICT
    """,
    """
    CREATE INDEX commands_queued
    ON commands (account, command, high_priority DESC, deadline IS NULL, deadline, queued, command_id)
    WHERE state = 'queued'
    """,
    "CREATE INDEX commands_sent ON commands (account, answered, lease) WHERE state = 'sent'",
    "CREATE INDEX commands_of_call ON commands (entry_id, account, queued)",
    "CREATE INDEX commands_newest ON commands (queued)",
    """
    CREATE TABLE slots (
        account TEXT NOT NULL, window_name TEXT NOT NULL, claim TEXT NOT NULL, free_at REAL NOT NULL,
        PRIMARY KEY (account, window_name, claim)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE standings (
        account TEXT PRIMARY KEY, paused_until REAL NOT NULL, reason TEXT NOT NULL, strikes INTEGER NOT NULL,
        invalid_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE presence (
        account TEXT NOT NULL, abonent TEXT NOT NULL, status TEXT NOT NULL,
        PRIMARY KEY (account, abonent)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE versions (
        account TEXT NOT NULL, version TEXT NOT NULL, content BLOB NOT NULL, created REAL NOT NULL, activated REAL,
        UNIQUE (account, version)
    ) STRICT
    """,
    "CREATE TABLE active (account TEXT PRIMARY KEY, version TEXT NOT NULL) STRICT, WITHOUT ROWID",
)

_LISTS_AND_NOTIFICATIONS: Final = (
    """
    CREATE TABLE remembered (
        account TEXT NOT NULL, list_name TEXT NOT NULL, value TEXT NOT NULL, kept_until REAL,
        PRIMARY KEY (account, list_name, value)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX remembered_until ON remembered (kept_until) WHERE kept_until IS NOT NULL",
    """
    CREATE INDEX commands_notifications ON commands (account, not_before, queued, command_id)
    WHERE state = 'queued' AND command = 'notify'
    """,
)

_IMAGES: Final = ("ALTER TABLE versions ADD COLUMN image BLOB",)

# `credit`, `path` and `credit_from` are for older versions alone: nothing reads them (docs/decisions/0020).
_EXACT_LIMITS: Final = (
    "ALTER TABLE slots ADD COLUMN credit REAL NOT NULL DEFAULT 0",
    "ALTER TABLE slots ADD COLUMN path TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE standings ADD COLUMN credit_from REAL NOT NULL DEFAULT 0",
    """
    CREATE TABLE shares (
        account TEXT NOT NULL, window_name TEXT NOT NULL, share REAL NOT NULL, since REAL NOT NULL,
        closed_until REAL NOT NULL, strikes INTEGER NOT NULL,
        PRIMARY KEY (account, window_name)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE clock (id INTEGER PRIMARY KEY, shift REAL NOT NULL) STRICT",
    "INSERT INTO clock (id, shift) VALUES (1, 0.0)",
    "CREATE TABLE outbox_marks (account TEXT PRIMARY KEY, mark INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "DROP INDEX commands_sent",
    "CREATE INDEX commands_unanswered ON commands (lease) WHERE state = 'sent' AND answered IS NULL",
    "CREATE INDEX commands_unconfirmed ON commands (answered) WHERE state = 'sent' AND answered IS NOT NULL",
)

_CANARIES: Final = (
    "ALTER TABLE versions ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE active ADD COLUMN canary TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE active ADD COLUMN share REAL NOT NULL DEFAULT 0",
    "ALTER TABLE active ADD COLUMN since REAL NOT NULL DEFAULT 0",
    "ALTER TABLE active ADD COLUMN paused INTEGER NOT NULL DEFAULT 0",
)

_BOUGHT_TIME: Final = (
    "ALTER TABLE commands ADD COLUMN buyable INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE commands ADD COLUMN bought_until REAL",
    "DROP INDEX commands_queued",
    """
    CREATE INDEX commands_queued
    ON commands (account, command, high_priority DESC, buyable, deadline IS NULL, deadline, queued, command_id)
    WHERE state = 'queued'
    """,
)

_MASKS: Final = (
    "ALTER TABLE calls ADD COLUMN masked INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX calls_unmasked ON calls (started) WHERE masked = 0",
)

_FOLLOWED: Final = ("ALTER TABLE versions ADD COLUMN followed REAL NOT NULL DEFAULT 0",)

_SIP_CALLS: Final = (
    "ALTER TABLE calls ADD COLUMN sip_call_id TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX calls_sip ON calls (sip_call_id, started, entry_id, account) WHERE sip_call_id <> ''",
)

_PAUSES: Final = (
    "ALTER TABLE active ADD COLUMN paused_at REAL NOT NULL DEFAULT 0",
    "ALTER TABLE active ADD COLUMN paused_by TEXT NOT NULL DEFAULT ''",
)

_SALTS: Final = ("ALTER TABLE standings ADD COLUMN refused_salt TEXT NOT NULL DEFAULT ''",)

_ADMINISTRATION: Final = (
    """
    CREATE TABLE tokens (
        token_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, digest BLOB NOT NULL, created REAL NOT NULL,
        created_by TEXT NOT NULL, expires REAL, last_used REAL, revoked REAL, revoked_by TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX tokens_digest ON tokens (digest)",
    "CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked IS NULL",
    """
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY, at REAL NOT NULL, account TEXT NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL,
        origin TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL, changes TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX audit_of_account ON audit (account, id)",
    "CREATE INDEX audit_of_actor ON audit (actor, id)",
    "CREATE INDEX audit_of_action ON audit (action, id)",
    "CREATE INDEX audit_of_subject ON audit (subject, id)",
    "CREATE TABLE identity (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT",
    "INSERT INTO identity (id, name) VALUES (1, lower(hex(randomblob(5))))",
)

_DELIVERIES: Final = (
    "ALTER TABLE commands ADD COLUMN receiver TEXT NOT NULL DEFAULT ''",
    """
    CREATE INDEX commands_in_turn ON commands (account, entry_id, receiver, queued)
    WHERE command = 'notify' AND state IN ('queued', 'sent')
    """,
    "CREATE INDEX commands_told ON commands (state, queued, command_id, account) WHERE command = 'notify'",
)

_REQUESTS: Final = (
    """
    CREATE TABLE requests (
        account TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL, answer BLOB NOT NULL, kept_until REAL NOT NULL,
        PRIMARY KEY (account, name)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX requests_until ON requests (kept_until)",
)

# What is open and what is over have indexes of their own: an event of a live call writes one entry of the first kind,
# and only a call's end those of the second. Their leading columns are what a list may ask for (`lists.py`).
_LISTS: Final = (
    "DROP INDEX calls_live",
    "CREATE INDEX calls_live ON calls (started, entry_id, account, version, flow) WHERE live = 1",
    "DROP INDEX calls_newest",
    "CREATE INDEX calls_newest ON calls (started, entry_id, account) WHERE live = 0",
    "CREATE INDEX calls_of_account ON calls (account, started, entry_id) WHERE live = 0",
    "CREATE INDEX calls_of_line ON calls (line, started, entry_id, account) WHERE live = 0",
    "CREATE INDEX calls_of_flow ON calls (flow, started, entry_id, account) WHERE live = 0",
    "CREATE INDEX calls_of_outcome ON calls (outcome, started, entry_id, account) WHERE live = 0",
    "CREATE INDEX calls_of_account_flow ON calls (account, flow, started, entry_id) WHERE live = 0",
    "CREATE INDEX calls_of_account_outcome ON calls (account, outcome, started, entry_id) WHERE live = 0",
    "DROP INDEX calls_unmasked",
    "CREATE INDEX calls_unmasked ON calls (started, entry_id, account) WHERE masked = 0 AND live = 0",
    "DROP INDEX commands_newest",
    "CREATE INDEX commands_newest ON commands (queued) WHERE state <> 'queued' AND state <> 'sent'",
    "CREATE INDEX commands_of_account ON commands (account, queued) WHERE state <> 'queued' AND state <> 'sent'",
    "CREATE INDEX commands_of_state ON commands (state, queued) WHERE state <> 'queued' AND state <> 'sent'",
    """
    CREATE INDEX commands_of_account_state ON commands (account, state, queued)
    WHERE state <> 'queued' AND state <> 'sent'
    """,
)

_ORIGINS: Final = ("ALTER TABLE versions ADD COLUMN origin TEXT NOT NULL DEFAULT ''",)

# Pieces of large files, lists, tables and flows, which versions share. `created` stands before the content, so that a
# look at the age of a piece reads none of it.
_PARTS: Final = (
    """
    CREATE TABLE parts (
        account TEXT NOT NULL, part TEXT NOT NULL, created REAL NOT NULL, content BLOB NOT NULL,
        UNIQUE (account, part)
    ) STRICT
    """,
    """
    CREATE TABLE version_parts (
        account TEXT NOT NULL, version TEXT NOT NULL, kind TEXT NOT NULL, part TEXT NOT NULL,
        PRIMARY KEY (account, version, kind, part)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX version_parts_used ON version_parts (account, part)",
    "CREATE INDEX versions_announced ON versions (created) WHERE activated IS NULL",
)

# News of calls that are not live. A live one's is in its state alone, so that no event writes an index for it.
_CHANGES: Final = (
    "ALTER TABLE calls ADD COLUMN changed_at REAL",
    """
    CREATE INDEX calls_changed ON calls (coalesce(changed_at, ended, started), entry_id, account) WHERE live = 0
    """,
    "CREATE INDEX calls_of_caller ON calls (caller, started, entry_id, account) WHERE live = 0",
)

# Sums that the console's figures are made of (`runtime.figures`), the calls that are in them, and how far they are. No
# event writes any of it.
_FIGURES: Final = (
    f"""
    CREATE TABLE figures (
        account TEXT NOT NULL, kind TEXT NOT NULL, grain TEXT NOT NULL, day INTEGER NOT NULL, flow TEXT NOT NULL,
        line TEXT NOT NULL, version TEXT NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL, value TEXT NOT NULL,
        count INTEGER NOT NULL, calls INTEGER NOT NULL,
        seconds REAL NOT NULL, {", ".join(f"h{hour} INTEGER NOT NULL DEFAULT 0" for hour in range(24))},
        PRIMARY KEY (account, kind, grain, day, flow, line, version, name, detail, value)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX figures_of_line ON figures (account, kind, line, day) WHERE grain = 'line'",
    """
    CREATE TABLE figured_calls (
        account TEXT NOT NULL, entry_id TEXT NOT NULL, PRIMARY KEY (account, entry_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE figure_marks (
        account TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID
    """,
)

_AUDIT_BY_TIME: Final = ("CREATE INDEX audit_of_time ON audit (at, id)",)
# `sessions_digest` is what a cookie is looked up by. A name is free again once its user is removed.
_PEOPLE: Final = (
    """
    CREATE TABLE users (
        user_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, password TEXT NOT NULL, created REAL NOT NULL,
        created_by TEXT NOT NULL, totp BLOB NOT NULL, totp_step INTEGER NOT NULL, recovery TEXT NOT NULL,
        subject TEXT NOT NULL, removed REAL, removed_by TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX users_name ON users (name) WHERE removed IS NULL",
    "CREATE UNIQUE INDEX users_subject ON users (subject) WHERE removed IS NULL AND subject <> ''",
    """
    CREATE TABLE sessions (
        session_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, digest BLOB NOT NULL, created REAL NOT NULL,
        seen REAL NOT NULL, origin TEXT NOT NULL, agent TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX sessions_digest ON sessions (digest)",
    "CREATE INDEX sessions_of_user ON sessions (user_id, created)",
)

# Each file is a row, so that a change writes no more than it changes. `revision` counts the changes.
_DRAFTS: Final = (
    """
    CREATE TABLE drafts (
        draft_id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, base TEXT NOT NULL, created REAL NOT NULL,
        created_by TEXT NOT NULL, changed REAL NOT NULL, changed_by TEXT NOT NULL, revision INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX drafts_of_account ON drafts (account, changed)",
    """
    CREATE TABLE draft_files (
        draft_id TEXT NOT NULL, file TEXT NOT NULL, content BLOB NOT NULL, UNIQUE (draft_id, file)
    ) STRICT
    """,
)

MIGRATIONS: Final = (
    _FIRST, _LISTS_AND_NOTIFICATIONS, _IMAGES, _EXACT_LIMITS, _CANARIES, _BOUGHT_TIME, _MASKS, _FOLLOWED, _SIP_CALLS,
    _PAUSES, _SALTS, _ADMINISTRATION, _DELIVERIES, _REQUESTS, _LISTS, _ORIGINS, _PARTS, _CHANGES,
    _FIGURES,
    _AUDIT_BY_TIME,
    _PEOPLE,
    _DRAFTS,
)  # fmt: skip
"""Each migration is a tuple of statements, run in one transaction together with its number."""


def migrations_of(connection: sqlite3.Connection) -> int:
    """How many a database has."""
    done: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return done


def migrate(connection: sqlite3.Connection) -> None:
    """Run those that are missing; the caller's transaction keeps them."""
    done = migrations_of(connection)
    if done > len(MIGRATIONS):
        raise ConfigurationError(
            f"the database has {done} migrations and this version knows {len(MIGRATIONS)}; run a newer router, or "
            "restore the backup of before the upgrade (docs/downgrade.md)"
        )
    for migration in MIGRATIONS[done:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
