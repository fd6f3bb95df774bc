"""Somebody who types anything for as long as one likes: `python -m tests.lsp.random_edits --seconds 1800 [--seed N]`.

A question that raises, an answer outside of the text, or one that takes longer than HANG_SECONDS ends it with the seed and
the text, so that it can be looked at.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from lsprotocol import types

from router.lsp.service import Service
from router.lsp.text_map import TextMap
from router.lsp.workspace import uri_of

ROOT = Path(__file__).parents[2]
HANG_SECONDS = 20.0
SCRAPS = [
    "",
    " ",
    "  - ",
    "{",
    "}",
    "[",
    "]",
    ": ",
    ",",
    "'",
    '"',
    "#",
    "${",
    "|",
    ">",
    "\t",
    "é👋",
    "x: y",
    "\n",
    "&",
    "*",
]


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Type anything, and ask everything, until the time is over.")
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    edits, end = 0, time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place) / "flows"
        shutil.copytree(ROOT / "tests" / "bundles" / "reception", directory)
        names = sorted(path.name for path in directory.iterdir() if path.suffix in (".yaml", ".csv", ".txt"))
        texts = {name: (directory / name).read_text(encoding="utf-8") for name in names}
        service = Service(today=lambda: date(2026, 11, 23), now=lambda: 1_795_000_000.0)
        while time.monotonic() < end:
            name = chance.choice(names)
            text = edited(texts[name], chance) if chance.random() > 0.02 else (directory / name).read_text()
            texts[name] = text
            begun = time.monotonic()
            try:
                ask_everything(service, directory / name, text, chance)
            except Exception:
                print(f"seed {options.seed}, edit {edits}, {name}:\n{text}", file=sys.stderr)
                raise
            if time.monotonic() - begun > HANG_SECONDS:
                print(
                    f"seed {options.seed}, edit {edits}: {time.monotonic() - begun:.0f} s for {name}:\n{text}",
                    file=sys.stderr,
                )
                return 1
            edits += 1
    print(f"{edits} edits, seed {options.seed}: no question failed")
    return 0


def edited(text: str, chance: random.Random) -> str:
    """One edit: a scrap or a piece of the text itself, over nothing or over some characters."""
    start = chance.randrange(len(text) + 1)
    cut = chance.choice([0, 0, 1, 1, 3, 20, 200])
    begin = chance.randrange(len(text) + 1)
    words = chance.choice([*SCRAPS, text[begin : begin + chance.choice([5, 40, 200])]])
    return (text[:start] + words + text[start + cut :])[:20_000]


def ask_everything(service: Service, file: Path, text: str, chance: random.Random) -> None:
    """Every question, at some place of the text."""
    uri, whole = uri_of(file), TextMap(text)
    service.show(uri, text)
    place = whole.position(chance.randrange(len(text) + 1))
    span = types.Range(start=place, end=whole.position(chance.randrange(len(text) + 1)))
    for found in service.findings(service.space.bundle_of(file)).get(uri, ()):
        last = whole.whole.end
        assert (found.range.end.line, found.range.end.character) <= (last.line, last.character), found
    service.complete(uri, place)
    service.hover(uri, place)
    service.definition(uri, place)
    service.references(uri, place, with_definition=True)
    service.highlights(uri, place)
    service.hints(uri, whole.whole)
    service.outline(uri)
    service.folding(uri)
    service.tokens(uri)
    service.layout(uri)
    service.lenses(uri)
    service.actions(uri, span, ())


if __name__ == "__main__":
    sys.exit(main())
