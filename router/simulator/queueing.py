"""The queue before the limits as a test has it: each kind of command waits for as long as `given: limits` says."""

from collections.abc import Callable, Mapping

from router.engine.effects import QueueCommand
from router.flow.verbs import COMMAND_NAMES


class QueueOfTest:
    """The engine's `Waits`: a command that is queued has the rest of its wait before it, another one all of it."""

    def __init__(self, seconds: Mapping[str, float], now: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now = now
        self._sent_at: dict[str, float] = {}

    def queued(self, command: QueueCommand) -> float:
        """A command begins to wait: for so many seconds."""
        seconds = self._seconds.get(COMMAND_NAMES.get(command.command, ""), 0.0)
        self._sent_at[command.command_id] = self._now() + seconds
        return seconds

    def seconds(
        self,
        name: str,
        *,
        deadline: float | None = None,
        high_priority: bool = False,
        buyable: bool = False,
        command_id: str = "",
    ) -> float:
        if command_id in self._sent_at:
            return max(0.0, self._sent_at[command_id] - self._now())
        return self._seconds.get(name, 0.0)
