"""Did you mean: the known word that is most like a misspelt one.

A word that looks the same counts first: other case, or Cyrillic letters that cannot be told from Latin ones.
A bundle may know ten thousand words and misspell a thousand, so only the likely ones are compared with care.
"""

import difflib
import heapq
from collections.abc import Iterable, Sequence
from typing import Final

LIKENESS: Final = 0.6  # of difflib's ratio, from 0 to 1
MOST_COMPARED: Final = 200  # words, with care
LENGTHS_APART: Final = 3
SHORTEST: Final = 2  # characters of a word that can be misspelt; a shorter one is another word

_LOOKS_LATIN: Final = str.maketrans("асеорхукмнвтігѕј", "aceopxykmhbtirsj")


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
    lowered = word.lower()
    return lowered if lowered.isascii() else lowered.translate(_LOOKS_LATIN)


def _likely(word: str, words: Sequence[str]) -> Sequence[str]:
    """Those worth a careful look: of many words, the ones of like length and letters."""
    if len(words) <= MOST_COMPARED:
        return words
    letters, length = set(word), len(word)
    alike = [one for one in words if -LENGTHS_APART <= len(one) - length <= LENGTHS_APART]
    return heapq.nsmallest(MOST_COMPARED, alike, key=lambda one: len(letters.symmetric_difference(one)))
