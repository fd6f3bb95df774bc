"""Statistics as rows: CSV that is separated by semicolons and has no header (§3.3.3, §3.3.4.3).

The document ends lines with a line feed, the PBX's export with a carriage return before it: both are read. Only one of
the two reports quotes its fields, so a quotation mark in the other is a character like any other.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from router.catalogue.methods import Method
from router.protocol.schemas import load_schema

SEPARATOR: Final = ";"
QUOTED: Final = frozenset({"stats_in_calls_service/result"})  # §3.3.4.3: with escapes, §3.3.3: without


def columns_of(method: Method, fields: object = "") -> tuple[str, ...]:
    """The columns of a report: those that were asked for with `fields`, in that order, or all of its schema."""
    named = tuple(field.strip() for field in str(fields or "").split(",") if field.strip())
    return named or tuple(load_schema(method.response_schema)["items"]["properties"])


def read_rows(method: Method, text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Each line as an object. A line that has not as many values as there are columns, since it is unknown with which
    `fields` it was asked for, has them under their numbers."""
    return [_row(values, columns) for values in _lines(method, text.removeprefix("\ufeff")) if any(values)]


def _lines(method: Method, text: str) -> Iterator[list[str]]:
    """The values of each line. Nothing but a line feed, or a return before one, ends a line."""
    if method.name in QUOTED:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=SEPARATOR)
    else:
        yield from (line.removesuffix("\r").split(SEPARATOR) for line in text.split("\n"))


def _row(values: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    names = columns if len(values) == len(columns) else [str(number) for number in range(1, len(values) + 1)]
    return dict(zip(names, values, strict=True))
