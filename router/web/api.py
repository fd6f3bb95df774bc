"""The admin API under /api: JSON in and out, errors as problem+json, for whoever `access` lets in.

An `account` in the query chooses one; without it lists cover all accounts, and what needs one takes the only one there
is.
"""

import time
from datetime import datetime
from typing import Final

from flask import Blueprint, Flask, Response, request
from werkzeug.routing import BaseConverter

from router.flow.durations import parse_duration
from router.runtime.explain import command_object
from router.runtime.settings import AccountSettings
from router.web.access import guard
from router.web.api_objects import limits_object, reply, row_object
from router.web.parts import RouterParts
from router.web.problems import Problem

CALL_FILTERS: Final = ("live", "line", "flow", "outcome")
MAX_PAGE: Final = 500
ANY_METHOD: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class EntryIdConverter(BaseConverter):
    """An entry_id in a path: opaque text, padded base64 in practice, so it may hold and even begin with a slash."""

    regex = ".+?"
    part_isolating = False


def mount_api(app: Flask, parts: RouterParts) -> None:
    """Serve the API from `app`."""
    app.url_map.converters["entry_id"] = EntryIdConverter
    app.url_map.merge_slashes = False  # two slashes in an entry_id are two slashes
    blueprint = Blueprint("api", __name__, url_prefix="/api")
    blueprint.before_request(guard(parts.settings.admin_token))
    _calls(blueprint, parts)
    _commands(blueprint, parts)
    _versions(blueprint, parts)
    blueprint.add_url_rule("/", "unknown", _unknown, defaults={"path": ""}, methods=ANY_METHOD, strict_slashes=False)
    blueprint.add_url_rule("/<path:path>", "unknown", _unknown, methods=ANY_METHOD)
    app.register_blueprint(blueprint)


def _unknown(path: str) -> Response:
    """Inside the blueprint, so that even what does not exist is not told to strangers."""
    raise Problem(404, "there is no such path")


def _calls(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/calls", strict_slashes=False)
    def calls() -> Response:
        """Newest first; `next` is the cursor of the following page, null on the last one."""
        filters = {name: request.args[name] for name in CALL_FILTERS if request.args.get(name)}
        if since := request.args.get("since"):
            filters["since"] = str(_instant(since))
        limit = _limit()
        try:
            rows = parts.store.calls(_account_name(parts), filters, limit, request.args.get("cursor", ""))
        except ValueError as error:
            raise Problem(400, str(error)) from None
        following = rows[-1]["cursor"] if len(rows) == limit else None
        return reply({"calls": [row_object(row) for row in rows], "next": following})

    @blueprint.get("/calls/<entry_id:entry_id>")
    def call(entry_id: str) -> Response:
        found = parts.view(entry_id, _account_name(parts))
        if found is None:
            raise Problem(404, "there is no such call")
        return reply(found)


def _commands(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/commands")
    def commands() -> Response:
        rows = parts.store.commands(_account_name(parts), state=request.args.get("state") or None, limit=_limit())
        shown = [{"account": row.account, "entry_id": row.entry_id, **command_object(row)} for row in rows]
        return reply({"commands": shown})

    @blueprint.get("/limits")
    def limits() -> Response:
        chosen = _account_name(parts)
        accounts = [account for account in parts.settings.accounts if chosen in (None, account.name)]
        return reply({"limits": [limits_object(account, parts.store.slots(account.name)) for account in accounts]})


def _versions(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/versions")
    def versions() -> Response:
        chosen = _account_name(parts)
        found = [
            {"account": account.name, **row_object(row)}
            for account in parts.settings.accounts
            if chosen in (None, account.name)
            for row in parts.store.versions(account.name)
        ]
        return reply({"versions": found})

    @blueprint.post("/versions")
    def publish() -> Response:
        """Publishes the account's bundle directory; 422 with all findings when it is refused."""
        account = _one_account(parts)
        return reply({"account": account.name, **row_object(parts.publish(account.name, account.flows))}, 201)

    @blueprint.post("/versions/<version>/activate")
    def activate(version: str) -> Response:
        account = _one_account(parts)
        row = parts.activate(account.name, version)
        if row is None:
            raise Problem(404, "there is no such version")
        return reply({"account": account.name, **row_object(row)})


def _account_name(parts: RouterParts) -> str | None:
    """The account of the query; None for all of them."""
    name = request.args.get("account") or None
    if name is not None and all(account.name != name for account in parts.settings.accounts):
        raise Problem(404, "there is no such account")
    return name


def _one_account(parts: RouterParts) -> AccountSettings:
    name = _account_name(parts)
    if name is not None:
        return parts.settings.account(name)
    if len(parts.settings.accounts) > 1:
        raise Problem(400, "there are several accounts: name one, as in ?account=NAME")
    return parts.settings.accounts[0]


def _limit() -> int:
    text = request.args.get("limit") or "100"
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_PAGE):
        raise Problem(400, f"limit is a whole number from 1 to {MAX_PAGE}")
    return int(text)


def _instant(text: str) -> float:
    """Unix seconds of RFC 3339, of Unix seconds, or of a duration back from now, such as 7d."""
    if seconds := parse_duration(text):
        return time.time() - seconds
    if text.isascii() and text.isdigit() and len(text) < 16:
        return float(text)
    try:
        return datetime.fromisoformat(text.replace(" ", "+")).timestamp()  # a plus that was not percent-encoded
    except (ValueError, OverflowError, OSError):
        raise Problem(400, "since is an RFC 3339 time, Unix seconds, or a duration such as 7d") from None
