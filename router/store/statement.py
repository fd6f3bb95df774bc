"""One SQL text for both databases.

A statement is written in PostgreSQL's SQL. SQLite's text follows from it by the few rules below; where they are not
enough, a statement has a second text beside the first. What always holds: a statement is a constant, so that each
connection prepares it once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, NamedTuple


class Column(NamedTuple):
    """One parameter of several rows, which PostgreSQL takes as an array."""

    type: str  # of the elements, by the server's name
    values: Sequence[Any]


Value = str | float | int | bool | bytes | Column | None
Row = tuple[Any, ...]

_IN_SQLITE: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\$(\d+)", r"?\1"),
        (r"/\* (INDEXED BY \w+) \*/", r"\1"),  # SQLite keeps no statistics that would lead it to the right index
        (r"(\w+) NULLS LAST", r"\1 IS NULL, \1"),  # as its index has it
        (r"\bTRUE\b", "1"),
        (r"\bFALSE\b", "0"),
        (r"\bFOR UPDATE( SKIP LOCKED)?", ""),  # a transaction has the whole file
        (r"\.id\b", ".rowid"),
        (r"IN \(SELECT json_array_elements_text\((\S+)\)\)", r"IN (SELECT value FROM json_each(\1))"),
        (r"= ANY\(ARRAY\(SELECT json_array_elements_text\((\S+)\)\)\)", r"IN (SELECT value FROM json_each(\1))"),
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """SQL with `$1` placeholders; equal texts have equal names."""

    name: bytes
    text: bytes  # for PostgreSQL
    sqlite: str  # for SQLite, "" for what it has no need of
    several: "Statement | None" = None  # the same for several rows at once, where PostgreSQL is given some often
    types: tuple[str, ...] = ()  # of the parameters of such a one

    @classmethod
    def of(
        cls, text: str, *, sqlite: str | None = None, several: "Statement | None" = None, types: tuple[str, ...] = ()
    ) -> "Statement":
        whole = text.encode()
        name = b"ivr_" + blake2b(whole, digest_size=10).hexdigest().encode()
        return cls(name, whole, in_sqlite(text) if sqlite is None else sqlite, several, types)


Asked = tuple[Statement, Sequence[Value]]
"""A statement with its values."""


def in_sqlite(text: str) -> str:
    """PostgreSQL's text in SQLite's SQL."""
    for pattern, replacement in _IN_SQLITE:
        text = pattern.sub(replacement, text)
    return text
