"""The characters of a number, and the words that stand for none: what is settled before a text is read as a number."""

import re
import unicodedata
from typing import Final

_WITHHELD_WORDS: Final = frozenset(
    {
        "anonymous", "restricted", "unavailable", "withheld", "private", "unknown", "hidden", "blocked",
        "caller id blocked", "id withheld", "no caller id", "not available", "number withheld", "private number",
        "unknown number", "restricted number", "номер скрыт", "скрытый номер", "скрыт", "скрытый", "анонимный",
        "номер не определен", "номер не определён", "не определен", "не определён", "неизвестен", "неизвестный номер",
    }
)  # fmt: skip
_WITHHELD_HOST: Final = "anonymous.invalid"  # RFC 3323, section 4.1.1.3

_APOSTROPHES: Final = "'’‘`"  # in front of digits that a spreadsheet has to keep as they are
_QUOTED: Final = re.compile(r"""["“”„«]([^"“”„«»]*)["“”»]""")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")


def plain(text: str) -> str:
    """Without invisible characters, with plain digits, blanks and dashes: `\\u202a+7 926…` comes from telephones.

    So are the quotes around a cell dropped, and the apostrophe before it, curly or straight.
    """
    text = text.strip()
    if not text.isascii():
        text = "".join(map(_plain_character, text.translate(_DASHES))).strip()
    if not text or text[0].isalnum():
        return text
    if quoted := _QUOTED.fullmatch(text.removeprefix("=")):  # ="…" is how spreadsheets are told to keep digits
        text = quoted[1].strip()
    return text[1:].strip() if text[:1] and text[0] in _APOSTROPHES else text


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs":
        return " "
    return {"＋": "+", "＃": "#", "（": "(", "）": ")"}.get(character, "" if category == "Cf" else character)


def is_withheld(text: str) -> bool:
    """Whether the text stands for a number that the caller hides (RFC 3323 and what switches write)."""
    low = text.strip().lower()
    user, at, host = low.removeprefix("<").removesuffix(">").partition("@")
    user = re.sub(r"^sips?:|^tel:", "", user).strip('" ')
    return user in _WITHHELD_WORDS or (bool(at) and re.split(r"[;:?>]", host)[0] == _WITHHELD_HOST)


def why_no_number(text: str) -> str:
    """Why a text that has other signs than a number is none, as a clause for people."""
    if not any(character.isdecimal() for character in text):
        return "it has no digits"
    numbers = [part for part in re.split(r"[,;/|\n]|\bи\b|\bили\b|\bor\b|\band\b", text) if _counted(part) >= 3]
    if len(numbers) > 1 or text.count("+") > 1:
        return "it holds more than one number"
    if any(character.isalpha() for character in text):
        return "it has words beside the digits"
    return "it has characters that no number has"


def _counted(text: str) -> int:
    return sum(character.isdecimal() for character in text)
