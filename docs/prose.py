"""Markdown of several blocks, said in another language block by block: what a paragraph is translated as a whole.

A heading, a paragraph, an item of a list, a cell of a table and a comment in an example are texts; the rest of an
example, and marks such as `<!-- pbx -->`, stay.
"""

import re
import textwrap
from collections.abc import Callable
from typing import Final

from docs.headings import FENCED

WIDTH: Final = 120
_COMMENT: Final = re.compile(r"(?P<before>^|[ \t])# (?P<text>.*)$", re.MULTILINE)
_CELL: Final = re.compile(r"(?<!\\)\|")


def said_by_blocks(markdown: str, said: Callable[[str], str]) -> str:
    """The same blocks in the same order, with lines of their own."""
    parts = FENCED.split(markdown)
    return "".join(_example(part, said) if place % 2 else _prose(part, said) for place, part in enumerate(parts))


def _example(fenced: str, said: Callable[[str], str]) -> str:
    return _COMMENT.sub(lambda comment: f"{comment['before']}# {said(comment['text'])}", fenced)


def _prose(text: str, said: Callable[[str], str]) -> str:
    blocks = re.split(r"(\n{2,})", text)
    return "".join(block if place % 2 else _block(block, said) for place, block in enumerate(blocks))


def _block(block: str, said: Callable[[str], str]) -> str:
    if not block.strip() or block.lstrip().startswith("<!--"):
        return block
    if block.startswith("#"):
        signs, _, title = block.partition(" ")
        return f"{signs} {said(title)}"
    if block.startswith("|"):
        return "\n".join(_row(line, said) for line in block.splitlines())
    if block.startswith("- "):
        return "\n".join(_wrapped(item, said, "- ") for item in re.split(r"^- |\n- ", block)[1:])
    return _wrapped(block, said, "")


def _row(line: str, said: Callable[[str], str]) -> str:
    return "|".join(f" {said(cell.strip())} " if cell.strip(" -") else cell for cell in _CELL.split(line))


def _wrapped(text: str, said: Callable[[str], str], mark: str) -> str:
    lines = textwrap.wrap(
        said(" ".join(text.split())), WIDTH - len(mark), break_long_words=False, break_on_hyphens=False
    )
    return mark + f"\n{' ' * len(mark)}".join(lines)
