"""Conditions that are a little wrong, as an author may write them: what the tests of a flow should notice."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from router.flow.expressions.compiler import compile_expression
from router.flow.model import Expression

OTHER_RELATION: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
OTHER_JUNCTION: Final[Mapping[type[ast.boolop], type[ast.boolop]]] = {ast.And: ast.Or, ast.Or: ast.And}


def likely_mistakes(condition: Expression, names: Mapping[str, str]) -> Iterator[Expression]:
    """Its negation, and the condition with one operator changed, for each that has a likely wrong neighbour."""
    for source in (f"not ({condition.source})", *_other_operators(condition.source)):
        compiled, _ = compile_expression(source, names, "bool")
        if compiled is not None:
            yield compiled


def _other_operators(source: str) -> Iterator[str]:
    tree = ast.parse(source.strip(), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for index, operator in enumerate(node.ops):
                if (other := OTHER_RELATION.get(type(operator))) is not None:
                    node.ops[index] = other()
                    yield ast.unparse(tree)
                    node.ops[index] = operator
        elif isinstance(node, ast.BoolOp):
            written = node.op
            node.op = OTHER_JUNCTION[type(written)]()
            yield ast.unparse(tree)
            node.op = written
