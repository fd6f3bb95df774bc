"""Result codes: their classes, and the exits of a route."""

import pytest

from router.protocol.codes import MEANINGS, is_success, known, matches_class, meaning, route_outcome, status_label


@pytest.mark.parametrize(
    ("code", "read_as"),
    [(2219, 2210), (1090, 1000), (1121, 1121), (1129, 1120), (1199, 1190), (2999, 2000), (4299, 4200), (3339, 3330)],
)
def test_an_unknown_code_is_read_as_its_class(code: int, read_as: int) -> None:
    assert known(code) == read_as
    assert meaning(code) == MEANINGS[read_as]


@pytest.mark.parametrize("code", [0, -1, 7000, 10**12])
def test_outside_all_classes(code: int) -> None:
    assert known(code) is None
    assert meaning(code) == "unknown code"


@pytest.mark.parametrize(("code", "success"), [(1000, True), (1090, True), (1100, False), (4101, False), (0, False)])
def test_success(code: int, success: bool) -> None:
    assert is_success(code) is success


@pytest.mark.parametrize(
    ("pattern", "codes", "others"),
    [
        ("4101", [4101], [4100, 4102, 41010]),
        ("410x", [4100, 4109], [4110]),
        ("41xx", [4100, 4101, 4199], [4200, 41, 41000]),
        ("4xxx", [4000, 4999], [5000, 400]),
    ],
)
def test_classes(pattern: str, codes: list[int], others: list[int]) -> None:
    assert all(matches_class(code, pattern) for code in codes)
    assert not any(matches_class(code, pattern) for code in others)


@pytest.mark.parametrize(
    ("outcome", "codes"),
    [
        ("busy", [1121]),
        ("no_answer", [1111, 1163]),
        ("rejected", [1122]),
        ("unavailable", [1123, 1124, 1130, 1131, 1134, 1160, 1162, 1164, 1190, 1192, 4200, 4299]),
        ("caller_left", [1110]),
        ("replaced", [1100, 1181, 1182, 1183]),
        ("failed", [0, 1000, 1120, 1140, 1150, 1151, 1170, 1171, 1180, 2240, 3200, 4100, 5003, 6010]),
    ],
)
def test_outcomes_of_a_route(outcome: str, codes: list[int]) -> None:
    assert {route_outcome(code) for code in codes} == {outcome}


@pytest.mark.parametrize(
    ("status", "label"),
    [
        (300, "redirect"),
        (302, "redirect"),
        (399, "redirect"),
        (400, "http-400"),
        (503, "http-503"),
        (299, "http-other"),
        (999, "http-other"),
    ],
)
def test_a_status_is_one_of_a_few_words(status: int, label: str) -> None:
    assert status_label(status) == label
