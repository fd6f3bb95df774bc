"""Packed sets and maps hold what the plain ones hold, whatever their size and their signs."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.flow.bundle_image import open_image, pack_image
from router.flow.loader import load
from router.flow.resources.number_lists import MANY, CompiledList
from router.flow.resources.packed_texts import BLOCK, PackedMap, PackedTexts

FLOW = b"""
flow: main
for: any
start: find
on_error: bye
steps:
  find:
    lookup:
      table: clients
      key: caller.number
      outputs: {name: {type: text, from: name, default: ""}}
      next: bye
      on: {else: bye}
  bye: hangup
"""


@given(texts=st.sets(st.text(max_size=8)), asked=st.text(max_size=8))
def test_a_packed_set_holds_what_the_plain_one_holds(texts: set[str], asked: str) -> None:
    packed = PackedTexts(PackedTexts.of(texts).parts())
    assert set(packed) == texts
    assert len(packed) == len(texts)
    assert all(text in packed for text in texts)
    assert (asked in packed) is (asked in texts)
    assert asked + "\ud800" not in packed
    assert 7 not in packed


@given(values=st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=3)), asked=st.text())
def test_a_packed_map_says_what_the_plain_one_says(values: dict[str, list[str]], asked: str) -> None:
    packed = PackedMap(PackedMap.of(values).parts())
    assert packed == values
    assert packed.get(asked) == values.get(asked)


@pytest.mark.parametrize("count", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 1])
def test_each_text_of_each_block_is_found_and_none_between_them(count: int) -> None:
    packed = PackedTexts.of(f"{2 * number:06d}" for number in range(count))
    assert [packed.place(f"{2 * number:06d}") for number in range(count)] == list(range(count))
    assert {packed.place(f"{2 * number + 1:06d}") for number in range(-1, count)} == {-1}
    assert packed.place("") == packed.place("9") == -1


def test_a_long_list_answers_as_before_and_packs_to_the_same_bytes() -> None:
    entries = [f"7900{number:07d}" for number in range(MANY)] + [f"749{number:04d}*" for number in range(MANY)]
    before = CompiledList([*entries, "sip:a@pbx.example", "7-9"])
    parts = msgspec.msgpack.encode(before.parts())
    after = CompiledList.of_parts(msgspec.msgpack.decode(parts))
    asked = ["79000000000", "79000000999", "79000001000", "74909991234", "74910001234", "a@pbx.example", "8", ""]
    assert [number in after for number in asked] == [number in before for number in asked]
    assert [number in after for number in asked][:5] == [True, True, False, True, False]
    assert after.numbers() == before.numbers()
    assert msgspec.msgpack.encode(after.parts()) == parts


def test_a_table_of_an_image_finds_rows_by_every_form_of_their_key() -> None:
    keys = ["79000000001", "8 (900) 000-00-02", "01.12.2026", "имя"]
    rows = "".join(f"{key},client {place},\n" for place, key in enumerate(keys))
    text = f"number,name,more\n79000000001,client 0,x\n{rows}"
    files = {"main.yaml": FLOW, "r.yaml": b"tables: {clients: {file: c.csv, key: number}}\n", "c.csv": text.encode()}
    bundle = load(files).bundle
    assert bundle is not None
    opened = open_image(pack_image(bundle))
    assert opened is not None
    before, after = bundle.tables["clients"], opened.tables["clients"]
    asked = [(key, kind) for key in [*keys, "79000000002", "2026-12-01", "", "x"] for kind in ("phone", "date", "text")]
    assert [after.find(*one) for one in asked] == [before.find(*one) for one in asked]
    assert after == before
    assert after.find("79000000002", "phone") == {"number": "8 (900) 000-00-02", "name": "client 1", "more": ""}
    assert pack_image(opened) == pack_image(bundle)
