"""The world besides the call as a recorded call saw it: waits, who was online, what other calls had put into lists.

Each record of the journal tells what its event asked and was told. What the replayed call asks besides is answered by
what is known otherwise: the latest answer of the same list, what the call itself has remembered, the presence that the
PBX had reported by then. What is unknown is assumed, and counted.
"""

from collections.abc import Mapping

from router.engine.effects import RememberValue
from router.flow.model import Bundle
from router.history.journal import LIMITS, LISTS, PRESENCE, Record
from router.history.recorded import PresenceHistory


class RecordedWorld:
    """Implements `engine.environment.Memory`; `at` answers an `Attendance`."""

    def __init__(self, bundle: Bundle, presence: PresenceHistory) -> None:
        self.waits: Mapping[str, float] = {}
        self.assumed = 0
        self._bundle = bundle
        self._history = presence
        self._online: Mapping[str, str | None] = {}  # told at this record
        self._answers: dict[str, list[bool]] = {}  # list -> what is still to be told at this record
        self._latest: dict[str, bool] = {}  # list -> the answer before
        self._remembered: set[tuple[str, str]] = set()  # by this very call

    def see(self, record: Record) -> None:
        """The next record's event is about to happen."""
        told = {entry.kind: entry.data for entry in record.trace if entry.kind in (LIMITS, LISTS, PRESENCE)}
        self.waits = dict(told[LIMITS]) if LIMITS in told else self.waits
        self._online = told.get(PRESENCE, {})
        self._answers = {name: list(answers) for name, answers in told.get(LISTS, {}).items()}

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

    def at(self, instant: float) -> Mapping[str, str]:
        """Extension -> status; who is unknown is absent."""
        known = {**self._history.at(instant), **self._online}
        return {who: status for who, status in known.items() if status is not None}
