"""Numbers in expressions: a written one is read as people write it, in the country of the bundle."""

from typing import Any

import pytest

from router.flow.expressions import compile_expression
from tests.flow.scopes import NAMES, FixedScope


def worth(source: str, number: str, country: str = "RU", **values: Any) -> Any:
    expression, found = compile_expression(source, NAMES, "bool", country)
    assert expression is not None, found
    return expression.evaluate(FixedScope({"caller.number": number, **values}))


@pytest.mark.parametrize(
    ("source", "number", "holds"),
    [
        ('caller.number == "8 (926) 123-45-67"', "79261234567", True),
        ('"+7 926 123-45-67" == caller.number', "79261234567", True),
        ('caller.number != "89261234567"', "79261234567", False),
        ('caller.number == "79261234567.0"', "79261234567", True),
        ('caller.number == "+84 912 345 678"', "84912345678", True),
        ('caller.number == ""', "", True),
        ('caller.number == "100"', "100", True),
        ('caller.number == "sip:Desk@Example.org"', "desk@example.org", True),
        ('caller.number in ["8 (926) 123-45-67", "8 800 555-35-35"]', "78005553535", True),
        ('caller.number not in ["926 123-45-67"]', "79261234567", False),
        ('matches(caller.number, "8-926*")', "79261234567", True),
        ('matches(caller.number, "8 (926) xxx-xx-xx")', "79251234567", False),
        ('matches(caller.number, "7926xxxxxxx")', "79261234567", True),
        ('starts_with(caller.number, "8926")', "79261234567", True),
        ('starts_with(caller.number, "+7 (495)")', "74951234567", True),
        ('starts_with(caller.number, "7495")', "79261234567", False),
    ],
)
def test_a_written_number(source: str, number: str, holds: bool) -> None:
    assert worth(source, number) is holds


def test_a_text_that_only_the_call_knows() -> None:
    assert worth("caller.number == digits", "79261234567", digits="8 926 123-45-67") is True
    assert worth("digits != caller.number", "79261234567", digits="89261234567") is False
    assert worth("caller.number == digits", "79261234567", digits="101") is False


def test_the_country_of_the_bundle() -> None:
    assert worth('caller.number == "8 (029) 123-45-67"', "375291234567", "BY") is True
    assert worth('caller.number == "030/123456"', "4930123456", "DE") is True
