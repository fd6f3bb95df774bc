"""Every statement that the SQLite store runs, beside its reason. Nothing else in the package speaks SQL.

Each is a constant, so that the connection's statement cache always hits; only the list of calls is put together, from
the constant conditions of `CALL_FILTERS`.
"""

from typing import Final

from router.store.encoding import COMMAND_FIELDS, RECORD_FIELDS


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _insert(table: str, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({_columns(names)}) VALUES ({', '.join('?' * len(names))})"


# One statement for what an event needs to know: its duplicate, its call, what new calls get.
LOAD: Final = """
    SELECT (SELECT digest FROM journal WHERE account = ?1 AND dedupe = ?2),
           (SELECT state FROM calls WHERE account = ?1 AND entry_id = ?3),
           (SELECT shift FROM clock WHERE id = 1), version, canary, share, since, paused
    FROM (SELECT 1) AS one_row LEFT JOIN active ON account = ?1
"""

# `started` and the key never change, so the index of the newest calls is written once for each call.
SAVE_CALL: Final = """
    INSERT INTO calls (account, entry_id, status, live, flow, version, direction, line, caller, started, ended, outcome,
                       sip_call_id, wake_at, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account, entry_id) DO UPDATE SET
        status = excluded.status, live = excluded.live, flow = excluded.flow, version = excluded.version,
        direction = excluded.direction, line = excluded.line, caller = excluded.caller, ended = excluded.ended,
        outcome = excluded.outcome, sip_call_id = excluded.sip_call_id, wake_at = excluded.wake_at,
        state = excluded.state, masked = 0
"""
DUE_CALLS: Final = "SELECT account, entry_id FROM calls WHERE wake_at <= ? ORDER BY wake_at LIMIT ?"
NEXT_WAKE: Final = "SELECT min(wake_at) FROM calls WHERE wake_at IS NOT NULL"
CALL: Final = "SELECT state FROM calls WHERE account = ? AND entry_id = ?"
CALL_OF_ANY_ACCOUNT: Final = "SELECT state FROM calls WHERE entry_id = ? ORDER BY account LIMIT 1"
LIVE_CALLS: Final = "SELECT account, flow, count(*) FROM calls WHERE live = 1 GROUP BY account, flow"

CALL_FILTERS: Final = {
    "account": "account = ?",
    "live": "live = ?",
    "line": "line = ?",
    "flow": "flow = ?",
    "outcome": "outcome = ?",
    "sip_call_id": "sip_call_id = ? AND sip_call_id <> ''",  # the index has those that are not empty
    "since": "started >= ?",
    "cursor": "(started, entry_id, account) < (?, ?, ?)",
}
CALLS: Final = """
    SELECT account, entry_id, status, flow, version, direction, line, caller, started, ended, outcome,
           sip_call_id
    FROM calls WHERE {conditions} ORDER BY started DESC, entry_id DESC, account DESC LIMIT ?
"""

RECORD: Final = _insert("journal", RECORD_FIELDS)
JOURNAL: Final = f"SELECT {_columns(RECORD_FIELDS)} FROM journal WHERE account = ? AND entry_id = ? ORDER BY id"

LAST_RECORD: Final = "SELECT coalesce(max(id), 0) FROM journal"
RECORDS_AFTER: Final = "SELECT id, account, entry_id, at, kind FROM journal WHERE id > ? ORDER BY id LIMIT ?"

# The outbox.
_COMMAND: Final = f"SELECT {_columns(COMMAND_FIELDS)} FROM commands AS mine"
_SERVING_ORDER: Final = "high_priority DESC, buyable, deadline IS NULL, deadline, queued, command_id"
QUEUE: Final = _insert("commands", COMMAND_FIELDS)
UPDATE_COMMAND: Final = f"""
    UPDATE commands SET ({_columns(COMMAND_FIELDS)}) = ({", ".join("?" * len(COMMAND_FIELDS))})
    WHERE account = ? AND command_id = ?
"""
COMMAND: Final = f"{_COMMAND} WHERE account = ? AND command_id = ?"
QUEUED_OF_CALL: Final = f"{_COMMAND} WHERE account = ? AND entry_id = ? AND state = 'queued' ORDER BY {_SERVING_ORDER}"

# Hops from kind to kind along the index, however many commands of one kind are queued.
QUEUED_KINDS: Final = """
    WITH RECURSIVE kinds (command) AS (
        SELECT min(command) FROM commands WHERE account = ?1 AND state = 'queued'
        UNION ALL
        SELECT (SELECT min(command) FROM commands
                WHERE account = ?1 AND state = 'queued' AND command > kinds.command)
        FROM kinds WHERE kinds.command IS NOT NULL
    )
    SELECT command FROM kinds WHERE command IS NOT NULL AND command <> 'notify'
"""
CANDIDATES: Final = f"""
    {_COMMAND}
    WHERE account = ? AND command = ? AND state = 'queued' AND NOT (
        entry_id <> '' AND EXISTS (
            SELECT 1 FROM commands AS other
            WHERE other.account = mine.account AND other.entry_id = mine.entry_id
              AND other.state = 'sent' AND other.answered IS NULL AND other.command <> 'notify'
        )
    )
    ORDER BY {_SERVING_ORDER} LIMIT ?
"""
NOTIFICATIONS: Final = f"""
    {_COMMAND} INDEXED BY commands_notifications
    WHERE account = ? AND state = 'queued' AND command = 'notify' ORDER BY not_before, queued, command_id LIMIT ?
"""
UNANSWERED: Final = f"""
    {_COMMAND} INDEXED BY commands_unanswered
    WHERE state = 'sent' AND answered IS NULL AND lease <= ? ORDER BY lease LIMIT ?
"""
UNCONFIRMED: Final = f"""
    {_COMMAND} INDEXED BY commands_unconfirmed
    WHERE state = 'sent' AND answered IS NOT NULL AND answered <= ? ORDER BY answered LIMIT ?
"""
AWAITED: Final = """
    SELECT (SELECT min(lease) FROM commands INDEXED BY commands_unanswered WHERE state = 'sent' AND answered IS NULL),
           (SELECT min(answered) FROM commands INDEXED BY commands_unconfirmed
            WHERE state = 'sent' AND answered IS NOT NULL)
"""


def _waiting(index: str, queued: str, has_any: str) -> str:
    """Hops from account to account along an index, so that it costs what waits, and nothing for who does not."""
    return f"""
        WITH RECURSIVE names (account) AS (
            SELECT min(account) FROM commands INDEXED BY {index} WHERE {queued}
            UNION ALL
            SELECT (SELECT min(account) FROM commands INDEXED BY {index} WHERE {queued} AND account > names.account)
            FROM names WHERE names.account IS NOT NULL
        )
        SELECT names.account, coalesce(mark, 0) FROM names LEFT JOIN outbox_marks USING (account)
        WHERE names.account IS NOT NULL AND ({has_any})
    """


def _exists(condition: str) -> str:
    return f"""EXISTS (SELECT 1 FROM commands INDEXED BY commands_queued
                       WHERE account = names.account AND state = 'queued' AND {condition})"""


WAITING: Final = _waiting(
    "commands_queued", "state = 'queued'", f"""{_exists("command < 'notify'")} OR {_exists("command > 'notify'")}"""
)
WAITING_NOTIFICATIONS: Final = _waiting("commands_notifications", "state = 'queued' AND command = 'notify'", "TRUE")
MARK: Final = """
    INSERT INTO outbox_marks (account, mark) VALUES (?, 1) ON CONFLICT (account) DO UPDATE SET mark = mark + 1
"""
QUEUE_DEPTHS: Final = "SELECT account, command, count(*) FROM commands WHERE state = 'queued' GROUP BY account, command"
COMMANDS_OF_CALL: Final = f"""
    {_COMMAND} INDEXED BY commands_of_call
    WHERE entry_id = ?1 AND (?2 IS NULL OR account = ?2) AND (?3 IS NULL OR state = ?3)
    ORDER BY queued, rowid LIMIT ?4
"""
COMMANDS_NEWEST: Final = f"""
    {_COMMAND} WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR state = ?2)
    ORDER BY queued DESC, rowid DESC LIMIT ?3
"""

# The limits' log, and how an account stands.
SLOTS: Final = "SELECT window_name, free_at FROM slots WHERE account = ? AND free_at > ? ORDER BY free_at"
ALL_SLOTS: Final = "SELECT account, window_name, free_at FROM slots WHERE free_at > ? ORDER BY free_at"
ALL_SHARES: Final = "SELECT account, window_name, share, since, closed_until, strikes FROM shares"
PAUSES: Final = """
    SELECT account, paused_until, reason, strikes, invalid_at, refused_salt
    FROM standings WHERE paused_until > ?
"""
DROP_FREE_SLOTS: Final = "DELETE FROM slots WHERE account = ? AND free_at <= ?"
TAKE_SLOT: Final = "INSERT OR REPLACE INTO slots (account, window_name, claim, free_at) VALUES (?, ?, ?, ?)"
FREE_SLOT: Final = "UPDATE slots SET free_at = ? WHERE account = ? AND window_name = ? AND claim = ?"
STANDING: Final = """
    SELECT paused_until, reason, strikes, invalid_at, refused_salt FROM standings WHERE account = ?
"""
SAVE_STANDING: Final = """
    INSERT OR REPLACE INTO standings
        (account, paused_until, reason, strikes, invalid_at, refused_salt)
    VALUES (?, ?, ?, ?, ?, ?)
"""
SHARES: Final = "SELECT window_name, share, since, closed_until, strikes FROM shares WHERE account = ?"
SAVE_SHARE: Final = """
    INSERT OR REPLACE INTO shares (account, window_name, share, since, closed_until, strikes) VALUES (?, ?, ?, ?, ?, ?)
"""
CLOCK_SHIFT: Final = "SELECT shift FROM clock"
# More than an event changes with all its indexes: less may still find room where an event does not.
TOUCH: Final = (  # where the next event is written, too; nothing of it is there at the commit but a row of random bytes
    "INSERT OR REPLACE INTO presence (account, abonent, status) VALUES (?1, '', hex(randomblob(32768)))",
    """
    INSERT INTO journal (account, entry_id, at, kind, dedupe, digest, body, trace)
    VALUES (?1, '', 0, 'touch', hex(randomblob(16)), x'', '', x'')
    """,
    "DELETE FROM journal WHERE account = ?1 AND dedupe IS NOT NULL",
    """
    INSERT INTO calls (account, entry_id, status, live, flow, version, direction, line, caller, started, outcome, state)
    VALUES (?1, '', '', 0, '', '', '', '', '', 0, '', x'')
    """,
    "DELETE FROM calls WHERE entry_id = '' AND account = ?1",
)
SHIFT_CLOCK: Final = (  # an instant of 0 stands for none
    "UPDATE clock SET shift = shift + ?1",
    "UPDATE slots SET free_at = free_at + ?1",
    """
    UPDATE standings SET
        paused_until = CASE WHEN paused_until > 0 THEN paused_until + ?1 ELSE 0.0 END,
        invalid_at = CASE WHEN invalid_at > 0 THEN invalid_at + ?1 ELSE 0.0 END
    """,
    "UPDATE shares SET since = since + ?1, closed_until = closed_until + ?1",
    "UPDATE calls SET wake_at = wake_at + ?1 WHERE wake_at IS NOT NULL",
    """
    UPDATE commands SET queued = queued + ?1, deadline = deadline + ?1, sent = sent + ?1, answered = answered + ?1,
        lease = lease + ?1, not_before = CASE WHEN not_before > 0 THEN not_before + ?1 ELSE 0.0 END
    WHERE state IN ('queued', 'sent')
    """,
    "INSERT INTO outbox_marks (account, mark) SELECT account, 1 FROM outbox_marks WHERE TRUE"
    " ON CONFLICT (account) DO UPDATE SET mark = mark + 1",
)
PRESENCE: Final = "SELECT abonent, status FROM presence WHERE account = ?"
SET_PRESENCE: Final = "INSERT OR REPLACE INTO presence (account, abonent, status) VALUES (?, ?, ?)"

# What flows remember.
REMEMBER: Final = "INSERT OR REPLACE INTO remembered (account, list_name, value, kept_until) VALUES (?, ?, ?, ?)"
FORGET: Final = "DELETE FROM remembered WHERE kept_until <= ?"
REMEMBERS: Final = """
    SELECT EXISTS (SELECT 1 FROM remembered WHERE account = ? AND list_name = ? AND value = ?
                   AND (kept_until IS NULL OR kept_until > ?))
"""

# Versions.
STORE_VERSION: Final = """
    INSERT INTO versions (account, version, content, created) VALUES (?, ?, ?, ?)
    ON CONFLICT (account, version) DO NOTHING
"""
STORE_IMAGE: Final = "UPDATE versions SET image = ? WHERE account = ? AND version = ?"
STAMP_ACTIVATION: Final = "UPDATE versions SET activated = ? WHERE account = ? AND version = ?"
NOTE_VERSION: Final = "UPDATE versions SET note = ? WHERE account = ? AND version = ?"
SAVE_SERVING: Final = """
    INSERT INTO active (account, version, canary, share, since, paused) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (account) DO UPDATE SET version = excluded.version, canary = excluded.canary, share = excluded.share,
        since = excluded.since, paused = excluded.paused
"""
NOTE_PAUSE: Final = "UPDATE active SET paused_at = ?, paused_by = ? WHERE account = ?"
PAUSE_NOTE: Final = "SELECT paused_at, paused_by FROM active WHERE account = ?"
FOLLOWED: Final = "SELECT version, followed FROM versions WHERE account = ? AND followed > 0"
NOTE_FOLLOWED: Final = "UPDATE versions SET followed = ? WHERE account = ? AND version = ?"
SERVING: Final = "SELECT version, canary, share, since, paused FROM active WHERE account = ?"
ACTIVE_VERSIONS: Final = """
    SELECT active.account, active.version, active.canary, coalesce(versions.activated, 0.0), active.paused
    FROM active LEFT JOIN versions ON versions.account = active.account AND versions.version = active.version
"""
LAST_EVENTS: Final = """
    SELECT account, max(at)
    FROM (SELECT account, at FROM journal WHERE dedupe IS NOT NULL ORDER BY id DESC LIMIT ?) AS newest GROUP BY account
"""
CANARIES: Final = "SELECT account, version, canary, share, since, paused FROM active WHERE canary <> ''"
FIGURES: Final = """
    SELECT count(*), coalesce(sum(outcome = 'missed'), 0), coalesce(sum(EXISTS (
        SELECT 1 FROM commands INDEXED BY commands_of_call
        WHERE commands.entry_id = calls.entry_id AND commands.account = calls.account AND commands.state = 'failed'
    )), 0)
    FROM calls INDEXED BY calls_newest WHERE started >= ?3 AND account = ?1 AND version = ?2 AND live = 0
"""
VERSION_IMAGE: Final = "SELECT image FROM versions WHERE account = ? AND version = ? AND image IS NOT NULL"
VERSION_OF: Final = "SELECT version FROM versions WHERE account = ? AND content = ?"
VERSION_CONTENT: Final = "SELECT content FROM versions WHERE account = ? AND version = ?"
ACCOUNTS: Final = "SELECT DISTINCT account FROM versions ORDER BY account"
VERSIONS: Final = """
    SELECT version, created, activated,
           version = (SELECT active.version FROM active WHERE active.account = versions.account),
           version = (SELECT active.canary FROM active WHERE active.account = versions.account),
           (SELECT count(*) FROM calls
            WHERE calls.account = versions.account AND calls.version = versions.version AND live = 1), note
    FROM versions WHERE account = ? ORDER BY created DESC, rowid DESC
"""

PING: Final = "SELECT count(*) FROM active"

# What is old. `started` leads, since it has an index and a call cannot end before it.
_OLD_CALLS: Final = """
    FROM calls AS old WHERE started < ?1 AND status = 'ended' AND ended < ?1
    AND NOT EXISTS (SELECT 1 FROM commands WHERE commands.entry_id = old.entry_id AND commands.account = old.account
                    AND state IN ('queued', 'sent'))
"""
ENDED_CALLS: Final = f"SELECT account, entry_id {_OLD_CALLS} ORDER BY started, entry_id, account LIMIT ?2"
UNMASKED_CALLS: Final = (
    f"SELECT account, entry_id {_OLD_CALLS} AND masked = 0 ORDER BY started, entry_id, account LIMIT ?2"
)
MARK_MASKED: Final = "UPDATE calls SET masked = 1 WHERE account = ? AND entry_id = ?"
FORGET_CALL: Final = "DELETE FROM calls WHERE account = ? AND entry_id = ?"
FORGET_JOURNAL: Final = "DELETE FROM journal WHERE account = ? AND entry_id = ?"
FORGET_COMMANDS_OF_CALL: Final = "DELETE FROM commands WHERE account = ? AND entry_id = ?"
OLDEST_LINES: Final = """
    SELECT id, at, EXISTS (SELECT 1 FROM calls WHERE calls.entry_id = journal.entry_id
                           AND calls.account = journal.account)
    FROM journal WHERE id > ? ORDER BY id LIMIT ?
"""
FORGET_LINE: Final = "DELETE FROM journal WHERE id = ?"
_STRAY_COMMANDS: Final = """
    FROM commands AS old WHERE queued < ?1 AND state NOT IN ('queued', 'sent')
    AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.entry_id = old.entry_id AND calls.account = old.account)
"""
FORGET_COMMANDS: Final = f"""
    DELETE FROM commands WHERE rowid IN (SELECT rowid {_STRAY_COMMANDS} ORDER BY queued LIMIT ?2)
"""
FORGET_VERSION: Final = """
    DELETE FROM versions WHERE account = ?1 AND version = ?2
    AND version NOT IN (SELECT active.version FROM active WHERE active.account = ?1
                        UNION SELECT canary FROM active WHERE active.account = ?1)
    AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.account = ?1 AND calls.version = ?2 AND live = 1)
"""
OLDER_THAN: Final = f"""
    SELECT (SELECT count(*) {_OLD_CALLS}),
           (SELECT count(*) FROM journal WHERE (account, entry_id) IN (SELECT account, entry_id {_OLD_CALLS}))
         + (SELECT count(*) FROM journal WHERE at < ?1 AND NOT EXISTS (
                SELECT 1 FROM calls WHERE calls.entry_id = journal.entry_id AND calls.account = journal.account)),
           (SELECT count(*) FROM commands WHERE (account, entry_id) IN (SELECT account, entry_id {_OLD_CALLS}))
         + (SELECT count(*) {_STRAY_COMMANDS})
"""
