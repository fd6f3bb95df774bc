"""`GET /api/calls`: calls as rows, in pages of JSON or all of them as a stream of CSV."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, request

from router.engine.state import OUTCOMES
from router.history.call_record import record_object
from router.history.record_files import csv_lines
from router.runtime.calls.find_calls import every_call, find_calls
from router.runtime.calls.number_masking import with_masks
from router.web.api_objects import reply
from router.web.identities import sees_numbers
from router.web.problem_details import Problem
from router.web.queries import account_name, one_of, page_limit, read_instant
from router.web.router_parts import RouterParts

CHOICES: Final = {"live": ("1", "0"), "outcome": OUTCOMES}
TEXTS: Final = (
    "line", "flow", "version", "caller", "step", "exit", "reached", "took", "trace", "q", "sip_call_id"
)  # fmt: skip
BY_NUMBER: Final = frozenset({"caller", "q", "trace"})
"""What would tell the hidden digits, one try after the other."""
INSTANTS: Final = ("since", "until", "ended_since", "changed_since")
JSON, CSV = "application/json", "text/csv"


def call_list(blueprint: Blueprint, parts: RouterParts) -> None:
    """Mount it."""

    @blueprint.get("/calls", strict_slashes=False)
    def calls() -> Response:
        """Newest first; `next` is the cursor of the following page, null on the last one."""
        account, filters, after = account_name(parts), _filters(), request.args.get("cursor", "")
        is_csv = request.accept_mimetypes.best_match([JSON, CSV], JSON) == CSV
        limit = page_limit()
        try:
            if is_csv:
                return _stream(parts, account, filters, after)
            rows, following = find_calls(parts.store, account, filters, limit, after)
        except ValueError as error:
            raise Problem(400, str(error)) from None
        return reply({"calls": [record_object(row) for row in rows], "next": following})


def _filters() -> dict[str, str]:
    filters = {name: request.args[name] for name in TEXTS if request.args.get(name)}
    if not sees_numbers() and filters.keys() & BY_NUMBER:
        raise Problem(403, "who sees no whole numbers cannot look for them: leave caller, q and trace out", code="role")
    filters |= {name: chosen for name, choices in CHOICES.items() if (chosen := one_of(name, choices))}
    return filters | {name: str(read_instant(text, name)) for name in INSTANTS if (text := request.args.get(name))}


def _stream(parts: RouterParts, account: str | None, filters: Mapping[str, str], after: str) -> Response:
    """All rows from the cursor on, or as many as `limit` says. They are read while they are written; the first page
    comes before the answer begins, so that a mistake in the query is still an answer of its own."""
    most = page_limit() if request.args.get("limit") else None
    find_calls(parts.store, account, filters, 1, after)
    rows = every_call(parts.store, account, filters, after, most)
    lines = csv_lines(rows if sees_numbers() else map(with_masks, rows))
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="calls.csv"'}
    return Response((line.encode() for line in lines), headers=headers, content_type=f"{CSV}; charset=utf-8")
