"""What a text that lacks its form was meant to be: units, prefixes, destinations, words of other systems.

`guesses(text, schema, vocabulary)` gives candidates, the likeliest first; whoever asks takes the first that has the
form. Nothing here says that a name exists where the vocabulary knows that it does not.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from router.flow.schema.coercion import Schema
from router.flow.suggestions.hours_words import dates_meant
from router.flow.suggestions.spelling import closest, plain_letters
from router.flow.suggestions.vocabulary import Vocabulary
from router.protocol.phone_numbers import read_number

LONGEST_EXTENSION: Final = 6
LEAST_MILLISECONDS: Final = 1000  # a bare number from here on is none of seconds
_KINDS: Final = ("extension", "person", "group", "number", "sip")
_UNIT: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(milliseconds?|millis|ms|s|m|h|d|с|м|ч|д)[a-zа-я.]*", re.IGNORECASE)
_UNITS: Final = {"с": "s", "м": "m", "ч": "h", "д": "d"}
_CLOCK: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2})")
_ISO_TIME: Final = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", re.IGNORECASE)
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_FILLED: Final = re.compile(r"\$\{([a-z_][\w.]*)\}|\{\{-?\s*([a-z_][\w.]*)\s*-?\}\}|\$([a-z_][\w.]*)", re.ASCII)
_CHANNEL: Final = re.compile(
    r"(?:SIP|PJSIP|IAX2|Local|DAHDI|LOCAL|user|ext|extn)[/:. ]+\s*([0-9]{1,6})(?:@[\w.-]+)?(?:,.*)?"
)
_OTHER_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(["ext", "ext.", "extn", "internal", "exten", "доб", "доб."], "extension"),
    **dict.fromkeys(["queue", "team", "department", "dept", "hunt", "ring_group", "группа", "отдел"], "group"),
    **dict.fromkeys(["user", "employee", "agent", "operator", "member", "contact", "человек", "сотрудник"], "person"),
    **dict.fromkeys(["phone", "tel", "pstn", "mobile", "external", "номер", "did"], "number"),
}
_OTHER_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("text",), "str": ("text",), "int": ("number",), "integer": ("number",), "float": ("number",),
    "boolean": ("bool",), "tel": ("phone",), "msisdn": ("phone",), "telephone": ("phone",), "decimal": ("number",),
    "urgent": ("high",), "highest": ("high",), "1": ("high",), "true": ("high",), "top": ("high",),
    "hash": ("pound",), "sharp": ("pound",), "asterisk": ("star",), "attended": ("hold",), "warm": ("hold",),
    "cold": ("blind",), "unattended": ("blind",), "menu": ("ivr",), "group": ("queue",), "employee": ("abonent",),
    "everything": ("any",), "all": ("any",), "*": ("any",), "default": ("any",), "fallback": ("any",),
    "message": ("write",), "meeting": ("meet",), "todo": ("do",),
}  # fmt: skip
_KEY_NAMES: Final = {"#": "pound", "*": "star", "hash": "pound", "asterisk": "star"}
_KEYS: Final = re.compile(r"[0-9x]+|star|pound", re.ASCII)
_LATIN: Final = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
})  # fmt: skip
_ANY_OTHER: Final = frozenset({"default", "other", "otherwise", "any", "fallback", "_"})
_PREFIXES: Final[Mapping[str, str]] = {"audio": "audio", "lists": "lists", "hours": "hours"}


def guesses(text: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[str]:
    """What may have been meant by `text` where `schema` stands, the likeliest first."""
    form = schema.get("x-form", "")
    spellings = [text]
    if (plain := plain_letters(text)) != text:
        yield plain
        spellings = [text, plain]  # `25 сек` is a word of its own, not one with letters of another alphabet in it
        text = plain
    for beginning, guess in _BY_FORM.items():
        if form.startswith(beginning):
            for spelling in spellings:
                yield from guess(spelling.strip(), vocabulary)
    lowered = text.strip().lower()
    yield from _OTHER_WORDS.get(lowered, ())
    yield from (lowered, text.strip().upper(), re.sub(r"[\s-]+", "_", lowered))
    near = closest(text, [str(option) for option in schema.get("enum", ())])
    if near:
        yield near


def _duration(text: str, _vocabulary: Vocabulary) -> Iterator[str]:
    unit, clock, iso = _UNIT.fullmatch(text), _CLOCK.fullmatch(text), _ISO_TIME.fullmatch(text)
    if unit is not None:
        sign = unit[2].lower()
        yield f"{unit[1]}{'ms' if sign.startswith(('ms', 'milli')) else _UNITS.get(sign, sign)}"
    if clock is not None:
        yield _seconds(*(int(part or 0) for part in clock.groups()))
    if iso is not None and any(iso.groups()):
        yield _seconds(*(int(part or 0) for part in iso.groups()))
    if re.fullmatch(r"[0-9]+(\.[0-9]{1,3})?", text, re.ASCII):
        yield f"{text}ms" if text.isdecimal() and int(text) >= LEAST_MILLISECONDS else f"{text}s"


def _seconds(hours: int, minutes: int, seconds: int) -> str:
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if count) or "0s"


def _resource(kind: str) -> Callable[[str, Vocabulary], Iterator[str]]:
    """`menu`, `menu.mp3`, `sounds/menu` -> audio.menu, where the bundle has it."""

    def guess(text: str, vocabulary: Vocabulary) -> Iterator[str]:
        word = re.sub(r"\.(mp3|wav|ogg|gsm|txt|csv)$", "", text, flags=re.IGNORECASE)
        word = re.split(r"[/.:#\s]+", word.strip("/${} "))[-1].lower().replace("-", "_")
        if vocabulary.has(kind, word):
            yield f"{kind}.{word}"
        elif _NAME.fullmatch(text) and not vocabulary.names:
            yield f"{kind}.{text}"

    return guess


def _destination(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """101 -> extension 101; sales -> group sales, where there is such a group; +7 (495) … -> number …"""
    phone = read_number(text.removeprefix("tel:"))
    filled, channel = _FILLED.fullmatch(text), _CHANNEL.fullmatch(text)
    address = re.fullmatch(r"(?:sips?:|SIP/)?([^\s@:/]+@[^\s@]+)", text)
    if filled is not None:
        name = filled[1] or filled[2] or filled[3]
        kind = {"phone": "number", "text": "extension"}.get(vocabulary.type_of(name), "")
        yield f"{kind} ${{{name}}}" if kind else ""
    elif channel is not None:
        yield f"extension {channel[1]}"
    elif text.isdecimal() and len(text) <= LONGEST_EXTENSION:
        yield f"extension {text}"
    elif phone.number and not phone.address:
        yield f"number {phone.number}"
    elif address is not None:
        yield f"sip {address[1]}"
    else:
        yield from _named(text, vocabulary)


def _named(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """A group or a person by name, or a destination whose kind is written otherwise."""
    word = re.sub(r"[\s-]+", "_", text.lower())
    kinds = [kind for kind, plural in (("group", "groups"), ("person", "people")) if vocabulary.has(plural, word)]
    if len(kinds) == 1:
        yield f"{kinds[0]} {word}"
        return
    parted = re.fullmatch(r"([\w.]+?)s?\s*[ .:/=]\s*(.+)", text)
    if parted is None:
        return
    written, name = parted[1].lower(), parted[2].strip()
    kind = _OTHER_KINDS.get(written) or ("person" if written == "people" else closest(written, _KINDS))
    if not kind:
        return
    plural = {"group": "groups", "person": "people"}.get(kind, "")
    known = not plural or vocabulary.has(plural, name) or "${" in name or (kind == "group" and name.isdecimal())
    plain = re.sub(r"[\s-]+", "_", name.lower())
    yield f"{kind} {name if known else plain}"


def _line_of_flow(text: str, _vocabulary: Vocabulary) -> Iterator[str]:
    if text.startswith("lists."):
        return
    yield from (f"lists.{text}",) if _vocabulary.has("lists", text) else ()


def _address(text: str, _vocabulary: Vocabulary) -> Iterator[str]:
    value = re.fullmatch(r"(?:values?|\$\{value)\.([a-z_][a-z0-9_]*)\}?(/\S*)?", text)
    if value is not None:
        yield f"${{values.{value[1]}}}{value[2] or ''}"
    if re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?", text):
        yield f"https://{text}"
    yield re.sub(r"^(https?):?/{0,2}(?=\w)", r"\1://", text, flags=re.IGNORECASE)


def _key(text: str, _vocabulary: Vocabulary) -> Iterator[str]:
    """`#`, `digit 1`, `press 1`, `1-9`, `_3XX`, `3..`"""
    word = re.sub(r"^(digit|key|press|dtmf|option|on)[\s_:-]*", "", text.lower())
    yield _KEY_NAMES.get(word, word)
    yield re.sub(r"[.?n_z]", "x", word.removeprefix("_"))


def keys_meant(text: str) -> list[str]:
    """The keys of `1,2`, `1 or 2` and `1-3`; none where they are not several."""
    span = re.fullmatch(r"([0-9])\s*(?:-|\.\.+|–|to)\s*([0-9])", text.strip(), re.ASCII)
    if span is not None:
        return [str(digit) for digit in range(int(span[1]), int(span[2]) + 1)] if span[1] < span[2] else []
    parts = [_KEY_NAMES.get(part, part) for part in re.split(r"\s*(?:[,;/|]|\bor\b|\band\b)\s*", text.strip())]
    return parts if len(parts) > 1 and len(set(parts)) == len(parts) and all(map(_KEYS.fullmatch, parts)) else []


def _latin_name(text: str, _vocabulary: Vocabulary) -> Iterator[str]:
    """`Отдел продаж` -> otdel_prodazh"""
    word = re.sub(r"[^a-z0-9_]+", "_", text.lower().translate(_LATIN)).strip("_")
    yield word if word[:1].isalpha() or not word else f"n{word}"


def _dates(text: str, _vocabulary: Vocabulary) -> Iterator[str]:
    """31.12.2026 -> 2026-12-31; 31.12.2026-08.01.2027 -> 2026-12-31/2027-01-08"""
    yield dates_meant(text)


_BY_FORM: Final[Mapping[str, Callable[[str, Vocabulary], Iterator[str]]]] = {
    "a duration": _duration,
    "a prompt": _resource("audio"),
    "hours such": _resource("hours"),
    "a list such": _resource("lists"),
    "a destination": _destination,
    "a list of numbers": _line_of_flow,
    "an address": _address,
    "a key or": _key,
    "a date such": _dates,
    "a name (small": _latin_name,
    "one character": lambda text, _vocabulary: iter(["else"] if text in _ANY_OTHER else []),
}
"""The beginning of a form's `x-form` -> what looks like such a form."""
