"""A great many random expressions: each is worth what CPython's `eval` makes of its source."""

import random
from typing import Any

import pytest

from router.flow.expressions import compile_expression
from tests.flow.scopes import NAMES_AS_TEXTS
from tests.properties.random_expressions import Expressions
from tests.properties.test_expressions import environment, scope_of


def _values(chance: random.Random) -> dict[str, Any]:
    return {
        "vars.flag": chance.random() < 0.5,
        "caller.withheld": chance.random() < 0.5,
        "vars.tries": chance.choice([0, 1, -3, 2.5, 7]),
        "now.hour": chance.randrange(24),
        "digits": chance.choice(["", "a", "b1", "a b"]),
        "vars.lang": chance.choice(["", "ru", "é🦔"]),
        "caller.number": chance.choice(["", "79000000000"]),
    }


@pytest.mark.parametrize("seed", range(4))
def test_expressions_are_worth_what_python_makes_of_them(seed: int, request: pytest.FixtureRequest) -> None:
    """`pytest --expressions N` tries N of them; where Python divides by zero there is nothing to agree on."""
    wanted = request.config.getoption("--expressions") // 4
    expressions, chance, agreed = Expressions(seed), random.Random(seed), 0
    while agreed < wanted:
        source, values = expressions.next(), _values(chance)
        expression, found = compile_expression(source, NAMES_AS_TEXTS)
        if expression is None:
            assert [problem.code for problem in found] == ["F408"], source  # too long, which is all that can be wrong
            continue
        try:
            expected = eval(source, environment(values))
        except ZeroDivisionError:
            continue
        worth = expression.evaluate(scope_of(values))
        assert (worth, isinstance(worth, bool)) == (expected, isinstance(expected, bool)), (source, values)
        agreed += 1
