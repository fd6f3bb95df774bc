"""The closures that compute: no checks here, the types were settled before one of these is made.

They are the hot path, so the usual small cases are written out and only longer chains loop.
"""

from collections.abc import Callable, Sequence
from typing import Any

from router.flow.expressions.parts import Run
from router.flow.expressions.types import NUMBER
from router.flow.expressions.values import bounded
from router.flow.model import Scope

Operation = Callable[[Any, Any], Any]


def constant(value: Any) -> Run:
    return lambda _scope: value


def reading(name: str, type: str) -> Run:
    """A name's value. Numbers come from outside, so they are bounded as soon as they are read."""
    if type == NUMBER:
        return lambda scope: bounded(scope.value(name))
    return lambda scope: scope.value(name)


def every(conditions: Sequence[Run]) -> Run:
    """`and`: reads from the left until one is false."""
    if len(conditions) == 2:
        first, second = conditions
        return lambda scope: first(scope) and second(scope)

    def run(scope: Scope) -> bool:
        return all(condition(scope) for condition in conditions)

    return run


def some(conditions: Sequence[Run]) -> Run:
    """`or`: reads from the left until one is true."""
    if len(conditions) == 2:
        first, second = conditions
        return lambda scope: first(scope) or second(scope)

    def run(scope: Scope) -> bool:
        return any(condition(scope) for condition in conditions)

    return run


def choice(test: Run, then: Run, otherwise: Run) -> Run:
    return lambda scope: then(scope) if test(scope) else otherwise(scope)


def fold(operands: Sequence[Run], operations: Sequence[Operation]) -> Run:
    """Operators of one rank, from the left: one fewer `operations` than `operands`."""
    if len(operands) == 2:
        (left, right), (operation,) = operands, operations
        return lambda scope: operation(left(scope), right(scope))
    first, rest = operands[0], tuple(zip(operations, operands[1:], strict=True))

    def run(scope: Scope) -> Any:
        result = first(scope)
        for operation, operand in rest:
            result = operation(result, operand(scope))
        return result

    return run


def chain(operands: Sequence[Run], tests: Sequence[Operation]) -> Run:
    """`a < b < c`: each operand is read once, and none behind a test that failed."""
    if len(operands) == 2:
        (left, right), (test,) = operands, tests
        return lambda scope: test(left(scope), right(scope))
    if len(operands) == 3:
        (low, middle, high), (above, below) = operands, tests
        return lambda scope: above(low(scope), value := middle(scope)) and below(value, high(scope))
    first, rest = operands[0], tuple(zip(tests, operands[1:], strict=True))

    def run(scope: Scope) -> bool:
        left = first(scope)
        for test, operand in rest:
            right = operand(scope)
            if not test(left, right):
                return False
            left = right
        return True

    return run


def calling(function: Callable[..., Any], arguments: Sequence[Run]) -> Run:
    """A function's value; it gets the scope before its arguments."""
    if len(arguments) == 1:
        (only,) = arguments
        return lambda scope: function(scope, only(scope))
    return lambda scope: function(scope, *[argument(scope) for argument in arguments])
