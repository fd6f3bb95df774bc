"""The admin API's path of canaries: how the calls of the active version and of its canary ended, side by side."""

from flask import Blueprint, Response

from router.runtime.versions.canary_view import canary_object
from router.web.api_objects import reply
from router.web.queries import one_account
from router.web.router_parts import RouterParts


def canaries(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/canary")
    def canary() -> Response:
        """Of the calls that began since the canary did: each outcome of both, and the chance that they truly differ."""
        return reply(canary_object(parts.store, one_account(parts).name))
