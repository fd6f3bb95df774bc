"""A hook of MkDocs for what differs between reading the sources and reading the site.

- A link that leads out of `docs/` names the file of the source instead: the site is read without it.
- A Russian page names the Russian file of a page that it links to; the site finds it by itself.
- A page that is made by a program says so in its first line, where the site looks for the page's title.
- A heading has the same anchor in both languages, the English one, so that a link may be written once. Both have the
  same headings in the same order; `tests/docs/test_translations.py` holds them to it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from docs.headings import FENCED, anchors

TRANSLATED: Final = ".ru.md"
MADE: Final = re.compile(r"\A<!--.*?-->\s*")
LINK: Final = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)#\s]+)(?P<heading>#[^)]*)?\)")


def on_page_markdown(markdown: str, page: Page, config: Any, files: Files) -> str:
    """The page's text as the site needs it."""
    source = Path(page.file.abs_src_path or "")
    if source.name.endswith(TRANSLATED):
        source = source.with_name(source.name.removesuffix(TRANSLATED) + ".md")
    markdown = MADE.sub("", markdown)
    names = iter(anchors(source.read_text(encoding="utf-8")))
    up = "../" * (page.file.src_uri.count("/") + 1)
    return "".join(part if is_code else _prose(part, names, up) for part, is_code in _parts(markdown))


def _parts(markdown: str) -> Iterator[tuple[str, bool]]:
    """The text in order, cut into prose and fenced blocks, and whether each is a block."""
    for place, part in enumerate(FENCED.split(markdown)):
        yield part, place % 2 == 1


def _prose(text: str, names: Iterator[str], up: str) -> str:
    named = re.sub(r"^#+ .+$", lambda heading: _named(heading[0], names), text, flags=re.MULTILINE)
    return LINK.sub(lambda link: _source(link, up) if link["target"].startswith(up) else _page(link), named)


def _named(heading: str, names: Iterator[str]) -> str:
    name = next(names, "")
    return f"{heading} {{#{name}}}" if name else heading


def _page(link: re.Match[str]) -> str:
    """A link to another page, in the language that is read."""
    return link[0].replace(TRANSLATED, ".md")


def _source(link: re.Match[str], up: str) -> str:
    """The words of a link out of `docs/`, and the file's path."""
    path = link["target"].removeprefix(up)
    return f"`{path}`" if link["text"].strip("`") == path else f"{link['text']} (`{path}`)"
