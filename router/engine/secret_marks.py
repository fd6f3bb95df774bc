"""Secrets in texts that are stored or handed on: a mark stands for each until the request leaves.

A mark is either the name of a secret of the configuration, or a variable's sealed value with what that is bound to. It
is framed by NUL, which no value that a caller or another system supplies may bring along (`clean`): so nothing typed,
said or looked up can make the router insert a secret.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

FRAME: Final = "\x00"
SEALED: Final = "="
BOUND: Final = "@"  # in no seal, and in no name of a variable
OpenSealed = Callable[..., str]
"""Of a seal, the call's entry_id and the variable's name."""

_marks = re.compile(f"{FRAME}([^{FRAME}]*){FRAME}")


def mark(name: str) -> str:
    """Stands for the secret `name` of the configuration."""
    return f"{FRAME}{name}{FRAME}"


def mark_sealed(sealed: str, entry_id: str, variable: str) -> str:
    """Stands for a variable's value that the sealer sealed."""
    return f"{FRAME}{SEALED}{sealed}{BOUND}{variable}{BOUND}{entry_id}{FRAME}" if sealed else ""


def clean(text: str) -> str:
    """A foreign text without anything that could pass for a mark."""
    return text.replace(FRAME, "")


def shown_marks(tree: Any) -> Any:
    """A JSON-like tree with each secret as its author wrote it, "${secrets.crm}"; of a sealed value only "***"."""
    match tree:
        case str():
            if FRAME not in tree:
                return tree
            return _marks.sub(lambda found: "***" if found[1].startswith(SEALED) else f"${{secrets.{found[1]}}}", tree)
        case dict():
            return {key: shown_marks(value) for key, value in tree.items()}
        case list():
            return [shown_marks(value) for value in tree]
    return tree


def replace_marks(
    text: str,
    secrets: Mapping[str, str],
    open_sealed: OpenSealed,
    encode: Callable[[str], str] | None = None,
) -> str:
    """The text with every mark replaced; a secret that the configuration does not have becomes "".

    `encode` is applied to what is put in, e.g. percent-encoding inside a URL.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        found = _opened(name, open_sealed) if name.startswith(SEALED) else secrets.get(name, "")
        return encode(found) if encode is not None else found

    return _marks.sub(value, text)


def sealed_values(tree: Any, open_sealed: OpenSealed) -> list[str]:
    """Every value of a JSON-like tree that the sealer sealed, in clear: what must not be shown."""
    match tree:
        case str():
            names = [found[1] for found in _marks.finditer(tree)]
            return [_opened(name, open_sealed) for name in names if name.startswith(SEALED)]
        case dict():
            return [value for inner in tree.values() for value in sealed_values(inner, open_sealed)]
        case list() | tuple():
            return [value for inner in tree for value in sealed_values(inner, open_sealed)]
    return []


def _opened(name: str, open_sealed: OpenSealed) -> str:
    """Of a version before seals were bound, a mark has the seal alone."""
    sealed, bound, names = name.removeprefix(SEALED).partition(BOUND)
    variable, _, entry_id = names.partition(BOUND)
    return open_sealed(sealed, entry_id, variable) if bound else open_sealed(sealed)


def replace_marks_within(tree: Any, secrets: Mapping[str, str], open_sealed: OpenSealed) -> Any:
    """The same for every text of a JSON-like tree."""
    match tree:
        case str():
            return replace_marks(tree, secrets, open_sealed)
        case dict():
            return {key: replace_marks_within(value, secrets, open_sealed) for key, value in tree.items()}
        case list():
            return [replace_marks_within(value, secrets, open_sealed) for value in tree]
    return tree
