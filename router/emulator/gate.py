"""What stands between the network and the commands: envelope, key, limits, sign and parameters, in that order (§2.2).

A request that does not pass is answered at once and changes nothing, except that it has used up its share of the
limits if its key was right. A request that passes has every required parameter, of the right type.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from router.catalogue.methods import METHODS
from router.emulator.limits import SlidingLimits
from router.errors import RequestRefused
from router.protocol.envelope import open_envelope
from router.protocol.sign import is_signed

REFUSED: Final = 420  # "Method Failure" of the document
OVER_LIMIT: Final = 503

LIMIT_BODY: Final = {"name": "Service Unavailable", "message": "Rate limit exceeded.", "code": 0, "status": OVER_LIMIT}

MAX_BYTES: Final = 128


def refused(code: int, error: str, message: str) -> RequestRefused:
    """HTTP 420 with one of the document's codes."""
    return RequestRefused(message, status=REFUSED, result=code, error=error)


class Gate:
    """The gate of one api key."""

    def __init__(self, api_key: str, salt: str) -> None:
        self._api_key = api_key.encode()
        self._salts = (salt,)
        self._limits = SlidingLimits()

    def admit(self, command: str, form: Mapping[str, bytes], now: float) -> dict[str, Any]:
        """The known parameters of a request for one of METHODS; RequestRefused with its status and code otherwise.

        `now` is for the limits: seconds of the clock that the world outside lives by, whatever the calls' speed.
        """
        envelope = open_envelope(form)
        if envelope.api_key != self._api_key:
            raise refused(3105, "unknown-key", "there is no such api key")
        if not self._limits.take(METHODS[command].limits, now):
            raise RequestRefused("Rate limit exceeded.", status=OVER_LIMIT, result=0, error="rate-limit")
        if not is_signed(self._api_key, envelope.json, envelope.sign or b"", self._salts):
            raise refused(3102, "wrong-sign", "the sign does not fit key, json and salt")
        params = _object(envelope.json)
        _check(params, PARAMETERS[command])
        return {name: params[name] for name in PARAMETERS[command] if name in params}


def _object(text: bytes) -> dict[str, Any]:
    try:
        params = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(3104, "malformed-parameter", "the json cannot be read") from error
    if not isinstance(params, dict):
        raise refused(3104, "malformed-parameter", "the json is not an object")
    return params


def _check(params: Mapping[str, Any], shapes: Mapping[str, tuple[bool, Callable[[Any], bool]]]) -> None:
    for name, (required, fits) in shapes.items():
        if name not in params:
            if required:
                raise refused(3103, "missing-parameter", f"{name} is missing")
        elif not fits(params[name]):
            raise refused(3104, "malformed-parameter", f"{name} has the wrong format")


def _is_message(value: Any) -> bool:
    return isinstance(value, str) and value != "" and value.encode(errors="ignore").decode() == value


def _is_text(value: Any) -> bool:
    return _is_message(value) and len(value.encode()) <= MAX_BYTES


def _is_count(value: Any) -> bool:
    return str(value).isascii() and str(value).isdigit() and len(str(value)) <= 18


def _is_method(value: Any) -> bool:
    return value in ("blind", "hold")


def _is_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_employee(value: Any) -> bool:
    return isinstance(value, dict) and _is_text(value.get("extension"))


_TEXT: Final = (True, _is_text)
_HEADERS: Final = (False, _is_headers)
_LINE: Final = (False, _is_text)

PARAMETERS: Final[Mapping[str, Mapping[str, tuple[bool, Callable[[Any], bool]]]]] = {
    # command -> parameter -> (required, format); §3.2.1 to §3.2.8
    "callback": {
        "command_id": _TEXT,
        "from": (True, _is_employee),
        "to_number": _TEXT,
        "line_number": _LINE,
        "sip_headers": _HEADERS,
    },
    "callback_group": {"command_id": _TEXT, "from": _TEXT, "to": _TEXT, "line_number": _TEXT},
    "call/hangup": {"command_id": _TEXT, "call_id": _TEXT},
    "sms": {
        "command_id": _TEXT,
        "text": (True, _is_message),
        "from_extension": _TEXT,
        "to_number": _TEXT,
        "sms_sender": (False, _is_text),
    },
    "recording/start": {"command_id": _TEXT, "call_id": _TEXT, "call_party_number": _TEXT},
    "play/start": {
        "command_id": _TEXT,
        "call_id": _TEXT,
        "after_play_time": (False, _is_count),
        "internal_id": (False, _is_count),
    },
    "route": {"command_id": _TEXT, "call_id": _TEXT, "to_number": _TEXT, "sip_headers": _HEADERS},
    "transfer": {
        "command_id": _TEXT,
        "call_id": _TEXT,
        "to_number": _TEXT,
        "method": (True, _is_method),
        "initiator": _TEXT,
    },
}
