"""Rows of calls as files: CSV (RFC 4180), JSON Lines, Parquet. Each writer takes the rows one by one."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, Final

import msgspec

from router.errors import ConfigurationError
from router.history.call_record import COLUMNS, record_cells, record_object

GROUP: Final = 10_000  # rows of a Parquet file that are held at once

Rows = Iterable[Mapping[str, Any]]
Write = Callable[[Rows, BinaryIO], int]
"""Writes the rows; answers how many they were."""


def csv_lines(rows: Rows) -> Iterator[str]:
    """The head and a line for each row, ended by CRLF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([column.name for column in COLUMNS])
    yield buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(record_cells(row))
        yield buffer.getvalue()


def _write_csv(rows: Rows, file: BinaryIO) -> int:
    return _write_lines((line.encode() for line in csv_lines(rows)), file) - 1  # the head


def _write_json_lines(rows: Rows, file: BinaryIO) -> int:
    return _write_lines((msgspec.json.encode(record_object(row)) + b"\n" for row in rows), file)


def _write_lines(lines: Iterable[bytes], file: BinaryIO) -> int:
    return sum(1 for line in lines if file.write(line))


def _parquet() -> Write:
    """Parquet's own types: instants in UTC with milliseconds, lists of texts."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        message = "parquet needs pyarrow: pip install 'ivr-router[parquet]'"
        raise ConfigurationError(message, setting="--format") from None
    kinds = {
        "text": pyarrow.string(),
        "instant": pyarrow.timestamp("ms", tz="UTC"),
        "seconds": pyarrow.float64(),
        "count": pyarrow.int64(),
        "texts": pyarrow.list_(pyarrow.string()),
    }
    schema = pyarrow.schema([(column.name, kinds[column.kind]) for column in COLUMNS])

    def write(rows: Rows, file: BinaryIO) -> int:
        count, left = 0, iter(rows)
        with parquet.ParquetWriter(file, schema) as writer:
            while group := [_typed(row) for row in islice(left, GROUP)]:
                writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
                count += len(group)
        return count

    return write


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: _milliseconds(row[column.name]) if column.kind == "instant" else row[column.name]
            for column in COLUMNS}  # fmt: skip


def _milliseconds(at: float | None) -> int | None:
    return None if at is None else round(at * 1e6) // 1000  # cut off, as `instant` does


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file. `open` raises ConfigurationError when something that it needs is not installed."""

    open: Callable[[], Write]
    is_binary: bool = False


FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format(open=lambda: _write_csv),
    "jsonl": Format(open=lambda: _write_json_lines),
    "parquet": Format(open=_parquet, is_binary=True),
}
