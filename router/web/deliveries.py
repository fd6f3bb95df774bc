"""The admin API's paths of what flows tell other systems by `notify`: seen, delivered again, called off."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, request

from router.errors import DeliveryBusy
from router.history.delivery_view import delivery_object
from router.history.journal import NOTIFY, STATES, CommandRow
from router.runtime.administration.audit import Actor
from router.web.api_objects import reply
from router.web.identities import actor
from router.web.problem_details import Problem
from router.web.queries import account_name, one_account, one_of, page_limit
from router.web.router_parts import RouterParts

BUSY: Final = 409
UNKNOWN: Final = "there is no such notification"


def deliveries(blueprint: Blueprint, parts: RouterParts) -> None:
    """Mount them."""

    @blueprint.get("/deliveries")
    def listed() -> Response:
        """Newest first; `next` is the cursor of the following page, null on the last one."""
        try:
            rows, following = parts.store.deliveries(
                account_name(parts),
                state=one_of("state", STATES),
                receiver=request.args.get("receiver") or None,
                entry_id=request.args.get("entry_id") or None,
                limit=page_limit(),
                after=request.args.get("cursor", ""),
            )
        except ValueError as error:
            raise Problem(400, str(error)) from None
        return reply({"deliveries": [delivery_object(row) for row in rows], "next": following})

    @blueprint.get("/deliveries/<delivery_id>")
    def one(delivery_id: str) -> Response:
        with parts.store.snapshot() as reading:
            row = reading.command(one_account(parts).name, delivery_id)
        if row is None or row.command != NOTIFY:
            raise Problem(404, UNKNOWN)
        return reply(delivery_object(row))

    @blueprint.post("/deliveries/<delivery_id>/redeliver")
    def redeliver(delivery_id: str) -> Response:
        """At once, whatever became of it before."""
        return _change(delivery_id, parts.redeliver)

    @blueprint.post("/deliveries/<delivery_id>/cancel")
    def cancel(delivery_id: str) -> Response:
        """One that waits is not sent any more."""
        return _change(delivery_id, parts.cancel_delivery)

    def _change(delivery_id: str, change: Callable[[str, str, Actor], CommandRow | None]) -> Response:
        try:
            row = change(one_account(parts).name, delivery_id, actor(parts.settings))
        except DeliveryBusy as busy:
            raise Problem(BUSY, busy.message, code=busy.code) from None
        if row is None:
            raise Problem(404, UNKNOWN)
        return reply(delivery_object(row))
