"""Random expressions of the subset that CPython reads alike, with as few brackets as their grammar allows.

What Hypothesis shrinks so well it also makes slowly; a plain generator makes a hundred thousand in seconds. Factors are
few and small, so no number comes near the bounds that the language has and Python has not.
"""

import random
from collections.abc import Callable
from typing import Final

COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")
NUMBERS: Final = ("0", "1", "2", "3", "7", "20", "0.5", "1.25", "3.0")
TEXTS: Final = ('""', '"a"', "'b1'", '"é🦔"', '"79000000000"', '"\\""', r'"\\"', r"'\'n\n'", '"a b"')


class Expressions:
    """An endless supply, the same for the same seed; `depth` is how much more may be nested."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._kinds: tuple[Callable[[int], str], ...] = (self._condition, self._number, self._text)

    def next(self) -> str:
        """The source of one more."""
        return self._random.choice(self._kinds)(self._random.randrange(5))

    def _one(self, *makers: Callable[[int], str], depth: int) -> str:
        return self._random.choice(makers)(depth - 1)

    def _chain(self, operand: Callable[[int], str], operators: tuple[str, ...], depth: int, most: int = 3) -> str:
        parts = [operand(depth)]
        for _ in range(self._random.randrange(most) if depth > 0 else 0):
            parts += [self._random.choice(operators), operand(depth)]
        return " ".join(parts)

    def _chosen(self, value: Callable[[int], str], depth: int) -> str:
        plain = value(depth)
        if depth <= 0 or self._random.random() < 0.8:
            return plain
        return f"{plain} if {self._either(depth - 1)} else {value(depth - 1)}"

    def _condition(self, depth: int) -> str:
        return self._chosen(self._either, depth)

    def _either(self, depth: int) -> str:
        return self._chain(self._both, ("or",), depth)

    def _both(self, depth: int) -> str:
        return self._chain(self._denied, ("and",), depth)

    def _denied(self, depth: int) -> str:
        denials = "not " * self._random.choice((0, 0, 0, 1, 2)) if depth > 0 else ""
        return denials + self._compared(depth)

    def _compared(self, depth: int) -> str:
        if depth <= 0:
            return self._fact(depth)
        return self._one(self._of_numbers, self._of_texts, self._of_facts, self._among, self._fact, depth=depth)

    def _of_numbers(self, depth: int) -> str:
        return f"{self._sum(depth)} {self._random.choice(COMPARISONS)} {self._chain(self._sum, COMPARISONS, depth)}"

    def _of_texts(self, depth: int) -> str:
        return (
            f"{self._joined(depth)} {self._random.choice(COMPARISONS)} {self._chain(self._joined, COMPARISONS, depth)}"
        )

    def _of_facts(self, depth: int) -> str:
        return f"{self._fact(depth)} {self._random.choice(('==', '!='))} {self._fact(depth)}"

    def _among(self, depth: int) -> str:
        among = self._random.choice(("in", "not in"))
        if self._random.random() < 0.3:
            return f"{self._joined(depth)} {among} lists.vip"
        value, pool = self._random.choice(((self._sum, NUMBERS), (self._joined, TEXTS)))
        listed = ", ".join(self._random.choice(pool) for _ in range(self._random.randrange(1, 4)))
        return f"{value(depth)} {among} [{listed}]"

    def _fact(self, depth: int) -> str:
        if depth <= 0 or self._random.random() < 0.5:
            return self._random.choice(("vars.flag", "caller.withheld", "True", "False"))
        if self._random.random() < 0.4:
            function = self._random.choice(("starts_with", "ends_with"))
            return f"{function}({self._joined(depth - 1)}, {self._joined(depth - 1)})"
        return f"({self._condition(depth - 1)})"

    def _number(self, depth: int) -> str:
        return self._chosen(self._sum, depth)

    def _sum(self, depth: int) -> str:
        return self._chain(self._product, ("+", "-"), depth)

    def _product(self, depth: int) -> str:
        return self._chain(self._factor, ("*", "/", "%"), min(depth, 1))

    def _factor(self, depth: int) -> str:
        sign = self._random.choice(("", "", "", "-", "+", "--")) if depth > 0 else ""
        return sign + self._atom(depth)

    def _atom(self, depth: int) -> str:
        kind = self._random.randrange(5) if depth > 0 else self._random.randrange(2)
        if kind == 0:
            return self._random.choice(NUMBERS)
        if kind == 1:
            return self._random.choice(("vars.tries", "now.hour"))
        if kind == 2:
            return f"len({self._text(depth - 1)})"
        if kind == 3:
            arguments = ", ".join(self._number(depth - 1) for _ in range(self._random.randrange(2, 4)))
            return f"{self._random.choice(('min', 'max'))}({arguments})"
        return f"({self._number(depth - 1)})"

    def _text(self, depth: int) -> str:
        return self._chosen(self._joined, depth)

    def _joined(self, depth: int) -> str:
        return self._chain(self._piece, ("+",), depth)

    def _piece(self, depth: int) -> str:
        kind = self._random.randrange(4) if depth > 0 else self._random.randrange(2)
        if kind == 0:
            return self._random.choice(TEXTS)
        if kind == 1:
            return self._random.choice(("digits", "vars.lang", "caller.number"))
        if kind == 2:
            return f"default({self._text(depth - 1)}, {self._text(depth - 1)})"
        return f"({self._text(depth - 1)})"
