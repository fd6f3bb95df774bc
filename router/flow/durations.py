"""Durations as authors write them: `500ms`, `6s`, `1m30s`, `30d`.

A duration is always read with its unit, so that `ring: 20` is a finding and not a guess. Inside the router every
duration is float seconds; `format_duration` is the way back, for findings, traces and documentation.
"""

import re
from functools import lru_cache
from typing import Final

_WRITTEN: Final = re.compile(
    r"(?:(?P<d>\d{1,6}(?:\.\d{1,3})?)d)?"
    r"(?:(?P<h>\d{1,6}(?:\.\d{1,3})?)h)?"
    r"(?:(?P<m>\d{1,6}(?:\.\d{1,3})?)m(?!s))?"
    r"(?:(?P<s>\d{1,6}(?:\.\d{1,3})?)s)?"
    r"(?:(?P<ms>\d{1,9})ms)?",
    re.ASCII,
)
_MILLISECONDS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> float | None:
    """Seconds, or None when `text` is no duration.

    Units go from the longest to the shortest, each at most once; all but `ms` may have up to three decimals.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None or not text:
        return None
    return sum(float(amount) * _MILLISECONDS[unit] for unit, amount in found.groupdict(default="0").items()) / 1000


def format_duration(seconds: float) -> str:
    """The shortest way to write `seconds` (rounded to a millisecond) so that `parse_duration` reads it back."""
    left = round(abs(seconds) * 1000)
    parts = []
    for unit, size in _MILLISECONDS.items():
        amount, left = divmod(left, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return ("-" if seconds < 0 and parts else "") + ("".join(parts) or "0s")
