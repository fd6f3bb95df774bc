"""The admin API's paths that change something: publishing and pausing; commands are in `command_paths`."""

from flask import Blueprint, Response, request

from router.config.settings import AccountSettings
from router.runtime.versions.canary import read_share
from router.web.access import actor
from router.web.api_objects import reply, row_object
from router.web.problem_details import Problem
from router.web.queries import account_name, one_account
from router.web.router_parts import RouterParts


def versions(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.post("/versions")
    def publish() -> Response:
        """Publishes the account's bundle directory; 422 with all findings when it is refused. With `canary=10%` only
        that share of the callers gets it."""
        account = one_account(parts)
        row = parts.versions.publish(account.name, account.flows, _share(), actor(parts.settings))
        return reply({"account": account.name, **row_object(row)}, 201)

    @blueprint.post("/versions/<version>/activate")
    def activate(version: str) -> Response:
        """Gives new calls a stored version, which ends a canary; with `canary=10%` it begins one."""
        account = one_account(parts)
        row = parts.versions.activate(account.name, version, _share(), actor(parts.settings))
        if row is None:
            raise Problem(404, "there is no such version")
        return reply({"account": account.name, **row_object(row)})


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


def _share() -> float:
    """`canary=10%` as 0.1; 1.0 without it."""
    text = request.args.get("canary", "")
    if not text:
        return 1.0
    share = read_share(text)
    if share is None:
        raise Problem(400, "canary is a share of the callers between 0% and 100%, as in ?canary=10%")
    return share
