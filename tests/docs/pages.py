"""The documentation as data: every page, and the fenced blocks in it with what their marks say.

A mark is an HTML comment on the line above a block. `<!-- bundle: NAME FILE -->` makes the block a part of a file of
that bundle: blocks of one file are put together in the order of the page. `<!-- configuration -->` is an ivr.yaml,
`<!-- pbx -->` a pbx.yaml. A Russian page, FILE.ru.md, repeats the blocks of FILE.md (test_translations.py).
"""

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(PROJECT / name for name in ("README.md", "README.ru.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
        *(PROJECT / "docs").rglob("*.md"),
        *(PROJECT / "flows" / "library").rglob("*.md"),
        *(PROJECT / "examples").rglob("*.md"),
        *(page for page in (PROJECT / "editors").rglob("*.md") if "node_modules" not in page.parts),
    ]
)

_BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^>]+) -->\n)?^```(?P<info>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block."""

    page: Path
    line: int  # of its fence
    info: str  # "yaml", "sh", ...
    mark: str  # what the comment above says, "" without one
    text: str


def blocks() -> list[Block]:
    """Every block of every page, in order."""
    return [
        Block(
            page=page,
            line=text.count("\n", 0, found.start("info")) + 1,
            info=found["info"],
            mark=found["mark"] or "",
            text=found["text"],
        )
        for page in PAGES
        for text in [page.read_text(encoding="utf-8")]
        for found in _BLOCK.finditer(text)
    ]


def bundles() -> dict[str, dict[str, bytes]]:
    """The bundles that the pages print: name -> file -> content."""
    found: dict[str, dict[str, bytes]] = {}
    for block in blocks():
        if block.mark.startswith("bundle: ") and not block.page.name.endswith(".ru.md"):
            _, name, file = block.mark.split()
            files = found.setdefault(name, {})
            files[file] = files.get(file, b"") + block.text.encode()
    return found
