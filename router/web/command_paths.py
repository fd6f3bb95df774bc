"""The admin API's paths about commands: giving one for a call, and what became of it."""

import re
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, request

from router.errors import BetweenLegs, CommandInvalid, RequestDiffers
from router.history.command_view import command_view, is_concluded
from router.history.journal import MOST_COMMANDS
from router.runtime.outbox.manual_command import TRY_AGAIN_SECONDS, ManualCommand, present_leg
from router.web.api_objects import reply
from router.web.identities import actor, identity
from router.web.json_bodies import read_json, read_text
from router.web.problem_details import Problem
from router.web.queries import account_name, one_account
from router.web.router_parts import RouterParts
from router.web.waits import Waits, read_wait

ACCEPTED: Final = 202
OPTIONS: Final = ("then", "actor", "reason", "command_id", "wait")
"""Fields of the body that are ours; every other one is the PBX's."""

_is_key = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?").fullmatch


def give_commands(blueprint: Blueprint, parts: RouterParts, waits: Waits) -> None:
    @blueprint.post("/calls/<entry_id:entry_id>/commands")
    def command(entry_id: str) -> Response:
        """Queues `{"command": NAME, ...parameters}` for a call; 422 when it does not fit, 404 without such a call, 409
        while the caller is between two legs."""
        asked, seconds = _asked()
        account = account_name(parts)
        answer = give(parts, entry_id, account, asked)
        if isinstance(answer, BetweenLegs) and seconds:
            waits.until(lambda: _has_news(parts, entry_id, account), seconds, parts.store)
            answer = give(parts, entry_id, account, asked)
        if isinstance(answer, BetweenLegs):
            raise Problem(409, answer.message, code=answer.code, retry_after=TRY_AGAIN_SECONDS)
        return reply(msgspec.Raw(answer), ACCEPTED)


def give(parts: RouterParts, entry_id: str, account: str | None, asked: ManualCommand) -> bytes | BetweenLegs:
    """The command's object as JSON. Raises Problem when it does not fit, or without such a call."""
    by = actor(parts.settings)
    try:
        answer = parts.command(entry_id, account, asked, msgspec.structs.replace(by, reason=by.reason or asked.reason))
    except BetweenLegs as error:
        return error
    except (CommandInvalid, RequestDiffers) as refused:
        raise Problem(422, refused.message, code=refused.code) from None
    if answer is None:
        raise Problem(404, "there is no such call")
    return answer


def _has_news(parts: RouterParts, entry_id: str, account: str | None) -> bool | None:
    """Whether the caller is on a leg, or will never be."""
    call = parts.store.call(account, entry_id)
    return True if call is None or call.ended or present_leg(call) else None


def _asked() -> tuple[ManualCommand, float]:
    """What the body asks for, and how long it may wait for a leg."""
    given = read_json()
    if not isinstance(given, dict) or not isinstance(given.get("command"), str):
        raise Problem(400, 'the body is an object with "command" and the command\'s parameters')
    seconds = read_wait(given.get("wait"))
    texts = {name: read_text(given, name) for name in OPTIONS if name != "wait"}
    texts["actor"] = _actor(texts["actor"])
    params = {name: value for name, value in given.items() if name not in ("command", *OPTIONS)}
    return ManualCommand(command=given["command"], params=params, key=_key(), **texts), seconds


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if key and not _is_key(key):
        raise Problem(400, "Idempotency-Key is 1 to 255 printable ASCII characters, without blanks around them")
    return key


def _actor(named: str) -> str:
    """Who bears a token is known by its name; a program may say for whom it acts."""
    who = identity()
    if not named:
        return who.name
    return f"{named}, {who.name}" if who.is_kept else named


def tell_commands(blueprint: Blueprint, parts: RouterParts, waits: Waits) -> None:
    @blueprint.get("/commands/<entry_id:command_id>")
    def one_command(command_id: str) -> Response:
        """One command; with `wait=10s` when it is concluded, or as it is after that time."""
        account = one_account(parts).name
        seconds = read_wait(request.args.get("wait"))
        shown = dict[str, Any]()

        def look() -> bool | None:
            shown.update(_seen(parts, account, command_id))
            rows = parts.store.commands(account, entry_id=shown["entry_id"] or None, limit=MOST_COMMANDS)
            return True if is_concluded(shown, rows) else None

        waits.until(look, seconds, parts.store)
        return reply(shown)


def _seen(parts: RouterParts, account: str, command_id: str) -> dict[str, Any]:
    with parts.store.snapshot() as reading:
        row = reading.command(account, command_id)
    if row is None:
        raise Problem(404, "there is no such command")
    return command_view(parts.store, row)
