"""The one place where a text becomes a telephone number.

People, spreadsheets and other systems write one number in many ways: `8 (926) 123-45-67`, `+7 926 123-45-67 ext. 5`,
`79261234567.0`, `sip:+79261234567@host`. `read_number` answers the digits that are dialled and compared, `79261234567`,
or says why the text is no number. What always holds: the digits of a number are digits of the text, in their order,
after a country's code where the text leaves it out. Two numbers in one text, words beside digits, and digits that a
spreadsheet has rounded away are no number, so only numbers that somebody wrote are dialled.

Texts of digits alone take a short way, since lists of 100,000 entries consist of them; `phonenumbers` judges the rest.
A SIP address is no telephone number: it is compared as `user@host`, in small letters and without its parameters.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

import phonenumbers
from phonenumbers import PhoneNumber

from router.protocol.dial_plan import (
    DEFAULT_COUNTRY,
    LONGEST_SHORT,
    MOST_DIGITS,
    NATIONAL_LENGTH,
    PLUS_SEVEN,
    SHORTEST_SUBSCRIBER,
    calling_code,
    complete,
    completed,
    digits_of,
    is_complete,
    numbering_plan,
    parsed,
)
from router.protocol.number_spelling import is_withheld, plain, why_no_number

LONGEST_INTERNAL: Final = 7  # digits of a short number of the PBX, or of a number within a city

_FLOAT: Final = re.compile(r"([0-9]{8,})[.,]0+", re.ASCII)
_SHORT_FLOAT: Final = re.compile(r"([0-9]{2,7})[.,]0", re.ASCII)  # 101.0; 101.00 is rather a price
_ROUNDED: Final = re.compile(r"([0-9])[.,]?([0-9]*)[eE]\+?([0-9]{1,2})", re.ASCII)
_EXTENSION: Final = re.compile(
    r"""(?:
        ;\s*ext\s*=\s*(?P<uri>[0-9]{1,9})
        |[\s,;(]*(?:добавочный|доб\.?|внутренний|внутр\.?|вн\.?|extension|extn?\.?|x)[\s.:№-]*(?P<word>[0-9]{1,9})\)?
        |[\s,;]*[#][\s]*(?P<hash>[0-9]{1,9})
        |[\s]*(?:,,+|p|w)[\s]*(?P<pause>[0-9]{1,5})
    )\s*""",
    re.IGNORECASE | re.VERBOSE,  # without re.ASCII, which would tell `Доб.` from `доб.`
)
_PARAMETERS: Final = re.compile(r"(;[A-Za-z][A-Za-z0-9-]*=[^;?\s]*)+", re.ASCII)  # RFC 3966; `;Ivan` is none
_WRITTEN: Final = re.compile(r"(?P<open>\(?)\s*(?P<plus>\+?)[\s(]*[0-9][0-9\s().\-/]*", re.ASCII)
_USUAL: Final = re.compile(
    r"\s*(?:\+7|[78])[ -]{0,2}[ (-]([3-9][0-9]{2})[ )-]{0,3}([0-9]{3})[ -]?([0-9]{2})[ -]?([0-9]{2})\s*", re.ASCII
)
_LOCAL: Final = re.compile(r"[0-9]{1,3}-[0-9]{2}-[0-9]{2}|[0-9]{3}-[0-9]{4}", re.ASCII)
_GROUP: Final = re.compile(r"[0-9]+", re.ASCII)
_SIP: Final = re.compile(
    r"<?\s*(?P<scheme>sips?:)?(?P<user>[^@\s<>\"]*)@(?P<host>[^\s;?<>]+)(?P<rest>[;?][^\s>]*)?\s*>?", re.I
)
_SIP_USER: Final = re.compile(r"<?sips?:(?P<user>[^\s@;?<>]+)[^\s@<>]*>?", re.IGNORECASE)
_TEL: Final = re.compile(r"<?tel:(?P<number>[^;\s<>]+)(?P<rest>(?:;[^\s;<>]*)*)>?", re.IGNORECASE)
_CONTEXT: Final = re.compile(r";phone-context=(\+[0-9().-]+)", re.IGNORECASE)


class Reading(NamedTuple):
    """What a text says about whom to call."""

    number: str = ""  # the digits, or `user@host` of a SIP address; "" of what is no number
    extension: str = ""  # what stood behind the number and is cut off
    problem: str = ""  # why the text is no number, as a clause for people; "" of a number and of a withheld one
    withheld: bool = False  # the text says that the caller hides the number
    address: bool = False  # `number` is the address of a SIP account


def read_number(text: str, country: str = DEFAULT_COUNTRY) -> Reading:
    """Read a number as people write it in `country` (an ISO code)."""
    if text.isascii() and text.isdecimal():
        return _of_digits(text, country)
    return _read(text, country)


def usual_number(text: str, country: str = DEFAULT_COUNTRY) -> str:
    """The number of `8 (926) 123-45-67` and `+7 926 123-45-67`, as most people write it behind the code 7; "" of
    anything else. What it answers is what `read_number` answers, in a fiftieth of the time: lists are full of it."""
    found = _USUAL.fullmatch(text) if country in PLUS_SEVEN else None
    return f"7{found[1]}{found[2]}{found[3]}{found[4]}" if found is not None else ""


def number_of(text: str, country: str = DEFAULT_COUNTRY) -> str:
    """The digits of the number that the text is, or `user@host` of a SIP address; "" of anything else."""
    if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return complete(text, country)
    return usual_number(text, country) or read_number(text, country).number


def is_short(number: str) -> bool:
    """Whether digits are too few for a telephone number anywhere: a short number of the PBX."""
    return number.isascii() and number.isdecimal() and len(number) <= LONGEST_SHORT


def is_internal(number: str) -> bool:
    """Whether digits may be an extension or a group's short number, where one of them is wanted."""
    return number.isascii() and number.isdecimal() and len(number) < SHORTEST_SUBSCRIBER


def comparable(text: str, country: str = DEFAULT_COUNTRY) -> str:
    """What is compared of a text that may be a number: its digits, or the text itself in small letters."""
    found = read_number(text, country)
    return found.number or ("" if found.withheld else text.strip().lower())


def number_from_pbx(text: str, country: str = DEFAULT_COUNTRY) -> str:
    """A number as the PBX tells it: digits with their country's code, as a rule.

    So 11 digits that begin with 8 are a number of another country where there is such a number (84 912 345 678 is in
    Vietnam); otherwise they are read as people write them. "" of a withheld number and of what is none.
    """
    if text.isascii() and text.isdecimal():
        return text if len(text) < NATIONAL_LENGTH or is_complete(text, country) else number_of(text, country)
    return _read(text, country).number


# digits alone


def _of_digits(digits: str, country: str) -> Reading:
    if len(digits) > MOST_DIGITS and (number := completed(digits, country)) == digits:
        return Reading(problem=f"it has more than {MOST_DIGITS} digits")
    return Reading(number=complete(digits, country) if len(digits) <= MOST_DIGITS else number)


# texts


def _read(text: str, country: str) -> Reading:
    text = plain(text)
    if not text:
        return Reading(problem="it is empty")
    if is_withheld(text):
        return Reading(withheld=True)
    if text.isascii() and text.isdecimal():
        return _of_digits(text, country)
    if "@" in text or text[:6].lower().lstrip("<").startswith(("sip:", "sips:")):
        return _of_address(text, country)
    if text.lower().lstrip("<").startswith("tel:"):
        return _of_tel(text, country)
    return _of_spreadsheet(text, country) or _of_text(text, country)


def _of_address(text: str, country: str) -> Reading:
    alone = _SIP_USER.fullmatch(text)
    if alone is not None:
        return _of_user(unquote(alone["user"]), "", country) or Reading(
            number=unquote(alone["user"]).lower(), address=True
        )
    found = _SIP.fullmatch(text)
    if found is None:
        return Reading(problem="it is not a SIP address")
    whole, host = unquote(found["user"]), found["host"].lower()
    user = whole.partition(";")[0]
    if not user:
        return Reading(problem="the SIP address names nobody")
    return _of_user(whole, found["rest"] or "", country) or Reading(number=f"{user.lower()}@{host}", address=True)


def _of_user(user: str, parameters: str, country: str) -> Reading | None:
    """The number that a SIP address stands for; None of an account."""
    if (
        user.startswith("+")
        or ";user=phone" in parameters.lower()
        or (user.isdecimal() and len(user) >= SHORTEST_SUBSCRIBER)
    ):
        found = read_number(user, country)
        return found if found.number and not found.address else None
    return None


def _of_tel(text: str, country: str) -> Reading:
    found = _TEL.fullmatch(text)
    if found is None:
        return Reading(problem="it is not a tel: address")
    context = _CONTEXT.search(found["rest"])
    number = unquote(found["number"])
    if context is not None and not number.startswith("+"):
        number = context[1] + number
    extension = re.search(r";ext=([0-9]{1,9})", found["rest"], re.IGNORECASE)
    return read_number(number + (f";ext={extension[1]}" if extension else ""), country)


def _of_spreadsheet(text: str, country: str) -> Reading | None:
    """`79261234567.0` and `7.9261234567E+10`, which are numbers that a spreadsheet or a JSON writer has reformed."""
    whole = _FLOAT.fullmatch(text) or _SHORT_FLOAT.fullmatch(text)
    if whole is not None:
        return _of_digits(whole[1], country)
    rounded = _ROUNDED.fullmatch(text)
    if rounded is None:
        return None
    first, rest, exponent = rounded[1], rounded[2], int(rounded[3])
    if len(rest) == exponent:
        return _of_digits(first + rest, country)
    return Reading(problem="a spreadsheet has rounded it, and its last digits are lost")


def _of_text(text: str, country: str) -> Reading:
    text, extension = _without_extension(text)
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return Reading(problem=why_no_number(text))
    digits = "".join(_GROUP.findall(text))
    number = _of_plus(digits, text, country) if found["plus"] else _of_groups(digits, text, country)
    if not number:
        return Reading(problem=_why_no_such(digits))
    return Reading(number=number, extension=extension)


def _without_extension(text: str) -> tuple[str, str]:
    """(the number, its extension): cut where a mark of an extension stands behind enough digits."""
    for found in _EXTENSION.finditer(text):
        if found.end() == len(text) and len("".join(_GROUP.findall(text[: found.start()]))) >= SHORTEST_SUBSCRIBER - 1:
            return text[: found.start()].strip(), found[found.lastgroup or 0]
    cut = re.search(r";[A-Za-z].*$", text)
    return (text[: cut.start()], "") if cut and _PARAMETERS.fullmatch(cut[0]) else (text, "")


def _of_plus(digits: str, text: str, country: str) -> str:
    """With a + the country's code comes first, which no other country can claim."""
    if country in PLUS_SEVEN and _is_trunk_with_plus(digits, text):
        return f"7{digits[1:]}"
    found = parsed(f"+{digits}", None) if "(0)" not in text else parsed(text, None)
    return digits_of(found) if found is not None and phonenumbers.is_possible_number(found) else ""


def _is_trunk_with_plus(digits: str, text: str) -> bool:
    """`+8 (926) 123-45-67`: no country has the code 8, or the digits behind the + are of none."""
    if len(digits) != NATIONAL_LENGTH + 1 or digits[0] != "8":
        return False
    return re.match(r"\(?\+\s*8[\s()-]", text) is not None or parsed(f"+{digits}", None) is None


def _of_groups(digits: str, text: str, country: str) -> str:
    """Without a + it is a number of the country, or one that begins with the code of another."""
    if len(digits) > MOST_DIGITS + 3:
        return ""
    groups = _GROUP.findall(text)
    if len(groups) == 1:
        return _of_digits(digits, country).number
    if len(digits) <= LONGEST_INTERNAL and country in PLUS_SEVEN:
        return digits if _LOCAL.fullmatch(text) else ""
    abroad = digits if _begins_with_code(groups, digits) else ""
    if abroad and len(digits) != NATIONAL_LENGTH and groups[0] not in "78":
        return abroad
    if (
        country in PLUS_SEVEN
        and (number := _behind_seven(digits, country))
        and not (abroad and groups[0] not in "78" and numbering_plan(country).fullmatch(number[1:]) is None)
    ):
        return number
    found = parsed(text, country)
    if (
        found is not None
        and phonenumbers.is_valid_number(found)
        and not (country in PLUS_SEVEN and found.country_code == 7)
    ):
        return digits_of(found) if _says_country(found, groups, digits, country) else ""
    return abroad


def _behind_seven(digits: str, country: str) -> str:
    """Of Russia and Kazakhstan: 7 or 8 and ten digits, or ten digits."""
    if len(digits) == NATIONAL_LENGTH + 1 and digits[0] in "78" and digits[1] in "3456789":
        return f"7{digits[1:]}"
    if len(digits) == NATIONAL_LENGTH and digits[0] in PLUS_SEVEN[country]:
        return f"7{digits}"
    return ""


def _says_country(found: PhoneNumber, groups: list[str], digits: str, country: str) -> bool:
    """Whether what was parsed is of this country, or the text begins with the code of another or dials abroad."""
    code = str(found.country_code)
    if code == calling_code(country):
        return True
    dialled = re.sub(r"^(810|00|011)", "", digits)
    return groups[0] == code or (dialled != digits and dialled.startswith(code))


def _begins_with_code(groups: list[str], digits: str) -> bool:
    found = parsed(f"+{digits}", None) if len(digits) <= MOST_DIGITS else None
    return found is not None and groups[0] == str(found.country_code) and phonenumbers.is_valid_number(found)


def _why_no_such(digits: str) -> str:
    if len(digits) > MOST_DIGITS:
        return f"it has more than {MOST_DIGITS} digits"
    return "its digits are no telephone number"
