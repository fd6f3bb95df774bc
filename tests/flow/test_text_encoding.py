"""Files of lists and tables in the encodings that spreadsheets and editors save them in."""

import pytest

from router.flow.loader import load
from router.flow.resources.text_encoding import decoded

TABLE = "дата;телефон\r\n2026-11-30;+7 (900) 000-00-10\r\n«Рёбра» — №5;Ещё\r\n"
FLOW = b"""flow: main
for: any
on_error: bye
start: ask
steps:
  ask: {lookup: {table: rota, key: now.date, outputs: {phone: {type: phone}}, next: bye, on: {not_found: bye}}}
  bye: hangup
"""
ROWS = "date,phone\n2026-11-30 ,+7 (900) 000-00-10\n,\n30.11.26,79000000011\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
def test_the_same_text_in_every_encoding(encoding: str) -> None:
    assert decoded(TABLE.encode(encoding)) == TABLE


def test_what_is_broken_is_not_taken_for_cp1251() -> None:
    content = bytearray(TABLE.encode())
    content[3] = 0x20  # in the middle of a letter
    assert decoded(bytes(content)) is None
    assert decoded(TABLE.encode()[:-7]) is None
    assert decoded("дата;Ещё\n".encode("cp866")) is None
    assert decoded(b"\x89PNG\r\n\x1a\n\xff\xd8\x98") is None


def test_short_and_empty_texts() -> None:
    assert decoded(b"") == ""
    assert decoded("Ё\n".encode("cp1251")) == "Ё\n"
    assert decoded("date,phone\n".encode("utf-16")) == "date,phone\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("first", ["", "sep={separator}\n"])
def test_separators_line_ends_and_blanks_change_nothing(separator: str, newline: str, first: str) -> None:
    """The same content is the same version, and a day is found in every form."""
    text = (first.format(separator=separator) + ROWS.replace(",", separator)).replace("\n", newline)
    versions = set()
    for content in (text.encode("utf-8-sig"), ROWS.encode()):
        loaded = load(
            {"main.yaml": FLOW, "r.yaml": b"tables: {rota: {file: rota.csv, key: date}}\n", "rota.csv": content}
        )
        assert loaded.bundle is not None, loaded.findings
        assert [finding.code for finding in loaded.findings] == ["W611"]  # 30.11.26 is the day of the row above
        row = loaded.bundle.tables["rota"].find("2026-11-30", "text")
        assert row == {"date": "2026-11-30", "phone": "+7 (900) 000-00-10"}
        assert loaded.bundle.tables["rota"].find("", "text") is None
        versions.add(loaded.bundle.version)
    assert len(versions) == 1
