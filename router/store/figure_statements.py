"""The statements of the figures: cells that are added to by many rows at once, and sums of them.

The rows of a statement go as one JSON array of arrays, so that what several calls add is one statement.
"""

from functools import cache
from typing import Final

from router.history.figure_facts import KINDS
from router.runtime.ports_figures import DIMENSIONS, HOURS
from router.store.encoding import COMMAND_COLUMNS
from router.store.statement import Statement, in_sqlite

_of = Statement.of

FACT_COLUMNS: Final = ("kind", "name", "detail", "value")
HOUR_COLUMNS: Final = tuple(f"h{hour}" for hour in range(HOURS))
_KEY: Final = ("account", "kind", "grain", "day", *DIMENSIONS, "name", "detail", "value")
_SUMS: Final = ("count", "calls", "seconds")
_TOLD: Final = (*_KEY[1:], *_SUMS)
"""A row of the JSON, in this order; it has no account."""

LINE, DAY = "line", "day"
"""Grains: by day and line; by day, of all lines."""

_TYPES: Final = {"day": "integer", "count": "integer", "calls": "integer", "seconds": "double precision"}


def _cast(name: str, place: int) -> str:
    return f"(told->>{place})::{_TYPES[name]}" if name in _TYPES else f"told->>{place}"


def _add_figures(hour: int) -> Statement:
    """Rows of one hour of the day: they go to few columns."""
    into = f"INSERT INTO figures (account, {', '.join(_TOLD)}, h{hour})"
    sums = ", ".join(f"{name} = figures.{name} + excluded.{name}" for name in (*_SUMS, f"h{hour}"))
    add = f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {sums}"
    told = [*enumerate(_TOLD), (_TOLD.index("count"), "count")]
    return _of(
        f"""
        {into} SELECT $1, {", ".join(_cast(name, place) for place, name in told)}
        FROM json_array_elements($2) AS rows (told) {add}
        """,
        sqlite=f"""
        {into} SELECT ?1, {", ".join(f"json_extract(value, '$[{place}]')" for place, _ in told)}
        FROM json_each(?2) WHERE TRUE {add}
        """,
    )


ADD_FIGURES: Final = tuple(map(_add_figures, range(HOURS)))
"""By the hour of the day."""

COUNT_CALLS: Final = _of(
    """
    INSERT INTO figured_calls (account, entry_id)
    SELECT $1, names.told FROM json_array_elements_text($2) AS names (told)
    ON CONFLICT (account, entry_id) DO NOTHING RETURNING entry_id
    """,
    sqlite="""
    INSERT INTO figured_calls (account, entry_id) SELECT ?1, value FROM json_each(?2) WHERE TRUE
    ON CONFLICT (account, entry_id) DO NOTHING RETURNING entry_id
    """,
)
FIGURE_MARK: Final = _of("SELECT at FROM figure_marks WHERE account = $1 AND name = $2")
SET_FIGURE_MARK: Final = _of("""
    INSERT INTO figure_marks (account, name, at) VALUES ($1, $2, $3) ON CONFLICT (account, name) DO UPDATE
    SET at = CASE WHEN excluded.at > 0 AND figure_marks.at > excluded.at THEN figure_marks.at ELSE excluded.at END
""")

# Calls that are over, by their last change, without those that are counted. An OFFSET keeps PostgreSQL from making a
# join of the question, which would read all that were ever counted.
_CHANGED: Final = "coalesce(changed_at, ended, started)"  # as the index has it
UNCOUNTED_CALLS: Final = _of(f"""
    SELECT {_CHANGED}, entry_id, account FROM calls /* INDEXED BY calls_changed */
    WHERE live = FALSE AND ({_CHANGED}, entry_id, account) > ($1, $2, $3) AND {_CHANGED} >= $1 AND {_CHANGED} <= $4
      AND status = 'ended' AND NOT EXISTS (
          SELECT 1 FROM figured_calls
          WHERE figured_calls.account = calls.account AND figured_calls.entry_id = calls.entry_id LIMIT 1 OFFSET 0
      )
    ORDER BY {_CHANGED}, entry_id, account LIMIT $5
""")
_AMONG: Final = "entry_id = ANY(ARRAY(SELECT json_array_elements_text($2)))"
ENDED_STATES: Final = _of(f"SELECT entry_id, state FROM calls WHERE account = $1 AND {_AMONG} AND status = 'ended'")
TRACES: Final = _of(f"SELECT entry_id, trace FROM journal WHERE account = $1 AND {_AMONG} ORDER BY journal.id")
COMMANDS_OF_CALLS: Final = _of(f"""
    SELECT {", ".join(COMMAND_COLUMNS)} FROM commands /* INDEXED BY commands_of_call */
    WHERE account = $1 AND {_AMONG} ORDER BY queued
""")

# Masked is an expression, so that PostgreSQL reads from the newest call on, however few it takes to be masked.
_OVER: Final = "FROM calls /* INDEXED BY calls_of_account */ WHERE account = $1 AND live = FALSE AND account <> ''"
KEPT_CALLS: Final = _of(f"""
    SELECT (SELECT started {_OVER} ORDER BY started LIMIT 1),
           coalesce((SELECT started {_OVER} AND coalesce(masked, FALSE) ORDER BY started DESC LIMIT 1), 0.0)
""")
_EVERY_KIND: Final = ", ".join(f"'{kind}'" for kind in KINDS)  # so that the key leads to the day
FORGET_DAY: Final = _of(f"""
    DELETE FROM figures
    WHERE account = $1 AND kind IN ({_EVERY_KIND}) AND grain IN ('{LINE}', '{DAY}') AND day = $2
""")
UNCOUNT: Final = _of(
    """
    DELETE FROM figured_calls WHERE account = $1 AND entry_id = ANY(ARRAY(
        SELECT entry_id FROM calls
        WHERE account = $1 AND live = FALSE AND started >= $2 AND started < $3 AND account <> ''
    ))
    """,
    sqlite="""
    DELETE FROM figured_calls WHERE account = ?1 AND entry_id IN (
        SELECT entry_id FROM calls INDEXED BY calls_of_account
        WHERE account = ?1 AND live = 0 AND started >= ?2 AND started < ?3
    )
    """,
)
FORGET_COUNTED: Final = _of(f"DELETE FROM figured_calls WHERE account = $1 AND {_AMONG}")
READ_COUNTED: Final = _of(f"SELECT 1 FROM figured_calls WHERE account = $1 AND {_AMONG}")


@cache
def sums(by: tuple[str, ...], where: tuple[str, ...], *, hourly: bool) -> Statement:
    """The sums of cells, in no order: PostgreSQL, which expects few cells, would sort all of them, on its disk. The
    values are the account, two kinds, the first and the last day, then those of `where`."""
    common, grain = [*by, *FACT_COLUMNS], LINE if "line" in (*by, *where) else DAY
    given = [f"{name} = ${place}" for place, name in enumerate(where, start=6)]
    conditions = ["account = $1", "kind IN ($2, $3)", f"grain = '{grain}'", "day >= $4", "day <= $5", *given]
    index = "/* INDEXED BY figures_of_line */" if "line" in where else ""
    text = f"""
        SELECT {", ".join(common)}, {", ".join(f"sum({name})" for name in (*_SUMS, *(HOUR_COLUMNS if hourly else ())))}
        FROM figures {index} WHERE {" AND ".join(conditions)} GROUP BY {", ".join(common)}
    """
    return Statement.of(text, sqlite=in_sqlite(text))
