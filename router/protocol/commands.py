"""A command is checked here before it costs anything: a 3xxx answer of the PBX can block the whole key for minutes.

The shapes are those of `schemas/api/`: one request for each command of §3.2 and for the task of §4.2. What JSON
Schema cannot say (lengths in bytes, the two alphabets of an SMS, the characters of Appendix 1) are formats, defined
below by name and used by the schemas.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain
from typing import Any, Final

import jsonschema_rs

from router.errors import CommandInvalid
from router.protocol.fitting import is_dialled
from router.protocol.rules import MOMENT, day_first, faults
from router.protocol.schemas import load_schema

COMMANDS: Final = (
    "callback",
    "callback_group",
    "call/hangup",
    "sms",
    "recording/start",
    "play/start",
    "route",
    "transfer",
    "calls_connect",
    "transfer_cancel",
    "call/hold/on",
    "task/add",
)
SCHEMAS: Final[Mapping[str, str]] = {  # command -> name for `load_schema`
    command: f"api/{command.replace('/', '_')}.request" for command in COMMANDS
}

LIMITED: Final = {"route": "route", "transfer": "transfer", "hangup": "call/hangup", "play": "play/start"}
"""Commands with a limit of their own (§1.4), by the names that flows have for them in `limits.NAME.wait`."""

CONNECTING: Final = frozenset({"route", "transfer"})
"""Commands that take the caller to somebody, and so keep him."""

ONE_GROUP: Final = "one of `from` and `to` is a group's short number, the other a full number or a SIP address (§3.2.2)"
"""What the only schema with alternatives asks for."""

MAX_TEXT_BYTES: Final = 128
MAX_HEADER_BYTES: Final = 64  # Appendix 1
MAX_LATIN_SMS: Final = 612  # characters, four segments of 153 (§3.2.4)
MAX_OTHER_SMS: Final = 268  # UTF-16 code units, four segments of 67

_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]").search
_not_in_header = re.compile(r"[;/?:@&=+$,\x00-\x1f\x7f-\x9f\u2028\u2029]")  # Appendix 1's list, and control characters


def validate(command: str, params: Mapping[str, Any]) -> None:
    """Raises CommandInvalid, with the JSON path of the first fault and its reason, unless the command fits its schema.

    `params` is the json of the request, with the `command_id` of those commands that have one.
    """
    if command not in SCHEMAS:
        raise CommandInvalid(f"there is no command {command}", command=command, path="$", reason="unknown command")
    validate_request(command, SCHEMAS[command], params)


def validate_request(method: str, schema: str, params: Mapping[str, Any], now: float | None = None) -> None:
    """The same for any method of the API; `schema` is that of its request, for `load_schema`.

    With `now`, Unix seconds, what the document says of periods that end today is checked too.
    """
    for path, reason in chain(_faults(schema, params), faults(method, params, now)):
        raise CommandInvalid(f"{method}: {path}: {reason}", command=method, path=path, reason=reason)


def fits(schema: str, params: Mapping[str, Any]) -> bool:
    """Whether a request has the shape of its schema; `schema` is a name for `load_schema`."""
    return next(_faults(schema, params), None) is None


def fit_header(text: str) -> str:
    """`text` without what Appendix 1 forbids in a SIP header, cut to its 64 bytes at a character's end."""
    allowed = _not_in_header.sub("", text).encode(errors="ignore")
    return allowed[:MAX_HEADER_BYTES].decode(errors="ignore").strip()


def _faults(schema: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    try:
        for error in _validator(schema).iter_errors(dict(params)):
            yield "".join(["$", *(f".{part}" for part in error.instance_path)]), _reason(error)
    except ValueError:  # something in it has no place in JSON: an object of Python's, half a surrogate pair
        yield "$", "cannot be written as JSON"


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    formats = {name: check for name, (check, _) in FORMATS.items()}
    # Values are masked in messages: they end in traces and logs, and hold people's numbers and texts.
    return jsonschema_rs.Draft202012Validator(
        load_schema(schema), formats=formats, validate_formats=True, mask="the value"
    )


def _reason(error: Any) -> str:
    if error.kind.name == "oneOf":
        return ONE_GROUP
    return FORMATS[error.kind.format][1] if error.kind.name == "format" else str(error.message)


def _is_id(text: str) -> bool:
    return bool(text) and len(text.encode(errors="replace")) <= MAX_TEXT_BYTES and not _control(text)


def _is_number(text: str) -> bool:
    return _is_id(text) and is_dialled(text) is not None


def _is_header(text: str) -> bool:
    return bool(text) and len(text.encode(errors="replace")) <= MAX_HEADER_BYTES and not _not_in_header.search(text)


def fits_message(text: str) -> bool:
    """Whether a message may have the text (§3.2.4)."""
    return bool(text) and _is_sms(text)


def _is_sms(text: str) -> bool:
    if text.isascii():
        return 0 < len(text) <= MAX_LATIN_SMS
    return len(text.encode("utf-16-le", errors="replace")) // 2 <= MAX_OTHER_SMS


def _is_moment(text: str) -> bool:
    try:
        return bool(datetime.strptime(text, MOMENT).replace(tzinfo=UTC))
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    """Empty is none (§3.7.3.3)."""
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False


FORMATS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {  # name -> (check, what a text must be)
    "id": (_is_id, f"must have 1 to {MAX_TEXT_BYTES} bytes and no control characters"),
    "number": (
        _is_number,
        f"must be an extension, a telephone number or a SIP address of at most {MAX_TEXT_BYTES} bytes",
    ),
    "sip-header": (
        _is_header,
        f"must have 1 to {MAX_HEADER_BYTES} bytes and none of ; / ? : @ & = + $ , (Appendix 1)",
    ),
    "moment": (_is_moment, "must be an instant that exists, as YYYY-MM-DD hh:mm:ss"),
    "moment-day-first": (
        lambda text: day_first(text) is not None,
        "must be an instant that exists, DD.MM.YYYY hh:mm:ss",
    ),
    "day": (_is_day, "must be a day that exists, as YYYY-MM-DD"),
    "sms-text": (_is_sms, f"must have 1 to {MAX_LATIN_SMS} characters, or {MAX_OTHER_SMS} with other than Latin ones"),
}
