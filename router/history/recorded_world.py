"""The world besides the call as a recorded call saw it: waits, who was online, what other calls had put into lists.

Each record of the journal has what its event asked and the answers. What the replayed call asks besides is answered by
what is known otherwise: the latest answer of the same list, what the call itself has remembered, the presence that the
PBX had reported by then. What is unknown is assumed, and counted.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from router.engine.effects import RememberValue
from router.engine.state import Entry
from router.flow.model import Bundle
from router.history.journal import LIMITS, LISTS, PRESENCE, VALUES, Record
from router.history.recorded import PresenceHistory


def values_told(trace: Iterable[Entry]) -> dict[str, str]:
    """The values of the configuration that a call asked for, the latest of each."""
    return {name: value for entry in trace if entry.kind == VALUES for name, value in entry.data.items()}


class RecordedWorld:
    """Implements the `Waits`, `Attendance` and `Memory` of an environment. `now` is the replayed call's clock."""

    def __init__(self, bundle: Bundle, presence: PresenceHistory, now: Callable[[], float]) -> None:
        self.assumed = 0
        self._now = now
        self._waits: Mapping[str, float] = {}
        self._bundle = bundle
        self._history = presence
        self._online: Mapping[str, str | None] = {}  # as this record has it
        self._answers: dict[str, list[bool]] = {}  # list -> the answers of this record that are left
        self._latest: dict[str, bool] = {}  # list -> the answer before
        self._remembered: set[tuple[str, str]] = set()  # by this very call

    def see(self, record: Record) -> None:
        """The next record's event is about to happen."""
        seen = {entry.kind: entry.data for entry in record.trace if entry.kind in (LIMITS, LISTS, PRESENCE)}
        self._waits = seen.get(LIMITS, self._waits)
        self._online = seen.get(PRESENCE, {})
        self._answers = {name: list(answers) for name, answers in seen.get(LISTS, {}).items()}

    def remember(self, effect: RememberValue) -> None:
        """The call puts a value into a list."""
        self._remembered.add((effect.list_name, effect.value))

    def remembers(self, list_name: str, value: str) -> bool:
        """Whether a list that calls fill had the value."""
        numbers = self._bundle.lists.get(list_name)
        if numbers is None or numbers.keep_seconds is None:
            return False
        if answers := self._answers.get(list_name):
            self._latest[list_name] = answers.pop(0)
            return self._latest[list_name]
        if (list_name, value) in self._remembered:
            return True
        self.assumed += list_name not in self._latest
        return self._latest.get(list_name, False)

    def get(self, extension: str, /) -> str | None:
        """Who was online, as this record tells, or else as the PBX had reported it by then."""
        if extension in self._online:
            return self._online[extension]
        return self._history.status(extension, self._now())

    def seconds(self, name: str, **_asked: Any) -> float:
        """The wait that was promised to a command."""
        return self._waits.get(name, 0.0)
