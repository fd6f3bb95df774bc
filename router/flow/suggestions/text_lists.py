"""A list that was written as one text: `20s, 25s`, `group sales and person boss`."""

import re
from collections.abc import Mapping
from typing import Final

_BETWEEN: Final = re.compile(r"\s*[,;/|]\s*|\s+(?:and|then|и|затем)\s+")
_PARTS: Final[Mapping[str, re.Pattern[str]]] = {
    "ring": re.compile(r"[0-9].*"),
    "prompt": re.compile(r"audio\..+"),
    "to": re.compile(r"(extension|person|group|number|sip) .+"),
    "lines": re.compile(r"(\+?[0-9(]|sip:).*"),
    "numbers": re.compile(r"[+0-9(x#*].*"),
}
"""What each part looks like under a key that may hold a list."""


def parts_of(text: str) -> list[str]:
    """The parts of a text in which several may have been meant; the text itself where that is not so."""
    return [part.strip() for part in _BETWEEN.split(text)]


def list_meant(key: str, text: str) -> list[str]:
    """The parts, if under `key` a list of such may stand; else none."""
    form, parts = _PARTS.get(key), parts_of(text)
    return parts if form is not None and len(parts) > 1 and all(map(form.fullmatch, parts)) else []
