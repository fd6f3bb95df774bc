"""A call as a row, and rows as files."""

import csv
import io
import json
from typing import Any

import pytest

from router.engine.state import Call
from router.history.call_record import COLUMNS, facts_of, record_cells, record_object
from router.history.record_files import FORMATS
from router.web.openapi import description

AT = 1_795_000_000.0


def call(**fields: Any) -> Call:
    given = {"account": "clinic", "entry_id": "e/1=", "token": "t", "started": AT, "last_news": AT + 100}
    return Call(**{**given, "direction": "incoming", **fields})


def row(**fields: Any) -> dict[str, Any]:
    """A row as a store has it."""
    texts = dict.fromkeys((column.name for column in COLUMNS if column.kind == "text"), "")
    known = {**texts, "account": "clinic", "entry_id": "e/1=", "started": AT, "ended": None, "changed": AT + 100.25}
    return {**known, **facts_of(call(), 0.0), **fields}


def test_the_time_of_a_call_is_told_in_parts() -> None:
    facts = facts_of(call(ended=AT + 200, rang=30.0, talked=120.4), 2.04)
    assert [facts[f"{name}_seconds"] for name in ("menu", "ring", "talk", "limit")] == [50.0, 30.0, 120.0, 2.0]


def test_of_a_call_that_goes_on_until_its_last_news() -> None:
    facts = facts_of(call(ringing_since=AT + 80), 0.0)
    assert (facts["ring_seconds"], facts["menu_seconds"]) == (20.0, 80.0)


def test_legs_are_counted_that_are_no_longer_kept() -> None:
    assert facts_of(call(folded=7), 0.0)["leg_count"] == 7


def test_only_an_incoming_caller_is_in_a_menu() -> None:
    assert facts_of(call(direction="outgoing"), 0.0)["menu_seconds"] == 0.0


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({}, []),
        ({"recording_id": "r1"}, ["r1"]),  # of a version that kept the latest alone
        ({"recording_id": "r/2", "recording_ids": ("r1", "r/2")}, ["r1", "r/2"]),
    ],
)
def test_recordings_and_where_they_are(fields: dict[str, Any], ids: list[str]) -> None:
    facts = facts_of(call(**fields), 0.0)
    assert facts["recording_ids"] == ids
    assert facts["recordings"] == [f"/api/recordings/{one.replace('/', '%2F')}?account=clinic" for one in ids]


def test_the_row_is_the_one_that_is_described() -> None:
    described = description()["components"]["schemas"]["CallRow"]
    names = [column.name for column in COLUMNS]
    assert list(described["properties"]) == names == described["required"]
    assert list(record_object(row())) == names


def test_cells() -> None:
    cells = dict(zip((column.name for column in COLUMNS), record_cells(row(recording_ids=["a", "b"])), strict=True))
    assert (cells["started"], cells["ended"], cells["changed"]) == (
        "2026-11-18T11:06:40.000Z",
        "",
        "2026-11-18T11:08:20.250Z",
    )
    assert (cells["recording_ids"], cells["ring_seconds"], cells["leg_count"]) == ("a b", "0.0", "0")


def written(form: str, *rows: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    assert FORMATS[form].open()(rows, file) == len(rows)
    return file.getvalue()


def test_csv() -> None:
    text = written("csv", row(caller='7900, "x"\n'), row()).decode()
    head, first, second = csv.reader(io.StringIO(text))
    assert head == [column.name for column in COLUMNS]
    assert first[head.index("caller")] == '7900, "x"\n'
    assert second == record_cells(row())
    assert written("csv").decode().endswith("sip_call_id\r\n")


def test_json_lines() -> None:
    lines = written("jsonl", row(), row(caller="Анна")).decode().splitlines()
    assert json.loads(lines[0]) == json.loads(json.dumps(record_object(row())))
    assert json.loads(lines[1])["caller"] == "Анна"


def test_parquet() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(written("parquet", row(recording_ids=["a"]), row())))
    assert table.column_names == [column.name for column in COLUMNS]
    first = table.to_pylist()[0]
    late = row(changed=AT + 0.9229)
    cut = parquet.read_table(io.BytesIO(written("parquet", late))).to_pylist()[0]["changed"]
    assert cut.isoformat(timespec="milliseconds").replace("+00:00", "Z") == record_object(late)["changed"]
    assert (first["changed"].isoformat(), first["ended"], first["recording_ids"]) == (
        "2026-11-18T11:08:20.250000+00:00",
        None,
        ["a"],
    )
