"""A text expression where a text field is wanted: what a sub-flow returns is computed, and kept as a text."""

from dataclasses import dataclass

from router.flow.expressions.types import PHONE
from router.flow.model import Expression, Scope


@dataclass(slots=True, eq=False)
class TextOf:
    """Implements `flow.model.Template`. Never changed."""

    expression: Expression

    @property
    def source(self) -> str:
        return self.expression.source

    @property
    def names(self) -> frozenset[str]:
        return self.expression.names

    @property
    def is_phone(self) -> bool:
        return self.expression.type == PHONE

    def render(self, scope: Scope) -> str:
        return str(self.expression.evaluate(scope))
