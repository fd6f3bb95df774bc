"""What an editor shows, in the language of who writes: translated where it leaves, as in a terminal (decision 0150).

Names, codes, examples and edits stay. `data` of a finding stays English too: it is for programs. What is given here was
made for one answer, so it is changed in place.
"""

import re
from collections.abc import Callable
from typing import Final

from lsprotocol import types

Said = Callable[[str], str]
WordsOf = Callable[[str], Said]
"""The words for the locale of an editor: a tag such as `ru-RU`, or nothing."""

_EXIT: Final = re.compile(r"- (`[^`]+`): (.+)")
_TYPE: Final = re.compile(r"`[^`]+`: \w+")


def english(locale: str) -> Said:
    """Of a server that speaks no other language."""
    return str


def markdown(text: str, said: Said) -> str:
    """Each paragraph, and each exit of a verb by itself."""
    return "\n\n".join(_block(block, said) for block in text.split("\n\n"))


def _block(block: str, said: Said) -> str:
    if block.startswith("```") or _TYPE.fullmatch(block):
        return block
    lines = block.split("\n")
    exits = [_EXIT.fullmatch(line) for line in lines]
    return "\n".join(
        f"- {found[1]}: {said(found[2])}" if found else said(line) for line, found in zip(lines, exits, strict=True)
    )


def hover(shown: types.Hover | None, said: Said) -> types.Hover | None:
    """The documentation of what stands at a place."""
    if shown is not None and isinstance(shown.contents, types.MarkupContent):
        shown.contents.value = markdown(shown.contents.value, said)
    return shown


def items(offered: list[types.CompletionItem], said: Said) -> list[types.CompletionItem]:
    """What can be written, each with its documentation."""
    for item in offered:
        if isinstance(item.documentation, types.MarkupContent):
            item.documentation.value = markdown(item.documentation.value, said)
    return offered


def diagnostics(found: list[types.Diagnostic], said: Said) -> list[types.Diagnostic]:
    """What is wrong, and what to write instead."""
    for one in found:
        one.message = "\n".join(map(said, one.message.split("\n")))
    return found


def actions(offered: list[types.CodeAction], said: Said) -> list[types.CodeAction]:
    """What can be done."""
    for one in offered:
        one.title = said(one.title)
    return offered


def lenses(shown: list[types.CodeLens], said: Said) -> list[types.CodeLens]:
    """The links above tests and flows."""
    for one in shown:
        if one.command is not None:
            one.command.title = said(one.command.title)
    return shown
