"""A call as the words that were said to it: the whole of it is played anew from them.

Nothing is kept between two requests, so one step back is a word less, and a session ends when nobody asks any more. A
call of so many words takes some milliseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from router.flow.model import Bundle
from router.pbx.happenings import Impossible
from router.protocol.phone_numbers import read_number
from router.simulator.given_world import given_as_in_tests
from router.simulator.phone import Phone
from router.simulator.said_lines import LINES
from router.simulator.save import saved
from router.simulator.session import Session
from router.simulator.words import HAPPENS

MOST_SAID: Final = 200
LONGEST: Final = 2000  # characters of what is said at once: a lookup's answer

ACTS: Final = frozenset(
    {
        *HAPPENS,
        *("wait", "hangup", "transfer", "route", "consults", "consult", "result"),
        *("lookup", "answer-lookup", "fail-lookup"),
        *(f"{line}:" for line in LINES),
    }
)
"""Words that change the call, beside keys; the others of `ivr simulate` ask about it."""


class Unplayable(Exception):
    """Words that cannot be followed; `place` is the number of the first of them, None for the call itself."""

    def __init__(self, reason: str, place: int | None = None) -> None:
        super().__init__(reason)
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a call is made of."""

    flow: str  # "" for the one that takes the line's calls
    given: Mapping[str, Any] = field(default_factory=dict)  # as in tests
    said: Sequence[str] = ()

    def played(self, bundle: Bundle) -> tuple[Session, list[dict[str, float]]]:
        """The call after all of it, and how far it was after each word. Raises Unplayable."""
        flow = self.flow or flow_of_line(bundle, str(self.given.get("line", "")))
        if flow not in bundle.flows:
            raise Unplayable(f"there is no flow {flow}: there are {', '.join(sorted(bundle.flows))}")
        try:
            session = Session(bundle, flow, given_as_in_tests(self.given, bundle, flow))
        except Impossible as impossible:
            raise Unplayable(str(impossible)) from None
        phone = Phone(session)
        progress: list[dict[str, float]] = []
        for place, words in enumerate(self.said):
            try:
                _say(phone, words)
            except Impossible as impossible:
                raise Unplayable(str(impossible), place) from None
            steps = sum(entry.kind == "entered" for entry in session.trace)
            progress.append({"after": round(session.elapsed, 3), "steps": steps})
        return session, progress

    def as_test(self, session: Session, name: str, file: str, text: str | None) -> str:
        """The file of tests `file` with the call as its last test. Raises Unplayable when it cannot be one."""
        try:
            return saved(session, name, file, text)
        except Impossible as impossible:
            raise Unplayable(str(impossible)) from None


def _say(phone: Phone, words: str) -> None:
    word = words.strip().partition(" ")[0]
    if word not in ACTS and not set(word) <= set("0123456789*#"):
        raise Impossible(f"`{word}` cannot be said here: keys, or one of {', '.join(sorted(ACTS))}")
    phone.say(words)


def flow_of_line(bundle: Bundle, line: str) -> str:
    """The flow that takes a line's calls, or any call. Raises Unplayable when none does."""
    number = read_number(line, bundle.country).number or line
    takers = {name: flow.takes for name, flow in bundle.flows.items() if flow.takes is not None}
    for name, takes in takers.items():
        in_list = takes.line_list is not None and number in bundle.lists[takes.line_list]
        if number and (number in takes.lines or in_list):
            return name
    found = [name for name, takes in takers.items() if takes.any_line or not number]
    if not found:
        raise Unplayable(f"no flow takes calls to {line or 'any line'}: name the flow")
    return found[0]
