"""One-time codes against the vectors of RFC 4226 and RFC 6238, and what is taken once."""

import pytest

from router.runtime.administration.one_time_codes import (
    as_text,
    code_at,
    from_text,
    kept,
    new_recovery_codes,
    step_of,
    without,
)

SECRET = b"12345678901234567890"  # of both documents

HOTP = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
"""RFC 4226, appendix D: counters 0 to 9."""

TOTP = {59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037",
        20000000000: "65353130"}  # fmt: skip
"""RFC 6238, appendix B, SHA-1: Unix seconds -> eight digits, of which ours are the last six."""


def test_the_counters_of_rfc_4226() -> None:
    assert tuple(code_at(SECRET, counter) for counter in range(10)) == HOTP


@pytest.mark.parametrize(("seconds", "digits"), TOTP.items())
def test_the_instants_of_rfc_6238(seconds: int, digits: str) -> None:
    assert code_at(SECRET, seconds // 30) == digits[-6:]
    assert step_of(digits[-6:], SECRET, seconds, 0) == seconds // 30


def test_a_clock_may_be_half_a_minute_off_and_no_more() -> None:
    now = 3000.0
    assert [step_of(code_at(SECRET, 100 + off), SECRET, now, 0) for off in (-2, -1, 0, 1, 2)] == [
        None,
        99,
        100,
        101,
        None,
    ]


def test_none_is_taken_twice_nor_after_a_newer_one() -> None:
    code = code_at(SECRET, 100)
    assert step_of(f" {code[:3]} {code[3:]} ", SECRET, 3000.0, 99) == 100
    assert step_of(code, SECRET, 3000.0, 100) is None
    assert step_of(code, SECRET, 3000.0, 101) is None


@pytest.mark.parametrize("code", ["", "12345", "٧٥٥٢٢٤", "1" * 1000])
def test_what_is_no_code(code: str) -> None:
    assert step_of(code, SECRET, 3000.0, 0) is None


def test_a_secret_is_text_and_back() -> None:
    assert from_text(as_text(SECRET).lower()) == SECRET
    for wrong in ("", "ABC", "1" * 32, as_text(SECRET)[:-8]):
        with pytest.raises(ValueError):  # noqa: PT011
            from_text(wrong)


def test_each_recovery_code_is_used_once() -> None:
    codes = new_recovery_codes()
    left = without(codes[0].upper(), kept(codes))
    assert left is not None
    assert len(left.split()) == len(codes) - 1
    assert without(codes[0], left) is None
    assert without("", left) is None
