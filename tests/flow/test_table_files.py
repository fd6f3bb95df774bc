"""A table's file without quotes is read in a shorter way, which finds what the other one does."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.flow.findings import Report
from router.flow.reading import table_files
from router.flow.reading.table_files import WrittenTable, check_keys, read_rows, table_of

CELLS = st.text(alphabet="ab7 .-\t;,\u2028\x0b0", max_size=4)
NAMES = st.text(alphabet="ab7 .,;-", max_size=4)
ROWS = st.lists(st.lists(CELLS, max_size=3), max_size=6)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def both_ways(text: str) -> list[tuple[WrittenTable, list[str]]]:
    found = []
    for short in (table_files._plain_rows, lambda lines, separator: None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(table_files, "_plain_rows", short)
            report = Report()
            found.append((read_rows("a.csv", text, "key", report), [str(one) for one in report.findings]))
    return found


@given(ROWS, ENDS, st.sampled_from(["", "sep=;\n"]), st.sampled_from(",;\t"))
def test_both_ways_find_the_same(rows: list[list[str]], end: str, first: str, separator: str) -> None:
    lines = [["key", "name"], *rows]
    one, other = both_ways(first + end.join(separator.join(cells) for cells in lines))
    assert one == other


@given(st.lists(st.tuples(st.sampled_from("abc"), NAMES.filter(str.strip)), min_size=1, max_size=6))
def test_cells_are_those_of_the_file(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("key", "name"), *rows])
    report = Report()
    written = read_rows("a.csv", file.getvalue(), "key", report)
    table = table_of(written, "key", "RU")
    first = {key: name.strip() for key, name in reversed(rows)}  # of two rows with one key the first counts
    assert {key: dict(row) for key, row in table.rows.items()} == {
        key: {"key": key, "name": name} for key, name in first.items()
    }
    check_keys(written, "key", report)
    assert sum(found.code == "W611" for found in report.findings) == len(rows) - len(first)


KEYS = st.sampled_from(
    ["79000000001", "79000000002", "89000000001", "9000000001", "7900", "", "2026-11-30", "٧", "7٧", "a"]
)


@given(st.lists(KEYS, max_size=4))
def test_a_table_of_numbers_is_found_by_the_forms_that_any_other_is(keys: list[str]) -> None:
    text = "key,name\n" + "".join(f"{key},{place}\n" for place, key in enumerate(keys))
    written = read_rows("a.csv", text, "key", Report())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_files, "_numbered", lambda written, column: None)
        one_by_one = table_of(written, "key", "RU")
    assert table_of(written, "key", "RU") == one_by_one
