"""Two runs of one call side by side, and many such pairs counted.

A run is reduced to its way: the steps with their exits, the commands, and how it ended. Two ways end elsewhere when
the outcome, the last step or what was done with the caller differs; prompts alone make another way to the same end.
"""

import difflib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from router.engine.manual_step import BY_HAND
from router.engine.state import Call, Entry
from router.protocol.commands import CONNECTING


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a call went: what two runs of it are compared by."""

    outcome: str  # answered, hung_up, released, missed; "" when no flow took it
    step: str  # the last one that was entered
    steps: tuple[str, ...]  # "main_menu by 1", in order
    commands: tuple[tuple[str, str], ...]  # (kind, label), in order

    @property
    def dealings(self) -> tuple[tuple[str, str], ...]:
        """The commands but for prompts: with whom the caller was connected, and what else was set going."""
        return tuple(command for command in self.commands if command[0] != "play/start")


def way_of(call: Call, trace: Iterable[Entry]) -> Way:
    """The way that a trace tells of."""
    steps: list[str] = []
    commands: list[tuple[str, str]] = []
    open_at: dict[str, int] = {}  # step -> its place among the steps, until it is left
    for entry in trace:
        if entry.kind == "entered":
            name = _step_name(entry)
            open_at[name] = len(steps)
            steps.append(name)
        elif entry.kind == "left" and entry.data.get("exit"):
            place = open_at.pop(_step_name(entry), None)
            if place is not None:
                steps[place] += f" by {entry.data['exit']}"
        elif entry.kind == "command" and entry.data.get("label") != BY_HAND:  # what people do is input
            commands.append((entry.data["command"], entry.data.get("label", "")))
    last = steps[-1].partition(" by ")[0] if steps else ""
    return Way(outcome=call.outcome, step=last, steps=tuple(steps), commands=tuple(commands))


def _step_name(entry: Entry) -> str:
    data = entry.data
    return f"{data['within']}.{data['step']}" if data.get("within") else str(data["step"])


def first_difference(one: Way, other: Way) -> tuple[str, str] | None:
    """The first step that is left or entered differently, in both ways; None when the steps are the same."""
    for place in range(max(len(one.steps), len(other.steps))):
        pair = tuple(way.steps[place] if place < len(way.steps) else "" for way in (one, other))
        if pair[0] != pair[1]:
            return pair[0], pair[1]
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One call as it was, and as it would be."""

    entry_id: str
    version: str  # that it had
    recorded: Way
    replayed: Way
    assumed: int  # answers that were not recorded
    not_comparable: str = ""  # why nothing can be said of it; "" when it can

    @property
    def elsewhere(self) -> bool:
        """Whether it ends elsewhere: by outcome, by last step, or by what was done with the caller."""
        one, other = self.recorded, self.replayed
        return self.differs and (one.outcome, one.step, one.dealings) != (other.outcome, other.step, other.dealings)

    @property
    def differs(self) -> bool:
        """Whether anything of its way is different."""
        return not self.not_comparable and self.recorded != self.replayed

    @property
    def first_difference(self) -> tuple[str, str] | None:
        """The first step that is left or entered differently: (as it was, as it would be); "" is none at all."""
        return first_difference(self.recorded, self.replayed)

    def diff(self) -> list[str]:
        """The two ways, step by step: "  " both, "- " only as it was, "+ " only as it would be."""
        both = difflib.ndiff(_lines(self.recorded), _lines(self.replayed))
        return [line for line in both if not line.startswith("?")]


def _lines(way: Way) -> list[str]:
    dealings = [f"→ {told(command, label)}" for command, label in way.dealings]
    return [*way.steps, *dealings, f"= {way.outcome or 'taken by no flow'}"]


def told(command: str, label: str) -> str:
    """A command in an author's words: most labels begin with their verb, destinations do not."""
    return f"{command} {label}" if command in CONNECTING else label or command


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Many calls, counted."""

    calls: int
    not_comparable: dict[str, int]  # reason -> how many
    elsewhere: int
    another_way: int  # to the same end
    assumed: int  # of those that are comparable: calls in which an answer had to be assumed
    outcomes: dict[str, int]  # "answered → missed" -> how many

    @property
    def compared(self) -> int:
        """The calls of which something can be said."""
        return self.calls - sum(self.not_comparable.values())

    @property
    def percent_elsewhere(self) -> float:
        """Of the calls of which something can be said."""
        return 100.0 * self.elsewhere / self.compared if self.compared else 0.0


def summed(comparisons: list[Comparison]) -> Summary:
    """What many replays come to."""
    changed: Counter[str] = Counter(
        f"{one.recorded.outcome or 'not taken'} → {one.replayed.outcome or 'not taken'}"
        for one in comparisons
        if one.differs and one.recorded.outcome != one.replayed.outcome
    )
    reasons = Counter(one.not_comparable for one in comparisons if one.not_comparable)
    return Summary(
        calls=len(comparisons),
        not_comparable=dict(reasons.most_common()),
        elsewhere=sum(one.elsewhere for one in comparisons),
        another_way=sum(one.differs and not one.elsewhere for one in comparisons),
        assumed=sum(one.assumed > 0 and not one.not_comparable for one in comparisons),
        outcomes=dict(changed.most_common()),
    )
