"""What a flow may know of the queue before the limits: how long a command of its call would wait.

The runtime answers from the real queue, and only when asked: most events of most calls never ask.
"""

from collections.abc import Mapping
from typing import Protocol


class Waits(Protocol):
    def seconds(
        self,
        name: str,
        *,
        deadline: float | None = None,
        high_priority: bool = False,
        buyable: bool = False,
        command_id: str = "",
    ) -> float:
        """How many seconds from now until a command (route, transfer, hangup, play) is sent.

        With `command_id` it is one that is queued already; else one that would be queued now, to arrive before
        `deadline` (Unix seconds; None: behind all that have one). `buyable`: more time can be bought for it.
        """


class KnownWaits:
    """Waits that are what they are, whoever asks: for tests, simulations and replays."""

    def __init__(self, seconds: Mapping[str, float] | None = None) -> None:
        self._seconds = seconds or {}

    def seconds(
        self,
        name: str,
        *,
        deadline: float | None = None,
        high_priority: bool = False,
        buyable: bool = False,
        command_id: str = "",
    ) -> float:
        return self._seconds.get(name, 0.0)
