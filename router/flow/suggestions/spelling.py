"""Did you mean: the known word that is most like a misspelt one.

A word that looks the same counts first: other case, or Cyrillic letters that cannot be told from Latin ones.
A bundle may know ten thousand words and misspell a thousand, so only the likely ones are compared with care.
"""

import difflib
import heapq
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

_WORD: Final = re.compile(r"\w+")
LIKENESS: Final = 0.6  # of difflib's ratio, from 0 to 1
MOST_COMPARED: Final = 200  # words, with care
LENGTHS_APART: Final = 3
SHORTEST: Final = 2  # characters of a word that can be misspelt; a shorter one is another word

_LOOKS_LATIN: Final = str.maketrans(
    "асеорхукмнвтігѕјԁԛԝһАСЕОРХУКМНВТІЅЈοανρτικυχΑΒΕΗΙΚΜΝΟΡΤΧΥΖ–—−‐‑",
    "aceopxykmhbtirsjdqwhACEOPXYKMHBTISJoavptikuxABEHIKMNOPTXYZ-----",
)


def closest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or "" when none is."""
    words = list(known)
    seen = looks(word)
    alike = next((one for one in words if looks(one) == seen), "")
    if alike or len(word) < SHORTEST:
        return alike
    near = difflib.get_close_matches(word, _likely(word, words), n=1, cutoff=LIKENESS)
    return near[0] if near else ""


def looks(word: str) -> str:
    """The word as a reader sees it."""
    return (word if word.isascii() else plain_letters(word)).lower()


def plain_letters(text: str) -> str:
    """The text as it looks: without invisible characters, with plain blanks, and Latin letters for their doubles."""
    if text.isascii():
        return text
    seen = (" " if unicodedata.category(sign) == "Zs" else sign for sign in text if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFKC", "".join(seen)).translate(_LOOKS_LATIN)


def visible(text: str) -> str:
    """The text with its invisible characters as <U+200B>."""
    if text.isascii():
        return text
    return "".join(f"<U+{ord(sign):04X}>" if _is_invisible(sign) else sign for sign in text)


def doubles(text: str, advice: str) -> str:
    """What is said of letters of other alphabets within a Latin word that is in the advice; "" when there are none."""
    if text.isascii():
        return ""
    for word in _WORD.findall(text):
        odd = [sign for sign in word if not sign.isascii() and sign.translate(_LOOKS_LATIN).isascii()]
        if (
            odd
            and plain_letters(word).lower() in advice.lower()
            and (any(sign.isascii() and sign.isalpha() for sign in word) or len(odd) == len(word))
        ):
            return f"`{odd[0]}` is U+{ord(odd[0]):04X}, {unicodedata.name(odd[0], 'no name').lower()}"
    return ""


def _is_invisible(sign: str) -> bool:
    return sign != " " and unicodedata.category(sign) in ("Cf", "Zs", "Zl", "Zp", "Cc")


def _likely(word: str, words: Sequence[str]) -> Sequence[str]:
    """Those worth a careful look: of many words, the ones of like length and letters."""
    if len(words) <= MOST_COMPARED:
        return words
    letters, length = set(word), len(word)
    alike = [one for one in words if -LENGTHS_APART <= len(one) - length <= LENGTHS_APART]
    return heapq.nsmallest(MOST_COMPARED, alike, key=lambda one: len(letters.symmetric_difference(one)))
