"""The tables in PostgreSQL, as a list of migrations that run while older routers serve.

A released migration is never edited; a change is a new entry at the end. Expand first: a new table, a column with a
default, an index built CONCURRENTLY disturb nobody who does not know them. Contract later, in a migration that is
marked as breaking: a router that knows fewer migrations than the last breaking one refuses to serve.

Every instant is Unix seconds. Texts compare by their bytes (COLLATE "C"), as in every other store. What an
event has to keep up to date holds only what is open, so that its cost does not grow with the history; the indexes of
the history are written once, when something is over.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step. Its statements run in one transaction, together with the row that says they did; without
    `transactional` each is on its own, and has to be harmless when repeated."""

    name: str
    statements: tuple[str, ...]
    transactional: bool = True
    breaking: bool = False  # older routers cannot work with what it leaves


TABLES: Final = (
    "calls",
    "journal",
    "commands",
    "slots",
    "standings",
    "shares",
    "outbox_marks",
    "clock",
    "presence",
    "remembered",
    "versions",
    "parts",
    "version_parts",
    "active",
    "tokens",
    "audit",
    "identity",
    "requests",
    "figures",
    "figured_calls",
    "figure_marks",
    "users",
    "sessions",
    "drafts",
    "draft_files",
)
"""What the serving role reads and writes; `ivr_migrations` it only reads."""

