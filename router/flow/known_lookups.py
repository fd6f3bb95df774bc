"""Lookups whose answer has a known shape, so that an author writes what to look up and nothing else.

`contact: caller.number` finds the contact of a number in the PBX's address book, `visitor: call.dct_number` the visitor
of the site behind a call-tracking number. Their outputs are declared here; `outputs` may add others, by a JMESPath into
the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router.flow.model import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLookup:
    """One way to look something up."""

    about: str  # one sentence for the reference
    cache_seconds: float  # when the author says nothing else
    outputs: Mapping[str, Output]  # by name


def _outputs(**paths: str) -> dict[str, Output]:
    """name="type path", e.g. text and a JMESPath into the answer."""
    found = {}
    for name, told in paths.items():
        kind, _, path = told.partition(" ")
        found[name] = Output(name=name, type=kind, path=path, default=0 if kind == "number" else "")
    return found


KNOWN_LOOKUPS: Final[Mapping[str, KnownLookup]] = {
    "contact": KnownLookup(
        about="The contact of a number in the PBX's address book; a change of the book is seen at once.",
        cache_seconds=300.0,
        outputs=_outputs(
            id="text id",
            name="text name",
            importance="number importance",
            org="text org",
            position="text position",
            comment="text comment",
            email="text email",
            birthday="text birthday",
            manager="text manager",
        ),
    ),
    "visitor": KnownLookup(
        about="The visitor of the site behind a call-tracking number.",
        cache_seconds=0.0,
        outputs=_outputs(
            id="text data.uid",
            source="text data.channel.source",
            medium="text data.channel.medium",
            campaign="text data.channel.campaign",
            content="text data.channel.content",
            term="text data.channel.term",
            city="text data.location.city",
            device="text data.device",
            duration="number data.duration",
            page="text data.current_page.url",
            title="text data.current_page.title",
            custom="text data.custom",
        ),
    ),
}
"""The key that an author writes -> what it does."""


def known_in(written: Mapping[str, object]) -> str:
    """The key among those that a lookup has, "" when it has none of them."""
    return next((way for way in KNOWN_LOOKUPS if way in written), "")
