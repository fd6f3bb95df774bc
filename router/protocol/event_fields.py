"""Fields of a notification's json as values, however peers write them.

Two kinds of field. What says which call, which leg, which counter and which state is needed (`identity`, `counter`,
`call_state`, `required_number`): without it there is no event, and a RequestRefused says so with the document's code,
3103 for a parameter that is missing, 3104 for one that is malformed. Everything else is decoration: it is taken as well
as can be, and what was odd about it is told in `odd`, one sentence for each field, for the call's trace. The body is
kept as it came in any case. An optional text that did not come is `""`, an optional number `0`.
"""

import re
from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any, Final

import msgspec

from router.errors import RequestRefused
from router.protocol.request_refusals import malformed, missing

MAX_ID_BYTES: Final = 128  # "строка не более 128 байт", §3.1.1
MAX_DIGITS: Final = 256  # a DISA block collects 1 to 99
USUAL_LENGTH: Final = 256  # the document sets none for numbers, lines and sip_call_id; longer ones are told
MAX_LENGTH: Final = 512  # what is kept of a decorative text; an index over such a text has room for it
MAX_NUMBER: Final = 2**53 - 1  # what every JSON implementation carries exactly
MAX_SHOWN: Final = 100  # characters of an odd value in the trace

Fields = Mapping[str, Any]
Odd = list[str]
"""What was odd about the decoration of one notification."""

NOTHING: Final[Fields] = {}

_unprintable: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_is_integer: Final = re.compile(r"\s*([+-]?[0-9]{1,16})(?:\.[0-9]*)?\s*", re.ASCII).fullmatch
_is_exact_integer: Final = re.compile(r"-?[0-9]{1,16}", re.ASCII).fullmatch
_not_letters: Final = re.compile(r"[^a-z]")


def shown(value: Any) -> str:
    """An odd value as it came, cut to what a line of a trace can hold."""
    if type(value) is float and not isfinite(value):
        return str(value)
    try:
        text = msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, msgspec.MsgspecError, RecursionError, OverflowError, ValueError):
        text = ascii(value) if not isinstance(value, int) else "a huge number"
    if not text.isprintable():  # JSON escapes few of the characters that steer a terminal or turn a line around
        text = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}… ({len(text)} characters)"


# needed


def identity(fields: Fields, name: str, max_bytes: int = MAX_ID_BYTES) -> str:
    """An identifier that is needed: a text of at most so many bytes, or a number in its shortest form."""
    value = fields.get(name)
    if value is None or value == "":
        raise missing(name)
    found = _as_text(value)
    if found is None or (not found.isprintable() and _unprintable.search(found)):
        raise malformed(f"{name} is not a plain text")
    # Only text that could be too long is encoded to count its bytes: a character has at most four.
    if len(found) * 4 > max_bytes and len(found.encode()) > max_bytes:
        raise malformed(f"{name} has more than {max_bytes} bytes")
    return found


def required_number(fields: Fields, name: str) -> int:
    """A whole number that is needed, or one written as text."""
    value = fields.get(name)
    if value is None or value == "":
        raise missing(name)
    if (type(value) is str and _is_exact_integer(value)) or (type(value) is float and value.is_integer()):
        value = int(value)
    if type(value) is not int or abs(value) > MAX_NUMBER:
        raise malformed(f"{name} is not a whole number")
    return value


def counter(fields: Fields) -> int:
    seq = required_number(fields, "seq")
    if seq < 0:
        raise malformed("seq is negative")
    return seq


_are_digits: Final = re.compile(r"[0-9*#A-D]+").fullmatch  # the four letters are keys too, on some telephones


def digits(fields: Fields, name: str) -> str:
    """A packet of keys, as text or as a number."""
    found = identity(fields, name, MAX_DIGITS)
    if not _are_digits(found):
        raise malformed(f"{name} has other characters than a telephone has keys")
    return found


def one_of(fields: Fields, name: str, states: Collection[str], odd: Odd) -> str:
    """One of the document's words for a state; another case, blanks or strokes in it are told and taken."""
    value = fields.get(name)
    if type(value) is str and value in states:
        return value
    if value is None or value == "":
        raise missing(name)
    letters = _not_letters.sub("", value.casefold()) if isinstance(value, str) else ""
    for state in states:
        if letters == state.casefold():
            odd.append(f"{name} is {shown(value)}: read as {state}")
            return state
    raise malformed(f"{name} is none of the document's: {', '.join(states)}")


