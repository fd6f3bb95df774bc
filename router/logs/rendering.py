"""From the facts of a line to its bytes, in either format.

What always holds: a line is one line, and in `json` one object, whatever a peer has written into it: line breaks of any
script, escape sequences, halves of characters. Nothing that is registered as a secret is in it.
"""

import json
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final

from router.logs.log_options import JSON

Line = dict[str, Any]
"""The facts of a line by their names."""

FIRST: Final = ("timestamp", "level", "event", "pid", "account", "entry_id", "command_id")
STARS: Final = "***"
SHORTEST_SECRET: Final = 6  # shorter ones are in every other word

DEEPEST: Final = 6  # levels of a fact that is told by its parts

_controls = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_not_ours = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str, pattern: "re.Pattern[str]" = _controls) -> str:
    """Text without characters that end a line, move the cursor or turn the direction of writing."""
    return pattern.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Cleaning:
    """What is taken out of lines: secrets always, numbers where that is configured."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()
        self._mask: Callable[[Any], Any] = lambda value: value

    def hide(self, secrets: Any, mask: Callable[[Any], Any] | None = None) -> None:
        """From now on; a `mask` is applied to the facts of each line."""
        found = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        self._secrets = tuple(sorted({*self._secrets, *found}, key=len, reverse=True))
        if mask is not None:
            self._mask = mask

    def clean(self, line: Line) -> Line:
        cleaned = {name: self._without_secrets(value) for name, value in line.items()}
        masked: Line = self._mask(cleaned)
        return masked

    def _without_secrets(self, value: Any, depth: int = 0) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float) and isfinite(value):
            return value
        if depth < DEEPEST and isinstance(value, Mapping):
            return {self._hidden(str(key)): self._without_secrets(inner, depth + 1) for key, inner in value.items()}
        if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
            return [self._without_secrets(inner, depth + 1) for inner in value]
        return self._hidden(value if isinstance(value, str) else _as_text(value))

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, STARS)
        return text


def _as_text(value: Any) -> str:
    """Never raises: an object that cannot tell what it is must not lose the line."""
    try:
        return value.decode(errors="backslashreplace") if isinstance(value, bytes | bytearray) else str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def told_exception(given: Any) -> tuple[str, str]:
    """(type, traceback without the locals) of what was given as `exc_info`; "" of nothing."""
    error = _exception(given)
    if error is None:
        return "", ""
    try:
        return type(error).__name__, "".join(traceback.format_exception(error)).rstrip()
    except Exception:
        return type(error).__name__, f"{type(error).__name__}: its traceback cannot be told"


def _exception(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    found = given[1] if isinstance(given, tuple) and len(given) == 3 else sys.exc_info()[1] if given else None
    return found if isinstance(found, BaseException) else None


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def render(line: Line, form: str, most_bytes: int) -> bytes:
    """The bytes of a line, its end included, at most so many: a traceback loses its middle first, then other texts
    their ends."""
    for room in (most_bytes, most_bytes // 2, most_bytes // 4, 600, 200, 60, 16):
        whole = _RENDER[form](_shortened(line, room))
        if len(whole) <= most_bytes:
            return whole
    return _RENDER[form]({name: line[name] for name in ("timestamp", "level") if name in line} | {"event": "too long"})


def _shortened(line: Line, room: int) -> Line:
    return {name: _cut(value, room) for name, value in line.items()}


def _cut(value: Any, room: int) -> Any:
    if isinstance(value, str) and len(value) > room:
        kept = max(4, room // 2 - 8)
        return f"{value[:kept]} [...] {value[-kept:]}"
    if isinstance(value, Mapping):
        return {name: _cut(inner, room) for name, inner in list(value.items())[:room]}
    if isinstance(value, list):
        return [_cut(inner, room) for inner in value[:room]]
    return value


def _json(line: Line) -> bytes:
    ordered = {name: line[name] for name in FIRST if name in line} | line
    text = json.dumps(ordered, ensure_ascii=False, default=_as_text)
    return escaped(text).encode() + b"\n"


def _console(line: Line) -> bytes:
    rest = dict(line)
    trace = str(rest.pop("exception", ""))
    head = f"{rest.pop('timestamp', '')} [{rest.pop('level', ''):<8}] {escaped(str(rest.pop('event', '')))}"
    facts = " ".join(f"{name}={_shown(value)}" for name, value in rest.items() if name != "error_type")
    lines = [f"{head:<70} {facts}".rstrip(), *(f"    {row}" for row in escaped(trace, _not_ours).split("\n") if row)]
    return ("\n".join(lines) + "\n").encode(errors="backslashreplace")


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_as_text)
    plain = text and not re.search(r"[\s\"'=]", text)
    return escaped(text if plain or not isinstance(value, str) else json.dumps(text, ensure_ascii=False))


_RENDER: Final[Mapping[str, Callable[[Line], bytes]]] = {JSON: _json, "console": _console}
