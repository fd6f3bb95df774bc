"""Whether a pooler between here and the server keeps a session together.

PgBouncer with `pool_mode` transaction or statement, and its like, hand one session of the server to several clients.
What this program keeps in a session would be somebody else's: prepared statements, LISTEN, time-outs and the plans'
settings. So such a way is refused; a pooler in session mode is fine.

A pooler shows: the process number that it tells at the start is not that of the server's process. That it shares
sessions shows when another connection meets the process that this one has just used, or this one meets another.
"""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

from psycopg import Connection, Error
from psycopg.pq.abc import PGconn

from router.store.postgres.pipeline import Unfit, ask_plainly

TRIES: Final = 100  # other clients of a busy pooler come between; a try is less than a millisecond
SECONDS: Final = 5.0
FREE_SECONDS: Final = 1.0  # for the other connection to get a session

REFUSAL: Final = (
    "a pooler gives one session of the server to several clients (PgBouncer's pool_mode transaction or statement), and"
    " the router needs its own, for prepared statements, LISTEN and settings"
)


class SharesSessions(Unfit):
    """A pooler on the way hands sessions around."""


def refuse_shared_sessions(connection: PGconn, connect: Callable[[], Connection[Any]]) -> None:
    """Raise SharesSessions when `connection` goes through such a pooler; `connect` makes another one to the same
    place."""
    until = time.monotonic() + SECONDS
    if _process(connection, until) == connection.backend_pid:
        return
    with closing(connect()) as other:
        for _ in range(TRIES):
            before = _process(connection, until)
            met = _process_in_transaction(other.pgconn, time.monotonic() + FREE_SECONDS)
            if met == before or _process(connection, until) != before:
                raise SharesSessions(REFUSAL)
            if met is None:
                return


def _process(connection: PGconn, until: float) -> int:
    return int(ask_plainly(connection, b"SELECT pg_backend_pid()", until).get_value(0, 0) or b"0")


def _process_in_transaction(connection: PGconn, until: float) -> int | None:
    """None when there is no session for it: then the pooler lends out none that is merely idle."""
    try:
        ask_plainly(connection, b"BEGIN", until)
        found = _process(connection, until)
        ask_plainly(connection, b"ROLLBACK", until)
    except Error as error:
        if "pooling mode" in str(error):  # a pooler's own words, in no other language: no transactions at all
            raise SharesSessions(REFUSAL) from error
        if time.monotonic() >= until:
            return None
        raise
    return found
