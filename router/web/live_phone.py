"""`/api/phone/calls`: real calls of the console's phone, placed in an emulator that plays the account's PBX.

The page may speak to the router alone, so what its people do is handed on to the emulator's control API; what comes of
it comes back as from any PBX, by notifications, and is answered by commands. Nothing is kept here: the emulator has the
phones, the database has the call. The real PBX is never asked: no telephone can be played there.
"""

import re
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Response

from router.config.settings import AccountSettings
from router.emulator.control import Control
from router.errors import ActRefused, BetweenLegs, NoEmulator
from router.protocol.phone_numbers import number_of
from router.runtime.outbox.manual_command import ManualCommand
from router.simulator.words import HAPPENS
from router.web.api_objects import reply
from router.web.command_paths import give
from router.web.identities import identity
from router.web.json_bodies import read_object, read_text
from router.web.live_call import live_call
from router.web.problem_details import Problem
from router.web.queries import one_account
from router.web.router_parts import RouterParts

VENDOR: Final = "mango-office.ru"
PATIENCE_SECONDS: Final = 3.0
BELIEVED_SECONDS: Final = 5.0  # who has shown to be an emulator is asked again after so long
MISSING, CONFLICT, REFUSED = 404, 409, 422
PHONES: Final = ("wait", "behave")
SHOWN: Final = ("speed", "lines", "employees")
BY_HAND: Final = ("transfer", "route")
"""Acts that are commands of ours, under the limits like all others; the PBX alone obeys them."""

Found = TypeVar("Found")
_is_keys: Final = re.compile(r"[0-9*#]{1,99}", re.ASCII).fullmatch
_is_short: Final = re.compile(r"[0-9]{1,20}", re.ASCII).fullmatch


class Emulators:
    """Those that play the accounts' PBX. Thread-safe."""

    def __init__(self) -> None:
        self._controls: dict[str, Control] = {}  # by where they listen
        self._believed: dict[str, float] = {}  # account -> until when, of the steady clock

    def introduced(self, account: AccountSettings) -> tuple[Control, dict[str, Any]]:
        """The account's, and what it says of itself. Raises NoEmulator."""
        control = self._control(account)
        found = control.introduction(account.api_key, account.salts)
        self._believed[account.name] = time.monotonic() + BELIEVED_SECONDS
        return control, found

    def control(self, account: AccountSettings) -> Control:
        """Raises Problem without one."""
        try:
            is_known = time.monotonic() < self._believed.get(account.name, 0.0)
            return self._control(account) if is_known else self.introduced(account)[0]
        except NoEmulator as missing:
            raise Problem(CONFLICT, missing.message, code=missing.code) from None

    def _control(self, account: AccountSettings) -> Control:
        base = account.api_url.removesuffix("/").removesuffix("/vpbx")
        host = (urlsplit(base).hostname or "").rstrip(".")
        if host == VENDOR or host.endswith(f".{VENDOR}"):
            said = f"the PBX of the account {account.name} is the real one ({host}): call it by a telephone"
            raise NoEmulator(said, why="real")
        return self._controls.setdefault(base, Control(base, PATIENCE_SECONDS))


def live_phone(blueprint: Blueprint, parts: RouterParts) -> None:
    """Mount its paths."""
    emulators = Emulators()

    @blueprint.get("/phone/emulator")
    def emulator() -> Response:
        """Whether there is one, and whom one can call there; `problem` says why there is none."""
        account = one_account(parts)
        told: dict[str, Any] = {"account": account.name, "speed": 1.0, "lines": [], "employees": []}
        try:
            _, found = emulators.introduced(account)
        except NoEmulator as missing:
            return reply({**told, "is_there": False, "why_not": missing.why, "problem": missing.message})
        return reply({**told, "is_there": True, "why_not": "", "problem": "", **{name: found[name] for name in SHOWN}})

    @blueprint.post("/phone/calls")
    def dial() -> Response:
        """`phones: wait`, the default, leaves to who plays them what they do; `behave` leaves it to `pbx.yaml`."""
        asked = read_object(("from", "line", "phones"))
        caller, line, phones = (read_text(asked, name) for name in ("from", "line", "phones"))
        if phones and phones not in PHONES:
            raise Problem(400, f"phones is one of {', '.join(PHONES)}")
        account = one_account(parts)
        control = emulators.control(account)
        journey = _obeyed(lambda: control.dial(caller, number_of(line) or line, phones=phones or PHONES[0]))
        return reply(live_call(parts, account.name, journey), 201)

    @blueprint.get("/phone/calls/<phone_call:entry_id>")
    def look(entry_id: str) -> Response:
        account = one_account(parts)
        control = emulators.control(account)
        return reply(live_call(parts, account.name, _obeyed(lambda: control.look(entry_id))))

    @blueprint.post("/phone/calls/<phone_call:entry_id>/acts")
    def act(entry_id: str) -> Response:
        """`say`: keys, `hangup`, what happens at the other end; 422 says what cannot be at this moment."""
        account, words = one_account(parts), read_text(read_object(("say",)), "say")
        control = emulators.control(account)
        word, _, to = words.partition(" ")
        if word in BY_HAND and _is_short(to):
            _command(parts, account.name, entry_id, word, to)
        else:
            _obeyed(lambda: _play(control, entry_id, words))
        return reply(live_call(parts, account.name, _obeyed(lambda: control.look(entry_id))))


def _play(control: Control, entry_id: str, words: str) -> None:
    word, _, to = words.partition(" ")
    if _is_keys(words):
        control.press(entry_id, words)
    elif words == "hangup":
        control.hang_up(entry_id)
    elif words in HAPPENS:
        control.happens(entry_id, what=HAPPENS[words])
    elif word == "consults" and _is_short(to):
        control.happens(entry_id, consults=to)
    else:
        known = [*HAPPENS, "hangup", "consults 102", *(f"{name} 102" for name in BY_HAND)]
        raise Problem(400, f"`{words}` cannot be said here: say keys, or one of {', '.join(known)}")


def _command(parts: RouterParts, account: str, entry_id: str, command: str, to: str) -> None:
    who = identity()
    asked = ManualCommand(command=command, params={"to_number": to}, actor=who.name, reason="by phone")
    answer = give(parts, entry_id, account, asked)
    if isinstance(answer, BetweenLegs):
        raise Problem(REFUSED, answer.message, code=answer.code)


def _obeyed(ask: Callable[[], Found]) -> Found:
    """What the emulator answers. Raises Problem with its words when it refuses, or has gone."""
    try:
        return ask()
    except ActRefused as refused:
        status = MISSING if refused.status == MISSING else REFUSED
        raise Problem(status, refused.said, code=refused.code) from None
    except NoEmulator as gone:
        raise Problem(CONFLICT, gone.message, code=gone.code) from None
