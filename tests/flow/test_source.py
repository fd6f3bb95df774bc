"""Nodes and their places; no scalar is constructed; what YAML offers beyond maps, lists and text is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.flow.model import Mark
from router.flow.yaml.node import Node, find, items, pairs, plain, read_text, split_lines
from router.flow.yaml.parser import parse_yaml
from router.flow.yaml.positions import place_of


def _root(text: str) -> Node:
    root, findings = parse_yaml("f.yaml", text)
    assert findings == []
    assert root is not None
    return root


def test_no_scalar_is_constructed() -> None:
    text = "time: 18:00\ncode: 0105\non: yes\nnull: ~\ndate: 2026-11-23\n1: 1e3\n"
    assert plain(_root(text)) == {
        "time": "18:00",
        "code": "0105",
        "on": "yes",
        "null": "~",
        "date": "2026-11-23",
        "1": "1e3",
    }


def test_maps_lists_and_text_nest() -> None:
    assert plain(_root("a: [b, {c: d}]\ne:\n  - f\n")) == {"a": ["b", {"c": "d"}], "e": ["f"]}


def test_columns_count_characters_from_one() -> None:
    root = _root('ключ: {"звук 😀": значение}\n')
    inner = find(root, "ключ")
    assert inner is not None
    assert inner.mark == Mark(file="f.yaml", line=1, column=7)
    value = find(inner, "звук 😀")
    assert value is not None
    assert value.mark == Mark(file="f.yaml", line=1, column=18)


def test_quoted_tells_text_from_nothing() -> None:
    root = _root("a: ''\nb:\nc: |\n  x\n")
    written, absent, block = (find(root, key) for key in "abc")
    assert written is not None
    assert written.quoted
    assert not written.empty
    assert absent is not None
    assert absent.empty
    assert block is not None
    assert block.quoted


def test_find_answers_none_outside_of_maps() -> None:
    root = _root("a: [b]\n")
    assert find(root, "b") is None
    assert find(find(root, "a"), "b") is None
    assert find(None, "a") is None
    assert items(root) == ()


def test_an_empty_file_has_no_root_and_no_finding() -> None:
    assert parse_yaml("f.yaml", "# only a comment\n") == (None, [])


def test_every_trap_of_a_file_is_told_and_the_rest_is_still_read() -> None:
    root, findings = parse_yaml("f.yaml", "a: *\nb: {c: ${d}}\ne: f\n*: g\nh: 1\nh: 2\n")
    assert [(finding.code, finding.mark.line) for finding in findings] == [
        ("F104", 1),
        ("F109", 2),
        ("F104", 4),
        ("F102", 6),
    ]
    assert find(root, "e") == Node("scalar", "f", Mark(file="f.yaml", line=3, column=4))


def test_of_two_equal_keys_the_first_is_kept_and_the_other_counts_as_mended() -> None:
    root, _ = parse_yaml("f.yaml", "a: 1\na: 2\n")
    assert root is not None
    (first, _), (second, _) = pairs(root)
    assert (first.text, first.invalid, second.invalid) == ("a", False, True)
    assert find(root, "a") == Node("scalar", "1", Mark(file="f.yaml", line=1, column=4))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &b c", "F105"),
        ("a: [*b]", "F104"),
        ("a: !!int 3", "F106"),
        ("a: !x {b: c}", "F106"),
        ("<<: {a: b}", "F107"),
        ("a: b\n---\nc: d", "F108"),
        ("? [a]\n: b", "F112"),
        ("a:\n\tb: c", "F103"),
        ("a: b\x00", "F111"),
        ("a: \ue000", "F111"),
        ("a: @b", "F101"),
        ("a: 'b", "F101"),
    ],
)
def test_a_trap_is_one_finding(text: str, code: str) -> None:
    _, findings = parse_yaml("f.yaml", text)
    assert [finding.code for finding in findings] == [code]


def test_a_quoted_merge_key_is_a_key() -> None:
    assert plain(_root("'<<': a\n")) == {"<<": "a"}


def test_a_file_of_many_traps_ends() -> None:
    _, findings = parse_yaml("f.yaml", "a: [" + ", ".join(["*"] * 500) + "]")
    assert len(findings) == 20


def test_what_is_not_utf8_is_told_with_its_place() -> None:
    text, findings = read_text("f.yaml", b"a: b\nc: \xff")
    assert text == ""
    assert [(finding.code, finding.mark.line, finding.mark.column) for finding in findings] == [("F111", 2, 4)]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_text("f.yaml", "\ufeffa: б".encode()) == ("a: б", [])


@given(st.text(max_size=80))
def test_nothing_makes_it_raise(text: str) -> None:
    root, findings = parse_yaml("f.yaml", text)
    assert root is None or isinstance(plain(root), str | list | dict)
    for finding in findings:
        assert finding.mark.line <= len(split_lines(text)) + 1


PIECES = st.sampled_from(list("ab: {}[],\n'\"*&!|>-${}()\t#йx"))


@given(st.lists(PIECES, max_size=60).map("".join))
def test_yaml_like_garbage_does_not_make_it_raise(text: str) -> None:
    _, findings = parse_yaml("f.yaml", text)
    assert all(finding.mark.column >= 1 for finding in findings)


def _mark_of(text: str, needle: str) -> Mark:
    """Where the value under `a` shows `needle`, by its offset in the value."""
    value = find(_root(text), "a")
    assert value is not None
    return place_of(value, value.text.index(needle), split_lines(text))


@pytest.mark.parametrize(
    "text",
    [
        "a: один @ два\n",
        'a: "один @ два"\n',
        "a: 'it''s @ here'\n",
        'a: "\\"\\x41\\u0416\\U0001F600\\n@"\n',
        "a: один\n  два @ три\n",
        'a: "один\n\n  два @"\n',
        "a: |\n  один\n\n    два @ три\n",
        "a: >\n  один\n  два @\n",
        "a: >\n  один\n\n\n  два @\n",
    ],
)
def test_an_offset_in_a_value_is_found_in_the_file(text: str) -> None:
    mark = _mark_of(text, "@")
    assert split_lines(text)[mark.line - 1][mark.column - 1] == "@"
