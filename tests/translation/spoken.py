"""What a module may say to people, read from its source: every text in it that is prose, with marks for what is filled in.

A judge that does not depend on which inputs a test thinks of: a message that is written in no test is found as well.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HOLE: Final = "7"
"""Stands for what is filled in: a number, so that a text with a hole is still of its shape."""

_PROSE: Final = re.compile(r"[a-z]{2,}[,:;]? [(\"]?[a-z]{2,}|[a-z]{2,} 7\b|\b7 [a-z]{2,}")
_NOT_PROSE: Final = re.compile(
    r"^\s*(?:SELECT|INSERT|SET|PRAGMA|UPDATE|WITH|ALTER|Bearer)\b|\.\*|\\[wb]|\|"  # statements, patterns
)


def spoken(path: Path) -> Iterator[str]:
    """The texts of a module, without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(one) for one in _silent(tree)}
    yield from _texts(tree, silent)


def _silent(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, and texts that are statements of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if isinstance(node, ast.Assert) and node.msg is not None:
            yield node.msg


def _texts(node: ast.AST, silent: set[int]) -> Iterator[str]:
    if id(node) in silent:
        return
    if isinstance(node, ast.JoinedStr):
        whole = "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
        yield from _of_people(whole)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _texts(part.value, silent)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _of_people(node.value)
    for below in ast.iter_child_nodes(node):
        yield from _texts(below, silent)


def _of_people(text: str) -> Iterator[str]:
    if _PROSE.search(text) and not _NOT_PROSE.search(text):
        yield text.strip()
