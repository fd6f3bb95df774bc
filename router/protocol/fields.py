"""Fields of a notification's json as values: what peers write as a number or as text, and what they leave out.

An optional text that did not come is `""`, an optional number `0`. What cannot be meant is a RequestRefused with the
document's code: 3103 for a parameter that is missing, 3104 for one that is malformed.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from router.errors import RequestRefused
from router.protocol.refusals import malformed, missing

MAX_ID_BYTES: Final = 128  # "строка не более 128 байт", §3.1.1
MAX_TEXT_BYTES: Final = 256  # the document sets none for numbers and lines; a SIP address fits with room to spare
MAX_NUMBER: Final = 2**53 - 1  # what every JSON implementation carries exactly

Fields = Mapping[str, Any]

NOTHING: Final[Fields] = {}

has_control: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]").search
is_integer: Final = re.compile(r"-?[0-9]{1,16}").fullmatch


def missing_field(name: str) -> str:
    raise missing(name)


def object_in(fields: Fields, name: str) -> Fields:
    """A nested object; PHP's serialiser writes an empty one as `[]`."""
    value = fields.get(name)
    if isinstance(value, dict):
        return value
    if not value:
        return NOTHING
    raise malformed(f"{name} is not an object")


def text(fields: Fields, name: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """A text, or a number in its shortest form; `""` when there is none."""
    value = fields.get(name)
    if value is None or value == "":
        return ""
    if type(value) is int:
        value = str(value)
    elif type(value) is float and value.is_integer():
        value = str(int(value))
    if type(value) is not str or has_control(value):
        raise malformed(f"{name} is not a plain text")
    # Only text that could be too long is encoded to count its bytes: a character has at most four.
    if len(value) * 4 > max_bytes and len(value.encode()) > max_bytes:
        raise malformed(f"{name} has more than {max_bytes} bytes")
    return value


def optional_id(fields: Fields, name: str) -> str:
    return text(fields, name, MAX_ID_BYTES)


def identity(fields: Fields, name: str) -> str:
    return text(fields, name, MAX_ID_BYTES) or missing_field(name)


def lenient_id(fields: Fields, name: str) -> str:
    """A text of a notification that we only record: `""` when it is not usable."""
    try:
        return optional_id(fields, name)
    except RequestRefused:
        return ""


def number(fields: Fields, name: str) -> int:
    """A whole number, or one written as text; 0 when there is none."""
    value = fields.get(name)
    if value is None or value == "":
        return 0
    if (type(value) is str and is_integer(value)) or (type(value) is float and value.is_integer()):
        value = int(value)
    if type(value) is not int or abs(value) > MAX_NUMBER:
        raise malformed(f"{name} is not a whole number")
    return value


def required_number(fields: Fields, name: str) -> int:
    if fields.get(name) in (None, ""):
        raise missing(name)
    return number(fields, name)


def counter(fields: Fields) -> int:
    seq = required_number(fields, "seq")
    if seq < 0:
        raise malformed("seq is negative")
    return seq
