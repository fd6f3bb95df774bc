"""Calls by what lists know of them (the store's indexes), by what only their state tells (the last step, steps that
were reached, any text), and by what only their journal tells: exits that were taken, a text of the trace.

What an index cannot find is looked for among the newest calls that fit the rest, so many at a time: an answer takes a
bounded time, may have few rows or none, and says where to go on.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from router.engine.codec import decode_trace
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
    "version": lambda row, text: row["version"] == text,
    "step": lambda row, text: row["step"] == text,
    "exit": lambda row, text: row["exit"] == text,
    "reached": lambda row, text: text in row["reached"],
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
"""All filters but those of the journal, for rows in the order of their last change."""


def _took(trace: bytes, text: str) -> bool:
    """`text` is an exit, or a step and its exit as in `ask:1`; a step of a sub-flow is `support.ask`."""
    step, _, name = text.rpartition(":")
    if name.encode() not in trace:
        return False
    for entry in decode_trace(trace):
        if entry.kind == "left" and entry.data["exit"] == name:
            within = entry.data.get("within")
            if step in ("", f"{within}.{entry.data['step']}" if within else entry.data["step"]):
                return True
    return False


def _says(trace: bytes, text: str) -> bool:
    """Texts stand in a trace as they are, and what is between them is no text: it need not be decoded."""
    return text.casefold() in trace.decode(errors="replace").casefold()


BY_JOURNAL: Final[Mapping[str, Callable[[bytes, str], bool]]] = {"took": _took, "trace": _says}
"""Filters of which one line of a call's journal has to fit each."""


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
        asked = given | ({"account": account} if account else {})
        return _search(_by_change(store, given), _choosers(store, BY_ROW, asked), limit, after)
    indexed = {name: text for name, text in given.items() if name not in BY_STATE and name not in BY_JOURNAL}
    return _search(
        lambda size, place: store.calls(account, indexed, size, place), _choosers(store, BY_STATE, given), limit, after
    )


Pages = Callable[[int, str], list[dict[str, Any]]]
"""So many rows behind a cursor."""

Chooser = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
"""Those of a page's rows that fit."""


def _by_change(store: Queries, given: Mapping[str, str]) -> Pages:
    since = max(float(given.get(name, 0.0)) for name in ("changed_since", "ended_since"))
    live = "ended_since" not in given and given.get("live") != "0"
    return lambda size, place: store.changed_calls(since, size, place, live=live)


def _choosers(store: Queries, known: Mapping[str, Fits], given: Mapping[str, str]) -> list[Chooser]:
    """The journal's last: it is read for what fits the rest."""
    by_row = [(known[name], text) for name, text in given.items() if name in known]
    told = [(BY_JOURNAL[name], text) for name, text in given.items() if name in BY_JOURNAL]
    choosers: list[Chooser] = []
    if by_row:
        choosers.append(lambda rows: [row for row in rows if all(fits(row, text) for fits, text in by_row)])
    if told:
        choosers.append(lambda rows: _told(store, rows, told))
    return choosers


def _told(
    store: Queries, rows: Sequence[dict[str, Any]], asked: Sequence[tuple[Callable[[bytes, str], bool], str]]
) -> list[dict[str, Any]]:
    """The rows of which each question has a line of the journal that fits."""
    found: set[tuple[str, str, int]] = set()
    for account in {row["account"] for row in rows}:
        names = [row["entry_id"] for row in rows if row["account"] == account]
        for entry_id, trace in store.traces(account, names):
            found |= {(account, entry_id, at) for at, (fits, text) in enumerate(asked) if fits(trace, text)}
    return [row for row in rows if all((row["account"], row["entry_id"], at) in found for at in range(len(asked)))]


def _search(
    pages: Pages, choosers: Iterable[Chooser], limit: int, after: str
) -> tuple[list[dict[str, Any]], str | None]:
    chosen = list(choosers)
    size = PAGE if chosen else limit
    found: list[dict[str, Any]] = []
    for _ in range(max(1, LOOKED_AT // size)):
        page = pages(size, after)
        fitting = page
        for choose in chosen:
            fitting = choose(fitting)
        found += fitting[: limit - len(found)]
        if len(found) == limit:
            return found, found[-1]["cursor"]
        if len(page) < size:
            return found, None
        after = page[-1]["cursor"]
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
