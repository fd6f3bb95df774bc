"""What was meant by a key or a value that has not the shape of one: words of other languages, units, prefixes.

And so, which of the validator's errors tell it: one mistake may break several rules.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from router.flow.advice import Advice, offer
from router.flow.coercion import Schema
from router.flow.spelling import closest
from router.protocol.phone_numbers import read_number

OTHER_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "next": ("goto",),
    "goto": ("next",),
    "then": ("goto", "next"),
    "if": ("when",),
    "case": ("when",),
    "default": ("else",),
    "otherwise": ("else",),
    "timeout": ("first_digit", "ring"),
    "tries": ("max",),
    "retries": ("max",),
}
"""What other languages say -> what a flow says."""

WORDS_FOR_BOOL: Final = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}

LONGEST_EXTENSION: Final = 6
_PREFIXES: Final = ("audio", "lists", "hours")
_KINDS: Final = ("extension", "person", "group", "number", "sip")
_UNIT: Final = re.compile(r"([0-9]+) *([smhd])[a-z.]*", re.ASCII | re.IGNORECASE)


def meant(word: str, known: Iterable[str]) -> str:
    """The known key that `word` was meant for, "" when there is none."""
    words = list(known)
    return next((other for other in OTHER_WORDS.get(word, ()) if other in words), "") or closest(word, words)


def in_form(text: str, schema: Schema) -> Advice:
    """What was meant by a text that lacks its form: a unit, a prefix, small letters."""
    pattern = re.compile(schema.get("pattern", ""))
    guesses = (text.lower(), text.strip().lower().replace(" ", "_").replace("-", "_"), *_guesses(text))
    fitting = next((guess for guess in guesses if guess != text and pattern.search(guess)), "")
    return offer([fitting] if fitting and "pattern" in schema else [])


def _guesses(text: str) -> Iterator[str]:
    unit = _UNIT.fullmatch(text)
    if unit is not None:
        yield f"{unit[1]}{unit[2].lower()}"
    if text.isdecimal():
        yield f"{text}s"
        yield f"extension {text}" if len(text) <= LONGEST_EXTENSION else f"number {text}"
    if "." not in text and " " not in text:
        yield from (f"{prefix}.{text}" for prefix in _PREFIXES)
    found = read_number(text)
    if found.number and not text.isdecimal():
        yield f"sip {found.number}" if found.address else f"number {found.number}"
    kind, _, name = text.partition(" ")
    if near := closest(kind, _KINDS):
        yield f"{near} {name}"


def telling(errors: list[Any]) -> Iterable[Any]:
    """Without the errors that only follow from another one at the same place."""
    unknown = {tuple(error.instance_path): error for error in errors if error.kind.name == "additionalProperties"}
    excluded: set[tuple[str | int, ...]] = set()
    for error in errors:
        beside = unknown.get(tuple(error.instance_path))
        if beside is not None and _follows(error, beside):
            continue
        if error.kind.name == "falseSchema":  # of several keys that exclude others, one says it
            around = tuple(error.instance_path)[:-1]
            if around in excluded:
                continue
            excluded.add(around)
        yield error


def _follows(error: Any, unknown: Any) -> bool:
    """A misspelt key is unknown, and missing, and one too many: unknown says it best."""
    if error.kind.name == "maxProperties":
        return bool(len(error.instance) - len(unknown.kind.unexpected) <= error.kind.limit)
    return error.kind.name == "required" and any(
        meant(key, [error.kind.property]) or key in OTHER_WORDS for key in unknown.kind.unexpected
    )
