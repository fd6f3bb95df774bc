"""The admin API's paths of bearer tokens: listed, made and revoked by admins, as `ivr token` does it."""

from typing import Any, Final

import msgspec
from flask import Blueprint, Response

from router.config.setting_values import duration
from router.errors import TokenNameTaken, TokenUnknown
from router.runtime.administration.access_tokens import create_token, revoke_token
from router.runtime.administration.audit import Actor
from router.runtime.administration.roles import ROLES, VIEWER
from router.runtime.administration.token_view import token_object
from router.web.api_objects import reply
from router.web.identities import actor
from router.web.json_bodies import read_object, read_text
from router.web.problem_details import Problem
from router.web.queries import one_of
from router.web.router_parts import RouterParts

FIELDS: Final = ("name", "role", "expires", "reason")


def tokens(blueprint: Blueprint, parts: RouterParts) -> None:
    """Mount them."""

    @blueprint.get("/tokens")
    def listed_tokens() -> Response:
        """Those that are valid; with `all=1` also those that are revoked or expired."""
        now, everything = parts.store.now(), one_of("all", ("0", "1")) == "1"
        rows = [row for row in parts.store.tokens() if everything or row.is_valid(now)]
        return reply({"tokens": [token_object(row, now) for row in rows]})

    @blueprint.post("/tokens")
    def create_one() -> Response:
        """The token is told this once: the database keeps its digest alone."""
        given = read_object(FIELDS)
        name, role = read_text(given, "name"), read_text(given, "role") or VIEWER
        if role not in ROLES:
            raise Problem(400, f"role is one of {', '.join(ROLES)}")
        by = _because(actor(parts.settings), read_text(given, "reason"))
        try:
            made, row = create_token(parts.store, by, name=name, role=role, seconds=_seconds(given))
        except TokenNameTaken as taken:
            raise Problem(409, taken.message, code=taken.code) from None
        return reply({"token": made, **token_object(row, parts.store.now())}, 201)

    @blueprint.post("/tokens/<token_name>/revoke")
    def revoke_one(token_name: str) -> Response:
        """By its name or its id: within seconds no worker takes it, and its streams of events end."""
        try:
            row = revoke_token(parts.store, actor(parts.settings), token_name)
        except TokenUnknown as unknown:
            raise Problem(404, unknown.message, code=unknown.code) from None
        return reply(token_object(row, parts.store.now()))


def _because(by: Actor, reason: str) -> Actor:
    return msgspec.structs.replace(by, reason=by.reason or reason)


def _seconds(given: dict[str, Any]) -> float | None:
    """When it ends by itself; None for never."""
    text = read_text(given, "expires")
    if not text:
        return None
    try:
        return duration(text)
    except ValueError as error:
        raise Problem(400, f"expires: {error}") from None
