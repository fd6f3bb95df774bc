"""Every statement of the store, beside its reason. The rest of the package speaks no SQL but to set up connections.

The locks are PostgreSQL's advisory locks, on a hash of names: a call can be locked before it has a row. A transaction
of SQLite has the whole file, and needs none of them.
"""

from collections.abc import Collection
from typing import Final

from router.store.encoding import (
    AUDIT_COLUMNS,
    CALL_COLUMNS,
    COMMAND_COLUMNS,
    DRAFT_COLUMNS,
    LISTED_COLUMNS,
    RECORD_COLUMNS,
    SERVING_COLUMNS,
    SESSION_COLUMNS,
    SHARE_COLUMNS,
    STANDING_COLUMNS,
    TOKEN_COLUMNS,
    USER_COLUMNS,
)
from router.store.lists import EVERY_CALL, EVERY_COMMAND, OVER
from router.store.statement import Statement, in_sqlite

_of = Statement.of


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _numbered(count: int) -> str:
    return ", ".join(f"${number}" for number in range(1, count + 1))


def _insert(table: str, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({_columns(names)}) VALUES ({_numbered(len(names))})"


def _upsert(table: str, names: tuple[str, ...], key: tuple[str, ...], *, kept: str = "", reset: str = "") -> str:
    """Insert, or replace all but the key and what is `kept` in the row that is there."""
    return f"{_insert(table, names)} {_or_replace(names, key, kept=kept, reset=reset)}"


def _or_replace(names: tuple[str, ...], key: tuple[str, ...], *, kept: str = "", reset: str = "") -> str:
    replaced = [f"{name} = excluded.{name}" for name in names if name not in (*key, kept)]
    return f"ON CONFLICT ({_columns(key)}) DO UPDATE SET {', '.join(replaced)}{reset}"


_TYPES: Final = {
    **dict.fromkeys(
        (
            "digest",
            "trace",
        ),
        "bytea",
    ),
    **dict.fromkeys(("live", "high_priority", "buyable"), "boolean"),
    **dict.fromkeys(("code", "http_status", "attempts"), "integer"),
    **dict.fromkeys(
        (
            *("at", "started", "ended", "wake_at", "queued", "deadline", "bought_until", "not_before"),
            *("sent", "answered", "confirmed", "lease", "changed_at"),
        ),
        "double precision",
    ),
}
"""Of the columns that hold no text, in the tables that events write."""


def _types(table: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("bytea" if (table, name) == ("calls", "state") else _TYPES.get(name, "text") for name in names)


def _rows(types: tuple[str, ...], *, uncounted: bool = False) -> str:
    """Several rows, of which each parameter is a column. `uncounted` keeps from the planner how many there are: else a
    plan that joins these very rows looks cheaper than the one that it keeps, and is made each time."""
    arrays = [f"${number}::{type}[]" for number, type in enumerate(types, start=1)]
    return f"unnest({', '.join(f'(SELECT {array})' if uncounted else array for array in arrays)})"


def _insert_several(table: str, names: tuple[str, ...], end: str = "") -> Statement:
    types = _types(table, names)
    return _of(f"INSERT INTO {table} ({_columns(names)}) SELECT * FROM {_rows(types)} {end}", sqlite="", types=types)


def _update_several(table: str, names: tuple[str, ...], key: tuple[str, ...]) -> Statement:
    types = _types(table, names)
    changes = ", ".join(f"{name} = new.{name}" for name in names if name not in key)
    match = " AND ".join(f"{table}.{name} = new.{name}" for name in key)
    text = f"UPDATE {table} SET {changes} FROM {_rows(types, uncounted=True)} AS new ({_columns(names)}) WHERE {match}"
    return _of(text, sqlite="", types=types)


# The transaction itself; SQLite's connection begins and ends its own.
BEGIN: Final = _of("BEGIN")
BEGIN_SNAPSHOT: Final = _of("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
COMMIT: Final = _of("COMMIT")
ROLLBACK: Final = _of("ROLLBACK")
CLOCK: Final = _of("SELECT extract(epoch FROM clock_timestamp())::double precision")
MIGRATED: Final = _of("SELECT number, breaking FROM ivr_migrations ORDER BY number")
PING: Final = _of("SELECT count(*) FROM active")

LOCK_ACCOUNT: Final = _of("SELECT pg_advisory_xact_lock(hashtextextended($1, 2))")
TRY_ACCOUNT: Final = _of("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 2))")
TRY_CALL: Final = _of(
    "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || coalesce(nullif($2, ''), $3), 1))", sqlite=""
)

# What events are known by, several at once: a JSON array of `EventKeys`.
_ASKED: Final = """
    ROWS FROM (json_to_recordset($1) AS (account text, dedupe text, entry_id text, command_id text))
    WITH ORDINALITY AS asked (account, dedupe, entry_id, command_id, number)
"""

# Their locks, in one order for everybody: a call's by its entry_id, else by its command's, else by what names the
# event. The seeds keep the locks of calls and of accounts apart.
LOCK_CALLS: Final = _of(
    f"""
    SELECT count(pg_advisory_xact_lock(turn)) FROM (
        SELECT DISTINCT hashtextextended(asked.account || ' ' || coalesce(
            nullif(asked.entry_id, ''),
            (SELECT nullif(commands.entry_id, '') FROM commands
             WHERE commands.account = asked.account AND commands.command_id = asked.command_id),
            nullif(asked.command_id, ''), asked.dedupe, ''
        ), 1) AS turn
        FROM {_ASKED} ORDER BY turn
    ) AS turns
    """,
    sqlite="",
)

# All that an event needs to know, in one row, and the clock. PostgreSQL's has also the command that the event names and
# those of its call that are not over, so that nothing of it takes another round trip. Who is present at the account is
# in the first row only: that may be hundreds, and events that come together are nearly always of one account.
_JSON_COMMAND: Final = f"""
    SELECT {_columns(tuple(name for name in COMMAND_COLUMNS if name != "params"))}, params::json AS params FROM commands
"""
LOAD: Final = _of(
    f"""
    SELECT extract(epoch FROM clock_timestamp())::double precision, wanted.entry_id,
           (SELECT digest FROM journal WHERE journal.account = asked.account AND journal.dedupe = asked.dedupe),
           (SELECT state FROM calls WHERE calls.entry_id = wanted.entry_id AND calls.account = asked.account),
           (SELECT json_object_agg(abonent, status) FROM presence
            WHERE presence.account = asked.account AND asked.number = 1),
           (SELECT json_agg(found) FROM (
                {_JSON_COMMAND}
                WHERE commands.entry_id = wanted.entry_id AND commands.account = asked.account
                  AND wanted.entry_id <> '' AND state IN ('queued', 'sent', 'unknown')
                UNION ALL
                {_JSON_COMMAND}
                WHERE commands.account = asked.account AND commands.command_id = asked.command_id
                  AND asked.command_id <> '' AND (commands.entry_id = '' OR state NOT IN ('queued', 'sent', 'unknown'))
           ) AS found),
           (SELECT shift FROM clock WHERE clock.id = 1), {_columns(SERVING_COLUMNS)}
    FROM {_ASKED} LEFT JOIN active ON active.account = asked.account CROSS JOIN LATERAL (
        SELECT coalesce(nullif(asked.entry_id, ''),
                        (SELECT commands.entry_id FROM commands
                         WHERE commands.account = asked.account AND commands.command_id = asked.command_id), '')
    ) AS wanted (entry_id)
    ORDER BY asked.number
    """,
    sqlite=f"""
    SELECT (SELECT digest FROM journal WHERE account = ?1 AND dedupe = ?2),
           (SELECT state FROM calls WHERE account = ?1 AND entry_id = ?3),
           (SELECT shift FROM clock WHERE id = 1), {_columns(SERVING_COLUMNS)}
    FROM (SELECT 1) AS one_row LEFT JOIN active ON account = ?1
    """,
)
LOAD_MORE: Final = _of(  # of the same account in the same transaction of SQLite, which nobody else can change
    "",
    sqlite="""
    SELECT (SELECT digest FROM journal WHERE account = ?1 AND dedupe = ?2),
           (SELECT state FROM calls WHERE account = ?1 AND entry_id = ?3)
    """,
)

# Calls. `started` and the key never change, so the index of the newest calls is written once for each call.
_REPLACE_CALL: Final = _or_replace(CALL_COLUMNS, ("entry_id", "account"), kept="started", reset=", masked = FALSE")
SAVE_CALL: Final = _of(
    f"{_insert('calls', CALL_COLUMNS)} {_REPLACE_CALL}", several=_insert_several("calls", CALL_COLUMNS, _REPLACE_CALL)
)
# Of a loaded call that is not over, nothing else changes with most events, and no other index has to follow.
SAVE_STATE: Final = _of(
    "UPDATE calls SET wake_at = $1, state = $2 WHERE account = $3 AND entry_id = $4",
    several=_update_several("calls", ("wake_at", "state", "account", "entry_id"), ("account", "entry_id")),
)
DUE_CALLS: Final = _of("SELECT account, entry_id FROM calls WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2")
NEXT_WAKE: Final = _of("SELECT min(wake_at) FROM calls WHERE wake_at IS NOT NULL")
CALL: Final = _of("SELECT state FROM calls WHERE account = $1 AND entry_id = $2")
CALL_OF_ANY_ACCOUNT: Final = _of("SELECT state FROM calls WHERE entry_id = $1 ORDER BY account LIMIT 1")
LIVE_CALLS: Final = _of("SELECT account, flow, count(*) FROM calls WHERE live = TRUE GROUP BY account, flow")

# Calls that are not live by their last change, the latest first: for who keeps a copy and asks what is new. No index
# follows the changes of a live one.
_CHANGED: Final = "coalesce(changed_at, ended, started)"  # as the index has it; older versions wrote no `changed_at`
CHANGED_CALLS: Final = _of(f"""
    SELECT {_columns(LISTED_COLUMNS)} FROM calls /* INDEXED BY calls_changed */
    WHERE live = FALSE AND {_CHANGED} >= $1 AND {_CHANGED} <= $2 AND ({_CHANGED}, entry_id, account) < ($2, $3, $4)
    ORDER BY {_CHANGED} DESC, entry_id DESC, account DESC LIMIT $5
""")

# The journal.
RECORD: Final = _of(_insert("journal", RECORD_COLUMNS), several=_insert_several("journal", RECORD_COLUMNS))
JOURNAL: Final = _of(
    f"SELECT {_columns(RECORD_COLUMNS)} FROM journal WHERE account = $1 AND entry_id = $2 ORDER BY journal.id"
)
JOURNAL_PAGE: Final = _of(f"""
    SELECT id, {_columns(RECORD_COLUMNS)} FROM journal
    WHERE account = $1 AND entry_id = $2 AND journal.id > $3 ORDER BY journal.id LIMIT $4
""")
TOLD_OF: Final = _of("SELECT entry_id FROM journal WHERE account = $1 AND dedupe > $2 AND dedupe < $3 LIMIT 8")
LAST_EVENTS: Final = _of("""
    SELECT account, max(at)
    FROM (SELECT account, at FROM journal WHERE dedupe IS NOT NULL ORDER BY journal.id DESC LIMIT $1) AS newest
    GROUP BY account
""")

# The newest line, and who may have taken a number before it without having committed (`postgres.journal_end`): the
# snapshot is older than the look at the locks. SQLite has one writer at a time.
LAST_RECORD: Final = _of(
    """
    SELECT coalesce((SELECT id FROM journal ORDER BY id DESC LIMIT 1), 0), coalesce((
        SELECT string_agg(virtualtransaction, ' ') FROM pg_locks
        WHERE locktype = 'relation' AND relation = 'journal'::regclass AND mode = 'RowExclusiveLock' AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ), '')
    """,
    sqlite="SELECT coalesce(max(id), 0), '' FROM journal",
)
# With the state of each line's call, on the last of its lines only, and with the body of those that belong to no call,
# or tell what we know ourselves of a command. Calls of which numbers are masked were written anew, long after they
# ended: that is no news of them. Calls are asked for one by one: a join would read all of them, since PostgreSQL takes
# a limit that it does not know for a tenth of the table.
_THEIR_CALL: Final = "calls.entry_id = told.entry_id AND calls.account = told.account"
RECORDS_AFTER: Final = _of(f"""
    WITH told AS (
        SELECT id AS number, account, entry_id, at, kind, trace,
               CASE WHEN entry_id = '' OR kind IN ('answered', 'concluded') THEN body ELSE '' END AS body,
               max(id) OVER (PARTITION BY account, entry_id) AS last
        FROM (SELECT * FROM journal WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS batch
    )
    SELECT number, account, entry_id, at, kind, body, trace,
           CASE WHEN number = last THEN (SELECT state FROM calls WHERE {_THEIR_CALL}) END,
           coalesce((SELECT masked FROM calls WHERE {_THEIR_CALL}), FALSE)
    FROM told ORDER BY number
""")
FIRST_RECORD: Final = _of("SELECT coalesce(min(id), 0) FROM journal")

# The outbox.
_COMMAND: Final = f"SELECT {_columns(COMMAND_COLUMNS)} FROM commands AS mine"
_SERVING_ORDER: Final = "high_priority DESC, buyable, deadline NULLS LAST, queued, command_id"
QUEUE: Final = _of(_insert("commands", COMMAND_COLUMNS), several=_insert_several("commands", COMMAND_COLUMNS))
UPDATE_COMMAND: Final = _of(
    f"""
    UPDATE commands SET ({_columns(COMMAND_COLUMNS)}) = ({_numbered(len(COMMAND_COLUMNS))})
    WHERE account = ${COMMAND_COLUMNS.index("account") + 1} AND command_id = ${COMMAND_COLUMNS.index("command_id") + 1}
    """,
    several=_update_several("commands", COMMAND_COLUMNS, ("account", "command_id")),
)
COMMAND: Final = _of(f"{_COMMAND} WHERE account = $1 AND command_id = $2")
QUEUED_OF_CALL: Final = _of(
    f"{_COMMAND} WHERE account = $1 AND entry_id = $2 AND state = 'queued' ORDER BY {_SERVING_ORDER}"
)

# Hops from kind to kind along the index, however many commands of one kind are queued. Without LATERAL, SQLite finds
# the best of each kind by their names.
_KINDS: Final = """
    WITH RECURSIVE kinds (kind) AS (
        SELECT min(command) FROM commands WHERE account = $1 AND state = 'queued'
        UNION ALL
        SELECT (SELECT min(command) FROM commands WHERE account = $1 AND state = 'queued' AND command > kinds.kind)
        FROM kinds WHERE kinds.kind IS NOT NULL
    )
"""
_MAY_GO: Final = """
    account = $1 AND command = kinds.kind AND state = 'queued' AND NOT (
        entry_id <> '' AND EXISTS (
            SELECT 1 FROM commands AS other
            WHERE other.account = $1 AND other.entry_id = mine.entry_id
              AND other.state = 'sent' AND other.answered IS NULL AND other.command <> 'notify'
        )
    )
"""
CANDIDATES: Final = _of(
    f"""
    {_KINDS}
    SELECT best.* FROM kinds
    CROSS JOIN LATERAL ({_COMMAND} WHERE {_MAY_GO} ORDER BY {_SERVING_ORDER} LIMIT $2) AS best
    WHERE kinds.kind <> 'notify' ORDER BY {_SERVING_ORDER}
    """,
    sqlite=in_sqlite(f"""
    {_KINDS}
    SELECT {_columns(tuple(f"best.{name}" for name in COMMAND_COLUMNS))} FROM kinds CROSS JOIN commands AS best
    WHERE kinds.kind <> 'notify' AND best.id IN (
        SELECT mine.id FROM commands AS mine WHERE {_MAY_GO} ORDER BY {_SERVING_ORDER} LIMIT $2
    )
    ORDER BY {_SERVING_ORDER}
    """),
)
# Of what one call tells one receiver, only the first that is not over.
_IN_TURN: Final = "command = 'notify' AND state IN ('queued', 'sent')"  # as the index has it
NOTIFICATIONS: Final = _of(f"""
    {_COMMAND} /* INDEXED BY commands_notifications */
    WHERE account = $1 AND state = 'queued' AND command = 'notify' AND NOT EXISTS (
        SELECT 1 FROM commands AS earlier /* INDEXED BY commands_in_turn */
        WHERE earlier.account = $1 AND earlier.entry_id = mine.entry_id AND earlier.receiver = mine.receiver
          AND {_IN_TURN.replace("command", "earlier.command").replace("state", "earlier.state")}
          AND (earlier.queued, earlier.id) < (mine.queued, mine.id)
    ) AND mine.receiver NOT IN (SELECT json_array_elements_text($3))
    ORDER BY not_before, queued, command_id LIMIT $2
""")
HOLD_BACK: Final = _of(f"""
    UPDATE commands SET not_before = $1
    WHERE account = $2 AND entry_id = $3 AND receiver = $4 AND {_IN_TURN} AND state = 'queued' AND command_id <> $5
""")
_DELIVERIES: Final = f"""
    {_COMMAND} {{index}} WHERE command = 'notify' AND {{what}}
    AND (CAST($2 AS text) IS NULL OR account = $2) AND (CAST($3 AS text) IS NULL OR receiver = $3)
    AND (CAST($4 AS text) IS NULL OR state = $4)
    AND queued <= $5 AND (queued, command_id, account) < ($5, $6, $7)
    ORDER BY queued DESC, command_id DESC, account DESC LIMIT $8
"""
DELIVERIES: Final = _of(_DELIVERIES.format(index="/* INDEXED BY commands_told */", what="state = $1"))
DELIVERIES_OF_CALL: Final = _of(_DELIVERIES.format(index="/* INDEXED BY commands_of_call */", what="entry_id = $1"))
UNANSWERED: Final = _of(f"""
    {_COMMAND} /* INDEXED BY commands_unanswered */
    WHERE state = 'sent' AND answered IS NULL AND lease <= $1 ORDER BY lease, command_id LIMIT $2
""")
UNCONFIRMED: Final = _of(f"""
    {_COMMAND} /* INDEXED BY commands_unconfirmed */
    WHERE state = 'sent' AND answered IS NOT NULL AND answered <= $1 ORDER BY answered, command_id LIMIT $2
""")
AWAITED: Final = _of("""
    SELECT (SELECT min(lease) FROM commands /* INDEXED BY commands_unanswered */
            WHERE state = 'sent' AND answered IS NULL),
           (SELECT min(answered) FROM commands /* INDEXED BY commands_unconfirmed */
            WHERE state = 'sent' AND answered IS NOT NULL)
""")


def _waiting(index: str, queued: str, has_any: str) -> Statement:
    """Hops from account to account along an index, so that it costs what waits, and nothing for who does not."""
    return _of(f"""
        WITH RECURSIVE names (account) AS (
            SELECT min(account) FROM commands /* INDEXED BY {index} */ WHERE {queued}
            UNION ALL
            SELECT (SELECT min(account) FROM commands /* INDEXED BY {index} */
                    WHERE {queued} AND account > names.account)
            FROM names WHERE names.account IS NOT NULL
        )
        SELECT account, coalesce((SELECT CAST(sum(mark) AS bigint) FROM outbox_marks
                                  WHERE outbox_marks.account = names.account), 0)
        FROM names WHERE account IS NOT NULL AND ({has_any}) ORDER BY account
    """)


def _exists(condition: str) -> str:
    return f"""EXISTS (SELECT 1 FROM commands /* INDEXED BY commands_queued */
                       WHERE account = names.account AND state = 'queued' AND {condition})"""


WAITING: Final = _waiting(
    "commands_queued", "state = 'queued'", f"""{_exists("command < 'notify'")} OR {_exists("command > 'notify'")}"""
)
WAITING_NOTIFICATIONS: Final = _waiting("commands_notifications", "state = 'queued' AND command = 'notify'", "TRUE")
MARK_LANES: Final = 32  # so that commits of several connections do not wait for each other's row
MARK: Final = _of(
    f"""
    INSERT INTO outbox_marks (account, lane, mark) VALUES ($1, pg_backend_pid() % {MARK_LANES}, 1)
    ON CONFLICT (account, lane) DO UPDATE SET mark = outbox_marks.mark + 1
    """,
    sqlite="""
    INSERT INTO outbox_marks (account, mark) VALUES (?1, 1) ON CONFLICT (account) DO UPDATE SET mark = mark + 1
    """,
)
QUEUE_DEPTHS: Final = _of(
    "SELECT account, command, count(*) FROM commands WHERE state = 'queued' GROUP BY account, command"
)
COMMANDS_OF_CALL: Final = _of(f"""
    {_COMMAND} /* INDEXED BY commands_of_call */
    WHERE entry_id = $1 AND account = $2 AND (CAST($3 AS text) IS NULL OR state = $3) ORDER BY queued, mine.id LIMIT $4
""")

WAITS_FOR_LIMITS: Final = _of("""
    SELECT account, entry_id, sum(coalesce(sent, confirmed) - queued) FROM commands /* INDEXED BY commands_of_call */
    WHERE entry_id = ANY(ARRAY(SELECT json_array_elements_text($1))) AND command <> 'notify' AND state <> 'queued'
    GROUP BY account, entry_id
""")

# The limits' log, and how an account stands.
SLOTS: Final = _of("SELECT window_name, free_at FROM slots WHERE account = $1 ORDER BY free_at")
ALL_SLOTS: Final = _of("SELECT account, window_name, free_at FROM slots WHERE free_at > $1 ORDER BY free_at")
DROP_FREE_SLOTS: Final = _of("DELETE FROM slots WHERE account = $1 AND free_at <= $2")
TAKE_SLOT: Final = _of("""
    INSERT INTO slots (account, window_name, claim, free_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account, window_name, claim) DO UPDATE SET free_at = excluded.free_at
""")
FREE_SLOT: Final = _of("UPDATE slots SET free_at = $1 WHERE account = $2 AND window_name = $3 AND claim = $4")
STANDING: Final = _of(f"SELECT {_columns(STANDING_COLUMNS)} FROM standings WHERE account = $1")
PAUSES: Final = _of(f"SELECT account, {_columns(STANDING_COLUMNS)} FROM standings WHERE paused_until > $1")
SAVE_STANDING: Final = _of(_upsert("standings", ("account", *STANDING_COLUMNS), ("account",)))
SHARES: Final = _of(f"SELECT {_columns(SHARE_COLUMNS)} FROM shares WHERE account = $1")
ALL_SHARES: Final = _of(f"SELECT account, {_columns(SHARE_COLUMNS)} FROM shares")
SAVE_SHARE: Final = _of(_upsert("shares", ("account", *SHARE_COLUMNS), ("account", "window_name")))
CLOCK_SHIFT: Final = _of("SELECT shift FROM clock")
CLOCK_SHIFT_LOCKED: Final = _of("SELECT shift FROM clock FOR UPDATE")  # who makes a jump good does so alone
SHIFT_CLOCK: Final = tuple(  # an instant of 0 stands for none
    map(
        _of,
        (
            "UPDATE clock SET shift = shift + $1",
            "UPDATE slots SET free_at = free_at + $1",
            """
            UPDATE standings SET
                paused_until = CASE WHEN paused_until > 0 THEN paused_until + $1 ELSE 0 END,
                invalid_at = CASE WHEN invalid_at > 0 THEN invalid_at + $1 ELSE 0 END
            """,
            "UPDATE shares SET since = since + $1, closed_until = closed_until + $1",
            "UPDATE calls SET wake_at = wake_at + $1 WHERE wake_at IS NOT NULL",
            *(
                f"""
                UPDATE commands SET queued = queued + $1, deadline = deadline + $1, sent = sent + $1,
                    answered = answered + $1, lease = lease + $1,
                    not_before = CASE WHEN not_before > 0 THEN not_before + $1 ELSE 0 END
                WHERE {open_ones}
                """
                for open_ones in (
                    "state = 'queued'",
                    "state = 'sent' AND answered IS NULL",
                    "state = 'sent' AND answered IS NOT NULL",
                )
            ),
            "UPDATE outbox_marks SET mark = mark + 1 WHERE CAST($1 AS double precision) <> 0",
        ),
    )
)

# A write that nothing goes by. SQLite's is more than an event changes with all its indexes (less may still find room
# where an event does not), where the next event is written, too. A row of letters is left of it: no digit in it could
# be taken for what a caller typed.
TOUCH: Final = (
    (MARK,),
    tuple(
        _of("", sqlite=text)
        for text in (
            """
            INSERT OR REPLACE INTO presence (account, abonent, status)
            VALUES (?1, '', replace(hex(zeroblob(32768)), '0', 'x'))
            """,
            """
            INSERT INTO journal (account, entry_id, at, kind, dedupe, digest, body, trace)
            VALUES (?1, '', 0, 'touch', hex(randomblob(16)), x'', '', x'')
            """,
            "DELETE FROM journal WHERE account = ?1 AND dedupe IS NOT NULL",
            """
            INSERT INTO calls (account, entry_id, status, live, flow, version, direction, line, caller, started,
                               outcome, state)
            VALUES (?1, '', '', 0, '', '', '', '', '', 0, '', x'')
            """,
            "DELETE FROM calls WHERE entry_id = '' AND account = ?1",
        )
    ),
)

# What flows know of people, and what they remember. Two calls may forget the same at once: neither waits for the other.
PRESENCE: Final = _of("SELECT abonent, status FROM presence WHERE account = $1")
SET_PRESENCE: Final = _of(_upsert("presence", ("account", "abonent", "status"), ("account", "abonent")))
REMEMBER: Final = _of(
    _upsert("remembered", ("account", "list_name", "value", "kept_until"), ("account", "list_name", "value"))
)
FORGET: Final = _of("""
    DELETE FROM remembered WHERE (account, list_name, value) IN (
        SELECT account, list_name, value FROM remembered WHERE kept_until <= $1 LIMIT 100 FOR UPDATE SKIP LOCKED
    )
""")
LOCK_REQUEST: Final = _of("SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 3))", sqlite="")
KEEP_REQUEST: Final = _of(
    _upsert("requests", ("account", "name", "digest", "answer", "kept_until"), ("account", "name"))
)
FORGET_REQUESTS: Final = _of("""
    DELETE FROM requests WHERE (account, name) IN (
        SELECT account, name FROM requests WHERE kept_until <= $1 LIMIT 100 FOR UPDATE SKIP LOCKED
    )
""")
OLD_REQUESTS: Final = _of("SELECT EXISTS (SELECT 1 FROM requests WHERE kept_until <= $1)")
REQUEST: Final = _of("SELECT digest, answer FROM requests WHERE account = $1 AND name = $2 AND kept_until > $3")
REMEMBERS: Final = _of("""
    SELECT EXISTS (SELECT 1 FROM remembered WHERE account = $1 AND list_name = $2 AND value = $3
                   AND (kept_until IS NULL OR kept_until > $4))
""")

# Versions.
STORE_VERSION: Final = _of("""
    INSERT INTO versions (account, version, content, created) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account, version) DO NOTHING
""")
STORE_IMAGE: Final = _of("UPDATE versions SET image = $1 WHERE account = $2 AND version = $3")
ADOPT_CONTENT: Final = _of("""
    UPDATE versions SET content = $1
    WHERE account = $2 AND version = $3 AND substr(content, 1, 4) <> $4
""")
DROP_IMAGE: Final = _of("UPDATE versions SET image = NULL WHERE account = $1 AND version = $2")
UNADOPTED: Final = _of("""
    SELECT account, version FROM versions WHERE substr(content, 1, 4) <> $1 AND length(content) > $2
    ORDER BY account, version
""")
ANNOUNCED: Final = _of("""
    SELECT account, version FROM versions /* INDEXED BY versions_announced */
    WHERE activated IS NULL AND created > $1 ORDER BY created
""")
PARTS: Final = _of(
    "SELECT part, content FROM parts WHERE account = $1 AND part IN (SELECT json_array_elements_text($2))"
)
KNOWN_PARTS: Final = _of("SELECT part FROM parts WHERE account = $1 AND part IN (SELECT json_array_elements_text($2))")
STORE_PART: Final = _of("""
    INSERT INTO parts (account, part, created, content) VALUES ($1, $2, $3, $4) ON CONFLICT (account, part) DO NOTHING
""")
USE_PART: Final = _of("""
    INSERT INTO version_parts (account, version, kind, part) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account, version, kind, part) DO NOTHING
""")
LEAVE_PARTS: Final = _of("DELETE FROM version_parts WHERE account = $1 AND version = $2 AND kind = $3")
FORGET_USES: Final = _of("""
    DELETE FROM version_parts WHERE account = $1 AND version = $2 AND NOT EXISTS (
        SELECT 1 FROM versions WHERE versions.account = $1 AND versions.version = $2
    )
""")
FORGET_PARTS: Final = _of("""
    DELETE FROM parts WHERE account = $1 AND part IN (
        SELECT part FROM parts AS old WHERE account = $1 AND created < $2 AND NOT EXISTS (
            SELECT 1 FROM version_parts AS used WHERE used.account = $1 AND used.part = old.part
        ) LIMIT $3
    ) RETURNING 1
""")
STAMP_ACTIVATION: Final = _of("UPDATE versions SET activated = $1 WHERE account = $2 AND version = $3")
NOTE_VERSION: Final = _of("UPDATE versions SET note = $1 WHERE account = $2 AND version = $3")
NOTE_ORIGIN: Final = _of("UPDATE versions SET origin = $1 WHERE account = $2 AND version = $3")
FOLLOWED: Final = _of("SELECT version, followed FROM versions WHERE account = $1 AND followed > 0")
NOTE_FOLLOWED: Final = _of("UPDATE versions SET followed = $1 WHERE account = $2 AND version = $3")
VERSION_CONTENT: Final = _of("SELECT content FROM versions WHERE account = $1 AND version = $2")
VERSION_IMAGE: Final = _of("SELECT image FROM versions WHERE account = $1 AND version = $2 AND image IS NOT NULL")
VERSION_OF: Final = _of("SELECT version FROM versions WHERE account = $1 AND content = $2")
STORED_VERSIONS: Final = _of("""
    SELECT account, version, activated IS NOT NULL, followed, substr(image, 1, $1) FROM versions
""")
ACCOUNTS: Final = _of("SELECT DISTINCT account FROM versions ORDER BY account")
_VERSIONS: Final = """
    SELECT versions.account, versions.version, created, activated, versions.version = active.version,
           versions.version = active.canary, coalesce(up.live_calls, 0), note, origin
    FROM versions LEFT JOIN active ON active.account = versions.account
    LEFT JOIN (
        SELECT calls.account, calls.version, count(*) AS live_calls FROM calls /* INDEXED BY calls_live */
        WHERE live = TRUE {of_account} GROUP BY calls.account, calls.version
    ) AS up ON up.account = versions.account AND up.version = versions.version
    {where} ORDER BY versions.account, created DESC, versions.id DESC
"""
VERSIONS: Final = _of(_VERSIONS.format(of_account="AND calls.account = $1", where="WHERE versions.account = $1"))
ALL_VERSIONS: Final = _of(_VERSIONS.format(of_account="", where=""))
ALL_SERVING: Final = _of(f"SELECT account, {_columns(SERVING_COLUMNS)} FROM active")
SERVING: Final = _of(f"SELECT {_columns(SERVING_COLUMNS)} FROM active WHERE account = $1")
SAVE_SERVING: Final = _of(_upsert("active", ("account", *SERVING_COLUMNS), ("account",)))
NOTE_PAUSE: Final = _of("UPDATE active SET paused_at = $1, paused_by = $2 WHERE account = $3")
ACTIVE_VERSIONS: Final = _of("""
    SELECT active.account, active.version, active.canary, coalesce(versions.activated, 0.0), active.paused,
           active.paused_at, active.paused_by
    FROM active LEFT JOIN versions ON versions.account = active.account AND versions.version = active.version
""")
# An expression keeps PostgreSQL from looking through everything that ever failed instead of the call's own commands.
FIGURES: Final = _of("""
    SELECT count(*), count(*) FILTER (WHERE outcome = 'missed'), count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM commands /* INDEXED BY commands_of_call */
        WHERE commands.entry_id = calls.entry_id AND commands.account = calls.account
          AND commands.state || '' = 'failed' LIMIT 1 OFFSET 0
    )), count(*) FILTER (WHERE outcome = 'answered'), count(*) FILTER (WHERE outcome = 'hung_up'),
    count(*) FILTER (WHERE outcome = 'released')
    FROM calls /* INDEXED BY calls_of_account */
    WHERE account = $1 AND version = $2 AND started >= $3 AND live = FALSE AND account <> ''
""")

# Who may use the API, who changed what, and which database this is.
_TOKEN: Final = f"SELECT {_columns(TOKEN_COLUMNS)} FROM tokens"
TOKEN: Final = _of(f"{_TOKEN} WHERE token_id = $1")
TOKEN_BY_DIGEST: Final = _of(f"{_TOKEN} WHERE digest = $1")
TOKENS: Final = _of(f"{_TOKEN} ORDER BY created, token_id")
SAVE_TOKEN: Final = _of(_upsert("tokens", TOKEN_COLUMNS, ("token_id",)))
NOTE_TOKEN_USED: Final = _of("UPDATE tokens SET last_used = $1 WHERE token_id = $2")
_USER: Final = f"SELECT {_columns(USER_COLUMNS)} FROM users"
USER: Final = _of(f"{_USER} WHERE user_id = $1")
USER_BY_NAME: Final = _of(f"{_USER} WHERE name = $1 AND removed IS NULL")
USER_BY_SUBJECT: Final = _of(f"{_USER} WHERE subject = $1 AND subject <> '' AND removed IS NULL")
USERS: Final = _of(f"{_USER} WHERE removed IS NULL ORDER BY name")
HAS_USERS: Final = _of("SELECT 1 FROM users WHERE removed IS NULL LIMIT 1")
SAVE_USER: Final = _of(_upsert("users", USER_COLUMNS, ("user_id",)))
_SESSION: Final = f"SELECT {_columns(SESSION_COLUMNS)} FROM sessions"
SESSION: Final = _of(f"{_SESSION} WHERE session_id = $1")
SESSION_BY_DIGEST: Final = _of(f"{_SESSION} WHERE digest = $1")
SESSIONS_OF_USER: Final = _of(f"{_SESSION} WHERE user_id = $1 ORDER BY created, session_id")
SAVE_SESSION: Final = _of(_insert("sessions", SESSION_COLUMNS))
NOTE_SESSION_SEEN: Final = _of("UPDATE sessions SET seen = $1 WHERE session_id = $2")
END_SESSION: Final = _of("DELETE FROM sessions WHERE session_id = $1")
END_SESSIONS: Final = _of("DELETE FROM sessions WHERE user_id = $1 AND session_id <> $2")
FORGET_SESSIONS: Final = _of("DELETE FROM sessions WHERE seen < $1 OR created < $2")
_DRAFT: Final = f"SELECT {_columns(DRAFT_COLUMNS)} FROM drafts"
DRAFT: Final = _of(f"{_DRAFT} WHERE draft_id = $1")
DRAFTS: Final = _of(f"{_DRAFT} WHERE $1 = '' OR account = $1 ORDER BY changed DESC, draft_id")
SAVE_DRAFT: Final = _of(_insert("drafts", DRAFT_COLUMNS))
CHANGE_DRAFT: Final = _of("""
    UPDATE drafts SET name = $3, base = $4, changed = $5, changed_by = $6, revision = revision + 1
    WHERE draft_id = $1 AND revision = $2 RETURNING revision
""")
FORGET_DRAFT: Final = _of("DELETE FROM drafts WHERE draft_id = $1")
DRAFT_FILES: Final = _of("SELECT file, content FROM draft_files WHERE draft_id = $1 ORDER BY file")
SAVE_DRAFT_FILE: Final = _of(_upsert("draft_files", ("draft_id", "file", "content"), ("draft_id", "file")))
FORGET_DRAFT_FILE: Final = _of("DELETE FROM draft_files WHERE draft_id = $1 AND file = $2")
FORGET_DRAFT_FILES: Final = _of("DELETE FROM draft_files WHERE draft_id = $1")
AUDIT_ENTRY: Final = _of(_insert("audit", AUDIT_COLUMNS))
IDENTITY: Final = _of("SELECT name FROM identity")
AUDIT_FILTERS: Final = {  # name -> condition, with a %s for its value
    "account": "account = %s",
    "actor": "actor = %s",
    "action": "action = %s",
    "subject": "subject = %s",
    "since": "at >= %s",
    "until": "at < %s",
    "before": "id < %s",
}


_TIMES: Final = frozenset({"since", "until"})
_BEFORE_BY_TIME: Final = "(at, id) < (SELECT at, id FROM audit WHERE id = %s)"


def audit(names: Collection[str]) -> Statement:
    """The audit under these of AUDIT_FILTERS, newest first; the last value is the limit. Times alone have an index of
    their own, and its order: without it a list of last year's entries would be looked for from today on."""
    by_time = bool(_TIMES.intersection(names)) and _TIMES.issuperset(set(names) - {"before"})
    filters = {**AUDIT_FILTERS, "before": _BEFORE_BY_TIME} if by_time else AUDIT_FILTERS
    conditions = [filters[name] % f"${number}" for number, name in enumerate(names, 1)]
    return _of(f"""
        SELECT id, {_columns(AUDIT_COLUMNS)} FROM audit {"/* INDEXED BY audit_of_time */" if by_time else ""}
        WHERE {" AND ".join(conditions) or "TRUE"}
        ORDER BY {"at DESC, id DESC" if by_time else "id DESC"} LIMIT ${len(conditions) + 1}
    """)


# What is old. `started` leads, since it has an index and a call cannot end before it. An OFFSET keeps PostgreSQL from
# making a join of the question: that would read all commands, or all calls, for a few of the others.
_NONE_OPEN: Final = """
    NOT EXISTS (SELECT 1 FROM commands /* INDEXED BY commands_of_call */
                WHERE commands.entry_id = calls.entry_id AND commands.account = calls.account
                  AND state IN ('queued', 'sent') LIMIT 1 OFFSET 0)
"""
_OLD_CALLS: Final = f"""
    FROM calls /* INDEXED BY {{index}} */
    WHERE live = FALSE AND {{condition}} AND started < $1 AND status = 'ended' AND ended < $1
      AND (started, entry_id, account) > ($2, $3, $4) AND {_NONE_OPEN}
    ORDER BY started, entry_id, account LIMIT $5
"""
ENDED_CALLS: Final = _of(
    "SELECT started, entry_id, account" + _OLD_CALLS.format(index="calls_newest", condition=EVERY_CALL)
)
UNMASKED_CALLS: Final = _of(
    "SELECT started, entry_id, account" + _OLD_CALLS.format(index="calls_unmasked", condition="masked = FALSE")
)
MARK_MASKED: Final = _of("UPDATE calls SET masked = TRUE, changed_at = NULL WHERE account = $1 AND entry_id = $2")
_AMONG: Final = "entry_id = ANY(ARRAY(SELECT json_array_elements_text($2)))"
FORGET_CALLS: Final = _of(f"""
    DELETE FROM calls WHERE account = $1 AND {_AMONG} AND status = 'ended' AND ended < $3 AND {_NONE_OPEN}
    RETURNING entry_id
""")
FORGET_JOURNAL: Final = _of(f"DELETE FROM journal WHERE account = $1 AND {_AMONG} RETURNING 1")
FORGET_COMMANDS_OF_CALLS: Final = _of(f"DELETE FROM commands WHERE account = $1 AND {_AMONG} RETURNING 1")
# What the deletions above change, read from each index that has the calls in an order of its own; the others have them
# in the order of their starts, side by side. The last column of a row is read, which lies on the last of its pages.
READ_CALLS: Final = _of(f"""
    SELECT state, changed_at, EXISTS (
        SELECT 1 FROM calls AS same /* INDEXED BY calls_of_caller */
        WHERE same.live = FALSE AND same.caller = calls.caller AND same.started = calls.started
          AND same.entry_id = calls.entry_id AND same.account = calls.account LIMIT 1 OFFSET 0
    ), EXISTS (
        SELECT 1 FROM calls AS same /* INDEXED BY calls_sip */
        WHERE same.sip_call_id <> '' AND same.sip_call_id = calls.sip_call_id AND same.started = calls.started
          AND same.entry_id = calls.entry_id AND same.account = calls.account LIMIT 1 OFFSET 0
    ) FROM calls WHERE account = $1 AND {_AMONG}
""")
READ_JOURNAL: Final = _of(f"""
    SELECT trace, EXISTS (
        SELECT 1 FROM journal AS same /* INDEXED BY journal_once */
        WHERE same.account = journal.account AND same.dedupe = journal.dedupe LIMIT 1 OFFSET 0
    ) FROM journal /* INDEXED BY journal_of_call */ WHERE account = $1 AND {_AMONG}
""")
READ_COMMANDS: Final = _of(f"""
    SELECT receiver, EXISTS (
        SELECT 1 FROM commands AS same
        WHERE same.account = commands.account AND same.command_id = commands.command_id LIMIT 1 OFFSET 0
    ) FROM commands /* INDEXED BY commands_of_call */ WHERE account = $1 AND {_AMONG}
""")
OLDEST_LINES: Final = _of("SELECT id, at FROM journal WHERE id > $1 ORDER BY id LIMIT $2")
_HAS_A_CALL: Final = """
    EXISTS (SELECT 1 FROM calls WHERE calls.entry_id = {table}.entry_id AND calls.account = {table}.account
            LIMIT 1 OFFSET 0)
"""
SWEEP_LINES: Final = _of(f"""
    DELETE FROM journal WHERE id > $1 AND id <= $2 AND at < $3 AND NOT {_HAS_A_CALL.format(table="journal")} RETURNING 1
""")
FORGET_COMMANDS: Final = _of(f"""
    DELETE FROM commands WHERE (account, command_id) IN (
        SELECT account, command_id FROM commands AS stray /* INDEXED BY commands_newest */
        WHERE queued < $1 AND {OVER} AND {EVERY_COMMAND} AND NOT {_HAS_A_CALL.format(table="stray")}
        ORDER BY queued LIMIT $2
    ) RETURNING 1
""")
FORGET_VERSION: Final = _of("""
    DELETE FROM versions WHERE account = $1 AND version = $2
    AND NOT EXISTS (SELECT 1 FROM active WHERE active.account = $1 AND $2 IN (active.version, active.canary))
    AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.account = $1 AND calls.version = $2 AND live = TRUE)
""")

# How much is old. Where that is little it is counted; else some lines stand for all of them.
LINE_FROM: Final = _of("SELECT id, at FROM journal WHERE id >= $1 ORDER BY id LIMIT 1")
LAST_LINE: Final = _of("SELECT id, at FROM journal ORDER BY id DESC LIMIT 1")
_OF_LINE: Final = "{table}.entry_id = line.entry_id AND {table}.account = line.account"
_SAMPLE: Final = f"""
    SELECT (SELECT count(*) FROM journal AS other WHERE {_OF_LINE.format(table="other")}),
           (SELECT count(*) FROM commands WHERE {_OF_LINE.format(table="commands")}),
           (SELECT status = 'ended' AND coalesce(ended, $1) < $1 AND {_NONE_OPEN}
            FROM calls WHERE {_OF_LINE.format(table="calls")})
    FROM journal AS line WHERE line.id {{among}} AND at < $1
"""
SAMPLED_LINES: Final = _of(
    _SAMPLE.format(among="= ANY(ARRAY(SELECT CAST(json_array_elements_text($2) AS bigint)))"),
    sqlite=in_sqlite(_SAMPLE.format(among="IN (SELECT value FROM json_each($2))")),
)
STRAY_COMMANDS: Final = _of(f"""
    SELECT count(*) FROM (
        SELECT 1 FROM commands AS stray /* INDEXED BY commands_of_call */
        WHERE entry_id = '' AND queued < $1 AND {OVER} LIMIT $2
    ) AS strays
""")
