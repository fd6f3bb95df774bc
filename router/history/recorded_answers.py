"""The answers to a replayed call's commands and lookups: those that the recorded call got.

The n-th command of a kind stands for the n-th recorded one of that kind, and gets the same answers, as long after it
was queued. A command that has no counterpart is taken to succeed at once, a lookup without a recorded answer to fail;
both are counted, since from there on the replay is a guess.
"""

from collections.abc import Iterator

import msgspec

from router.engine.effects import QueueCommand, StartLookup
from router.engine.state import CommandAnswered, LookupFinished
from router.engine.step import CallEvent
from router.history.past import Past
from router.history.recorded import CommandFate, lookup_fates
from router.protocol.codes import SUCCESS
from router.protocol.events import CommandResulted

Answers = list[tuple[float, CallEvent]]
"""(after how many seconds, the answer as an event of the call)."""


class RecordedAnswers:
    """What one replayed call has asked for so far, and what it gets."""

    def __init__(self, past: Past) -> None:
        self.assumed = 0  # answers that were not recorded
        self.made: frozenset[str] = frozenset()  # its command_ids
        self._entry_id = past.recorded.call.entry_id
        self._prefix = f"{past.recorded.call.token}-"
        self._reconciled = past.reconciled
        self._given = past.given
        self._lookups = lookup_fates(past.recorded)
        self._waiting: dict[str, list[CommandFate]] = {}
        self._replayed: dict[str, str] = {}  # recorded command_id -> replayed one
        self._single: set[str] = set()  # recorded command_ids of which the replayed one goes to no group
        self._sent: dict[str, float] = {}  # replayed command_id -> when it went out
        for fate in past.fates:
            self._waiting.setdefault(fate.kind, []).append(fate)

    def sent_at(self, command_id: str) -> float | None:
        """When a replayed command goes out, None when it never does."""
        return self._sent.get(command_id)

    def replayed_id(self, command_id: str) -> str | None:
        """What a leg's command is called in the replay; None for one of ours that was not made (yet)."""
        if not command_id.startswith(self._prefix):
            return command_id
        return self._replayed.get(command_id)

    def goes_to_group(self, command_id: str) -> bool:
        """Whether what stands for a recorded command is a command to a group, too."""
        return command_id not in self._single

    def to_command(self, command: QueueCommand, now: float) -> Answers:
        """A command that was withdrawn, or that has no counterpart, succeeds."""
        fate = self._counterpart(command, now)
        if fate is not None and fate.told:
            return list(_renamed(fate, command.command_id, now))
        after = fate.withdrawn_after if fate is not None and fate.withdrawn_after is not None else 0.0
        name = command.command_id
        return [
            (after, CommandAnswered(entry_id=self._entry_id, command_id=name, sent_at=now + after)),
            (after, CommandResulted(command=command.command, command_id=name, result=SUCCESS)),
        ]

    def _counterpart(self, command: QueueCommand, now: float) -> CommandFate | None:
        self.made |= {command.command_id}
        fate = self._fate(command)
        if fate is None:
            self.assumed += 1
            self._sent[command.command_id] = now
            return None
        self._waiting[command.command].remove(fate)
        self._replayed[fate.command_id] = command.command_id
        if not command.label.removeprefix("transfer ").startswith("group "):
            self._single.add(fate.command_id)
        if fate.sent_after is not None:
            self._sent[command.command_id] = now + fate.sent_after
        return fate

    def _fate(self, command: QueueCommand) -> CommandFate | None:
        """A command that a person gave has its id in every replay; a flow's own stands for none of those."""
        name, given = command.command_id, self._given
        waiting = self._waiting.get(command.command, ())
        return next(
            (fate for fate in waiting if (fate.command_id == name) or not ({name, fate.command_id} & given)), None
        )

    def to_lookup(self, lookup: StartLookup) -> Answers:
        """An answer that was recorded as lost never comes."""
        answers = self._lookups.get(lookup.label, [])
        if not answers:
            self.assumed += 1
            failed = LookupFinished(
                entry_id=self._entry_id,
                request_id=lookup.request_id,
                state="failed",
                reason="no answer to it is recorded",
            )
            return [(0.0, failed)]
        fate = answers.pop(0)
        if fate.answer is None:
            return []
        return [(fate.after, msgspec.structs.replace(fate.answer, request_id=lookup.request_id))]

    def to_statistics(self) -> Answers:
        """What the PBX's statistics said, if they were asked."""
        return [(0.0, self._reconciled)] if self._reconciled is not None else []


def _renamed(fate: CommandFate, command_id: str, now: float) -> Iterator[tuple[float, CallEvent]]:
    """The answers to a recorded command as those to the replayed one, with the instant at which that one went out."""
    for after, answer in fate.told:
        fields = {"sent_at": now + (fate.sent_after or 0.0)} if isinstance(answer, CommandAnswered) else {}
        yield after, msgspec.structs.replace(answer, command_id=command_id, **fields)
