"""Python that a page shows: it compiles, what it imports of the router exists, and the client has the methods that it calls."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from router import AsyncMango, Mango
from tests.docs.claims.page import Page

_CLIENTS: Final = {"Mango": Mango, "AsyncMango": AsyncMango}


def wrong(page: Page) -> Iterator[str]:
    for fence in page.fences:
        if fence.info in ("python", "py"):
            for line, said in complaints(fence.text):
                yield f"{page.place(fence.line + line - 1)}: {said}"


def complaints(text: str) -> Iterator[tuple[int, str]]:
    """What is wrong in a piece of Python, with its line."""
    try:
        tree = compile(text, "page", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        yield error.lineno or 1, f"no Python: {error.msg}"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "router":
            module = import_module(node.module or "router")
            for name in node.names:
                if not hasattr(module, name.name):
                    yield node.lineno, f"{node.module} has no {name.name}"
        elif isinstance(node, ast.Call) and (said := _call(node)) is not None:
            yield node.lineno, said


def _call(node: ast.Call) -> str | None:
    """A method of the client, which the pages call `mango`."""
    of = node.func
    if not (isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name) and of.value.id in ("mango", "pbx")):
        return None
    method = getattr(Mango, of.attr, None)
    if method is None:
        return f"the client has no method {of.attr}"
    parameters = inspect.signature(method).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return None
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg not in parameters:
            return f"{of.attr} has no parameter {keyword.arg}"
    return None
