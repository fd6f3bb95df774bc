"""How a country dials: numbers of digits alone become numbers with the code of their country.

People leave out the code, or write 8 for it where Russia and Kazakhstan dial 8; the PBX writes it (79261234567). What
no rule of the country knows stays as it is, and so do the short numbers of the PBX.
"""

import re
from functools import lru_cache
from typing import Any, Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

DEFAULT_COUNTRY: Final = "RU"
MOST_DIGITS: Final = 15  # ITU-T E.164
SHORTEST_SUBSCRIBER: Final = 10  # digits of a number with its code; a shorter user of a SIP address is an account
LONGEST_SHORT: Final = 6  # digits of what is a short number of the PBX in every country

PLUS_SEVEN: Final = {"RU": "3489", "KZ": "7"}  # countries with the code 7 -> first digits of their national numbers
NATIONAL_LENGTH: Final = 10  # of numbers behind the code 7


def complete(digits: str, country: str = DEFAULT_COUNTRY) -> str:
    """The number that is written in digits alone, at most 15, with the code of its country.

    Short numbers of the PBX, and what no rule of the country knows, stay as they are.
    """
    first = PLUS_SEVEN.get(country)
    if first is None:
        return completed(digits, country)
    if len(digits) == NATIONAL_LENGTH + 1:
        return f"7{digits[1:]}" if digits[0] == "8" else digits
    if len(digits) == NATIONAL_LENGTH:
        return f"7{digits}" if digits[0] in first and _is_national(digits, country) else digits
    return digits if len(digits) < NATIONAL_LENGTH or digits[0] not in "08" else completed(digits, country)


def is_complete(digits: str, country: str = DEFAULT_COUNTRY) -> bool:
    """Whether the digits begin with the code of a country, and not with that of an area."""
    if digits[0] == "7" and len(digits) == NATIONAL_LENGTH + 1 and country in PLUS_SEVEN:
        return True  # the usual case, and the hot one
    return _is_valid_abroad(digits)


def other_form(number: str) -> str:
    """The number with the 8 of Russia and Kazakhstan instead of 7, as some switches tell it; "" of any other."""
    return f"8{number[1:]}" if len(number) == NATIONAL_LENGTH + 1 and number[0] == "7" else ""


def is_country(code: str) -> bool:
    """Whether numbers of the country (an ISO code such as RU) can be read."""
    return code in phonenumbers.SUPPORTED_REGIONS


@lru_cache(maxsize=4096)
def completed(digits: str, country: str) -> str:
    """By the rules of any country, or of a number that begins with the prefix for calls abroad."""
    if len(digits) <= LONGEST_SHORT:
        return digits
    code = calling_code(country)
    if digits.startswith(code) and len(digits) >= SHORTEST_SUBSCRIBER and _is_valid_abroad(digits):
        return digits
    found = parsed(digits, country)
    if found is not None and (
        phonenumbers.is_valid_number(found) or (digits[0] == "0" and phonenumbers.is_possible_number(found))
    ):
        return digits_of(found)
    if digits.startswith("00"):
        abroad = parsed(f"+{digits[2:]}", country)
        if abroad is not None and phonenumbers.is_possible_number(abroad):
            return digits_of(abroad)
    return digits


def _is_national(digits: str, country: str) -> bool:
    """Whether ten digits without a code are of this country; 372 512 3456 is in Estonia, where 372 is the code."""
    return digits[0] == "9" or numbering_plan(country).fullmatch(digits) is not None or not _is_valid_abroad(digits)


@lru_cache(maxsize=16)
def numbering_plan(country: str) -> re.Pattern[str]:
    """The numbers that the country has given out, without its code."""
    known: Any = phonenumbers.PhoneMetadata.metadata_for_region(country)
    kinds = (
        known.fixed_line,
        known.mobile,
        known.toll_free,
        known.premium_rate,
        known.shared_cost,
        known.voip,
        known.uan,
    )
    return re.compile(
        "|".join(kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern), re.ASCII
    )


@lru_cache(maxsize=4096)
def _is_valid_abroad(digits: str) -> bool:
    found = parsed(f"+{digits}", None)
    return found is not None and phonenumbers.is_valid_number(found)


@lru_cache(maxsize=256)
def calling_code(country: str) -> str:
    """375 of BY; no digits of what is no country."""
    return str(phonenumbers.country_code_for_region(country) or "?")


def parsed(text: str, country: str | None) -> PhoneNumber | None:
    """What `phonenumbers` makes of the text."""
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None


def digits_of(number: PhoneNumber) -> str:
    """With the code of its country."""
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"
