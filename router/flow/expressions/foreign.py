"""What an expression of another language says, in ours: for suggestions, never for running.

    translated("lists.vip contains caller.number")  -> "caller.number in lists.vip"
    translated("!hours.office.closed")              -> "hours.office.open"

A translation is compiled before it is offered (`advising`), so a rule may guess.
"""

import re
from collections.abc import Container
from typing import Final

from router.flow.expressions.foreign_rules import RULES
from router.flow.expressions.foreign_texts import FOREIGN_QUOTES, MARK, Texts
from router.flow.suggestions.spelling import plain_letters

LONGEST: Final = 300  # characters of a source that is looked at
_ROUNDS: Final = 6
_DATE_PARTS: Final = {"Day": "now.weekday", "Hours": "now.hour", "Minutes": "now.minute"}


def translated(source: str, names: Container[str] = ()) -> str | None:
    """The source in our language, None where no rule knows anything of it."""
    if len(source) > LONGEST or MARK in source:
        return None
    texts = Texts(names)
    written = texts.aside(source.strip())
    unwrapped = _unwrapped(source).strip()
    said = before = _in_plain_letters(written if unwrapped == source.strip() else texts.aside(unwrapped))
    for _ in range(_ROUNDS):
        for rule in RULES:
            said = rule(said, texts)
        if said == before:
            break
        before = said
    unchanged = said == written and not FOREIGN_QUOTES.search(source)
    return None if unchanged else texts.back(re.sub(r"\s+", " ", said).strip())


def _in_plain_letters(said: str) -> str:
    """Without what only looks like Latin letters, and without what cannot be seen; texts are put aside already."""
    return said if said.isascii() else "".join(sign if sign in "⟦⟧" else plain_letters(sign) for sign in said)


def _unwrapped(source: str) -> str:
    """Without the signs that mark an expression elsewhere: {{ }}, ${{ }}, $[ ], ${ }, <%= %>."""
    said = source.strip()
    for opening, closing in (("${{", "}}"), ("{{", "}}"), ("{%", "%}"), ("$[", "]"), ("${", "}"), ("<%=", "%>")):
        if said.startswith(opening) and said.endswith(closing) and said.count(opening) == 1:
            said = said[len(opening) : -len(closing)].strip("- ")
    said = re.sub(r"^(?:else\s*)?if\b\s*(?=\S)", "", said)
    said = re.sub(r"""\bf(["'])\{([\w.]+)\}\1""", r"\2", said)
    said = re.sub(r"(?:\bnew\s+)?\bDate\(\)\.get(Day|Hours|Minutes)\(\)", lambda got: _DATE_PARTS[got[1]], said)
    said = re.sub(r"(?<![\w)\]])/(\^?[\w.*$+?\\()|-]+)/[a-z]*(?=[\s.,)]|$)", r'"\1"', said)
    said = re.sub(r"""(["'])(\$\{[\w.()]+\}|\{\{\s*[\w.]+\s*\}\})\1""", r"\2", said)
    said = re.sub(r"\$?\{\{-?\s*([\w.]+)\s*-?\}\}|\$\{([\w.]+(?:\([\w]+\))?)(?::0:[0-9]+)?\}", _bare_name, said)
    return re.sub(r"\$(?=[A-Za-z_])", "", said)


def _bare_name(found: re.Match[str]) -> str:
    name = str(found[1] or found[2])
    cut = re.search(r":0:([0-9]+)\}$", found[0])
    return f"{name}[0:{cut[1]}]" if cut is not None else name
