"""What one transaction shows a step of the engine of the world besides its call."""

from collections.abc import Callable, Mapping

from router.runtime.forecast import PROBES, Asked
from router.runtime.ports import Reading, Transaction

Forecast = Callable[[Transaction, str, Asked], float]
"""Answers how many seconds a command would wait, by an account's real queue."""


class Remembered:
    """What `remember` put into an account's lists, as one transaction sees it: the engine's `Memory`."""

    __slots__ = ("_account", "_reading")

    def __init__(self, reading: Reading, account: str) -> None:
        self._reading = reading
        self._account = account

    def remembers(self, list_name: str, value: str) -> bool:
        return self._reading.remembers(self._account, list_name, value)


class Present:
    """Who is online, as one transaction sees it: the engine's `Attendance`. Read when a step asks, which few do."""

    __slots__ = ("_account", "_reading", "_statuses")

    def __init__(self, reading: Reading, account: str) -> None:
        self._reading = reading
        self._account = account
        self._statuses: Mapping[str, str] | None = None

    def get(self, extension: str, /) -> str | None:
        if self._statuses is None:
            self._statuses = self._reading.presence(self._account)
        return self._statuses.get(extension)


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
            command=PROBES[name],
            deadline=deadline,
            high_priority=high_priority,
            buyable=buyable,
            command_id=command_id,
        )
        self.told[name] = self._forecast(self._tx, self._account, asked)
        return self.told[name]
