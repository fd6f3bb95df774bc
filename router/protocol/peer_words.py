"""The PBX's own words in an answer that refuses: they are kept and shown beside what we make of the code (§2.2)."""

from typing import Final

import msgspec

TEXTS: Final = ("message", "description", "error", "text", "name")  # the document gives the text no name
CODES: Final = frozenset({"result", "Result", "code", "status"})
MOST_SAID: Final = 500  # characters


def words_of(body: str) -> str:
    """What an answer says besides its code, in the PBX's own words: its text, the rest of its JSON, or all of it."""
    try:
        content = msgspec.json.decode(body.encode())
    except (msgspec.DecodeError, RecursionError):
        return _cut(body)
    if not isinstance(content, dict):
        return "" if isinstance(content, int) else _cut(body)
    rest = {name: value for name, value in content.items() if name not in CODES and value not in (None, "", [], {})}
    texts = [rest.pop(name) for name in TEXTS if isinstance(rest.get(name), str)]
    parts = [*dict.fromkeys(texts), *([msgspec.json.encode(rest).decode()] if rest else [])]
    return _cut("; ".join(parts))


def _cut(text: str) -> str:
    """On one line, with an end."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:MOST_SAID]
