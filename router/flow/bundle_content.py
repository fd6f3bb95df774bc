"""What a bundle's version is made of: its flows and resources as they are written, and what lists and tables hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from router.flow.bundle_version import canonical, canonical_flow, version_of_texts
from router.flow.load_cache import Kept
from router.flow.yaml.node import Node, find, pairs, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleContent:
    """Of a sound bundle; empty of any other one."""

    flows: tuple[Node, ...] = ()  # the roots of their files
    resources: tuple[Node, ...] = ()
    contents: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # "lists.NAME" -> what its file holds

    def plain(self) -> dict[str, Any]:
        """As str, list and dict: what `bundle_version.version_of` takes, and two bundles are compared by."""
        if not self.flows:
            return {}
        return {
            "flows": {flow["flow"]: flow for flow in map(plain, self.flows)},
            "resources": _plain_resources(self.resources),
            "contents": {name: _as_lists(content) for name, content in self.contents.items()},
        }

    def version(self, kept: Mapping[str, Kept]) -> str:
        """The same as of `plain()`; `kept` has what was computed of each part before."""
        names = {f"flows.{_text(find(root, 'flow'))}": root for root in self.flows}
        flows = {name: kept[name].keep("canonical", partial(_canonical_flow, root)) for name, root in names.items()}
        contents = {
            name: kept[name].keep("canonical", partial(canonical, content)) for name, content in self.contents.items()
        }
        named = {name.removeprefix("flows."): text for name, text in flows.items()}
        return version_of_texts(named, _plain_resources(self.resources), contents)


def _text(node: Node | None) -> str:
    return node.text if node is not None else ""


def _canonical_flow(root: Node) -> str:
    return canonical_flow(plain(root))


def _plain_resources(roots: Iterable[Node]) -> dict[str, Any]:
    kinds: dict[str, Any] = {}
    for root in roots:
        for kind, names in pairs(root):
            if kind.text == "country":
                kinds[kind.text] = plain(names)
            else:
                kinds.setdefault(kind.text, {}).update(plain(names))
    return kinds


def _as_lists(content: Sequence[Any]) -> list[Any]:
    """Rows, or the entries of a list."""
    return [list(one) if isinstance(one, tuple) else one for one in content]
