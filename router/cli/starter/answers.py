"""What a first bundle is made of, and how people write it.

What always holds: whatever the answers are, the bundle is sound. So a prompt that nobody has recorded is not in it, and
no name in it is one that the language or another step has taken.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from router.cli.starter.recordings import AGAIN, CLOSED, LANGUAGES, SORRY, WELCOME, Recording
from router.flow.resources.hours import parse_days, parse_ranges
from router.protocol.phone_numbers import read_number

ALWAYS: Final = "always"
HANG_UP: Final = "hang up"
MOSCOW: Final = "Europe/Moscow"
MOST_KEYS: Final = 9
SHORTEST_NUMBER: Final = 7
"""Digits of a number outside of the PBX; with fewer it is an extension."""

RESERVED: Final = frozenset({"office", "menu", "reception", "closed", "sorry", "bye"})
"""Steps of the bundle."""

GROUP: Final = "group"
PERSON: Final = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Whom a key leads to."""

    name: str  # in the bundle
    extension: str
    kind: str = GROUP  # or PERSON
    title: str = ""  # in the cabinet; "" where that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All that a first bundle depends on."""

    destinations: tuple[Destination, ...]  # in the order of their keys, one at least
    lines: tuple[str, ...] = ()  # numbers as people write them; none: any line
    hours: Mapping[str, str] = field(
        default_factory=dict
    )  # days -> ranges: {"mon-fri": "09:00-18:00"}; none: always open
    zone: str = MOSCOW
    keeps_holidays: bool = True  # closed on the public holidays of Russia
    language: str = LANGUAGES[0]
    closed: str = HANG_UP  # or a number or an extension to route to
    recordings: Mapping[str, Recording] = field(default_factory=dict)  # by prompt; what is not there was not recorded

    @property
    def has_hours(self) -> bool:
        return bool(self.hours)

    @property
    def has_menu(self) -> bool:
        """A menu that says nothing is none: without its prompt the destinations are tried one after the other."""
        return len(self.destinations) > 1 and WELCOME in self.recordings


def needed(answers: Answers) -> tuple[str, ...]:
    """The prompts that such a bundle would play, were they all recorded."""
    menu = (WELCOME, AGAIN) if len(answers.destinations) > 1 else ()
    return (*menu, SORRY, *((CLOSED,) if answers.has_hours and answers.closed == HANG_UP else ()))


# as people write it; each raises ValueError that says what is wrong


def read_lines(text: str) -> tuple[str, ...]:
    """Numbers with commas between them; none for `any`."""
    if text.strip().lower() in ("any", "все", ""):
        return ()
    return tuple(_number(part.strip()) for part in text.split(","))


def line_of(text: str) -> str:
    """A line's number as a flow writes it: digits, or the address of a SIP line with `sip:`; "" of anything else."""
    found = read_number(text)
    return f"sip:{found.number}" if found.address else found.number


def _number(text: str) -> str:
    if number := line_of(text):
        return number
    raise ValueError(f"`{text}` is no number: {read_number(text).problem or 'a withheld number is none'}")


def read_hours(text: str) -> dict[str, str]:
    """`mon-fri 09:00-18:00, sat 10:00-14:00` as a map; none of ALWAYS."""
    found: dict[str, str] = {}
    is_always = text.strip().lower() in (ALWAYS, "всегда")
    for part in filter(None, (part.strip() for part in text.split(","))) if not is_always else ():
        russian, _, ranges = part.partition(" ")
        days = _RUSSIAN_DAYS.sub(lambda day: _DAYS[day[0].lower()], russian)
        if parse_days(days) is None or parse_ranges(ranges.strip()) is None:
            raise ValueError(f"`{part}` is not like mon-fri 09:00-18:00")
        found[days] = ranges.strip()
    return found


_DAYS: Final = {"пн": "mon", "вт": "tue", "ср": "wed", "чт": "thu", "пт": "fri", "сб": "sat", "вс": "sun"}
_RUSSIAN_DAYS: Final = re.compile("|".join(_DAYS), re.IGNORECASE)


def read_zone(text: str) -> str:
    """The name of a time zone: `Asia/Novosibirsk`."""
    name = text.strip()
    if "/" not in name or name.startswith("Etc/") or name not in available_timezones():
        raise ValueError(f"`{name}` is no time zone: write it like {MOSCOW} or Asia/Novosibirsk")
    return ZoneInfo(name).key


def read_yes(text: str) -> bool:
    """yes or no, also in Russian."""
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(f"`{text}` is neither yes nor no")
    return word in _YES


_YES: Final = frozenset({"yes", "y", "да", "д"})
_NO: Final = frozenset({"no", "n", "нет", "н"})


def read_groups(text: str) -> tuple[Destination, ...]:
    """`sales=303, support=304`."""
    found: dict[str, Destination] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, extension = (piece.strip() for piece in part.partition("="))
        if not sign or not extension.isdecimal() or not (name.isascii() and name.isidentifier() and name.islower()):
            raise ValueError(
                f"`{part}` is not like sales=303: a name in small Latin letters, and the group's extension"
            )
        if name in RESERVED:
            raise ValueError(f"`{name}` is a step of the bundle already: call the group otherwise")
        found[name] = Destination(name=name, extension=extension)
    if not 1 <= len(found) <= MOST_KEYS:
        raise ValueError("between one and nine groups, please: one key for each")
    return tuple(found.values())


def read_language(text: str) -> str:
    if text.strip() not in LANGUAGES:
        raise ValueError(f"`{text}` is none of {', '.join(LANGUAGES)}")
    return text.strip()


def read_closed(text: str) -> str:
    """HANG_UP, an extension, or a number."""
    stripped = text.strip()
    if stripped.lower() in (HANG_UP, "hangup", "hang-up", "завершить", ""):
        return HANG_UP
    if stripped.isdecimal() and len(stripped) < SHORTEST_NUMBER:
        return stripped
    found = read_number(stripped)
    if not found.number:
        why = found.problem or "a withheld number is none"
        raise ValueError(f"`{text}` is neither a number nor `{HANG_UP}`: {why}")
    return found.number
