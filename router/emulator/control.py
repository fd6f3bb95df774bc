"""The emulator's control API from outside, for `ivr call` and the console: it dials, presses keys, plays the people.

Whether an emulator is there at all is found out by asking it: `introduction` tells whose it is, by a signature that
needs the account's salt.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import urllib3

from router.emulator.config import PROOF
from router.errors import ActRefused, NoEmulator
from router.protocol.sign import sign

USUAL_SECONDS: Final = 10.0
REFUSED: Final = 400


class Control:
    """One emulator. Every method raises NoEmulator and ActRefused."""

    def __init__(self, base: str, seconds: float = USUAL_SECONDS) -> None:
        self.base = base.rstrip("/")
        self._http = urllib3.PoolManager(retries=False, timeout=seconds)

    def introduction(self, api_key: str, salts: tuple[str, ...]) -> dict[str, Any]:
        """What it is, and whom one can call there; NoEmulator for one of another account."""
        try:
            found = self._ask("GET", f"{self.base}/emulator")
        except ActRefused:
            found = {}
        if found.get("emulator") != "ivr":
            raise NoEmulator(f"what answers at {self.base} is no emulator")
        if found.get("proof") not in [sign(api_key, PROOF, salt) for salt in salts]:
            said = f"the emulator at {self.base} has another key or salt, so its calls would not come here"
            raise NoEmulator(said, why="another")
        return found

    def dial(self, caller: str, line: str, sip_call_id: str = "", to: str = "", phones: str = "") -> dict[str, Any]:
        """A new call, as the emulator describes it: of somebody to a line, or of an employee to a number. With `phones`
        "wait" those that ring do nothing by themselves."""
        where = {"to": to} if to else {"line": line, "sip_call_id": sip_call_id}
        return self._ask("POST", f"{self.base}/emulator/calls", {"from": caller, "phones": phones, **where})

    def look(self, identity: str) -> dict[str, Any]:
        """Everything about a call."""
        return self._ask("GET", self._at(identity))

    def press(self, identity: str, digits: str) -> None:
        """Press keys."""
        self._ask("POST", f"{self._at(identity)}/keys", {"digits": digits})

    def happens(self, identity: str, **what: str) -> None:
        """`what="busy"` at the other end, or the employee `consults="102"`."""
        self._ask("POST", f"{self._at(identity)}/happens", what)

    def hang_up(self, identity: str) -> None:
        """Put the receiver down."""
        self._ask("POST", f"{self._at(identity)}/hangup", {})

    def _at(self, identity: str) -> str:
        return f"{self.base}/emulator/calls/{quote(identity, safe='')}"

    def _ask(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, url, json=fields)
            found = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise NoEmulator(f"no emulator answers at {self.base}: start one there with `ivr emulator`") from error
        if not isinstance(found, dict):
            raise NoEmulator(f"what answers at {self.base} is no emulator")
        if answer.status >= REFUSED:
            said = str(found.get("error", answer.status))
            raise ActRefused(f"the emulator refuses: {said}", said=said, status=answer.status)
        return found
