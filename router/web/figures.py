"""`GET /api/figures/{figure}`: sums over the calls that are over, as JSON or CSV."""

import time
from datetime import date
from typing import Final

from flask import Blueprint, Response, request

from router.config.settings import AccountSettings
from router.runtime.figures.inquiry import Inquiry, day_at, usual_days
from router.runtime.figures.tables import FIGURES, GROUPINGS
from router.runtime.ports_figures import DIMENSIONS
from router.web.api_objects import reply
from router.web.call_list import CSV, JSON
from router.web.problem_details import Problem
from router.web.queries import one_account, one_of, read_instant
from router.web.router_parts import RouterParts

UNTAKEN: Final = "-"
"""Says the empty flow in a query, in which an empty value is none: calls that no flow took."""


def figures(blueprint: Blueprint, parts: RouterParts) -> None:
    """Mount it."""

    @blueprint.get("/figures/<figure>")
    def figure(figure: str) -> Response:
        """Of one account, by day or hour, flow, line or version."""
        if figure not in FIGURES:
            raise Problem(404, f"there is no such figure: there are {', '.join(FIGURES)}")
        asked = _asked(figure, one_account(parts))
        if fault := asked.fault():
            raise Problem(400, fault)
        if request.accept_mimetypes.best_match([JSON, CSV], JSON) == CSV:
            return _csv(asked, parts)
        return reply(asked.answer(parts.store))


def _asked(figure: str, account: AccountSettings) -> Inquiry:
    since, until = usual_days(time.time(), account.timezone)
    until = _day("until", account.timezone, until)
    since = _day("since", account.timezone, min(since, until))
    where = {name: "" if text == UNTAKEN else text for name in DIMENSIONS if (text := request.args.get(name))}
    return Inquiry(
        figure=figure,
        account=account.name,
        timezone=account.timezone,
        since=since,
        until=until,
        grouping=one_of("by", GROUPINGS),
        where=where,
    )


def _day(name: str, timezone: str, usual: date) -> date:
    """A day as 2026-11-30, or the one of an instant in the account's zone."""
    text = request.args.get(name)
    if not text:
        return usual
    try:
        return date.fromisoformat(text)
    except ValueError:
        return day_at(read_instant(text, name), timezone)


def _csv(asked: Inquiry, parts: RouterParts) -> Response:
    name = f"{asked.figure}-{asked.since}-{asked.until}.csv"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    body = "".join(asked.csv_lines(parts.store))
    return Response(body, headers=headers, content_type=f"{CSV}; charset=utf-8")
