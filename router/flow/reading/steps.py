"""One step while its settings are read: what every verb's reader is given, and notes its ways out in."""

from dataclasses import dataclass, field
from typing import TypeVar

from router.flow.expressions.text_of import TextOf
from router.flow.invalid import INVALID
from router.flow.model import TEXTS, Expression, Template, Variable
from router.flow.reading.flow_scope import Edge, FlowScope
from router.flow.reading.setting_fields import Fields
from router.flow.resources.foreign_values import iso_date
from router.flow.yaml.node import Node

Anything = TypeVar("Anything")


@dataclass(slots=True, kw_only=True)
class StepReader:
    """One step while it is read."""

    scope: FlowScope
    name: str
    verb_node: Node  # where the verb is written
    fields: Fields
    edges: list[Edge] = field(default_factory=list)

    def leads(self, exit_name: str, node: Node | None, *, listed: bool = True) -> str | None:
        """Note that the exit goes to the step that `node` names; the step's name."""
        edge = self.scope.edge(exit_name, node, listed=listed)
        if not edge:
            return None if edge is None else INVALID
        self.edges.append(edge)
        return edge.target

    def read_exits(self) -> None:
        """`next`, and what stands in `on`."""
        self.leads("next", self.fields.get("next"))
        for name, target in self.fields.inside("on").entries():
            self.leads(name.text, target)

    @property
    def exits(self) -> dict[str, str]:
        return {edge.exit: edge.target for edge in self.edges if edge.listed}


def or_default(value: Anything | None, default: Anything) -> Anything:
    return default if value is None else value


def read_assigned(scope: FlowScope, variable: Variable, node: Node, *, secrets: bool) -> Expression | Template:
    """A text variable takes a text, any other an expression of its type; a date takes both, since functions such as
    `add_days` make dates. One that is sealed itself may take secrets."""
    if variable.type in TEXTS and (variable.type != "date" or _is_text(node.text)):
        return scope.template(node, typed_secrets=secrets)
    value = scope.expression(node, "text" if variable.type == "date" else variable.type, secrets=secrets)
    return TextOf(value) if value and variable.type == "date" else value


def _is_text(written: str) -> bool:
    """Whether a date is written as such, or by the names that hold it, and not as an expression."""
    return not written or "${" in written or bool(iso_date(written))
