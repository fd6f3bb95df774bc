"""The lists of calls and of commands, newest first: which index answers which filters.

Theory of operation. What is live (a call), queued or sent (a command) is little, and has small indexes of its own. What
is over is the history, and a filtered list of it goes by the index that has the filter's columns in front and the
list's order behind them: the newest rows that fit come first, and what does not fit is not read. A list of both is
these parts, each with the whole limit, put together.

SQLite is told which index to take. PostgreSQL chooses by itself among those whose conditions a statement repeats, and
the index of the whole history is only for the list that says `EVERY_CALL` or `EVERY_COMMAND`: with a filter there would
be no telling how far it has to be walked. Neither would there be in the history of an account, where a flow seems to be
the only one because the others are rare: so that index is only for what says `EVERY_ACCOUNT`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Final

from router.history.journal import QUEUED, SENT
from router.store.encoding import COMMAND_COLUMNS, LISTED_COLUMNS
from router.store.statement import Statement

CALL_FILTERS: Final = {  # name -> condition, with a %s for each of its values; `live` has two parts of the list instead
    "account": "account = %s",
    "line": "line = %s",
    "flow": "flow = %s",
    "outcome": "outcome = %s",
    "sip_call_id": "sip_call_id = %s AND sip_call_id <> ''",  # the index has those that are not empty
    "since": "started >= %s",
    "until": "started < %s",
    "caller": "caller = %s",
    "cursor": "(started, entry_id, account) < (%s, %s, %s)",
}
EVERY_CALL: Final = "entry_id <> ''"
EVERY_COMMAND: Final = "command_id <> ''"
EVERY_ACCOUNT: Final = "account <> ''"
OVER: Final = f"state <> '{QUEUED}' AND state <> '{SENT}'"

_CALLS_ORDER: Final = "started DESC, entry_id DESC, account DESC"


@dataclass(frozen=True, slots=True)
class ListIndex:
    """An index of what is over, and the filters that it answers."""

    name: str
    filters: frozenset[str]
    conditions: tuple[str, ...] = ()  # that statements repeat so that it may be used

    @classmethod
    def of(cls, name: str, *filters: str, conditions: tuple[str, ...] = ()) -> "ListIndex":
        return cls(name, frozenset(filters), conditions)


# The first one whose filters are all given is taken: what most narrows a list stands first.
CALL_INDEXES: Final = (
    ListIndex.of("calls_sip", "sip_call_id"),  # has those that are live, too
    ListIndex.of("calls_of_caller", "caller"),
    ListIndex.of("calls_of_line", "line"),
    ListIndex.of("calls_of_account_outcome", "account", "outcome"),
    ListIndex.of("calls_of_account_flow", "account", "flow"),
    ListIndex.of("calls_of_outcome", "outcome"),
    ListIndex.of("calls_of_flow", "flow"),
    ListIndex.of("calls_of_account", "account", conditions=(EVERY_ACCOUNT,)),
    ListIndex.of("calls_newest", conditions=(EVERY_CALL,)),
)
COMMAND_INDEXES: Final = (
    ListIndex.of("commands_of_account_state", "account", "state"),
    ListIndex.of("commands_of_state", "state"),
    ListIndex.of("commands_of_account", "account", conditions=(EVERY_ACCOUNT,)),
    ListIndex.of("commands_newest", conditions=(EVERY_COMMAND,)),
)


@cache
def calls(filters: tuple[str, ...], live: bool | None = None) -> Statement:
    """The list of calls under these of CALL_FILTERS: the live ones, those that are over, or both. The last value is the
    limit."""
    numbers, over = count(1), _index_for(CALL_INDEXES, filters)
    conditions = [_numbered(_condition(name, over), numbers) for name in filters]
    limit = f"${next(numbers)}"
    if over.name == "calls_sip":
        conditions += [] if live is None else [f"live = {live}".upper()]
        return Statement.of(_part("calls", over.name, conditions, LISTED_COLUMNS, _CALLS_ORDER, limit))
    parts = {True: ("calls_live", ["live = TRUE"]), False: (over.name, ["live = FALSE", *over.conditions])}
    texts = [
        _part("calls", index, [*told, *conditions], LISTED_COLUMNS, _CALLS_ORDER, limit)
        for is_live, (index, told) in parts.items()
        if live in (None, is_live)
    ]
    return Statement.of(_together(texts, LISTED_COLUMNS, _CALLS_ORDER, limit))


@cache
def commands(filters: tuple[str, ...], state: str | None = None) -> Statement:
    """The list of commands, of an account if `filters` has it, and of a state; the values are the account, then the
    state if it is one of those that are over, then the limit."""
    numbers = count(1)
    of_account = [f"account = ${next(numbers)}" for name in filters if name == "account"]
    parts = [
        (QUEUED, "commands_queued", ["state = 'queued'"]),
        (SENT, "commands_unanswered", ["state = 'sent'", "answered IS NULL"]),
        (SENT, "commands_unconfirmed", ["state = 'sent'", "answered IS NOT NULL"]),
    ]
    if state not in (QUEUED, SENT):
        of_state = [] if state is None else [f"state = ${next(numbers)}"]
        over = _index_for(COMMAND_INDEXES, [*filters, *["state"] * len(of_state)])
        parts.append((state or "", over.name, [OVER, *over.conditions, *of_state]))
    limit = f"${next(numbers)}"
    order, columns = "queued DESC, commands.id DESC", (*COMMAND_COLUMNS, "commands.id AS number")
    texts = [
        _part("commands", index, [*told, *of_account], columns, order, limit)
        for of, index, told in parts
        if state in (None, of)
    ]
    return Statement.of(_together(texts, COMMAND_COLUMNS, "queued DESC, number DESC", limit))


def state_is_given(state: str | None) -> bool:
    """Whether `commands` takes the state as a value."""
    return state not in (None, QUEUED, SENT)


def _index_for(indexes: Sequence[ListIndex], filters: Collection[str]) -> ListIndex:
    return next(index for index in indexes if index.filters <= set(filters))


def _condition(name: str, index: ListIndex) -> str:
    """One of CALL_FILTERS; of a column that leads other indexes it is an expression, so that those are not taken. The
    account stays: by it a database may be distributed."""
    condition = CALL_FILTERS[name]
    leads_others = name != "account" and any(name in other.filters for other in CALL_INDEXES)
    if name in index.filters or not leads_others:
        return condition
    return f"({condition}) IS TRUE"


def _numbered(condition: str, numbers: "count[int]") -> str:
    return condition % tuple(f"${next(numbers)}" for _ in range(condition.count("%s")))


def _part(table: str, index: str, conditions: Collection[str], columns: Collection[str], order: str, limit: str) -> str:
    return f"""
        SELECT {", ".join(columns)} FROM {table} /* INDEXED BY {index} */
        WHERE {" AND ".join(conditions)} ORDER BY {order} LIMIT {limit}
    """


def _together(parts: Sequence[str], columns: Collection[str], order: str, limit: str) -> str:
    several = " UNION ALL ".join(f"SELECT * FROM ({part}) AS part_{number}" for number, part in enumerate(parts))
    return f"SELECT {', '.join(columns)} FROM ({several}) AS parts ORDER BY {order} LIMIT {limit}"