_FIRST: Final = (
    # A call's state is 2 to 6 KB that hardly compress, and every event rewrites it: kept in the row, as it is.
    """
    CREATE TABLE calls (
        account text COLLATE "C" NOT NULL, entry_id text COLLATE "C" NOT NULL, status text NOT NULL,
        live boolean NOT NULL, flow text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL,
        direction text NOT NULL, line text NOT NULL, caller text NOT NULL, started double precision NOT NULL,
        ended double precision, outcome text NOT NULL, wake_at double precision, state bytea NOT NULL,
        PRIMARY KEY (entry_id, account)
    ) WITH (toast_tuple_target = 8160, fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)
    """,
    "ALTER TABLE calls ALTER COLUMN state SET STORAGE EXTERNAL",
    "CREATE INDEX calls_due ON calls (wake_at) WHERE wake_at IS NOT NULL",
    "CREATE INDEX calls_live ON calls (account, version, flow) WHERE live",
    "CREATE INDEX calls_newest ON calls (started, entry_id, account)",
    # `written_by` is for older routers alone: nothing reads it (docs/decisions/0151)
    """
    CREATE TABLE journal (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account text COLLATE "C" NOT NULL,
        entry_id text COLLATE "C" NOT NULL, at double precision NOT NULL, kind text NOT NULL, dedupe text COLLATE "C",
        digest bytea NOT NULL, body text NOT NULL, trace bytea NOT NULL,
        written_by xid8 NOT NULL DEFAULT pg_current_xact_id()
    )
    """,
    "CREATE UNIQUE INDEX journal_once ON journal (account, dedupe) WHERE dedupe IS NOT NULL",
    "CREATE INDEX journal_of_call ON journal (account, entry_id, id)",
    """
    CREATE TABLE commands (
        id bigint GENERATED ALWAYS AS IDENTITY, command_id text COLLATE "C" NOT NULL,
        account text COLLATE "C" NOT NULL, entry_id text COLLATE "C" NOT NULL, call_id text NOT NULL,
        command text COLLATE "C" NOT NULL, params text NOT NULL, label text NOT NULL, state text COLLATE "C" NOT NULL,
        queued double precision NOT NULL, deadline double precision, high_priority boolean NOT NULL,
        buyable boolean NOT NULL DEFAULT false, bought_until double precision,
        not_before double precision NOT NULL, sent double precision, answered double precision,
        confirmed double precision, code integer, http_status integer, attempts integer NOT NULL, reason text NOT NULL,
        lease double precision,
        PRIMARY KEY (account, command_id)
    ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)
    """,
    """
    CREATE INDEX commands_queued
    ON commands (account, command, high_priority DESC, buyable, deadline, queued, command_id) WHERE state = 'queued'
    """,
    "CREATE INDEX commands_unanswered ON commands (lease) WHERE state = 'sent' AND answered IS NULL",
    "CREATE INDEX commands_unconfirmed ON commands (answered) WHERE state = 'sent' AND answered IS NOT NULL",
    """
    CREATE INDEX commands_notifications ON commands (account, not_before, queued, command_id)
    WHERE state = 'queued' AND command = 'notify'
    """,
    "CREATE INDEX commands_of_call ON commands (entry_id, account, queued, id)",
    "CREATE INDEX commands_newest ON commands (queued, id)",
    # `credit`, `path` and `credit_from` are for older routers alone: nothing reads them (docs/decisions/0020)
    """
    CREATE TABLE slots (
        account text COLLATE "C" NOT NULL, window_name text COLLATE "C" NOT NULL, claim text COLLATE "C" NOT NULL,
        free_at double precision NOT NULL, credit double precision NOT NULL DEFAULT 0, path text NOT NULL DEFAULT '',
        PRIMARY KEY (account, window_name, claim)
    )
    """,
    """
    CREATE TABLE standings (
        account text COLLATE "C" PRIMARY KEY, paused_until double precision NOT NULL, reason text NOT NULL,
        strikes integer NOT NULL, invalid_at double precision NOT NULL,
        credit_from double precision NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE shares (
        account text COLLATE "C" NOT NULL, window_name text COLLATE "C" NOT NULL, share double precision NOT NULL,
        since double precision NOT NULL, closed_until double precision NOT NULL, strikes integer NOT NULL,
        PRIMARY KEY (account, window_name)
    )
    """,
    # An account's mark is the sum of its lanes; each connection counts in one of them, so that commits do not wait for
    # each other's row.
    """
    CREATE TABLE outbox_marks (
        account text COLLATE "C" NOT NULL, lane integer NOT NULL, mark bigint NOT NULL,
        PRIMARY KEY (account, lane)
    ) WITH (fillfactor = 50)
    """,
    "CREATE TABLE clock (id integer PRIMARY KEY, shift double precision NOT NULL)",
    "INSERT INTO clock (id, shift) VALUES (1, 0)",
    """
    CREATE TABLE presence (
        account text COLLATE "C" NOT NULL, abonent text COLLATE "C" NOT NULL, status text NOT NULL,
        PRIMARY KEY (account, abonent)
    )
    """,
    """
    CREATE TABLE remembered (
        account text COLLATE "C" NOT NULL, list_name text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
        kept_until double precision,
        PRIMARY KEY (account, list_name, value)
    )
    """,
    "CREATE INDEX remembered_until ON remembered (kept_until) WHERE kept_until IS NOT NULL",
    """
    CREATE TABLE versions (
        id bigint GENERATED ALWAYS AS IDENTITY, account text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL,
        content bytea NOT NULL, image bytea, created double precision NOT NULL, activated double precision,
        note text NOT NULL DEFAULT '',
        PRIMARY KEY (account, version)
    )
    """,
    """
    CREATE TABLE active (
        account text COLLATE "C" PRIMARY KEY, version text COLLATE "C" NOT NULL,
        canary text COLLATE "C" NOT NULL DEFAULT '', share double precision NOT NULL DEFAULT 0,
        since double precision NOT NULL DEFAULT 0, paused boolean NOT NULL DEFAULT false
    )
    """,
)

_MASKS: Final = ("ALTER TABLE calls ADD COLUMN IF NOT EXISTS masked boolean NOT NULL DEFAULT false",)
_UNMASKED: Final = ("CREATE INDEX CONCURRENTLY IF NOT EXISTS calls_unmasked ON calls (started) WHERE NOT masked",)

_FOLLOWED: Final = ("ALTER TABLE versions ADD COLUMN IF NOT EXISTS followed double precision NOT NULL DEFAULT 0",)

_SIP_CALL_ID: Final = ("ALTER TABLE calls ADD COLUMN IF NOT EXISTS sip_call_id text NOT NULL DEFAULT ''",)
_BY_SIP_CALL_ID: Final = (
    """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS calls_sip ON calls (sip_call_id, started, entry_id, account)
    WHERE sip_call_id <> ''
    """,
)

