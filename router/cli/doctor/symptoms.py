"""What an examination finds: one line each, and the remedy where something is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from router.runtime.ports import Store
from router.runtime.settings import Settings

Level = Literal["ok", "warning", "error", "skipped"]

OK: Final = "ok"
WARNING: Final = "warning"
ERROR: Final = "error"
SKIPPED: Final = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One thing that was looked at."""

    area: str  # configuration, database, bundle, server, PBX
    level: Level
    told: str  # what was seen
    remedy: str = ""  # what to do; "" when there is nothing to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined."""

    settings: Settings
    store: Store | None  # None when it could not be opened
    url: str  # where the webhook is reached from outside, "" for where gunicorn listens
    asks_pbx: bool  # whether the PBX may be asked something, with the account's key


Examination = Callable[[Patient], Iterator[Symptom]]


def fine(area: str, told: str) -> Symptom:
    return Symptom(area=area, level=OK, told=told)


def dubious(area: str, told: str, remedy: str) -> Symptom:
    return Symptom(area=area, level=WARNING, told=told, remedy=remedy)


def wrong(area: str, told: str, remedy: str) -> Symptom:
    return Symptom(area=area, level=ERROR, told=told, remedy=remedy)


def skipped(area: str, told: str, remedy: str = "") -> Symptom:
    return Symptom(area=area, level=SKIPPED, told=told, remedy=remedy)
