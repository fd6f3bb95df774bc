"""Time zones as people call them, and the IANA names that they mean."""

import re
import zoneinfo
from functools import lru_cache
from typing import Final

from router.flow.suggestions.spelling import closest

MOSCOW: Final = "Europe/Moscow"
_BY_OFFSET: Final = {
    0: "Etc/UTC", 2: "Europe/Kaliningrad", 3: MOSCOW, 4: "Europe/Samara", 5: "Asia/Yekaterinburg", 6: "Asia/Omsk",
    7: "Asia/Novosibirsk", 8: "Asia/Irkutsk", 9: "Asia/Yakutsk", 10: "Asia/Vladivostok", 11: "Asia/Magadan",
    12: "Asia/Kamchatka",
}  # fmt: skip
"""Hours before UTC -> the zone of Russia."""

_CALLED: Final = {
    "MSK": MOSCOW, "MSD": MOSCOW, "МСК": MOSCOW, "МОСКВА": MOSCOW, "МОСКОВСКОЕ": MOSCOW, "RUSSIA": MOSCOW,
    "SAMT": "Europe/Samara", "YEKT": "Asia/Yekaterinburg", "OMST": "Asia/Omsk", "NOVT": "Asia/Novosibirsk",
    "KRAT": "Asia/Krasnoyarsk", "IRKT": "Asia/Irkutsk", "YAKT": "Asia/Yakutsk", "VLAT": "Asia/Vladivostok",
    "MAGT": "Asia/Magadan", "PETT": "Asia/Kamchatka", "ALMT": "Asia/Almaty", "КАЛИНИНГРАД": "Europe/Kaliningrad",
    "САМАРА": "Europe/Samara", "ЕКАТЕРИНБУРГ": "Asia/Yekaterinburg", "ОМСК": "Asia/Omsk", "МИНСК": "Europe/Minsk",
    "НОВОСИБИРСК": "Asia/Novosibirsk", "КРАСНОЯРСК": "Asia/Krasnoyarsk", "ИРКУТСК": "Asia/Irkutsk",
    "ЯКУТСК": "Asia/Yakutsk", "ВЛАДИВОСТОК": "Asia/Vladivostok", "АЛМАТЫ": "Asia/Almaty",
    "EKATERINBURG": "Asia/Yekaterinburg",
    "MOSKAU": MOSCOW, "MOSKVA": MOSCOW, "MOSCOU": MOSCOW, "SAINT PETERSBURG": MOSCOW,
    "SAINT-PETERSBURG": MOSCOW, "ST PETERSBURG": MOSCOW, "САНКТ-ПЕТЕРБУРГ": MOSCOW, "КАЗАНЬ": MOSCOW, "KAZAN": MOSCOW,
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "EEST": "Europe/Kyiv", "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles", "CST": "America/Chicago", "EDT": "America/New_York", "BST": "Europe/London",
}  # fmt: skip
_OFFSET: Final = re.compile(r"(?:UTC|GMT|Z|(?=[+-]))\s*([+-]?)\s*0?([0-9]{1,2})(?::?00)?", re.IGNORECASE)
_FROM_MOSCOW: Final = re.compile(r"(?:MSK|МСК)\s*([+-])\s*([0-9]{1,2})(?::?00)?", re.IGNORECASE)
_REVERSED: Final = re.compile(r"Etc/GMT([+-])([0-9]{1,2})")
_POSIX_MOSCOW: Final = -3  # `MSK-3` is how TZ of POSIX says Moscow


def is_timezone(text: str) -> bool:
    """Whether `text` is the IANA name of a time zone, such as `Europe/Moscow`."""
    return text in _names()


def zone_meant(text: str) -> str:
    """The zone that `text` calls in another way; "" when nothing comes close."""
    text = text.strip().replace("−", "-")
    words = text.upper().replace("_", " ")
    called = _CALLED.get(words) or _of_offset(text) or _by_case(text) or _CALLED.get(words.rpartition("/")[2], "")
    near = called or _by_city(text)
    return near or ("" if any(character.isdecimal() for character in text) else closest(text, _names()))


def true_offset(text: str) -> int | None:
    """Hours before UTC of `Etc/GMT+3`, whose sign is the other way round: -3; None of any other zone."""
    found = _REVERSED.fullmatch(text)
    if found is None or found[2] in ("0", "00"):
        return None
    return -int(f"{found[1]}{found[2]}")


def zone_of_offset(hours: int) -> str:
    """A zone that is so many hours before UTC."""
    return _BY_OFFSET.get(hours) or f"Etc/GMT{'-' if hours > 0 else '+'}{abs(hours)}"


def _of_offset(text: str) -> str:
    from_moscow = _FROM_MOSCOW.fullmatch(text)
    if from_moscow is not None:
        hours = int(f"{from_moscow[1]}{from_moscow[2]}")
        return MOSCOW if hours == _POSIX_MOSCOW else zone_of_offset(3 + hours)
    found = _OFFSET.fullmatch(text)
    name = zone_of_offset(int(f"{found[1]}{found[2]}")) if found is not None else ""
    return name if name in _names() else ""


def _by_case(text: str) -> str:
    folded = text.casefold().replace(" ", "_")
    return next((name for name in sorted(_names()) if name.casefold() == folded), "")


def _by_city(text: str) -> str:
    """`Moscow`, `Russia/Moscow` and `Europe/Mosckow` by the last part of the name."""
    city = text.rpartition("/")[2].strip().replace(" ", "_").casefold()
    cities: dict[str, list[str]] = {}
    for name in sorted(_names()):
        if "/" in name and not name.startswith("Etc/"):
            cities.setdefault(name.rpartition("/")[2].casefold(), []).append(name)
    near = city if city in cities else closest(city, cities) if "/" in text else ""
    return cities[near][0] if near and near[0] == city[0] else ""


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - {"localtime"})  # which is another zone on every host
