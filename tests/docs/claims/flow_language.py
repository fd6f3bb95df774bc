"""The language of flows: of each verb, in its section, the exits that it has; and names that expressions know."""

import re
from collections.abc import Iterator
from typing import Final

from router.flow.expressions.types import BUILTIN_NAMES, hours_names
from router.flow.verbs import VERBS
from tests.docs.claims.page import Page, is_placeholder

_SECTION: Final = re.compile(r"^#{2,3} (.+)\n((?:(?!#).*\n)*)", re.MULTILINE)
_EXITS: Final = re.compile(r"(?:Exits|Выходы): ([^.]+)\.(?: |$)")
_DOTTED: Final = re.compile(r"(?<![\w./])(?:caller|call|now|limits|result|hours)\.[a-zA-Z_]+(?:\.[a-z_]+)?(?![\w.(/])")
_NAMES: Final = frozenset(BUILTIN_NAMES) | {name.rsplit(".", 1)[0] for name in BUILTIN_NAMES}


def wrong(page: Page) -> Iterator[str]:
    for title, section in _SECTION.findall(page.prose):
        verbs = [name for name in re.split(r"\W+", title) if name in VERBS]
        known = {exit for name in verbs for written, _ in VERBS[name].exits.described for exit in _parts(written)}
        for listed in _EXITS.findall(" ".join(section.split())) if verbs else ():
            for exit in re.findall(r"`([a-z_]+)`", listed):
                if exit not in known | {"on", "else"}:
                    yield f"{page.name}: {' and '.join(verbs)} has no exit {exit}"
    for span in page.spans:
        for name in _DOTTED.findall(span.text):
            if not (_is_name(name) or span.text.endswith((".py", ".md", ".json", ".svg"))):
                yield f"{page.place(span.line)}: expressions know no {name}"


def _parts(written: str) -> list[str]:
    return re.findall(r"[a-z_]+", written)


def _is_name(name: str) -> bool:
    if name in _NAMES or any(is_placeholder(part) for part in name.split(".")[1:-1]):
        return True
    room, _, rest = name.partition(".")
    return room == "hours" and (rest.isupper() or name in hours_names(rest.split(".")[0]) or "." not in rest)
