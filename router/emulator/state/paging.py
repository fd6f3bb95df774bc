"""Pages of a list, and the cursor that leads from one to the others (§3.7.1.2, §3.7.1.3).

A cursor is opaque to the outside: base64 of what was asked and where the page stands. It holds the question, not the
rows, so each page is as fresh as its request.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from router.emulator.pbx_answers import Answer, Params, done, wrong
from router.emulator.state.api_values import whole

ROWS_BY_DEFAULT: Final = 10
BAD_CURSOR: Final = 3104

Row = dict[str, Any]


def first_page(kind: str, rows: Sequence[Row], params: Params, matches: Callable[[Row, str], bool]) -> Answer:
    """The answer of an `init` method."""
    asked = {
        "kind": kind,
        "query": params["query"],
        "order": params.get("order", []),
        "limit": whole(params.get("limit_rows", ROWS_BY_DEFAULT)),
        "page": 1,
    }
    return _page(asked, rows, matches)


def further_page(kind: str, rows: Sequence[Row], params: Params, matches: Callable[[Row, str], bool]) -> Answer:
    """The answer of a `cursor` method."""
    asked = _read(params["cursor"])
    if asked.get("kind") != kind:
        raise wrong("the cursor belongs to another list", code=BAD_CURSOR)
    found = _found(asked, rows, matches)
    asked["page"] = _target(params["mode"], int(asked["page"]), _pages(len(found), asked["limit"]))
    return _page(asked, rows, matches)


def _page(asked: Mapping[str, Any], rows: Sequence[Row], matches: Callable[[Row, str], bool]) -> Answer:
    found, limit = _found(asked, rows, matches), asked["limit"]
    start = (asked["page"] - 1) * limit
    shown = found[start : start + limit]
    info = {
        "page": asked["page"],
        "from": start,
        "size": len(shown),
        "limit": limit,
        "total_rows": len(found),
        "pages": _pages(len(found), limit),
    }
    cursor = {"cursor": urlsafe_b64encode(json.dumps(asked).encode()).decode()} if shown else {}
    return done(data=shown, state={"info": info, **cursor})


def _found(asked: Mapping[str, Any], rows: Iterable[Row], matches: Callable[[Row, str], bool]) -> list[Row]:
    query = asked["query"].casefold()
    found = [row for row in rows if not query or matches(row, query)]
    for rule in reversed(asked["order"]):
        ((name, direction),) = rule.items()
        found.sort(key=partial(_sortable, name), reverse=direction == "desc")
    return found


def _sortable(name: str, row: Row) -> tuple[bool, str]:
    """`id` stands for the row's own id, and ids sort as numbers."""
    value = next(iter(row.values())) if name == "id" else row.get(name)
    text = "" if value is None else str(value)
    return value is None, text.zfill(20) if text.isdigit() else text.casefold()


def _pages(rows: int, limit: int) -> int:
    return -(-rows // limit)


def _target(mode: str, page: int, pages: int) -> int:
    if mode == "first-page":
        return 1
    if mode == "last-page":
        return max(1, pages)
    way, _, steps = mode.rpartition("-")
    if way == "next-page":
        return page + int(steps)
    return max(1, page - int(steps)) if way == "prev-page" else page


def _read(cursor: str) -> dict[str, Any]:
    try:
        asked = json.loads(urlsafe_b64decode(cursor.encode()))
        if isinstance(asked, dict) and isinstance(asked["query"], str) and isinstance(asked["order"], list):
            return asked | {"limit": int(asked["limit"]), "page": int(asked["page"])}
    except (ValueError, KeyError, TypeError, Error):
        pass
    raise wrong("the cursor is not one of ours", code=BAD_CURSOR)
