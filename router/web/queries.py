"""What a query string of the admin API can say, read once for all its paths."""

import re
import time
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from flask import request

from router.config.settings import AccountSettings
from router.flow.durations import parse_duration
from router.web.problem_details import Problem
from router.web.router_parts import RouterParts

MAX_PAGE: Final = 500
_surrogate: Final = re.compile(r"[\ud800-\udfff]").search


def refuse_unstorable_text() -> None:
    """To run before each view: no database keeps NUL, and half of a pair of surrogates is no text."""
    if not _is_storable(request.path):
        raise Problem(404, "there is no such path: it holds a NUL character")
    if not all(_is_storable(text) for name, texts in request.args.lists() for text in (name, *texts)):
        raise Problem(400, "the query holds a NUL character (%00): leave it out")


def is_storable(value: Any) -> bool:
    """Whether all texts of some JSON can be kept by every database."""
    if isinstance(value, str):
        return _is_storable(value)
    if isinstance(value, dict):
        return all(is_storable(part) for pair in value.items() for part in pair)
    return all(map(is_storable, value)) if isinstance(value, list) else True


def _is_storable(text: str) -> bool:
    return "\0" not in text and not _surrogate(text)


def account_name(parts: RouterParts) -> str | None:
    """The account of the query; None for all of them."""
    name = request.args.get("account") or None
    if name is not None and all(account.name != name for account in parts.settings.accounts):
        raise Problem(404, "there is no such account")
    return name


def one_account(parts: RouterParts) -> AccountSettings:
    """The account of the query, or the only one there is."""
    name = account_name(parts)
    if name is not None:
        return parts.settings.account(name)
    if len(parts.settings.accounts) > 1:
        raise Problem(400, "there are several accounts: name one, as in ?account=NAME")
    return parts.settings.accounts[0]


def one_of(name: str, choices: Collection[str]) -> str | None:
    """What the query says, None when it says nothing."""
    text = request.args.get(name) or None
    if text is not None and text not in choices:
        raise Problem(400, f"{name} is one of {', '.join(choices)}")
    return text


def page_limit(usual: int = 100) -> int:
    text = request.args.get("limit") or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_PAGE):
        raise Problem(400, f"limit is a whole number from 1 to {MAX_PAGE}")
    return int(text)


def read_instant(text: str, name: str = "since") -> float:
    """Unix seconds of RFC 3339, of Unix seconds, or of a duration back from now, such as 7d."""
    if seconds := parse_duration(text):
        return time.time() - seconds
    if text.isascii() and text.isdigit() and len(text) < 16:
        return float(text)
    try:
        return datetime.fromisoformat(text.replace(" ", "+")).timestamp()  # a plus that was not percent-encoded
    except (ValueError, OverflowError, OSError):
        raise Problem(400, f"{name} is an RFC 3339 time, Unix seconds, or a duration such as 7d") from None
