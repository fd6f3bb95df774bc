"""The headings of a page in Markdown, and the anchors that they have when the page is read."""

import re
from collections.abc import Iterator
from typing import Final

FENCED: Final = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
"""A fenced block, as a group of its own for `split`."""


def headings(markdown: str) -> list[tuple[int, str]]:
    """Level and title of each, in order; lines of code that begin with # are none."""
    found = re.findall(r"^(#+) (.+)$", FENCED.sub("", markdown), re.MULTILINE)
    return [(len(signs), title) for signs, title in found]


def anchors(markdown: str) -> list[str]:
    """The anchor of each heading: as GitHub and the site make it, a second one of the same name with `_1`."""
    return list(_distinct(anchor(title) for _, title in headings(markdown)))


def anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _distinct(names: Iterator[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        count = seen[name] = seen.get(name, -1) + 1
        yield f"{name}_{count}" if count else name
