"""Did you mean: the known word that is most like a misspelt one.

Words are compared as they look, without regard to case and to Cyrillic letters that cannot be told from Latin ones.
A bundle may know ten thousand words and misspell a thousand, so only the likely ones are compared with care.
"""

import difflib
import heapq
from collections.abc import Iterable, Sequence
from typing import Final

LIKENESS: Final = 0.6  # of difflib's ratio, from 0 to 1
MOST_COMPARED: Final = 200  # words, with care
LENGTHS_APART: Final = 3
SHORTEST: Final = 3  # characters of a word that can be misspelt; a shorter one is another word

_LOOKS_LATIN: Final = str.maketrans("асеорхукмнвтігѕј", "aceopxykmhbtirsj")


def closest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or "" when none is."""
    by_looks: dict[str, str] = {}
    for one in known:
        by_looks.setdefault(looks(one), one)
    seen = looks(word)
    if seen in by_looks:
        return by_looks[seen]
    if len(seen) < SHORTEST:
        return ""
    near = difflib.get_close_matches(seen, _likely(seen, by_looks), n=1, cutoff=LIKENESS)
    return by_looks[near[0]] if near else ""


def looks(word: str) -> str:
    """The word as a reader sees it."""
    lowered = word.lower()
    return lowered if lowered.isascii() else lowered.translate(_LOOKS_LATIN)


def _likely(word: str, known: Iterable[str]) -> Sequence[str]:
    """Those worth a careful look: of many words, the ones of like length and letters."""
    words = list(known)
    if len(words) <= MOST_COMPARED:
        return words
    letters, length = set(word), len(word)
    alike = [one for one in words if -LENGTHS_APART <= len(one) - length <= LENGTHS_APART]
    return heapq.nsmallest(MOST_COMPARED, alike, key=lambda one: len(letters.symmetric_difference(one)))
