"""A file's text in the canonical layout, and the proof that it still says the same."""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from router.flow.layout.printer import printed
from router.flow.layout.source import NotPlain, read_source

_BREAKS: Final = re.compile(r"\r\n?|\x85|\u2028|\u2029")


class NotFormatted(Exception):
    """What stands in the way of formatting a file. `line` is counted from 1, None when it is not known."""

    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


def formatted(text: str) -> str:
    """The text in the canonical layout (`printer`): it says the same, with the same comments.

    Raises NotFormatted for what is no YAML, or holds what no bundle may hold (anchors, tags, several documents).
    """
    plain = _BREAKS.sub(lambda found: "\n" if found.group().startswith("\r") else found.group(), text)
    plain = plain.removeprefix("\ufeff")
    try:
        source = read_source(plain)
        result = printed(source)
        _compare(plain, result)
    except NotPlain as found:
        raise NotFormatted(found.problem, found.line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotFormatted(f"no YAML: {error.problem}", mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise NotFormatted(f"no YAML: {error}", None) from None
    return result


def _compare(before: str, after: str) -> None:
    """An unusual text must rather stay as it is than be changed in meaning."""
    if list(_meaning(before)) != list(_meaning(after)) or _remarks(before) != _remarks(after):
        raise NotFormatted("it is written in a way that cannot be formatted", None)


def _meaning(text: str) -> Iterator[tuple[Any, ...]]:
    """Kinds of nodes and texts; whether a text is quoted counts, the kind of its quotes does not."""
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.ScalarEvent):
            yield "scalar", event.value, bool(event.style)
        elif isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield (type(event).__name__,)


def _remarks(text: str) -> list[str]:
    return sorted(comment.text for comment in read_source(text).comments)
