"""Paths and names of files: the tree has them. Links and their anchors, too."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from docs.headings import anchors
from tests.docs.claims.page import PROJECT, Page, is_placeholder

_PATH: Final = re.compile(r"(?<![\w./:$@-])((?:\./)?[\w.-]++(?:/[\w.-]++)++/?+)(?![…*<{])")
_SOURCE: Final = re.compile(r"[\w-]+\.(?:py|tsx?|mjs|sql|lock|toml|service)")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
TOP: Final = (
    "router", "tests", "docs", "schemas", "flows", "bench", "console", "deploy", "editors", "examples", ".ci",
)  # fmt: skip
_MADE: Final = ("build/site", "flows/", "tests/test_live_")
"""What commands write, or what a reader makes: `flows` is the reader's own directory, too."""


def wrong(page: Page) -> Iterator[str]:
    written = chain(
        ((span.line, span.text) for span in page.spans),
        ((fence.line, fence.text) for fence in page.fences if fence.info != "json"),
    )
    for line, text in written:
        for path in _PATH.findall(text):
            if (said := complaint(path)) is not None:
                yield f"{page.place(line)}: {said}"
    for span in page.spans:
        if _SOURCE.fullmatch(span.text) and "NAME" not in span.text and span.text not in names():
            yield f"{page.place(span.line)}: no file is called {span.text}"
    for link in _LINK.findall(page.prose):
        if "://" not in link and not _leads_somewhere(page, link):
            yield f"{page.name}: the link {link} leads nowhere"


def complaint(path: str) -> str | None:
    """Why a path cannot be one of the tree; None when it is, or is none of ours."""
    plain = path.removeprefix("./").rstrip("/.")
    first = plain.split("/")[0]
    if first not in TOP or is_placeholder(plain.split("/")[-1]) or plain.startswith(_MADE):
        return None
    if plain in tree() or (PROJECT / plain).exists():
        return None
    if any(known.endswith(f"/{plain}") for known in tree()):  # told from a folder that the passage names
        return None
    return f"there is no file {plain}"


@cache
def tree() -> frozenset[str]:
    """Files and folders under version control."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()
    return frozenset(str(path) for name in listed for path in (Path(name), *Path(name).parents))


@cache
def names() -> frozenset[str]:
    return frozenset(Path(path).name for path in tree())


def _leads_somewhere(page: Page, link: str) -> bool:
    """A heading has its English anchor in both languages."""
    path, _, heading = link.partition("#")
    here = PROJECT / page.name
    target = here.parent / path if path else here.with_name(here.name.replace(".ru.md", ".md"))
    if not target.exists():
        return False
    target = target.with_name(target.name.replace(".ru.md", ".md"))
    text = page.text if not path and not page.name.endswith(".ru.md") else ""
    return not heading or heading in anchors(text or target.read_text(encoding="utf-8"))
