"""Pages in two languages say the same: no page, heading, example or row of a table is missing in one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from docs.headings import FENCED, anchor, headings
from tests.docs.pages import PROJECT

DOCS = PROJECT / "docs"
FOR_DEVELOPERS = {"api.md", "architecture.md", "scheduling.md", "scale.md", "benchmarks.md", "licences.md"}
"""Of the router itself, with its decisions: English only."""


def _site() -> set[str]:
    """The pages that the site's navigation names."""
    text = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    return set(_named(yaml.safe_load(re.sub(r"!!python/\S+", "", text))["nav"]))


def _named(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for below in nav.values():
            yield from _named(below)
    elif isinstance(nav, list):
        for entry in nav:
            yield from _named(entry)


README = "README.md"
TRANSLATED = sorted(_site() - FOR_DEVELOPERS | {README})


def _both(page: str) -> tuple[str, str]:
    english = PROJECT / page if page == README else DOCS / page
    russian = english.with_name(english.name.replace(".md", ".ru.md"))
    return english.read_text(encoding="utf-8"), russian.read_text(encoding="utf-8")


def test_every_page_is_on_the_site() -> None:
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if not path.name.endswith(".ru.md")}
    assert {page for page in pages if not page.startswith("decisions/")} == _site()


def test_what_is_said_to_be_english_has_no_russian_page() -> None:
    made = {str(path.relative_to(DOCS)).replace(".ru.md", ".md") for path in DOCS.rglob("*.ru.md")}
    assert made == set(TRANSLATED) - {README}


@pytest.mark.parametrize("page", TRANSLATED)
def test_same_headings(page: str) -> None:
    english, russian = _both(page)
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(russian)]


@pytest.mark.parametrize("page", TRANSLATED)
def test_same_examples(page: str) -> None:
    english, russian = ([_without_comments(block) for block in _examples(text)] for text in _both(page))
    assert english == russian


def _examples(text: str) -> list[str]:
    return re.findall(r"(?:^<!-- [^>]+ -->\n)?^```.*?^```$", text, re.MULTILINE | re.DOTALL)


def _without_comments(block: str) -> str:
    """Comments are translated too; and the language that commands are to speak is the page's."""
    block = block.replace("IVR_LANG=ru", "IVR_LANG=en")
    return re.sub(r"[ \t]+# .*$|^# .*$", "", block, flags=re.MULTILINE)


@pytest.mark.parametrize("page", TRANSLATED)
def test_same_tables_and_lists(page: str) -> None:
    english, russian = ([line[:1] for line in _prose(text) if re.match(r"\||- |\d+\. ", line)] for text in _both(page))
    assert english == russian


def _prose(text: str) -> list[str]:
    return FENCED.sub("", text).splitlines()


@pytest.mark.parametrize("page", TRANSLATED)
def test_same_links(page: str) -> None:
    """Also where a page is read outside of the site, which is by its file."""
    found = (re.findall(r"\]\(([^)\s]+)\)", text) for text in _both(page))
    english, russian = (
        sorted(link.replace(".ru.", ".").replace("-ru-dark.", ".") for link in links) for links in found
    )
    assert english == russian


QUOTED = r"`[^`]*`|\]\([^)]*\)|<!--.*?-->|https?://\S+|MANGO OFFICE|ivr-router|(?:[a-zA-Z-]+, ){3,}[a-zA-Z-]+"
"""Code, links, names, and lists of words that an option takes."""


@pytest.mark.parametrize("page", TRANSLATED)
def test_russian_is_russian(page: str) -> None:
    """Each paragraph apart from what is quoted from the program; a heading may be a name."""
    text = re.sub(r"^#.*$", "", FENCED.sub("", _both(page)[1]), flags=re.MULTILINE)
    for paragraph in text.split("\n\n"):
        words = re.sub(QUOTED, "", paragraph)
        cyrillic, latin = (len(re.findall(letters, words)) for letters in ("[а-яёА-ЯЁ]", "[a-zA-Z]"))
        assert cyrillic >= latin, paragraph


@pytest.mark.parametrize("page", ["flows.md", "flows.ru.md"])
def test_contents_name_every_section(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    english = (DOCS / "flows.md").read_text(encoding="utf-8")
    listed = re.findall(r"\]\(#([^)]+)\)", text.partition("\n## ")[0])
    sections = [anchor(title) for level, title in headings(english) if level == 2]
    assert sorted(listed) == sorted(sections)


def test_the_pages_are_files() -> None:
    assert [page for page in sorted(_site()) if not Path(DOCS / page).is_file()] == []
