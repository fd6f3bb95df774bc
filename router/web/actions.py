"""The admin API's paths that pause and resume; `publishing` has those of versions, `command_paths` commands."""

from flask import Blueprint, Response

from router.config.settings import AccountSettings
from router.web.api_objects import reply
from router.web.identities import actor
from router.web.queries import account_name
from router.web.router_parts import RouterParts


def pauses(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.post("/pause")
    def pause() -> Response:
        """Events are recorded; no new call is taken and nothing is sent. Of one account, or of all."""
        return _switch(paused=True)

    @blueprint.post("/resume")
    def resume() -> Response:
        return _switch(paused=False)

    def _switch(*, paused: bool) -> Response:
        names = [account.name for account in _accounts(parts)]
        by = actor(parts.settings)
        for name in names:
            parts.pause(name, paused, by)
        return reply({"accounts": [{"account": name, "paused": paused} for name in names]})


def _accounts(parts: RouterParts) -> list[AccountSettings]:
    chosen = account_name(parts)
    return [account for account in parts.settings.accounts if chosen in (None, account.name)]
