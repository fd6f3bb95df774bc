"""What a bundle has names for, so that a suggestion can name what there is: `sales` may be `group sales`.

Collected from what is written, before anything is known to be sound.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Final

from router.flow.expressions import BUILTIN_NAMES
from router.flow.yaml.node import Node, find, pairs

_DECLARING: Final = "lookup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names of the bundle's resources, and the root of the file that is looked at."""

    names: Mapping[str, Container[str]] = field(default_factory=dict)  # kind of resource -> names
    root: Node | None = None
    types: Mapping[str, str] = field(default_factory=dict)  # of dotted names; else those that the file declares
    flows: Mapping[str, Node] = field(default_factory=dict)  # name -> the root of its file

    @property
    def returns(self) -> Mapping[str, tuple[str, ...]]:
        """What each flow of the bundle returns as; found out when it is asked for, since few bundles ask."""
        return {name: returns_of(root) for name, root in self.flows.items()}

    def has(self, kind: str, name: str) -> bool:
        """Whether the bundle has a resource of that name."""
        return name in self.names.get(kind, ())

    def has_step(self, name: str) -> bool:
        """Whether the file has a step of that name."""
        return find(find(self.root, "steps"), name) is not None

    def type_of(self, name: str) -> str:
        """The type of a dotted name, as far as the file says it; "" of a name that it does not have."""
        if self.types:
            return self.types.get(name, "")
        if name in BUILTIN_NAMES:
            return BUILTIN_NAMES[name]
        head, _, rest = name.partition(".")
        if head == "vars":
            return _text(find(find(find(self.root, "vars"), rest), "type"))
        lookup = find(find(find(self.root, "steps"), head), _DECLARING)
        return _text(find(find(find(lookup, "outputs"), rest), "type"))


def returns_of(root: Node) -> tuple[str, ...]:
    """What the flow of that file returns as."""
    found = [_text(find(find(step, "return"), "as")) for _, step in pairs(find(root, "steps") or root)]
    return tuple(dict.fromkeys(name for name in found if name))


def _text(node: Node | None) -> str:
    return node.text if node is not None else ""
