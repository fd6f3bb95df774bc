import random

import pytest

from router.flow.resources.list_entries import entry_problem, parse_list_file
from router.flow.resources.list_overlap import Listed
from router.flow.resources.masks import matches
from router.flow.resources.number_lists import CompiledList
from router.flow.resources.phone_masks import is_mask, is_plain_prefix, mask_forms


def test_numbers_are_found_by_their_digits() -> None:
    numbers = CompiledList(["74951234567", "+7 (926) 000-00-00", "8-800-555-35-35", "101"])
    for number in ("74951234567", "+7 495 123-45-67", "79260000000", "88005553535", "101"):
        assert number in numbers
    for number in ("7495123456", "749512345678", "10", ""):
        assert number not in numbers
    assert len(numbers) == 4


def test_a_withheld_number_is_in_no_list() -> None:
    assert "" not in CompiledList(["*", "", "x"])
    assert " " not in CompiledList(["*", " "])
    assert None not in CompiledList(["*"])
    assert 101 not in CompiledList(["101"])


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        ("7926*", "79261234567", "79251234567"),
        ("+7926*", "79261234567", "79251234567"),
        ("*4567", "74951234567", "74951234568"),
        ("79*67", "79267", "796"),
        ("7926xxx", "7926123", "79261234"),
        ("7926##", "792612", "7926123"),
        ("7xx5*", "7495", "7496"),
        ("7*x5", "7125", "7124"),
        ("7495123-5*", "749512499", "749512699"),
        ("74950000000-74950000099", "74950000099", "74950000100"),
        ("998-1002", "9981002", "1000"),  # of unequal lengths: dashes in a number
        ("100-199", "150", "200"),
        ("*12*34*", "0120340", "340120"),
        ("xxx", "123", "1234"),
        ("*", "1", ""),
    ],
)
def test_masks_are_found(entry: str, inside: str, outside: str) -> None:
    compiled = CompiledList([entry])
    assert inside in compiled
    assert outside not in compiled


def test_addresses_are_compared_as_text() -> None:
    addresses = CompiledList(["sip:Alice@example.com", "*@sales.example.com"])
    for address in ("alice@example.com", "SIP:alice@EXAMPLE.com", "bob@sales.example.com"):
        assert address in addresses
    assert "bob@example.com" not in addresses
    assert "sip:79261234567@example.com" in CompiledList(["7926*"])
    assert "sip:79261234567@example.com" in CompiledList(["*"])


@pytest.mark.parametrize("entry", ["", "  ", "alice", "9-5*", "7926abc"])
def test_an_entry_that_can_match_nothing_is_told(entry: str) -> None:
    assert entry_problem(entry)
    assert len(CompiledList([entry])) == 0


@pytest.mark.parametrize("entry", ["101", "7926*", "8 (800) 555-35-35", "sip:a@b", "10-20", "*"])
def test_an_entry_that_can_match_is_not_complained_about(entry: str) -> None:
    assert entry_problem(entry) == ""
    assert len(CompiledList([entry])) == 1


def test_how_long_it_keeps_is_kept() -> None:
    assert CompiledList([], keep_seconds=1800.0).keep_seconds == 1800.0
    assert CompiledList([]).keep_seconds is None


def test_a_list_file_is_read_with_its_lines() -> None:
    text = "\ufeff# blocked since spring\n74951234567\n\n 79260000000  # again\n7926##\n#\n101# reception\n7926## # a mask\n"
    assert parse_list_file(text) == [
        (2, "74951234567"),
        (4, "79260000000"),
        (5, "7926##"),
        (7, "101"),
        (8, "7926##"),
    ]
    assert parse_list_file("1\r\n2\r\n") == [(1, "1"), (2, "2")]


def test_every_span_holds_exactly_its_numbers() -> None:
    for low in range(0, 1000, 37):
        for high in range(low, 1000, 41):
            compiled = CompiledList([f"{low:03}-{high:03}"])
            inside = {number for number in range(1000) if f"{number:03}" in compiled}
            assert inside == set(range(low, high + 1))


def test_a_list_agrees_with_its_masks_one_by_one() -> None:
    source = random.Random(7)
    symbols = ["0", "1", "2", "x", "*", "1-2"]
    masks = ["".join(source.choices(symbols, k=source.randint(1, 5))) + "x" for _ in range(300)]
    numbers = [f"{source.randrange(1000):0{source.randint(1, 5)}}" for _ in range(200)]
    for mask in masks:
        compiled = CompiledList([mask])
        assert [number in compiled for number in numbers] == [matches(number, mask) for number in numbers], mask


def test_masks_of_one_shape_share_one_look_up() -> None:
    compiled = CompiledList([f"7{number:07}*" for number in range(5000)])
    assert len(compiled) == 5000
    assert len(compiled._shelves) == 1
    assert "700049991234" in compiled
    assert "700050001234" not in compiled


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (["74951234567"], ["+7 (495) 123-45-67"], "74951234567"),
        (["7926*"], ["79261234567"], "79261234567"),
        (["7926*"], ["*4567"], "7926*"),
        (["7926xxx"], ["7927xxx"], ""),
        (["7926x*x"], ["7926"], ""),
        (["74951112200-74951112299"], ["7495111225x"], "74951112200-74951112299"),
        (["1*2*3"], ["*2x"], "1*2*3"),
        (["1*2"], ["*3"], ""),
        (["sip:Desk@pbx"], ["desk@pbx"], "sip:Desk@pbx"),
        ([], ["*"], ""),
    ],
)
def test_what_two_lists_share(one: list[str], other: list[str], shared: str) -> None:
    lists = [Listed(name="x", entries=entries, numbers=CompiledList(entries)) for entries in (one, other)]
    assert lists[0].shared_with(lists[1]) == shared
    assert bool(lists[1].shared_with(lists[0])) == bool(shared)


@pytest.mark.parametrize("entry", ["7926*", "*", "8926*", "84*", "0*", "375*", "1*", "99*"])
@pytest.mark.parametrize("country", ["RU", "KZ", "BY"])
def test_a_plain_prefix_is_what_its_long_reading_gives(entry: str, country: str) -> None:
    if is_plain_prefix(entry, country):
        assert is_mask(entry)
        assert mask_forms(entry, country) == (entry,)
