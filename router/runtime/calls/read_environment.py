"""What one transaction shows a step of the engine of the world besides its call."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from router.engine.state import Entry
from router.flow.model import Bundle
from router.history.journal import LIMITS, LISTS, PRESENCE, VALUES
from router.protocol.commands import LIMITED
from router.runtime.outbox.forecast import Asked
from router.runtime.ports import Reading, Transaction

Forecast = Callable[[Transaction, str, Asked], float]
"""Answers how many seconds a command would wait, by an account's real queue."""


class Remembered:
    """What `remember` put into an account's lists, as one transaction sees it: the engine's `Memory`. A list without
    `keep` is part of the bundle, and nothing is asked about it. Keeps what it has told, in turn, and not of which
    values: they may be secrets."""

    __slots__ = ("_account", "_bundle", "_reading", "told")

    def __init__(self, reading: Reading, account: str, bundle: Bundle | None) -> None:
        self._reading = reading
        self._account = account
        self._bundle = bundle
        self.told: dict[str, list[bool]] = {}

    def remembers(self, list_name: str, value: str) -> bool:
        if self._bundle is None or self._bundle.lists[list_name].keep_seconds is None:
            return False
        found = self._reading.remembers(self._account, list_name, value)
        self.told.setdefault(list_name, []).append(found)
        return found


class Present:
    """Who is online, as one transaction sees it: the engine's `Attendance`. Read when a step asks, which few do; keeps
    what it has told."""

    __slots__ = ("_account", "_reading", "_statuses", "told")

    def __init__(self, reading: Reading, account: str) -> None:
        self._reading = reading
        self._account = account
        self._statuses: Mapping[str, str] | None = None
        self.told: dict[str, str | None] = {}

    def get(self, extension: str, /) -> str | None:
        if self._statuses is None:
            self._statuses = self._reading.presence(self._account)
        status = self._statuses.get(extension)
        self.told[extension] = status
        return status


class ToldValues:
    """Values of the account's configuration: the engine's `Values`. Keeps what it has told, since the configuration may
    have changed when the call is replayed."""

    __slots__ = ("_values", "told")

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.told: dict[str, str] = {}

    def get(self, name: str, /) -> str | None:
        value = self._values.get(name)
        if value is not None:
            self.told[name] = value
        return value


class FoldedLegs:
    """The legs of a call that are over and no longer in its state, as one transaction sees them: whatever was told of a
    leg stands in the journal. Asked in long calls alone, and there of a leg that the state does not know."""

    __slots__ = ("_account", "_entry_id", "_reading")

    def __init__(self, reading: Reading, account: str, entry_id: str) -> None:
        self._reading = reading
        self._account = account
        self._entry_id = entry_id

    def __contains__(self, call_id: object) -> bool:
        return self._reading.was_told_of(self._account, self._entry_id, str(call_id))


class QueueWaits:
    """What an account's queue promises at the time of a transaction: the engine's `Waits`. Keeps what it has told."""

    __slots__ = ("_account", "_forecast", "_tx", "told")

    def __init__(self, tx: Transaction, account: str, forecast: Forecast) -> None:
        self._tx = tx
        self._account = account
        self._forecast = forecast
        self.told: dict[str, float] = {}

    def seconds(
        self,
        name: str,
        *,
        deadline: float | None = None,
        high_priority: bool = False,
        buyable: bool = False,
        command_id: str = "",
    ) -> float:
        asked = Asked(
            command=LIMITED[name],
            deadline=deadline,
            high_priority=high_priority,
            buyable=buyable,
            command_id=command_id,
        )
        self.told[name] = self._forecast(self._tx, self._account, asked)
        return self.told[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it. What they told belongs into the trace: a replay sees the world that the call saw."""

    waits: QueueWaits
    presence: Present
    memory: Remembered
    values: ToldValues

    @classmethod
    def of(
        cls, tx: Transaction, account: str, forecast: Forecast, bundle: Bundle | None, values: Mapping[str, str]
    ) -> "World":
        """As this transaction sees it, for a call of this version."""
        return cls(
            waits=QueueWaits(tx, account, forecast),
            presence=Present(tx, account),
            memory=Remembered(tx, account, bundle),
            values=ToldValues(values),
        )

    def told(self, at: float) -> Iterator[Entry]:
        """An entry for each kind of question that was asked."""
        if self.waits.told:
            yield Entry(at=at, kind=LIMITS, data=dict(self.waits.told))
        if self.presence.told:
            yield Entry(at=at, kind=PRESENCE, data=dict(self.presence.told))
        if self.memory.told:
            yield Entry(at=at, kind=LISTS, data=dict(self.memory.told))
        if self.values.told:
            yield Entry(at=at, kind=VALUES, data=dict(self.values.told))
