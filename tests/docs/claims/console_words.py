"""What the console's pages, buttons and headings are called: the words of its catalogues, in the page's language."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.docs.claims.page import PROJECT, Page

_STRING: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`')
_NAMED: Final = {"en": re.compile(r"`([A-Z][a-z]+(?: [a-z]+)*)`"), "ru": re.compile(r"«([А-ЯЁ][^»]*)»")}
_SPEAKS: Final = re.compile(r"[Cc]onsole|[Кк]онсол")
_PAGES: Final = {
    "en": re.compile(r"[Cc]onsole's? pages? ([A-Z]\w+)(?:(?:,| and) (?:the page )?([A-Z]\w+))*|the page ([A-Z]\w+)"),
    "ru": re.compile(r"страниц[аеуы]й? (?:консоли )?«([^»]+)»"),
}
_OTHERS: Final = {"Enter", "Escape", "Tab", "Space", "Secure"}
"""Keys, and a word of HTTP."""


def wrong(page: Page) -> Iterator[str]:
    language = "ru" if page.name.endswith(".ru.md") else "en"
    whole = page.name.startswith("docs/console")
    for passage in page.passages:
        if not (whole or _SPEAKS.search(passage.text)):
            continue
        text = " ".join(passage.text.split())
        named = set(_NAMED[language].findall(text)) if whole or language == "en" else set()
        named |= {name for found in _PAGES[language].finditer(text) for name in found.groups() if name}
        for name in sorted(named - words(language) - _OTHERS):
            if not (re.fullmatch(r"[A-Z]\w*[a-z][A-Z]\w*|Ivr\w+", name)):
                yield f"{page.place(passage.line)}: the console has no {name!r} in {language}"
    if whole:
        titles = re.findall(r"^## (.+)$", page.prose, re.MULTILINE)
        for title in titles:
            if not any(part in words(language) for part in re.split(r", | и ", title.removeprefix("A ").capitalize())):
                yield f"{page.name}: the console has no page {title!r} in {language}"


@cache
def words(language: str) -> frozenset[str]:
    """Every text of the catalogues."""
    files = (PROJECT / "console" / "src" / "words" / language).glob("*.ts")
    found = {first or second for file in files for first, second in _STRING.findall(file.read_text(encoding="utf-8"))}
    return frozenset(text[:1].upper() + text[1:] for text in found if text)
