"""Pages that are made of tables, in Russian: every text of the tables has one, and no text of a catalogue is left over."""

import re
import tomllib
from collections.abc import Mapping

import pytest

from docs import russian
from docs.generate import IN_BOTH_LANGUAGES
from docs.prose import said_by_blocks
from docs.russian import UntranslatedError, Words, catalogue_of


def _catalogue(page: str) -> Mapping[str, str]:
    areas = tomllib.loads(catalogue_of(page).read_text(encoding="utf-8")).values()
    texts = [entry for area in areas for entry in area.items()]
    assert len(texts) == len(dict(texts)), "a text stands twice"
    return dict(texts)


@pytest.mark.parametrize("page", sorted(IN_BOTH_LANGUAGES))
def test_every_text_of_a_catalogue_is_on_the_page(page: str) -> None:
    asked: set[str] = set()

    def said(text: str) -> str:
        asked.add(text)
        return text

    IN_BOTH_LANGUAGES[page](Words(said=said, prose=lambda text: said_by_blocks(text, said)))
    patterns = {re.sub(r"\\\{\d!?\\\}", ".*", re.escape(english)) for english in _catalogue(page)}
    assert [one for one in patterns if not any(re.fullmatch(one, text, re.DOTALL) for text in asked)] == []


@pytest.mark.parametrize("page", sorted(IN_BOTH_LANGUAGES))
def test_entries_have_the_same_holes_code_and_links(page: str) -> None:
    """What stands in back quotes is what one types: it is the same in both."""
    for english, shown in _catalogue(page).items():
        for what in (r"\{\d!?\}", r"`[^`]+`", r"\]\([^)]+\)", r"§[\d.]*\d"):
            assert sorted(set(re.findall(what, english))) == sorted(set(re.findall(what, shown))), english


def test_a_text_without_russian_is_told_with_its_place() -> None:
    def page(words: Words) -> str:
        row = f"| `POST /emulator/calls` | {words.said('places a parcel')} |"
        return "\n\n".join([words.prose("## Control\n\nThe methods\nare these."), f"| request | |\n{row}", "## End"])

    with pytest.raises(UntranslatedError) as error:
        russian.page("emulator", page)
    assert str(error.value).splitlines() == [
        "docs/ru/emulator.toml lacks the Russian for texts of docs/emulator.md:",
        "- Управление, `POST /emulator/calls`: places a parcel",
        "- Управление: The methods are these.",
    ]


def test_prose_is_said_block_by_block() -> None:
    text = """\
Some
words.

- one
  and more
- two

## Title

| `a` | b |
| --- | --- |

<!-- pbx -->
```yaml
a: 1     # why
b: "# no"
```"""
    assert said_by_blocks(text, str.upper).splitlines() == [
        "SOME WORDS.",
        "",
        "- ONE AND MORE",
        "- TWO",
        "",
        "## TITLE",
        "",
        "| `A` | B |",
        "| --- | --- |",
        "",
        "<!-- pbx -->",
        "```yaml",
        "a: 1     # WHY",
        'b: "# no"',
        "```",
    ]
