"""What lies beyond the PBX during a test: answers to lookups, and what `remember` put into lists.

Nothing leaves the process. An answer of the test's world is there at the instant at which it is asked for; one that a
line of its script gives comes with that line, unless the lookup's time-out comes before. A lookup that the test has no
answer for cannot go on, and what is remembered is forgotten with the test.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from router.engine.effects import RememberValue, StartLookup
from router.engine.state import LookupFinished
from router.engine.verbs.task import EMPLOYEE
from router.flow.findings import did_you_mean
from router.flow.model import Bundle
from router.pbx.happenings import Impossible
from router.protocol.phone_numbers import comparable
from router.simulator.script import WAITS, Answer
from router.virtual_clock import VirtualClock

Feed = Callable[[LookupFinished], object]
"""Gives the call what a lookup found."""

OF_NUMBERS: Final = ("contact", "visitor")
"""Kinds of lookups that are about a number."""


class Unanswered(Impossible):
    """A lookup asks, and nobody said what it gets."""

    def __init__(self, lookup: str, key: str, asked: int, request: StartLookup, *, waits: bool = False) -> None:
        self.request = request
        self.waits = waits  # the test says so
        self.lookup = lookup  # "step", or "flow.step" within a sub-flow
        self.key = key  # under which its answers are or would be given
        again = " once more" if asked else ""
        super().__init__(f"the lookup {lookup} asks{again}, and `given: lookups` has no answer for it")


class Answers:
    """The answers of `given: lookups`, each list in its order."""

    def __init__(self, given: Mapping[str, tuple[Answer, ...]]) -> None:
        self._given = given
        self._asked: dict[str, int] = {}

    def answer(self, request: StartLookup, entry_id: str, within: str) -> LookupFinished:
        """What the lookup gets; `within` is the sub-flow that asks. Raises Unanswered when nothing is left.

        The id of an employee whom a task names needs no answer: in a test it is the extension. Of no number nothing is
        asked: there is no contact and no visitor (`runtime.lookups`)."""
        name = f"{within}.{request.label}" if within else request.label
        key = name if name in self._given else request.label
        if request.kind in OF_NUMBERS and not any(map(str.isdigit, request.arguments["number"])):
            return self._of_no_number(request, entry_id, key)
        if request.kind == EMPLOYEE and key not in self._given:
            outputs = {"id": request.arguments["extension"]}
            return LookupFinished(entry_id=entry_id, request_id=request.request_id, state="found", outputs=outputs)
        asked, given = self._asked.get(key, 0), self._given.get(key, ())
        self._asked[key] = asked + 1
        if asked >= len(given) and not (given and given[-1].repeats):
            raise Unanswered(name, key if given else name, asked, request)
        answer = given[min(asked, len(given) - 1)]
        if answer.state == WAITS:
            raise Unanswered(name, key, asked, request, waits=True)
        return _finished(answer, request, entry_id)

    def _of_no_number(self, request: StartLookup, entry_id: str, key: str) -> LookupFinished:
        """There is nothing to find, whatever is given; a given `not_found` is this one."""
        asked, given = self._asked.get(key, 0), self._given.get(key, ())
        if asked < len(given) and given[asked].state == "not_found":
            self._asked[key] = asked + 1
        reason = "there is no number"
        return LookupFinished(entry_id=entry_id, request_id=request.request_id, state="not_found", reason=reason)

    def unused(self) -> tuple[str, Answer] | None:
        """The first answer that nobody asked for, with its lookup."""
        for name, answers in self._given.items():
            asked = self._asked.get(name, 0)
            if asked < len(answers):
                return name, answers[asked]
        return None


class Lookups:
    """The lookups of one call, at most one of which waits."""

    def __init__(
        self,
        answers: Answers,
        later: Counter[str] | None,
        clock: VirtualClock,
        feed: Callable[[LookupFinished], object],
    ) -> None:
        """`later` says how often lines of the script answer a lookup; with None every one may wait."""
        self.waiting: Unanswered | None = None
        self._answers = answers
        self._later = later
        self._clock = clock
        self._feed = feed

    def ask(self, request: StartLookup, entry_id: str, within: str) -> None:
        """Answer at once, or let it wait. Raises Unanswered when nobody will ever answer."""
        try:
            finished = self._answers.answer(request, entry_id, within)
        except Unanswered as unanswered:
            if not (unanswered.waits or self._may_wait(unanswered)):
                raise
            self.waiting = unanswered
            self._clock.after(request.timeout_seconds, partial(self._time_out, unanswered, entry_id))
        else:
            self._clock.after(0.0, partial(self._feed, finished))

    def end(self, lookup: str, answer: Answer, entry_id: str) -> str | None:
        """The one that waits gets this answer; None, or why it cannot."""
        if self.waiting is None:
            return "no lookup waits for an answer"
        request, waits = self.waiting.request, self.waiting.lookup
        if lookup not in (waits, request.label):
            return f"the lookup {waits} waits for an answer, and not {lookup}"
        self.waiting = None
        self._feed(_finished(answer, request, entry_id))
        return None

    def _may_wait(self, asked: Unanswered) -> bool:
        if self._later is None:
            return True
        name = asked.lookup if self._later[asked.lookup] else asked.request.label
        self._later[name] -= 1
        return self._later[name] >= 0

    def _time_out(self, asked: Unanswered, entry_id: str) -> None:
        if self.waiting is asked:
            self.waiting = None
            name = asked.request.request_id
            self._feed(LookupFinished(entry_id=entry_id, request_id=name, state="failed", reason="no answer in time"))


def _finished(answer: Answer, request: StartLookup, entry_id: str) -> LookupFinished:
    return LookupFinished(
        entry_id=entry_id,
        request_id=request.request_id,
        state=answer.state,
        outputs=dict(answer.outputs),
        notes=dict(answer.notes),
    )


class Remembered:
    """Implements `engine.state.Memory` for one test."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}

    def add(self, effect: RememberValue) -> None:
        """Put a value into a list, for as long as the list keeps it."""
        keep = effect.keep_seconds
        self._until[effect.list_name, effect.value] = float("inf") if keep is None else self._clock() + keep

    def remembers(self, list_name: str, value: str) -> bool:
        return self._until.get((list_name, value), 0.0) > self._clock()

    def lacks(self, values: Iterable[tuple[str, str]], bundle: Bundle) -> str | None:
        """Why the first of these values that is not in its list is not there."""
        for name, value in values:
            if name not in bundle.lists:
                hint = did_you_mean(name, bundle.lists)
                return f"there is no list {name}{f': {hint}' if hint else ''}"
            if not self.remembers(name, comparable(value, bundle.country)):
                return f"{value} is not in lists.{name}: no call has put it there"
        return None
