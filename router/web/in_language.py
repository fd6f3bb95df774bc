"""What answers say to people, in the language that the query names: translated where it leaves, as a terminal's is
(decision 0150). Codes, names, and answers to whom names none stay as they are."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.translation.catalogue import ENGLISH, LANGUAGES, command_words
from router.web.queries import one_of

TOLD: Final[Mapping[str, tuple[str, ...]]] = {"steps": ("why",), "commands": ("reason",), "lookups": ("why",)}
"""The lists of a call, and what of their rows is for people."""

Said = Callable[[str], str]


def asked_language(command: str) -> Said:
    """Into the language of the query, with the words that a command of the terminal has for the same."""
    language = one_of("language", LANGUAGES) or ENGLISH
    return str if language == ENGLISH else command_words(language, command).said


def call_in_language(call: dict[str, Any], said: Said) -> dict[str, Any]:
    """A call's object, or its timeline: why it went so."""
    lists = {name: [_row(row, fields, said) for row in call[name]] for name, fields in TOLD.items() if name in call}
    return {**call, **lists} | ({"untaken": said(call["untaken"])} if call.get("untaken") else {})


def _row(row: dict[str, Any], fields: tuple[str, ...], said: Said) -> dict[str, Any]:
    return row | {field: said(row[field]) for field in fields if row.get(field)}
