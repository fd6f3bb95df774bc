"""Names in a text that are not filled in: written bare, or in the brackets of another template language.

"Hello caller.number", "{{ caller.number }}", "%caller.number%"   -> ${caller.number} is meant
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

from router.flow.expressions.foreign import translated

_OURS: Final = re.compile(r"\$\{[^}]*\}?")
_SIGNS: Final = re.compile(r"[A-Za-z0-9_]\.[A-Za-z_]|[{$%<\[]")
_WRITTEN: Final = re.compile(
    r"""(?P<open>\$?\{\{-?\s*|\#\{\s*|\$\(\s*|<%=\s*|%\{\s*|\[\[\s*|\$|%|\{\s*|@\{\s*|<)?
        (?<![\w.@/-])(?P<name>[A-Za-z_]\w*(?:\.\w+)*)(?!\w|[@(]|\.\w)
        (?P<close>\s*-?\}\}|\s*\}|\s*\)|\s*%>|\s*\]\]|%|>)?""",
    re.VERBOSE | re.ASCII,
)
_VALUE: Final = re.compile(r"values\.[a-z_][a-z0-9_]*")  # which of them there are, the configuration says
_DOUBLE: Final = ("{{", "${{", "#{", "$(", "<%=", "%{", "[[", "@{")
_CLOSING: Final = {"{{": "}}", "${{": "}}", "#{": "}", "$(": ")", "<%=": "%>", "%{": "}", "[[": "]]", "%": "%",
                   "{": "}", "@{": "}", "<": ">"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """One such name. `name` is what we call it, "" when that is not known."""

    offset: int
    length: int
    written: str
    name: str


def may_hold_one(text: str) -> bool:
    """Whether a text is worth a look."""
    rest = _OURS.sub("", text) if "${" in text else text
    return _SIGNS.search(rest) is not None


def placeholders(text: str, names: Container[str]) -> Iterator[Placeholder]:
    """The names of a text that stand for themselves."""
    for found in _WRITTEN.finditer(_OURS.sub(lambda ours: " " * len(ours[0]), text)):
        opening, closing = (found["open"] or "").strip(" -"), (found["close"] or "").strip(" -")
        whole = opening in ("", "$") or _CLOSING.get(opening) == closing
        name = _meant(found["name"], opening, names) if whole else ""
        if not name and not (whole and opening in ("{{", "${{")):
            continue
        alone = opening in ("", "$")
        start = found.start("name") if opening == "" else found.start()
        end = found.end("name") if alone else found.end()
        yield Placeholder(offset=start, length=end - start, written=text[start:end], name=name)


def _meant(written: str, opening: str, names: Container[str]) -> str:
    """Our name for it; a bare word is only a word."""
    if written in names or (_VALUE.fullmatch(written) and "values.*" in names):
        return written if "." in written or opening in _DOUBLE or opening in ("$", "%", "{") else ""
    if opening not in _DOUBLE:
        return ""
    said = translated(written, names) or ""
    return said if said in names else ""
