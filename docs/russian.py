"""Pages that are made by the program, in Russian.

What makes a page is given `Words`, and asks them for each of its texts. The Russian ones stand in docs/ru/PAGE.toml, a
text of the English page before what stands in its place, or within the program, where it shows the page itself
(`router/translation/ru/pages`). What messages say in Russian need not stand there again. A text that has no Russian
fails, with its place on the page.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from docs.prose import said_by_blocks
from router.translation.catalogue import FOLDER, Catalogue, catalogue, is_code

Said = Callable[[str], str]
DOCS: Final = Path(__file__).parent
LINK: Final = re.compile(r"\]\((?P<page>[\w/-]+)\.md(?=[#)])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a page says, in its language."""

    said: Said  # a text of one paragraph
    prose: Said  # Markdown of several blocks


ENGLISH: Final = Words(said=str, prose=str)


class UntranslatedError(Exception):
    """Texts of a page that have no Russian yet, each with its place."""


def page(name: str, make: Callable[[Words], str]) -> str:
    """The page in Russian, `name` without a suffix; UntranslatedError names every text that lacks."""
    lacking: dict[str, None] = {}
    said = partial(_said, catalogue("ru", catalogue_of(name)), lacking)
    made = LINK.sub(_to_the_russian, make(Words(said=said, prose=partial(said_by_blocks, said=said))))
    if lacking:
        told = "\n".join(f"- {_place(text, made)}: {text}" for text in lacking)
        file = catalogue_of(name).relative_to(DOCS.parent)
        raise UntranslatedError(f"{file} lacks the Russian for texts of docs/{name}.md:\n{told}")
    return made


def catalogue_of(page: str) -> Path:
    """The file of a page's Russian texts: in the wheel where the program itself shows them, else beside the page."""
    shown = FOLDER / "ru/pages" / f"{page}.toml"
    return shown if shown.exists() else DOCS / "ru" / f"{page}.toml"


def _to_the_russian(link: re.Match[str]) -> str:
    """A link to a page, in Russian where the page has it."""
    return f"]({link['page']}.ru.md" if (DOCS / f"{link['page']}.ru.md").exists() else link[0]


def _said(words: Catalogue, lacking: dict[str, None], text: str) -> str:
    if is_code(text):
        return text
    shown = words.known(text)
    if not shown:
        lacking[text] = None
    return shown or text


def _place(text: str, made: str) -> str:
    """Where the text, which is still English there, stands on the page: the heading, and the row of the table."""
    return next((place for place, block in _blocks(made) if text in block), "somewhere")


def _blocks(made: str) -> Iterator[tuple[str, str]]:
    heading = ""
    for block in re.split(r"\n{2,}|\n(?=[|-])", made):
        if block.startswith("#"):
            heading = block.lstrip("# ")
        row = block.split(" | ")[0].removeprefix("| ") if block.startswith("| ") else ""
        yield ", ".join(filter(None, (heading, row))), " ".join(block.replace("\\|", "|").split())
