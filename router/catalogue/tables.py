"""Statistics as rows: CSV that is separated by semicolons, never quoted, and has no header (§3.3.3)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from router.catalogue.methods import Method
from router.protocol.schemas import load_schema

SEPARATOR: Final = ";"


def columns_of(method: Method, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a report: those that were asked for with `fields`, in that order, or all of its schema."""
    fields = str(params.get("fields", ""))
    if fields:
        return tuple(field.strip() for field in fields.split(",") if field.strip())
    return tuple(load_schema(method.response_schema)["items"]["properties"])


def read_rows(text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Each line as an object. A line that has not as many values as there are columns, since nobody knows with which
    `fields` it was asked for, has them under their numbers."""
    return [_row(line.split(SEPARATOR), columns) for line in text.removeprefix("\ufeff").splitlines() if line.strip()]


def _row(values: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    names = columns if len(values) == len(columns) else [str(number) for number in range(1, len(values) + 1)]
    return dict(zip(names, values, strict=True))
