"""A catalogue of messages: what the program says in English, and what is shown in another language.

Messages are made where the facts are, in English, and translated where they are shown: the core knows no language, and
JSON, logs and tests stay as they are. So a message arrives whole, with names and numbers in it, and the entry that
made it is found by its fixed words: an entry is a text with holes {0}, {1}, …, and of those that fit the one with the
most fixed words is meant. What fills a hole is translated too, unless it is code: it stands in back quotes, or the
hole is written {0!}. A text that no entry fits is shown in English.

What is shown may choose a word by a number: {0:звонок|звонка|звонков} is the form that fits the number in hole 0, and
such a hole holds nothing but a number. Words that are messages in one command and names elsewhere ("database",
"files") stand in the command's own file and hold there alone.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, "ru")
FOLDER: Final = Path(__file__).parent
REMEMBERED: Final = 4096
"""Texts: an editor shows the same findings again after each key."""
_HOLE: Final = re.compile(r"\{(\d)(!?)\}")
_SHOWN: Final = re.compile(r"\{(\d)(?:!|:([^{}]*))?\}")
NUMBER: Final = r"(\d[\d.,]*)"
_CODE: Final = re.compile(r"`[^`]*`|\b\w+(?:[._]\w+)+|\b\d\w*")
_JOINTS: Final = re.compile(r"(, and | and |, or | or |, |; |: )")


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with holes."""

    pattern: re.Pattern[str]
    holes: tuple[int, ...]  # in the order of the English text
    in_code: frozenset[int]  # holes that are not translated
    fixed: int  # characters that are no hole
    longest: str  # the longest part that is no hole
    shown: str  # what is shown instead, with the same holes


class Catalogue:
    """Of one language. `said` is a pure function."""

    def __init__(self, texts: Mapping[str, str], joints: Mapping[str, str]) -> None:
        self._plain = {english: shown for english, shown in texts.items() if not _HOLE.search(english)}
        entries = (_entry(english, shown) for english, shown in texts.items() if _HOLE.search(english))
        self._entries = sorted(entries, key=lambda entry: -entry.fixed)
        self._joints = joints

    def said(self, text: str) -> str:
        """The text in the language, as far as it is known."""
        return self.whole(text) or self._in_parts(text)

    def begun(self, beginning: str) -> str:
        """The first sentence of the text that begins so, for a list of shortened entries; "" where there is none."""
        found = next((shown for english, shown in self._plain.items() if english.startswith(beginning)), "")
        return found.partition(". ")[0].rstrip(".")

    def whole(self, text: str) -> str:
        """The text by an entry of its own; "" where there is none."""
        if text in self._plain:
            return self._plain[text]
        for entry in self._entries:
            if entry.longest in text and (found := entry.pattern.fullmatch(text)):
                return self._filled(entry, found)
        return ""

    def known(self, text: str) -> str:
        """The text by an entry whose holes hold nothing that is unknown; "" where there is none."""
        if text in self._plain:
            return self._plain[text]
        fitting = (entry for entry in self._entries if entry.longest in text)
        matches = ((entry, entry.pattern.fullmatch(text)) for entry in fitting)
        return next((self._filled(entry, found) for entry, found in matches if found and self._knows(entry, found)), "")

    def _knows(self, entry: Entry, found: re.Match[str]) -> bool:
        fills = zip(entry.holes, found.groups(), strict=True)
        return all(hole in entry.in_code or self._known_part(part) for hole, part in fills)

    def _known_part(self, text: str) -> bool:
        """Whether it is known as a whole, or by the texts that it is joined of."""
        return is_code(text) or bool(self.known(text)) or all(is_code(one) or self.known(one) for one in _texts(text))

    def _filled(self, entry: Entry, found: re.Match[str]) -> str:
        parts = {str(hole): part for hole, part in zip(entry.holes, found.groups(), strict=True)}
        shown = {hole: part if int(hole) in entry.in_code else self.said(part) for hole, part in parts.items()}
        return _SHOWN.sub(lambda hole: _form(parts[hole[1]], hole[2]) if hole[2] else shown[hole[1]], entry.shown)

    def _in_parts(self, text: str) -> str:
        """A text of several, joined by commas and words: what is behind a joint may be one message as a whole."""
        parts = list(_outside_of_code(text))
        said = []
        for number, part in enumerate(parts):
            if number % 2:
                said.append(self._joints.get(part, part))
            elif 0 < number < len(parts) - 1 and (rest := self.whole("".join(parts[number:]))):
                return "".join([*said, rest])
            else:
                said.append(self.whole(part) or part)
        return "".join(said)


