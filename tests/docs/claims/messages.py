"""Messages of the program that a page quotes (`the PBX refused a command`): the program says them so."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.docs.claims.page import PROJECT, Page

_MESSAGE: Final = re.compile(r"[a-z][A-Za-z ,'-]+(?: \.\.\.|: \.\.\.)?")
_COMMAND: Final = re.compile(r"(?:ivr|make|sudo|python|docker|pip|gunicorn|systemctl|from|cp|flask|npx|apt) ")
_ROLE: Final = re.compile(r"the (?:dispatcher|timers) ")
_LISTS: Final = ("docs/flows.md", "docs/flows.ru.md")
"""Pages in which several words of the language stand in one piece of code."""


def wrong(page: Page) -> Iterator[str]:
    for span in page.spans if page.name not in _LISTS else ():
        if _MESSAGE.fullmatch(span.text) and span.text.count(" ") >= 3 and not _COMMAND.match(span.text):
            said = _ROLE.sub("", re.sub(r":? \.\.\.$", "", span.text))
            if said not in source():
                yield f"{page.place(span.line)}: the program does not say {said!r}"


@cache
def source() -> str:
    """All of the program's text, with the pieces of a broken text joined."""
    files = [*(PROJECT / "router").rglob("*.py"), *(PROJECT / "router").rglob("*.json")]
    files += (PROJECT / "console" / "src" / "words").rglob("*.ts")
    text = " ".join(file.read_text(encoding="utf-8") for file in files)
    return " ".join(re.sub(r'"\s+f?"', "", text).split())
