"""The specification's own examples as data: `examples/*.yaml`, one list for each chapter. README.md says how they read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import yaml

from router.catalogue.methods import METHODS, Method
from router.protocol.sign import sign

HERE: Final = Path(__file__).parent / "examples"
ANY: Final = "*"  # the path of an answer that every method can get
PATHS: Final = {path: one for one in METHODS.values() for path in (one.path, *one.spellings)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example of the document."""

    id: str  # section, kind and number: "3.6.1-request-2"
    section: str  # "§3.6.1", "Appendix 1", or "stories" with the name in `story`
    kind: str  # request, answer, push, link, redirect, file or part
    path: str = ""  # behind the base: "commands/route", "events/call"; of an answer, the path that was asked
    json: str = ""  # the text that goes into the field `json`, or that an answer consists of
    csv: str = ""  # an answer that is a report
    status: int = 200  # of an answer
    location: str = ""  # of a redirect
    content_type: str = ""  # of a file
    address: str = ""  # what the document says in place of the path, by mistake; of a file, its address
    story: str = ""
    mended: tuple[str, ...] = field(default=())  # the document's typos, each in a few words

    @property
    def content(self) -> Any:
        """The JSON as values; an empty text is an empty object (§3.6.6: "json: empty")."""
        return msgspec.json.decode(self.json) if self.json.strip() else {}

    @property
    def method(self) -> Method:
        """The method of the catalogue that a request, or what an answer answers, belongs to."""
        return PATHS[self.path]

    def form(self, key: str, salt: str, key_name: str = "vpbx_api_key") -> bytes:
        """The body of a request or a push: the text as it stands, signed."""
        return urlencode({key_name: key, "sign": sign(key, self.json, salt), "json": self.json}).encode()


@cache
def examples(*kinds: str) -> tuple[Example, ...]:
    """All examples of these kinds, in the document's order; without a kind, all of them."""
    return tuple(one for one in _all() if not kinds or one.kind in kinds)


@cache
def _all() -> tuple[Example, ...]:
    return tuple(_read())


def _read() -> Iterator[Example]:
    numbers: Counter[str] = Counter()
    for file in sorted(HERE.glob("*.yaml")):
        for row in yaml.safe_load(file.read_text(encoding="utf-8")):
            name = f"{row.get('story', row['section']).removeprefix('§').replace(' ', '-')}-{row['kind']}"
            numbers[name] += 1
            yield Example(id=f"{name}-{numbers[name]}", **{**row, "mended": tuple(row.get("mended", ()))})
