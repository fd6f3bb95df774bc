"""The prompts of a first bundle: what each has to say, how long that takes, and which recording of an account is which.

The API tells ids and names of the recordings (§3.6.8), and neither their words nor their length.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LANGUAGES: Final = ("en", "ru")

WELCOME: Final = "welcome"
AGAIN: Final = "again"
SORRY: Final = "sorry"
CLOSED: Final = "closed"

CHARACTERS_A_SECOND: Final = 13
SHORTEST_SECONDS: Final = 2

_SAYS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        WELCOME: "Hello. {keys}.", "key": "for {name} press {key}", AGAIN: "Sorry, please choose once more.",
        CLOSED: "We are closed now.", SORRY: "Nobody is free at the moment. Please call again.",
    },
    "ru": {
        WELCOME: "Здравствуйте. {keys}.", "key": "{name}: нажмите {key}", AGAIN: "Пожалуйста, выберите ещё раз.",
        CLOSED: "Сейчас мы закрыты.", SORRY: "Сейчас все заняты. Пожалуйста, перезвоните позже.",
    },
}  # fmt: skip

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    WELCOME: ("menu", "меню", "приветств", "welcome", "greeting", "здравствуй"),
    AGAIN: ("again", "повтор", "ещё раз", "еще раз", "неверн", "ошиб"),
    SORRY: ("busy", "sorry", "заняты", "извин", "перезвон"),
    CLOSED: ("closed", "after hours", "закрыт", "нерабоч", "не работа", "выходн"),
}
"""Parts of names under which people keep such recordings, the surest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An audio file of the cabinet, as a prompt."""

    id: int
    seconds: int
    says: str = ""
    name: str = ""  # in the cabinet; "" where that is not known


def says(prompt: str, language: str, titles: Sequence[str]) -> str:
    """What a prompt has to say; `titles` are the destinations' in the order of their keys."""
    words = _SAYS[language]
    keys = ", ".join(words["key"].format(name=title, key=key) for key, title in enumerate(titles, 1))
    return words[prompt].format(keys=keys[:1].upper() + keys[1:])


def seconds_of(text: str) -> int:
    """About as long as it takes to say."""
    return max(SHORTEST_SECONDS, round(len(text) / CHARACTERS_A_SECOND))


def guess(prompt: str, names: Iterable[tuple[int, str]]) -> int | None:
    """The recording, (id, name), that is called as people call such a prompt; None where none is."""
    found = list(names)
    for word in _WORDS[prompt]:
        for number, name in found:
            if word in name.lower():
                return number
    return None