# decoration


def text(fields: Fields, name: str, odd: Odd, within: str = "") -> str:
    """A text, or a number in its shortest form; `""` when there is none, or nothing that could be one."""
    value = fields.get(name)
    if value is None or value == "":
        return ""
    if type(value) is str and len(value) <= USUAL_LENGTH and value.isprintable():
        return value
    return _odd_text(value, within + name, odd)


def _odd_text(value: Any, name: str, odd: Odd) -> str:
    found = _as_text(value)
    if found is None:
        if value or value is False or value == 0:  # an empty list or object is how PHP writes nothing
            odd.append(f"{name} is {shown(value)}, not a text: left out")
        return ""
    if _unprintable.search(found):
        odd.append(f"{name} is {shown(value)}: its control characters are left out")
        found = _unprintable.sub("", found)
    if len(found) > MAX_LENGTH:
        odd.append(f"{name} has {len(found)} characters: cut to {MAX_LENGTH}")
    elif len(found) > USUAL_LENGTH:
        odd.append(f"{name} has {len(found)} characters")
    return found[:MAX_LENGTH]


def _as_text(value: Any) -> str | None:
    """A text as it is, a number in its shortest form; None for what is neither."""
    if type(value) is str:
        return value
    if type(value) is int and abs(value) < 10**MAX_LENGTH:
        return str(value)
    return str(int(value)) if type(value) is float and value.is_integer() else None


def optional_id(fields: Fields, name: str, odd: Odd) -> str:
    """An identifier that may be missing; `""` when it is, or cannot be one."""
    if fields.get(name) in (None, ""):
        return ""
    try:
        return identity(fields, name)
    except RequestRefused as refused:
        odd.append(f"{refused.message}: left out")
        return ""


def number(fields: Fields, name: str, odd: Odd, within: str = "") -> int:
    """A whole number, or one written as text; 0 when there is none, or nothing that could be one."""
    value = fields.get(name)
    if value is None or value == "":
        return 0
    if type(value) is int and -MAX_NUMBER <= value <= MAX_NUMBER:
        return value
    return _odd_number(value, within + name, odd)


def _odd_number(value: Any, name: str, odd: Odd) -> int:
    found: int | None = None
    if type(value) is str and (digits := _is_integer(value)):
        found = int(digits[1])
        if digits[0] == digits[1]:
            return found  # peers write numbers as text: nothing is odd about it
    elif type(value) is float and abs(value) <= MAX_NUMBER:
        found = int(value)
        if found == value:
            return found
    if found is not None:
        odd.append(f"{name} is {shown(value)}: read as {found}")
        return found
    if value not in ([], {}):
        odd.append(f"{name} is {shown(value)}, not a number: left out")
    return 0


_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no", ""})


def flag(fields: Fields, name: str, odd: Odd, within: str = "") -> bool:
    """A truth, or 0 and 1 for it; false when there is none, or nothing that could be one."""
    value = fields.get(name)
    if value is None or value is False:
        return False
    if value is True:
        return True
    word = shown(value).strip('"').casefold()
    if word not in _TRUE and word not in _FALSE and value not in ([], {}):
        odd.append(f"{within}{name} is {shown(value)}, not true or false: left out")
    return word in _TRUE


def part(fields: Fields, name: str, odd: Odd) -> Fields:
    """A nested object; PHP's serialiser writes an empty one as `[]`. A bare text or number is taken for its number,
    the only object of a list for the object."""
    value = fields.get(name)
    if type(value) is dict:
        return value
    if value is None or value in ("", [], {}):
        return NOTHING
    if type(value) is list and len(value) == 1 and type(value[0]) is dict:
        odd.append(f"{name} is a list of one object: taken as the object")
        return value[0]
    if type(value) in (str, int):
        odd.append(f"{name} is {shown(value)}, not an object: taken as its number")
        return {"number": value}
    odd.append(f"{name} is {shown(value)}, not an object: left out")
    return NOTHING


def place(fields: Fields, odd: Odd) -> str:
    """`location`: ivr, queue, abonent, or ivr.2 and so on; in another case it means the same."""
    value = fields.get("location")
    if type(value) is str and value.islower() and value.isprintable() and len(value) <= USUAL_LENGTH:
        return value
    found = text(fields, "location", odd)
    plain = found.strip().lower()
    if plain != found:
        odd.append(f"location is {shown(found)}: read as {plain}")
    return plain
