"""What stands between the network and the methods: envelope, key, limits, sign and parameters, in that order (§2.2).

A request that does not pass is answered at once and changes nothing, except that it has used up its share of the
limits if its key was right. A request that passes has every required parameter, of the right type. In profile 2026 the
second invalid request within two minutes closes the gate until those are over.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from hmac import compare_digest
from math import inf
from typing import Any, Final

import jsonschema_rs

from router.catalogue.methods import METHODS, Method
from router.emulator.config import PROOF
from router.emulator.limits import SlidingLimits
from router.emulator.pbx_answers import REFUSED, refused
from router.errors import RequestRefused
from router.protocol.commands import FORMATS, MAX_TEXT_BYTES
from router.protocol.envelope import open_envelope
from router.protocol.fitting import filled, fitted
from router.protocol.schemas import load_schema
from router.protocol.sign import is_signed, sign

OVER_LIMIT: Final[Mapping[str, int]] = {"2021": 503, "2026": 429}  # by profile
BANNED: Final = 401
BAN_SECONDS: Final = 120.0
"""Profile 2026: one invalid request is allowed in this time; a second one is a 401, and so is all that follows."""

TOLERANT: Final[Mapping[str, Mapping[str, Any]]] = {
    "sip_headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "text": {"type": "string", "minLength": 1},
    "internal_id": {"type": ["integer", "string"], "pattern": "^[0-9]{1,18}$"},
    "after_play_time": {"type": ["integer", "string"], "pattern": "^[0-9]{1,18}$", "minimum": 0},
}
"""Parameters of commands of which the PBX takes more than a client should send, or judges in its result."""

MISSING: Final = frozenset({"required", "dependentRequired"})
IGNORED: Final = frozenset({"additionalProperties", "oneOf"})
"""Unknown parameters are passed over (§2.2 says nothing of them); which side is a group is for the result to tell."""


class RequestValidator:
    """That of one api key. Instants are seconds of the clock that the world outside lives by."""

    def __init__(self, api_key: str, salt: str, profile: str = "2021") -> None:
        self._api_key = api_key.encode()
        self._salts = (salt,)
        self.proof = sign(api_key, PROOF, salt)
        self._profile = profile
        self._limits = SlidingLimits()
        self._invalid_at = -inf
        self._closed = False

    def admit(self, method: Method, form: Mapping[str, bytes], now: float) -> dict[str, Any]:
        """The known parameters of a request; RequestRefused with its status and code otherwise."""
        envelope = open_envelope(form, unsigned=False)
        self._enter(method, envelope.api_key, now)
        if not is_signed(self._api_key, envelope.json, envelope.sign or b"", self._salts):
            raise refused(3102, "wrong-sign", "the sign does not fit key, json and salt")
        return _read(method.name, _object(envelope.json))

    def admit_link(self, method: Method, parts: tuple[str, ...], now: float) -> dict[str, Any]:
        """The same of a link: its parts behind the method's path. §3.4.2 has a key and a sign, §3.4.3 neither."""
        if len(parts) == 2:
            recording_id, action = parts
            self._enter(method, self._api_key, now)
            found = {"recording_id": recording_id, "action": action}
        elif len(parts) == 5:
            recording_id, action, api_key, timestamp, sign = parts
            self._enter(method, api_key.encode(), now)
            signed = f"{api_key}{timestamp}{recording_id}{self._salts[0]}".encode()
            if not compare_digest(sha256(signed).hexdigest().encode(), sign.encode()):
                raise refused(3102, "wrong-sign", "the sign does not fit key, timestamp, recording and salt")
            found = {"recording_id": recording_id, "action": action, "timestamp": timestamp}
        else:
            raise refused(3103, "missing-parameter", "a part of the link is missing")
        return _read(method.name, found)

    def refuse(self, refusal: RequestRefused, now: float) -> RequestRefused:
        """What a refusal comes to: in profile 2026 the second one of class 3xxx in two minutes is a 401."""
        if self._profile != "2026" or refusal.status != REFUSED or refusal.result // 1000 != 3:
            return refusal
        if now - self._invalid_at < BAN_SECONDS:
            self._closed = True
            return _banned()
        self._invalid_at = now
        return refusal

    def _enter(self, method: Method, api_key: bytes, now: float) -> None:
        if not compare_digest(api_key, self._api_key):
            raise RequestRefused("there is no such api key", status=REFUSED, result=3105, error="unknown-key")
        if self._closed and now - self._invalid_at < BAN_SECONDS:
            raise _banned()
        self._closed = False
        if not self._limits.take(method.limits_in(self._profile), now):
            status = OVER_LIMIT[self._profile]
            raise RequestRefused("Rate limit exceeded.", status=status, result=0, error="rate-limit")