def is_code(text: str) -> bool:
    """Whether it has no words: only what stands in back quotes, names with dots or underscores, numbers."""
    return not re.search("[a-z]", _CODE.sub("", text))


def _entry(english: str, shown: str) -> Entry:
    parts = _HOLE.split(english)
    fixed, holes = parts[::3], tuple(int(hole) for hole in parts[1::3])
    counted = {int(hole) for hole, forms in _SHOWN.findall(shown) if forms}
    quotes = [sum(part.count("`") for part in fixed[: number + 1]) for number in range(len(holes))]
    spans = [
        NUMBER if hole in counted else "([^`]*?)" if before % 2 else "(.*?)"  # what is quoted ends with the quote
        for hole, before in zip(holes, quotes, strict=True)
    ]
    pattern = "".join(re.escape(part) + span for part, span in zip(fixed, [*spans, ""], strict=True))
    in_code = frozenset(
        hole for hole, mark, before in zip(holes, parts[2::3], quotes, strict=True) if mark or before % 2
    )
    longest = max(fixed, key=len)
    return Entry(re.compile(pattern, re.DOTALL), holes, in_code, sum(map(len, fixed)), longest, shown)


def _form(number: str, forms: str) -> str:
    """Of a word beside a number: for one (21, 101), for two to four (22), and for all others (5, 11, 12, 0.5)."""
    one, few, many = forms.split("|")
    if not number.isdecimal() or number[-2:-1] == "1":
        return many
    return one if number[-1] == "1" else few if number[-1] in "234" else many


def _outside_of_code(text: str) -> Iterator[str]:
    """The text cut at its joints, parts and joints in turn; what stands in back quotes or brackets is not cut."""
    depth, quoted, begin, place = 0, False, 0, 0
    while place < len(text):
        character = text[place]
        quoted ^= character == "`"
        depth += (character in "([{") - (character in ")]}")
        joint = None if quoted or depth else _JOINTS.match(text, place)
        if joint:
            yield text[begin:place]
            yield joint[0]
            begin = place = joint.end()
        else:
            place += 1
    yield text[begin:]


def _texts(part: str) -> list[str]:
    """Those that a text is joined of."""
    return [*_outside_of_code(part)][::2]


@cache
def catalogue(language: str, *books: Path) -> Catalogue:
    """Of a language of LANGUAGES but English: all files of its folder, and before them books, whose words would mean
    something else in a message."""
    texts: dict[str, str] = {}
    for path in (*sorted((FOLDER / language).glob("*.toml")), *books):
        for area in tomllib.loads(path.read_text(encoding="utf-8")).values():
            texts.update(area)
    return Catalogue(texts, JOINTS[language])


def reference_words(language: str) -> Catalogue:
    """What the reference of the flow language says: of keys, verbs, exits and names."""
    return catalogue(language, FOLDER / language / "pages/reference.toml")


def command_words(language: str, command: str = "") -> Catalogue:
    """What commands say, with the words of one command that are names elsewhere ("database", "files")."""
    book = FOLDER / language / "commands" / f"{command}.toml"
    return catalogue(language, book) if command else catalogue(language)


def said_in(language: str, text: str, command: str = "") -> str:
    """What a command says, in a language of LANGUAGES, as far as the catalogue has it."""
    return text if language == ENGLISH else command_words(language, command).said(text)


@lru_cache(maxsize=REMEMBERED)
def shown_in(language: str, text: str) -> str:
    """What an editor or the reference shows, in a language of LANGUAGES: in words that are all known, or in English."""
    return text if language == ENGLISH else reference_words(language).known(text) or text


JOINTS: Final[Mapping[str, Mapping[str, str]]] = {
    "ru": {", and ": " и ", " and ": " и ", ", or ": " или ", " or ": " или "},
}
