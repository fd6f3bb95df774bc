"""What a bundle's files say, read without the loader: libyaml and nothing that a finding could touch.

Scalars stay texts, so that `on`, `0105` and `18:00` are what was written.
"""

from collections.abc import Mapping
from typing import Any

import yaml


def plain(text: str) -> Any:
    """Dicts, lists and texts; None for an empty file."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    return None if node is None else _value(node)


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    return node.value


def documents(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Every flow and resource file that holds anything, by name."""
    names = [name for name in files if name.endswith(".yaml") and not name.endswith(".test.yaml")]
    read = {name: plain(files[name].decode("utf-8-sig")) for name in names}
    return {name: document for name, document in read.items() if document is not None}


def flows(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Every flow by its name."""
    found = [document for document in documents(files).values() if "flow" in document]
    return {document["flow"]: document for document in found}


def resources(files: Mapping[str, bytes], kind: str) -> dict[str, Any]:
    """All entries of a kind, such as `audio`."""
    found = [document.get(kind) or {} for document in documents(files).values() if "flow" not in document]
    return {name: entry for entries in found for name, entry in entries.items()}


def many(value: Any) -> list[Any]:
    """One or a list of them; nothing is no entry."""
    return [] if value is None else value if isinstance(value, list) else [value]


def leaves(tree: Any) -> int:
    """How many scalars a tree holds."""
    if isinstance(tree, dict):
        return sum(map(leaves, tree.values()))
    return sum(map(leaves, tree)) if isinstance(tree, list) else 1
