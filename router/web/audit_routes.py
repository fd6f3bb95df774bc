"""The admin API's path to the audit: who changed what."""

from typing import Any, Final

from flask import Blueprint, Response, request

from router.runtime.administration.audit import ACTIONS
from router.runtime.administration.audit_view import entry_object
from router.web.api_objects import reply
from router.web.problem_details import Problem
from router.web.queries import account_name, one_of, page_limit, read_instant
from router.web.router_parts import RouterParts

TEXTS: Final = ("actor", "subject")
INSTANTS: Final = ("since", "until")


def audit(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/audit")
    def audit() -> Response:
        """Newest first; `next` is the cursor of the following page, null on the last one."""
        filters: dict[str, Any] = {name: request.args.get(name) for name in TEXTS}
        filters |= {name: read_instant(text, name) for name in INSTANTS if (text := request.args.get(name))}
        filters |= {"account": account_name(parts), "action": one_of("action", ACTIONS)}
        filters = {name: value for name, value in filters.items() if value not in (None, "")}
        limit = page_limit()
        found = parts.store.audit(filters, limit, _cursor())
        following = str(found[-1][0]) if len(found) == limit else None
        return reply({"audit": [entry_object(number, entry) for number, entry in found], "next": following})


def _cursor() -> int:
    text = request.args.get("cursor") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, "cursor is the `next` of the page before")
    return int(text)
