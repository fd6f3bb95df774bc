"""Names of the cabinet as names of a bundle: small Latin letters, each once, and none that a step has."""

from collections.abc import Iterable
from typing import Final

from router.cli.init.account import Party
from router.cli.starter.answers import GROUP, RESERVED, Destination

MOST_LETTERS: Final = 24

_RUSSIAN: Final = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LATIN: Final = (
    "a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh",
    "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
)  # fmt: skip
_LETTERS: Final = dict(zip(_RUSSIAN, _LATIN, strict=True))


def destinations(parties: Iterable[Party], kind: str) -> tuple[Destination, ...]:
    """Groups or people of the account, with names of their own."""
    taken = set(RESERVED)
    found = []
    for party in parties:
        name = _free(_latin(party.title) or f"{'group' if kind == GROUP else 'person'}_{party.extension}", taken)
        taken.add(name)
        found.append(Destination(name=name, extension=party.extension, kind=kind, title=party.title))
    return tuple(found)


def _latin(title: str) -> str:
    """`Отдел продаж` as `otdel_prodazh`; "" when nothing is left of it, or it would not begin with a letter."""
    letters = "".join(_LETTERS.get(sign, sign) for sign in title.lower())
    words = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in letters).split()
    name = "_".join(words)[:MOST_LETTERS].strip("_")
    return name if name[:1].isalpha() else ""


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(other for number in range(2, 1000) if (other := f"{name}_{number}") not in taken)
