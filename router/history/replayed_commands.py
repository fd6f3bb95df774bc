"""Which command of a replayed call stands for which recorded one: the n-th of a kind for the n-th of that kind."""

from collections.abc import Iterable

from router.engine.effects import QueueCommand
from router.history.recorded import CommandFate


class ReplayedCommands:
    """The commands that a replayed call has made so far."""

    def __init__(self, recorded: Iterable[CommandFate], prefix: str) -> None:
        self.made: frozenset[str] = frozenset()
        self._prefix = prefix
        self._waiting: dict[str, list[CommandFate]] = {}
        self._replayed: dict[str, str] = {}  # recorded command_id -> replayed one
        self._sent: dict[str, float] = {}  # replayed command_id -> when it went out
        for fate in recorded:
            self._waiting.setdefault(fate.kind, []).append(fate)

    def made_now(self, command: QueueCommand, now: float) -> CommandFate | None:
        """The replayed flow made a command: the fate of its counterpart, None when it has none."""
        self.made |= {command.command_id}
        waiting = self._waiting.get(command.command, [])
        if not waiting:
            self._sent[command.command_id] = now
            return None
        fate = waiting.pop(0)
        self._replayed[fate.command_id] = command.command_id
        if fate.sent_after is not None:
            self._sent[command.command_id] = now + fate.sent_after
        return fate

    def sent_at(self, command_id: str) -> float | None:
        """When a replayed command went out, None when it never does."""
        return self._sent.get(command_id)

    def replayed_id(self, command_id: str) -> str | None:
        """What a leg's command is called in the replay; None for one of ours that was not made (yet)."""
        if not command_id.startswith(self._prefix):
            return command_id
        return self._replayed.get(command_id)
