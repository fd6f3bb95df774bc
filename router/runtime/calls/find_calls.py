"""Calls by what lists know of them (the store's indexes) and by what only their state tells: step, exit, any text.

What an index cannot find is looked for among the newest calls that fit the rest, so many at a time: an answer takes a
bounded time, may have few rows or none, and says where to go on.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from router.engine.state import LIVE
from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.protocol.phone_numbers import number_of
from router.runtime.ports_queries import Queries

LOOKED_AT: Final = 5_000  # calls in one answer
PAGE: Final = 500

Row = Mapping[str, Any]
Fits = Callable[[Row, str], bool]

SEARCHED: Final = ("entry_id", "caller", "line", "flow", "answered_by", "group", "step", "sip_call_id", "recording_ids")
"""The facts in which `q` is looked for."""


def _has_text(row: Row, text: str) -> bool:
    wanted = text.casefold()
    return any(wanted in str(row[name]).casefold() for name in SEARCHED)


def _is_caller(row: Row, text: str) -> bool:
    return bool(row["caller"] == number(text))


BY_STATE: Final[Mapping[str, Fits]] = {
    "step": lambda row, text: row["step"] == text,
    "exit": lambda row, text: row["exit"] == text,
    "q": _has_text,
}
"""Filters that no index answers."""

BY_ROW: Final[Mapping[str, Fits]] = {
    **BY_STATE,
    "account": lambda row, text: row["account"] == text,
    "line": lambda row, text: row["line"] == text,
    "flow": lambda row, text: row["flow"] == text,
    "outcome": lambda row, text: row["outcome"] == text,
    "caller": _is_caller,
    "sip_call_id": lambda row, text: row["sip_call_id"] == text,
    "live": lambda row, text: (row["status"] in LIVE) == (text == "1"),
    "since": lambda row, text: row["started"] >= float(text),
    "until": lambda row, text: row["started"] < float(text),
    "ended_since": lambda row, text: row["ended"] is not None and row["ended"] >= float(text),
    "changed_since": lambda row, text: row["changed"] >= float(text),
}
"""All filters, for rows in the order of their last change."""


def number(text: str) -> str:
    """A caller's number as calls have it, however it is written."""
    return number_of(text, DEFAULT_COUNTRY) or text


def find_calls(
    store: Queries, account: str | None, filters: Mapping[str, str], limit: int, after: str
) -> tuple[list[dict[str, Any]], str | None]:
    """Rows of the list of calls, at most so many, and the cursor of what follows them, None at the end. ValueError
    names a filter or a cursor that cannot be read.

    Newest first; with `changed_since` or `ended_since` by their last change.
    """
    given = {name: text for name, text in filters.items() if text}
    if "caller" in given:
        given["caller"] = number(given["caller"])
    if given.keys() & {"changed_since", "ended_since"}:
        return _search(
            _by_change(store, given), _asked(BY_ROW, given | ({"account": account} if account else {})), limit, after
        )
    indexed = {name: text for name, text in given.items() if name not in BY_STATE}
    return _search(
        lambda size, place: store.calls(account, indexed, size, place), _asked(BY_STATE, given), limit, after
    )


Pages = Callable[[int, str], list[dict[str, Any]]]
"""So many rows behind a cursor."""


def _by_change(store: Queries, given: Mapping[str, str]) -> Pages:
    since = max(float(given.get(name, 0.0)) for name in ("changed_since", "ended_since"))
    live = "ended_since" not in given and given.get("live") != "0"
    return lambda size, place: store.changed_calls(since, size, place, live=live)


def _asked(known: Mapping[str, Fits], given: Mapping[str, str]) -> list[tuple[Fits, str]]:
    return [(known[name], text) for name, text in given.items() if name in known]


def _search(
    pages: Pages, asked: list[tuple[Fits, str]], limit: int, after: str
) -> tuple[list[dict[str, Any]], str | None]:
    size = PAGE if asked else limit
    found: list[dict[str, Any]] = []
    for _ in range(max(1, LOOKED_AT // size)):
        page = pages(size, after)
        for row in page:
            after = row["cursor"]
            if all(fits(row, text) for fits, text in asked):
                found.append(row)
            if len(found) == limit:
                return found, after
        if len(page) < size:
            return found, None
    return found, after


def every_call(
    store: Queries, account: str | None, filters: Mapping[str, str], after: str = "", most: int | None = None
) -> Iterator[dict[str, Any]]:
    """All rows, or the first so many, page by page: nothing is held that was given away."""
    place: str | None = after
    left = most
    while place is not None and (left is None or left > 0):
        rows, place = find_calls(store, account, filters, PAGE if left is None else min(PAGE, left), place)
        yield from rows
        left = None if left is None else left - len(rows)