def limit_body(profile: str) -> dict[str, Any]:
    """What comes with a request over the limit (§1.4.1)."""
    status = OVER_LIMIT[profile]
    return {"name": "Service Unavailable", "message": "Rate limit exceeded.", "code": 0, "status": status}


def banned_body() -> dict[str, Any]:
    """What comes with a request whose key is blocked."""
    return {"name": "Unauthorized", "message": "The key is blocked.", "code": 0, "status": BANNED}


def _banned() -> RequestRefused:
    return RequestRefused("the key is blocked", status=BANNED, result=0, error="banned")


def _object(text: bytes) -> dict[str, Any]:
    """An empty json is an empty object: so the document writes requests without parameters, and other people's programs
    an empty list or null."""
    try:
        params = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise refused(3104, "malformed-parameter", "the json cannot be read") from error
    if params in (None, []):
        return {}
    if not isinstance(params, dict):
        raise refused(3104, "malformed-parameter", "the json is not an object")
    return params


def _read(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The known parameters that are filled in, in a notation that the schema has: what clients in production send.
    RequestRefused 3103 for what is missing, else 3104 for what has the wrong format."""
    found: dict[str, Any] = filled(_shape(name), dict(params))
    if _faults(name, found):
        found = fitted(_shape(name), found)
    faults = _faults(name, found)
    missing = [error for error in faults if error.kind.name in MISSING or _is_one_of_several(error)]
    if missing:
        raise refused(3103, "missing-parameter", f"a parameter is missing: {missing[0].message}")
    if faults:
        if faults[0].kind.name == "not":  # each is well formed, and they exclude each other (§3.3.2, call_party)
            raise refused(3100, "wrong-parameters", "these parameters cannot be given together")
        place = ".".join(str(part) for part in faults[0].instance_path) or "the json"
        raise refused(3104, "malformed-parameter", f"{place} has the wrong format")
    return found


def _faults(name: str, params: Mapping[str, Any]) -> list[Any]:
    try:
        return [error for error in _validator(name).iter_errors(dict(params)) if error.kind.name not in IGNORED]
    except ValueError as error:  # half a surrogate pair has no place in JSON
        raise refused(3104, "malformed-parameter", "a text is not Unicode") from error


def _is_one_of_several(error: Any) -> bool:
    return error.kind.name == "anyOf" and not error.instance_path


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        _shape(name), formats=FORMATS_OF_VALUES, validate_formats=True, mask="the value"
    )


@cache
def _shape(name: str) -> dict[str, Any]:
    schema = load_schema(METHODS[name].schema)
    if METHODS[name].has_result:
        own = {key: shape for key, shape in TOLERANT.items() if key in schema["properties"]}
        schema["properties"] = {**schema["properties"], **own}
    if name == "tasks/push":
        del schema["properties"]["tasks"]["maxItems"]  # too many have a code of their own, 5107
    return schema


def _is_short(text: str) -> bool:
    return 0 < len(text.encode(errors="replace")) <= MAX_TEXT_BYTES


FORMATS_OF_VALUES: Final = {"id": _is_short, "number": _is_short, "moment": FORMATS["moment"][0]}
"""The PBX is less strict with texts than a client should be. Days of birth are judged entry by entry, by the state."""
