"""What other systems and spreadsheets bring, as the language's types; what does not fit says why."""

from typing import Any

import pytest

from router.flow.resources.foreign_values import fitted, iso_date


@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        *((word, "bool", True) for word in ("true", "True", "YES", "y", "Y", "1", "да", "ДА", " Да ", "ИСТИНА", "1.0", "'да", True, 1, 1.0)),
        *((word, "bool", False) for word in ("false", "No", "n", "N", "0", "нет", "НЕТ", "ЛОЖЬ", "0.0", False, 0, 0.0)),
        ("1 250,50", "number", 1250.5), ("1\xa0250,50", "number", 1250.5), ("1\u202f250,50", "number", 1250.5),
        ("1250.50", "number", 1250.5), ("1,250.50", "number", 1250.5), ("1.250,50", "number", 1250.5),
        ("1 000 000", "number", 1_000_000), ("1,000,000", "number", 1_000_000), ("0,5", "number", 0.5),
        ("−5", "number", -5), ("+5", "number", 5), ("1e3", "number", 1000), (12, "number", 12), (True, "number", 1),
        ("1,25E+03", "number", 1250), ("'5", "number", 5), ('="5"', "number", 5), ("\u200e-5", "number", -5),
        ("\u200e30.11.2026", "date", "2026-11-30"), ("'30.11.2026", "date", "2026-11-30"), ("2026‑11‑30", "date", "2026-11-30"),
        (79000000000.0, "phone", "79000000000"), (79000000000, "phone", "79000000000"),
        (7.9261234567e10, "phone", "79261234567"), (9261234567, "phone", "79261234567"), (101, "phone", "101"),
        ("8 (900) 000-00-00", "phone", "79000000000"), ("sip:desk@example.org", "phone", "desk@example.org"),
        ("30.11.2026", "date", "2026-11-30"), ("30.11.26", "date", "2026-11-30"), ("1.2.2026", "date", "2026-02-01"),
        ("2026-11-30T10:00:00+03:00", "date", "2026-11-30"), ("2026-11-30 00:00:00", "date", "2026-11-30"),
        (101.0, "text", "101"), (7.9e10, "text", "79000000000"), (1.5, "text", "1.5"), (True, "text", "true"),
    ],
)  # fmt: skip
def test_what_fits(value: Any, kind: str, found: Any) -> None:
    assert fitted(value, kind) == (found, "")


@pytest.mark.parametrize(
    ("value", "kind", "note"),
    [
        ("1250.00|RUB", "number", '"1250.00|RUB" is not a number'),
        ("12 34", "number", '"12 34" is not a number'),
        ("", "number", '"" is empty'),
        ("maybe", "bool", '"maybe" is neither yes nor no'),
        (2, "bool", "2 is neither yes nor no"),
        ("31.02.2026", "date", '"31.02.2026" is not a date'),
        ("2026-11-30T25:00", "date", '"2026-11-30T25:00" is not a date'),
        ({"a": 1}, "phone", "an object is not a number"),
        ([1], "text", "a list is no text"),
        ("anonymous", "phone", '"anonymous" is a withheld number'),
        ("по телефону 100", "phone", '"по телефону 100" is no telephone number: it has words beside the digits'),
    ],
)
def test_what_does_not_fit_says_why(value: Any, kind: str, note: str) -> None:
    assert fitted(value, kind) == (None, note)


def test_what_is_absent_needs_no_word() -> None:
    assert fitted(None, "phone") == (None, "")


def test_an_extension_is_told() -> None:
    assert fitted("+7 900 000-00-00 доб. 5", "phone").value == "79000000000"
    assert "extension, 5, which is cut off" in fitted("+7 900 000-00-00 доб. 5", "phone").note


def test_days_that_are_none() -> None:
    assert {iso_date(text) for text in ("", "30/11/2026", "2026-13-01", "32.01.2026", "вчера", "30.11.202")} == {""}
