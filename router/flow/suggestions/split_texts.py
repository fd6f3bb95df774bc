"""Texts that YAML took apart, as their author meant them: with quotes, or in the words of this language."""

import re
from typing import Final

from router.flow.expressions.foreign import translated
from router.flow.expressions.problems import Problem
from router.flow.expressions.syntax import parse
from router.flow.suggestions.advice import NO_ADVICE, Advice, as_scalar, quoted
from router.flow.suggestions.text_lists import list_meant

EXPRESSION_KEYS: Final = frozenset({"when", "if", "sticky", "key", "contact", "visitor", "language"})
"""Under which keys expressions stand."""

_SECRETS: Final = frozenset({"!secret", "!env_var", "!env", "!vault", "!secrets", "!ENV"})
_PROMPTS: Final = frozenset({"prompt", "hold", "say", "play"})
_KEY: Final = re.compile(r"(\w+): *$")
_INDEXED: Final = re.compile(r"(?<!\bhour)(?<!\blist)\w\[")  # but hours[...] and lists[...]
_SPOKEN: Final = re.compile(r"(audio\.[A-Za-z_]\w*)(?:\[(\w+\.\w+)\]|\[?\$\{([^}\s]*)\}\]?)", re.ASCII)


def tag_advice(tag: str, value: str, source: str, key: str) -> Advice:
    """What a tagged scalar under `key` says; `source` is tag and value as they are written."""
    if key in EXPRESSION_KEYS:
        said = translated(source)
        return Advice(f"write {as_scalar(said)}", as_scalar(said)) if said else NO_ADVICE
    if tag in _SECRETS and value:
        if key in _PROMPTS:
            return Advice(f"write audio.{value}: a prompt is named where it stands", f"audio.{value}")
        text = quoted(f"${{secrets.{value.lower()}}}")
        return Advice(f"write {text}, and only in what a lookup or a notify sends", text)
    rest = source.partition(" ")[2].strip()
    if rest and not tag.startswith("tag:yaml.org"):
        return Advice("there are no tags: write the value itself")
    if rest:
        return Advice(f"leave the tag out: {rest}", rest)
    return Advice(f"quote the text: {quoted(source)}", quoted(source)) if value == "" else NO_ADVICE


def whole_advice(whole: str, before: str) -> Advice:
    """How to write a text of which YAML saw only the beginning; `before` is what stands before it in its line."""
    found = _KEY.search(before)
    if (spoken := _SPOKEN.fullmatch(whole)) is not None and found is not None and found[1] in _PROMPTS:
        text = f'"{spoken[1]}[${{{spoken[2] or spoken[3]}}}]"'
        return Advice(f"write {text}", text, span=(0, len(whole)))
    said = translated(whole) if found is not None and found[1] in EXPRESSION_KEYS else None
    span = (0, len(whole))
    if said is not None and not isinstance(parse(said), Problem):
        return Advice(f"write {as_scalar(said)}", as_scalar(said), span=span)
    parts = list_meant(found[1], whole) if found is not None else []
    if parts:
        written = f"[{', '.join(map(as_scalar, parts))}]"
        return Advice(f"write a list: {written}", written, span=span)
    return Advice(f"quote the whole text: {quoted(whole)}", quoted(whole), span=span)


def indexing(whole: str, before: str) -> bool:
    """Whether an expression takes something out of a text or a group by an index, and nothing else is known of it."""
    found = _KEY.search(before)
    return found is not None and found[1] in EXPRESSION_KEYS and _INDEXED.search(whole) is not None
