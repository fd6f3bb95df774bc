"""Entries of a list as people write them, in a file or in YAML: which can match a caller, and what to write instead."""

import re
from typing import Final

from router.flow.resources.masks import RUN
from router.flow.resources.phone_masks import is_mask, is_plain_prefix, mask_forms
from router.flow.suggestions.advice import NO_ADVICE, Advice, write
from router.protocol.dial_plan import DEFAULT_COUNTRY, MOST_DIGITS
from router.protocol.phone_numbers import read_number, usual_number

_COMMENT: Final = re.compile(r"(?:^|\s)#(?:\s.*)?$|(?<=[0-9])#\s.*$", re.ASCII)
ADDRESS: Final = re.compile(r"(?:sips?:)?\S*@\S+|sips?:\S+", re.IGNORECASE)
_UNEVEN: Final = re.compile(r"([0-9]{7,15})-([0-9]{1,14})", re.ASCII)
_QUESTION: Final = re.compile(r"[+]?[0-9 ()?x*-]*\?[0-9 ()?x*-]*", re.ASCII)
_FIRST_NUMBER: Final = re.compile(
    r"(?P<number>[+(]?[0-9][0-9 ()+-]*[0-9])\s*[#;,|\t]?\s*(?P<words>[^0-9+\s].*)", re.DOTALL
)

_LIKE_DIGITS: Final = str.maketrans("OОoоIlІ|ЗзбЧч", "0000111133644")
_DIGITS_ALIKE: Final = re.compile(r"[+(]?[0-9][0-9 ()OОoоIlІ|ЗзбЧч.-]*")
WHOLE: Final = 11  # digits; behind so many a dash begins another number, and no digit of a mask


def entry_problem(entry: str, country: str = DEFAULT_COUNTRY) -> str:
    """Why this entry can never match, as a clause for people; "" when it can."""
    entry = entry.strip()
    if is_digits(entry) or is_plain_prefix(entry, country) or usual_number(entry, country):
        return ""
    if not entry:
        return "it is empty"
    if uneven_range(entry):
        return "a range goes from one number to another that is as long"
    if is_mask(entry):
        return "" if mask_forms(entry, country) else "its range of digits falls instead of rising"
    if RUN in entry and ADDRESS.fullmatch(entry):
        return ""
    if _QUESTION.fullmatch(entry):
        return "a mask has x or # for one digit"
    found = read_number(entry, country)
    if found.withheld:
        return "a withheld number is in no list: ask `caller.withheld`"
    if found.problem and not any(character.isdecimal() for character in entry):
        return "it is neither a number, nor a mask of digits, *, x and a-b, nor a SIP address"
    return found.problem


def entry_advice(entry: str, country: str = DEFAULT_COUNTRY, *, filed: bool = True) -> Advice:
    """What to write instead of an entry with a problem; in a file what is no number can become a comment."""
    entry = entry.strip()
    if mended := uneven_range(entry):
        return write(mended)
    if _QUESTION.fullmatch(entry):
        return write(entry.replace("?", "x"))
    bare = entry.strip("\"'«»“”` ,;")
    plain = bare.translate(_LIKE_DIGITS)
    if plain != entry and len(bare) >= WHOLE and _DIGITS_ALIKE.fullmatch(bare) and not entry_problem(plain, country):
        return write(plain, "letters that look like digits were typed" if plain != bare else "")
    parts = [part.strip() for part in re.split(r"[,;/|]", entry)]
    if len(parts) > 1 and all(read_number(part, country).number for part in parts):
        return Advice("write each in an entry of its own", "\n".join(parts) if filed else None)
    found = _FIRST_NUMBER.fullmatch(entry)
    if found is not None and read_number(found["number"], country).number:
        words = f" # {' '.join(re.split('[;,|#]+', found['words']))}".rstrip() if filed else ""
        return write(found["number"] + words)
    return write(f"# {entry}") if filed and not any(character.isdecimal() for character in entry) else NO_ADVICE


def uneven_range(entry: str) -> str:
    """`79000000001-10` written out, 79000000001-79000000010; "" of anything else."""
    found = _UNEVEN.fullmatch(entry.strip())
    if found is None or len(found[2]) >= len(found[1]) or len(found[1]) < WHOLE:
        return ""
    last = found[1][: -len(found[2])] + found[2]
    return f"{found[1]}-{last}" if last > found[1] else ""


def parse_list_file(text: str) -> list[tuple[int, str]]:
    """(line from 1, entry) of a list file: one entry a line, `# ` begins a comment, blank lines are skipped.

    A `#` with no space behind it is a wildcard, and so is one behind another wildcard.
    """
    lines = enumerate(text.removeprefix("\ufeff").splitlines(), start=1)
    entries = ((line, _without_comment(written.strip())) for line, written in lines)
    return [(line, entry) for line, entry in entries if entry]


def _without_comment(written: str) -> str:
    return _COMMENT.sub("", written).strip() if "#" in written else written


def is_digits(entry: str) -> bool:
    """Whether the entry is digits alone, as nearly all are."""
    return entry.isascii() and entry.isdecimal() and len(entry) <= MOST_DIGITS
