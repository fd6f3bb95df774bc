"""What a check finds: one line each, and the remedy where something is wrong."""

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["ok", "warning", "error", "skipped"]

OK: Final = "ok"
WARNING: Final = "warning"
ERROR: Final = "error"
SKIPPED: Final = "skipped"

MOST_CHARACTERS: Final = 600
FEW: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at."""

    area: str  # configuration, database, spool, flows of NAME, server, PBX of NAME, …
    level: Level
    told: str  # what was seen
    remedy: str = ""  # what to do; "" when there is nothing to do


def fine(area: str, told: str) -> Diagnosis:
    return _made(area, OK, told, "")


def dubious(area: str, told: str, remedy: str) -> Diagnosis:
    return _made(area, WARNING, told, remedy)


def wrong(area: str, told: str, remedy: str) -> Diagnosis:
    return _made(area, ERROR, told, remedy)


def skipped(area: str, told: str, remedy: str = "") -> Diagnosis:
    return _made(area, SKIPPED, told, remedy)


def several(names: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return f"{', '.join(names[:FEW])}{more}"


def _made(area: str, level: Level, told: str, remedy: str) -> Diagnosis:
    return Diagnosis(area=_line(area), level=level, told=_line(told), remedy=_line(remedy))


def _line(text: str) -> str:
    """On one line, without what would steer a terminal: much of it is other people's words."""
    text = text.encode(errors="backslashreplace").decode()  # of a path that is not UTF-8
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(plain.split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}…"
