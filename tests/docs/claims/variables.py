"""`NAME=VALUE` of the environment, in the text, in blocks and in files: the setting takes the value; and defaults that are told."""

import math
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from docs.generate import SERVER_VARIABLES
from router.config.settings import ACCOUNT_SETTINGS, CONFIG_VARIABLE, ROUTER_SETTINGS, load_settings
from router.errors import RouterError
from tests.docs.claims.page import Page, is_placeholder

_GIVEN: Final = re.compile(r"\b((?:IVR|MANGO)_[A-Z_]+)=(\"[^\"]*\"|'[^']*'|[^\s`'\"|]+)")
_NAME: Final = r"`(?P<name>(?:IVR|MANGO)_[A-Z_]+)`"
_TOLD: Final = re.compile(
    rf"{_NAME} \(`(?P<value>[^`]+)`(?:, the default| by default| по умолчанию)?\)"
    rf"|{_NAME.replace('name', 'other')}[^`.;]{{0,40}}(?:by default|default|по умолчанию)[^`.;]{{0,12}}`(?P<default>[^`]+)`"
)
SETTINGS: Final = {setting.variable: setting for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS)}
_NEEDED: Final = {"MANGO_API_KEY": "k" * 32, "MANGO_API_SALT": "s" * 32}
_PROVIDER: Final = {
    "IVR_OIDC_ISSUER": "https://id.example.org",
    "IVR_OIDC_CLIENT_ID": "ivr",
    "IVR_OIDC_CLIENT_SECRET": "secret",
}
UNITS: Final = {"sec": 1, "min": 60, "hou": 3600, "day": 86_400, "сек": 1, "мин": 60, "час": 3600, "дн": 86_400, "ден": 86_400, "дне": 86_400, "дня": 86_400, "сут": 86_400}  # fmt: skip
_UNIT: Final = r"(?:second|minute|hour|day|секунд|минут|час|дн|ден|сут)\w*"
COUNTS: Final = {"two": 2, "five": 5, "ten": 10, "twelve": 12, "thirty": 30, "две": 2, "пять": 5, "десять": 10, "двенадцать": 12, "тридцать": 30}  # fmt: skip
_CHOICES: Final = {
    "IVR_LANG": {"en", "ru"},
    "IVR_LOG": {"console", "json", "console|json"},
    "IVR_LOG_LEVEL": {"debug", "info", "warning", "error", "critical"},
}
_NUMBERS: Final = {"IVR_WORKERS", "IVR_THREADS"}


def wrong(page: Page) -> Iterator[str]:
    written = [(span.line, span.text) for span in page.spans]
    written += [(fence.line + at, line) for fence in page.fences for at, line in enumerate(fence.text.splitlines())]
    for line, text in written:
        for name, value in _GIVEN.findall(text):
            if (said := complaint(name, value.strip("\"'").rstrip(":),;"))) is not None:
                yield f"{page.place(line)}: {name}={value}: {said}"
    for passage in page.passages:
        for name, seconds in _durations(" ".join(passage.text.split())):
            parse = SETTINGS[name].parse
            if not math.isnan(seconds) and seconds != parse(default(name)):
                yield f"{page.place(passage.line)}: the default of {name} is {default(name)}, not {seconds:g} s"
        for found in _TOLD.finditer(" ".join(passage.text.split())):
            name, value = found["name"] or found["other"], found["value"] or found["default"]
            if _is_value(name, value) and not _same(name, value):
                yield f"{page.place(passage.line)}: the default of {name} is {default(name)}, not {value}"


def _durations(text: str) -> Iterator[tuple[str, float]]:
    """`IVR_SESSION_IDLE` (12 hours), and: ten minutes (`IVR_BUILDER_IDLE`)."""
    for name, count, unit in re.findall(rf"`((?:IVR|MANGO)_[A-Z_]+)` \((\w+) ({_UNIT})\)", text):
        yield name, _seconds(count, unit)
    for count, unit, name in re.findall(rf"\b(\w+) ({_UNIT}) \(`((?:IVR|MANGO)_[A-Z_]+)`\)", text):
        yield name, _seconds(count, unit)


def _seconds(count: str, unit: str) -> float:
    number = COUNTS.get(count.lower(), count)
    return float(number) * UNITS[unit[:3]] if str(number).isdigit() else math.nan


def complaint(name: str, value: str) -> str | None:
    """Why a variable cannot have the value; None when it can."""
    if name in _CHOICES:
        return None if value in _CHOICES[name] else f"it is one of {', '.join(sorted(_CHOICES[name]))}"
    if name in _NUMBERS:
        return None if value.isdigit() or is_placeholder(value) else "it is a number"
    if (
        name not in SETTINGS
        or is_placeholder(value)
        or name == CONFIG_VARIABLE
        or value.startswith(("postgresql", "$"))
    ):
        return None
    try:
        load_settings(_NEEDED | (_PROVIDER if name.startswith("IVR_OIDC") else {}) | {name: value}, None, str)
    except RouterError as error:
        return str(error)
    return None


@cache
def default(name: str) -> str:
    """What the tables of configuration.md say."""
    if name in SERVER_VARIABLES:
        return SERVER_VARIABLES[name][0].strip("`")
    return str(SETTINGS[name].default).strip("`") if name in SETTINGS else ""


def _is_value(name: str, value: str) -> bool:
    return bool(default(name)) and not is_placeholder(value) and not value.startswith(("IVR_", "MANGO_", "ivr ", "--"))


def _same(name: str, value: str) -> bool:
    return value in {default(name), f"{name}={default(name)}"}
