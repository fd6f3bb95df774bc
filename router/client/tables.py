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
    """Each line as an object; what a line has more than columns is under their number, what it lacks is ""."""
    return [_row(line, columns) for line in text.removeprefix("\ufeff").splitlines() if line.strip()]


def _row(line: str, columns: Sequence[str]) -> dict[str, str]:
    values = line.split(SEPARATOR)
    names = [*columns, *(str(number) for number in range(len(columns) + 1, len(values) + 1))]
    values += [""] * (len(columns) - len(values))
    return dict(zip(names, values, strict=True))