_PAUSES: Final = (
    "ALTER TABLE active ADD COLUMN IF NOT EXISTS paused_at double precision NOT NULL DEFAULT 0",
    "ALTER TABLE active ADD COLUMN IF NOT EXISTS paused_by text NOT NULL DEFAULT ''",
)

_SALTS: Final = ("ALTER TABLE standings ADD COLUMN IF NOT EXISTS refused_salt text NOT NULL DEFAULT ''",)

_ADMINISTRATION: Final = (
    """
    CREATE TABLE tokens (
        token_id text COLLATE "C" PRIMARY KEY, name text COLLATE "C" NOT NULL, role text NOT NULL,
        digest bytea NOT NULL, created double precision NOT NULL, created_by text NOT NULL, expires double precision,
        last_used double precision, revoked double precision, revoked_by text NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX tokens_digest ON tokens (digest)",
    "CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked IS NULL",
    """
    CREATE TABLE audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at double precision NOT NULL,
        account text COLLATE "C" NOT NULL, actor text COLLATE "C" NOT NULL, via text NOT NULL, origin text NOT NULL,
        action text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL, reason text NOT NULL, changes text NOT NULL
    )
    """,
    "CREATE INDEX audit_of_account ON audit (account, id)",
    "CREATE INDEX audit_of_actor ON audit (actor, id)",
    "CREATE INDEX audit_of_action ON audit (action, id)",
    "CREATE INDEX audit_of_subject ON audit (subject, id)",
    "CREATE TABLE identity (id integer PRIMARY KEY, name text NOT NULL)",
    "INSERT INTO identity (id, name) VALUES (1, substr(md5(random()::text || clock_timestamp()::text), 1, 10))",
)

_RECEIVERS: Final = ("ALTER TABLE commands ADD COLUMN IF NOT EXISTS receiver text COLLATE \"C\" NOT NULL DEFAULT ''",)
_DELIVERIES: Final = (
    """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS commands_in_turn ON commands (account, entry_id, receiver, queued, id)
    WHERE command = 'notify' AND state IN ('queued', 'sent')
    """,
    """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS commands_told ON commands (state, queued, command_id, account)
    WHERE command = 'notify'
    """,
)
_ORIGINS: Final = ("ALTER TABLE versions ADD COLUMN IF NOT EXISTS origin text NOT NULL DEFAULT ''",)

_REQUESTS: Final = (
    """
    CREATE TABLE requests (
        account text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, digest bytea NOT NULL, answer bytea NOT NULL,
        kept_until double precision NOT NULL,
        PRIMARY KEY (account, name)
    )
    """,
    "CREATE INDEX requests_until ON requests (kept_until)",
)


def _index(name: str, definition: str) -> Migration:
    """Built beside the traffic. A build that was broken off leaves an index that is of no use: it begins anew."""
    return Migration(
        name=f"index {name}",
        statements=(
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            f"CREATE {'UNIQUE ' * name.endswith('pkey_2')}INDEX CONCURRENTLY {name} ON {definition}",
        ),
        transactional=False,
    )


# What is open and what is over have indexes of their own: an event of a live call writes one entry of the first kind,
# and only a call's end those of the second. Their leading columns are what a list may ask for (`lists.py`). The
# conditions on `entry_id` and `command_id` always hold: they keep the planner from walking through the whole history
# where a list is filtered, since only the list without a filter says them, too.
_OVER: Final = "WHERE state <> 'queued' AND state <> 'sent'"
_LISTS: Final = (
    _index("calls_live_2", "calls (started, entry_id, account, version, flow) WHERE live"),
    _index("calls_newest_2", "calls (started, entry_id, account) WHERE NOT live AND entry_id <> ''"),
    _index("calls_of_account", "calls (account, started, entry_id) WHERE NOT live"),
    _index("calls_of_line", "calls (line, started, entry_id, account) WHERE NOT live"),
    _index("calls_of_flow", "calls (flow, started, entry_id, account) WHERE NOT live"),
    _index("calls_of_outcome", "calls (outcome, started, entry_id, account) WHERE NOT live"),
    _index("calls_of_account_flow", "calls (account, flow, started, entry_id) WHERE NOT live"),
    _index("calls_of_account_outcome", "calls (account, outcome, started, entry_id) WHERE NOT live"),
    _index("calls_unmasked_2", "calls (started, entry_id, account) WHERE NOT masked AND NOT live"),
    _index("commands_newest_2", f"commands (queued, id) {_OVER} AND command_id <> ''"),
    _index("commands_of_account", f"commands (account, queued, id) {_OVER}"),
    _index("commands_of_state", f"commands (state, queued, id) {_OVER}"),
    _index("commands_of_account_state", f"commands (account, state, queued, id) {_OVER}"),
    _index("journal_pkey_2", "journal (id, account)"),  # every key has the account, as a distributed table needs it
)
_REPLACED: Final = ("calls_live", "calls_newest", "calls_unmasked", "commands_newest")
_RENAMES: Final = (
    *(f"DROP INDEX IF EXISTS {name}" for name in _REPLACED),
    *(f"ALTER INDEX {name}_2 RENAME TO {name}" for name in _REPLACED),
    """
    ALTER TABLE journal DROP CONSTRAINT journal_pkey,
        ADD CONSTRAINT journal_pkey PRIMARY KEY USING INDEX journal_pkey_2
    """,
)

# Pieces of large files, lists, tables and flows, which versions share. They are compressed already.
_PARTS: Final = (
    """
    CREATE TABLE parts (
        account text COLLATE "C" NOT NULL, part text COLLATE "C" NOT NULL, created double precision NOT NULL,
        content bytea NOT NULL,
        PRIMARY KEY (account, part)
    )
    """,
    "ALTER TABLE parts ALTER COLUMN content SET STORAGE EXTERNAL",
    """
    CREATE TABLE version_parts (
        account text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL,
        part text COLLATE "C" NOT NULL,
        PRIMARY KEY (account, version, kind, part)
    )
    """,
    "CREATE INDEX version_parts_used ON version_parts (account, part)",
)
_ANNOUNCED: Final = (
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS versions_announced ON versions (created) WHERE activated IS NULL",
)

_CHANGED_AT: Final = ("ALTER TABLE calls ADD COLUMN IF NOT EXISTS changed_at double precision",)
_CHANGES: Final = (
    """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS calls_changed
    ON calls ((coalesce(changed_at, ended, started)), entry_id, account) WHERE NOT live
    """,
    """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS calls_of_caller ON calls (caller, started, entry_id, account)
    WHERE NOT live
    """,
)

# Sums that the console's figures are made of (`runtime.figures`), the calls that are in them, and how far they are. No
# event writes any of it. Cells are added to again and again: a page has room for their next versions.
_FIGURES: Final = (
    f"""
    CREATE TABLE figures (
        account text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, grain text COLLATE "C" NOT NULL,
        day integer NOT NULL, flow text COLLATE "C" NOT NULL, line text COLLATE "C" NOT NULL,
        version text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
        detail text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
        count integer NOT NULL, calls integer NOT NULL, seconds double precision NOT NULL,
        {", ".join(f"h{hour} integer NOT NULL DEFAULT 0" for hour in range(24))},
        PRIMARY KEY (account, kind, grain, day, flow, line, version, name, detail, value)
    ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)
    """,
    "CREATE INDEX figures_of_line ON figures (account, kind, line, day) WHERE grain = 'line'",
    """
    CREATE TABLE figured_calls (
        account text COLLATE "C" NOT NULL, entry_id text COLLATE "C" NOT NULL, PRIMARY KEY (account, entry_id)
    )
    """,
    """
    CREATE TABLE figure_marks (
        account text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, at double precision NOT NULL,
        PRIMARY KEY (account, name)
    )
    """,
)

_AUDIT_BY_TIME: Final = ("CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_of_time ON audit (at, id)",)
# `sessions_digest` is what a cookie is looked up by. A name is free again once its user is removed.
_PEOPLE: Final = (
    """
    CREATE TABLE users (
        user_id text COLLATE "C" PRIMARY KEY, name text COLLATE "C" NOT NULL, role text NOT NULL,
        password text NOT NULL, created double precision NOT NULL, created_by text NOT NULL, totp bytea NOT NULL,
        totp_step bigint NOT NULL, recovery text NOT NULL, subject text COLLATE "C" NOT NULL,
        removed double precision, removed_by text NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX users_name ON users (name) WHERE removed IS NULL",
    "CREATE UNIQUE INDEX users_subject ON users (subject) WHERE removed IS NULL AND subject <> ''",
    """
    CREATE TABLE sessions (
        session_id text COLLATE "C" PRIMARY KEY, user_id text COLLATE "C" NOT NULL, digest bytea NOT NULL,
        created double precision NOT NULL, seen double precision NOT NULL, origin text NOT NULL, agent text NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX sessions_digest ON sessions (digest)",
    "CREATE INDEX sessions_of_user ON sessions (user_id, created)",
)

# Each file is a row, so that a change writes no more than it changes. `revision` counts the changes.
_DRAFTS: Final = (
    """
    CREATE TABLE drafts (
        draft_id text COLLATE "C" PRIMARY KEY, account text COLLATE "C" NOT NULL, name text NOT NULL,
        base text COLLATE "C" NOT NULL, created double precision NOT NULL, created_by text NOT NULL,
        changed double precision NOT NULL, changed_by text NOT NULL, revision bigint NOT NULL
    )
    """,
    "CREATE INDEX drafts_of_account ON drafts (account, changed)",
    """
    CREATE TABLE draft_files (
        draft_id text COLLATE "C" NOT NULL, file text COLLATE "C" NOT NULL, content bytea NOT NULL,
        PRIMARY KEY (draft_id, file)
    )
    """,
)

# The history of an account is only for statements that say a condition that always holds, as that of all accounts is:
# where nearly all calls are of one flow the planner took it for a rare one, and read the history to its end.
_OF_ACCOUNTS: Final = (
    _index("calls_of_account_2", "calls (account, started, entry_id) WHERE NOT live AND account <> ''"),
    _index("commands_of_account_2", f"commands (account, queued, id) {_OVER} AND account <> ''"),
)
_OF_ACCOUNTS_RENAMED: Final = tuple(
    statement
    for name in ("calls_of_account", "commands_of_account")
    for statement in (f"DROP INDEX IF EXISTS {name}", f"ALTER INDEX {name}_2 RENAME TO {name}")
)

MIGRATIONS: Final = (
    Migration(name="calls, journal, outbox, limits, versions", statements=_FIRST),
    Migration(name="masked calls", statements=_MASKS),
    Migration(name="index of unmasked calls", statements=_UNMASKED, transactional=False),
    Migration(name="versions of watched directories", statements=_FOLLOWED),
    Migration(name="sip_call_id of calls", statements=_SIP_CALL_ID),
    Migration(name="index of sip_call_id", statements=_BY_SIP_CALL_ID, transactional=False),
    Migration(name="who paused an account, and when", statements=_PAUSES),
    Migration(name="which salt the PBX refused", statements=_SALTS),
    Migration(name="tokens, audit, identity", statements=_ADMINISTRATION),
    Migration(name="receivers of notifications", statements=_RECEIVERS),
    Migration(name="indexes of notifications", statements=_DELIVERIES, transactional=False),
    Migration(name="requests of the API that may be repeated", statements=_REQUESTS),
    *_LISTS,
    Migration(name="indexes of what is over", statements=_RENAMES),
    Migration(name="where versions come from", statements=_ORIGINS),
    Migration(name="parts that versions share", statements=_PARTS),
    Migration(name="index of versions that were never active", statements=_ANNOUNCED, transactional=False),
    Migration(name="changed_at of calls", statements=_CHANGED_AT),
    Migration(name="indexes of changes and callers", statements=_CHANGES, transactional=False),
    Migration(name="figures", statements=_FIGURES),
    Migration(name="index of the audit's times", statements=_AUDIT_BY_TIME, transactional=False),
    Migration(name="users and their sessions", statements=_PEOPLE),
    Migration(name="drafts", statements=_DRAFTS),
    *_OF_ACCOUNTS,
    Migration(name="indexes of accounts' histories", statements=_OF_ACCOUNTS_RENAMED),
)
