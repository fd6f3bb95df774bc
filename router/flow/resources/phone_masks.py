"""Masks over telephone numbers as people write them: `8-800*`, `+7 (926) 12x-xx-xx`, `749511122-5xx`.

A mask is answered as the masks of `router.flow.resources.masks` over the digits that the PBX writes, so that `8-800*`
covers 78001234567. A dash between two digits is a range of one place, unless the mask is written with separators: with
blanks or brackets, with a dash that can be no range, or with the 7 or 8 of the country before a code (`7-903*`).
"""

import re
from functools import lru_cache
from typing import Any, Final

import phonenumbers

from router.flow.resources.masks import RUN, parse_span, parse_tokens
from router.protocol.dial_plan import DEFAULT_COUNTRY

_LOOKALIKES: Final = {
    ord("х"): "x",
    ord("Х"): "x",
    ord("＊"): "*",
    **dict.fromkeys(map(ord, "‐‑‒–—−"), "-"),
    **dict.fromkeys(map(ord, "\xa0\u2007\u2009\u202f"), " "),
}
_SIGNS: Final = re.compile(r"\(?[+]?[0-9xX#*+\-(). ]+", re.ASCII)
_WILDCARD: Final = re.compile(r"[*xX#]")
_RANGE: Final = re.compile(r"[0-9]+-[0-9]+", re.ASCII)
_CODE_WITH_DASH: Final = re.compile(r"[78]-[0-9]{3}", re.ASCII)
_LITERAL: Final = re.compile(r"[0-9]*", re.ASCII)
_TRUNK_WITH_SEPARATOR: Final = re.compile(r"8[\s(\-.]", re.ASCII)
_PLUS_SEVEN: Final = {"RU": "3489", "KZ": "7"}
_WHOLE: Final = 11  # places of a number with the code 7
_SURE: Final = 4  # digits behind which an 8 is the trunk prefix, though the code of a country may begin so, too


def is_mask(entry: str) -> bool:
    """Whether the entry stands for several numbers; dashes alone do so only as a rising range."""
    entry = _plain(entry)
    if _SIGNS.fullmatch(entry) is None or re.search(r"[^(]\+", entry):
        return False
    if _WILDCARD.search(entry):
        return not _is_extension(entry)
    return _RANGE.fullmatch(entry) is not None and (parse_span(entry) or parse_tokens(entry)) is not None


def is_plain_prefix(entry: str, country: str = DEFAULT_COUNTRY) -> bool:
    """Whether the entry is digits and a `*` that need no reading, as most masks of a long list are: `7926*`."""
    return (
        entry[-1:] == RUN and entry[:-1].isdecimal() and entry.isascii() and country in _PLUS_SEVEN and entry[0] != "8"
    )


def mask_forms(entry: str, country: str = DEFAULT_COUNTRY) -> tuple[str, ...]:
    """The masks over what the PBX writes that this entry stands for; none when a range of digits falls."""
    entry = _plain(entry)
    digits = _without_separators(entry)
    tokens = None if parse_span(digits) else parse_tokens(digits)
    if tokens is None:
        return (digits,) if parse_span(digits) else ()
    if "+" in entry:
        return (digits,)
    if country in _PLUS_SEVEN:
        return _behind_seven(entry, digits, tokens, country)
    return _national(digits, tokens, country)


def _plain(entry: str) -> str:
    entry = entry.strip()
    return entry if entry.isascii() else entry.translate(_LOOKALIKES)


def _is_extension(entry: str) -> bool:
    """`+78129999331#404`: behind a whole number `#` and `x` begin an extension."""
    before, sign, behind = re.split(r"([#xX])", entry, maxsplit=1) if re.search("[#xX]", entry) else (entry, "", "")
    return bool(sign) and RUN not in before and behind.isdecimal() and len(re.sub(r"\D", "", before)) >= _WHOLE


def _without_separators(entry: str) -> str:
    bare = entry.replace("+", "")
    separated = re.search(r"[ ().]", bare) is not None
    tight = re.sub(r"[ ().]", "", bare)
    dashed = re.findall(r"(?<=(.))-(?=(.))", tight)
    ranges = all(left.isdecimal() and right.isdecimal() and left < right for left, right in dashed)
    if separated or not ranges or tight.startswith("-") or tight.endswith("-") or _CODE_WITH_DASH.match(tight):
        return tight if parse_span(tight) or _is_falling_range(tight) else tight.replace("-", "")
    return tight


def _is_falling_range(tight: str) -> bool:
    """Of a mask with one dash and no group of three digits behind it: `74951112-1xx` is a mistake, and no separator."""
    return tight.count("-") == 1 and re.search(r"[0-9]-[0-9](?![0-9]{2})", tight) is not None


def _behind_seven(entry: str, digits: str, tokens: tuple[str, ...], country: str) -> tuple[str, ...]:
    """With the 7 that the PBX writes for the 8, or for nothing, of a number within the country."""
    literal = (_LITERAL.match(digits) or [""])[0]
    with_seven = f"7{digits[1:]}"
    if RUN not in tokens:
        if len(tokens) == _WHOLE and literal.startswith("8"):
            return (with_seven,)
        national = len(tokens) == _WHOLE - 1 and literal and literal[0] in _PLUS_SEVEN[country]
        return (f"7{digits}",) if national else (digits,)
    if not literal.startswith("8") or len(literal) < 2:
        return (digits,)
    if _TRUNK_WITH_SEPARATOR.match(entry.lstrip("(")) or not _begins_country(literal):
        return (with_seven,)
    return (digits, with_seven) if len(literal) >= _SURE else (digits,)


@lru_cache(maxsize=256)
def _begins_country(literal: str) -> bool:
    """Whether the code of a country begins with the digits, or the digits with such a code."""
    codes = map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    return any(code.startswith(literal) or literal.startswith(code) for code in codes)


def _national(digits: str, tokens: tuple[str, ...], country: str) -> tuple[str, ...]:
    """Of any other country: what begins with its trunk prefix, or is as long as its numbers without a code."""
    known: Any = phonenumbers.PhoneMetadata.metadata_for_region(country)
    if known is None:
        return (digits,)
    trunk = re.match(known.national_prefix_for_parsing or "(?!)", digits)
    if trunk is not None and re.match(r"[0-9]{2}", digits[trunk.end() :]):
        national = (f"{known.country_code}{digits[trunk.end() :]}",)
        return national if trunk[0].startswith("0") else tuple(dict.fromkeys((digits, *national)))
    lengths = known.general_desc.possible_length
    if RUN not in tokens and country == "US" and (len(tokens),) == tuple(lengths):
        return (f"{known.country_code}{digits}",)
    return (digits,)
