"""A recorded call as a test that anyone may read: what the caller, the PBX and we did, without a real number.

The script is the call's trace in the words of test files. Commands take no time in a test, and the pretend PBX acts at
once, so instants are told by what came before: a wait is as long as it was between the effect of one line (a prompt
that began, a phone that rang) and the next. Faults of the network are not told, only the order that took effect.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from router.engine.state import CommandConcluded, Entry
from router.flow.model import Bundle, Flow, Step
from router.flow.verbs import COMMAND_NAMES, COMMANDS
from router.flow.verbs.collect import Collect
from router.history.anonymise import Anonymous, given_of
from router.history.call_view import trace_of
from router.history.recorded import (
    CommandFate,
    PresenceHistory,
    RecordedCall,
    fates,
    legs_made,
)
from router.history.typed_digits import stand_in, without_stars
from router.history.whole_call import WITHOUT_EFFECT
from router.protocol.codes import REPLACED, is_success, route_outcome
from router.protocol.events import CONNECTED, DISCONNECTED, ON_HOLD, QUEUE, CommandResulted

HAPPENS: Final = frozenset({"busy", "no_answer", "rejected", "unavailable"})
PATIENCE_SECONDS: Final = 2.0  # `expect` waits by itself, for 3 s at most
SAME_INSTANT: Final = 0.25
"""Pauses that are shorter mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the script: when it was reached, and when what it tells had its effect."""

    text: str  # as YAML
    begin: float
    end: float
    patient: bool = False  # an expectation


def as_test(recorded: RecordedCall, bundle: Bundle, presence: PresenceHistory | None = None) -> str:
    """The test file's text. `bundle` is the version that the call had."""
    call = recorded.call
    anonymous = Anonymous(bundle, call.caller_number)
    lines = _Script(recorded, bundle, anonymous).lines()
    given = given_of(recorded, bundle, anonymous, presence or PresenceHistory())
    rows = [
        f"flow: {call.flow}",
        "tests:",
        f"  - name: {json.dumps(_name(recorded), ensure_ascii=False)}",
        "    given:",
        *(f"      {name}: {_yaml(value)}" for name, value in given.items()),
        "    script:",
        *(f"      - {text}" for text in _with_waits(lines)),
        *([f"      - expect_end: {call.outcome}"] if call.outcome else []),
    ]
    return "\n".join(rows) + "\n"


def _name(recorded: RecordedCall) -> str:
    steps = [entry.data["step"] for record in recorded.records for entry in record.trace if entry.kind == "entered"]
    shown = [*steps[:6], *(["…"] if len(steps) > 6 else [])]
    return f"a recorded call: {', '.join(shown)}"


def _yaml(value: Any) -> str:
    """JSON is YAML, and its quotes keep numbers text."""
    return json.dumps(value, ensure_ascii=False)


def _with_waits(lines: Sequence[Line]) -> Iterator[str]:
    """The lines, with the pauses between them written out where they matter."""
    before: Line | None = None
    for line in lines:
        pause = line.begin - before.end if before is not None else 0.0
        if pause > (PATIENCE_SECONDS if line.patient else SAME_INSTANT):
            rounded = int(pause * 10) / 10 if line.patient else round(pause, 1)
            yield f"wait: {rounded:g}s"
        yield line.text
        before = line


# the script


class _Script:
    """The trace, read once from the beginning to the end."""

    def __init__(self, recorded: RecordedCall, bundle: Bundle, anonymous: Anonymous) -> None:
        self._recorded = recorded
        self._bundle = bundle
        self._anonymous = anonymous
        self._fates = _heard(recorded)
        self._first_leg = self._first_legs()
        self._states: dict[str, str] = {}  # call_id -> its latest state
        self._step: Step[Any] | None = None
        self._typed = 0  # keys in secret since the step's last prompt
        self._lines: list[Line] = []
        self._hung_up = False  # by whomever

    def lines(self) -> list[Line]:
        for record in self._recorded.records:
            ended = any(entry.kind == "left" and entry.data.get("exit") == "next" for entry in record.trace)
            for entry in record.trace:
                tell = TELL.get(entry.kind)
                if tell is not None:
                    tell(self, entry, ended)
        return self._lines

    def _first_legs(self) -> dict[str, float]:
        """command_id -> when the first leg that came of it was seen."""
        made = legs_made(self._recorded, [*self._fates.values()])
        first: dict[str, float] = {}
        for call_id, command_id in made.items():
            seen = self._recorded.call.legs[call_id].first_seen
            first[command_id] = min(seen, first.get(command_id, seen))
        return first

    def _happens(self, text: str, at: float) -> None:
        self._lines.append(Line(text=text, begin=at, end=at))

    def _entered(self, entry: Entry, ended: bool) -> None:
        flow: Flow | None = self._bundle.flows.get(entry.data.get("within") or self._recorded.call.flow)
        self._step = flow.steps.get(entry.data["step"]) if flow is not None else None
        self._typed = 0

    def _left(self, entry: Entry, ended: bool) -> None:
        if entry.data.get("exit") == "left":
            self._happens("pbx: left", entry.at)

    def _digits(self, entry: Entry, ended: bool) -> None:
        digits = without_stars(entry.data)
        settings = self._step.settings if self._step is not None else None
        if isinstance(settings, Collect) and settings.secret and not entry.data.get("dropped"):
            typed, self._typed = self._typed, self._typed + len(digits)
            digits = stand_in(settings, len(digits), before=typed, ended=ended)
        self._happens(f"keys: {_yaml(digits)}", entry.at)

    def _command(self, entry: Entry, ended: bool) -> None:
        fate = self._fates[entry.data["command_id"]]
        self._typed = 0
        written = COMMAND_NAMES.get(fate.kind, fate.kind)
        if written == "play" and self._step is not None and self._step.verb == "route":
            return  # it bought time for a route that waited for its limit, and tests have no limits
        self._hung_up = self._hung_up or written == "hangup"
        self._lines.append(
            Line(text=f"expect: {self._wanted(written, fate)}", begin=fate.queued, end=self._effect(fate), patient=True)
        )
        if (outcome := _outcome(fate)) is not None:
            self._happens(f"pbx: {outcome}", self._effect(fate))

    def _wanted(self, written: str, fate: CommandFate) -> str:
        main = COMMANDS[written].recorded if written in COMMANDS else None
        return f"{{{written}: {_yaml(self._anonymous.within(main(fate.label)))}}}" if main is not None else written

    def _effect(self, fate: CommandFate) -> float:
        """When the command began to matter: the phone rang, the prompt began, the PBX took it."""
        told = fate.told[-1][0] if fate.told else fate.sent_after or 0.0
        return self._first_leg.get(fate.command_id, fate.queued + told)

    def _event(self, entry: Entry, ended: bool) -> None:
        data = entry.data
        if data.get("lateness") in WITHOUT_EFFECT or data["event"] == "dtmf":
            return
        if data["event"] == "summary":
            self._over(entry.at)
        elif data["event"] == "call":
            before = self._states.get(data["call_id"], "")
            self._states[data["call_id"]] = data["state"]
            tell = STATES.get(data["state"])
            if tell is not None and before != data["state"]:
                tell(self, entry, before)

    def _connected(self, entry: Entry, before: str) -> None:
        if entry.data.get("location") == "abonent" or entry.data["call_id"] in self._recorded.call.ours:
            self._happens("pbx: resumed" if before == ON_HOLD else "pbx: answered", entry.at)

    def _held(self, entry: Entry, before: str) -> None:
        """A transfer puts the caller on hold by itself."""
        last = self._lines[-1].text if self._lines else ""
        if not last.startswith("expect: {transfer"):
            self._happens("pbx: held", entry.at)

    def _disconnected(self, entry: Entry, before: str) -> None:
        outcome = route_outcome(entry.data.get("reason", 0))
        if outcome == REPLACED:
            return
        if before in (CONNECTED, ON_HOLD) or outcome not in HAPPENS:
            self._over(entry.at)
        elif entry.data["call_id"] in self._recorded.call.ours and not self._says_queue(entry.data["call_id"]):
            self._happens(f"pbx: {outcome}", entry.at)

    def _says_queue(self, call_id: str) -> bool:
        """Whether a phone rang for a group whose queue says itself how the attempt ended."""
        legs = self._recorded.call.legs
        queue = legs.get(legs[call_id].last.taken_from_call_id) if call_id in legs else None
        return (
            queue is not None
            and queue.last.location == QUEUE
            and route_outcome(queue.last.disconnect_reason) in HAPPENS
        )

    def _over(self, at: float) -> None:
        """The caller or the other side ended the call: a test has one word for it."""
        if not self._hung_up:
            self._hung_up = True
            self._happens("hangup: {}", at)


def _outcome(fate: CommandFate) -> str | None:
    """What a test has to say about the command's outcome; None when it did what it should."""
    for _, told in fate.told:
        if isinstance(told, CommandConcluded):
            return f"{{result: {told.code}}}" if told.code else None
        if isinstance(told, CommandResulted):
            return None if is_success(told.result) else f"{{result: {told.result}}}"
    return "drop" if _is_awaited(fate) else None


def _heard(recorded: RecordedCall) -> dict[str, CommandFate]:
    """The fate of each command; of one whose result is awaited, only what came before its step was left."""
    left = _left_at(recorded)
    return {fate.command_id: _until(fate, left.get(fate.command_id)) for fate in fates(recorded)}


def _until(fate: CommandFate, left: float | None) -> CommandFate:
    if not _is_awaited(fate) or left is None:
        return fate
    return replace(fate, told=tuple((after, told) for after, told in fate.told if fate.queued + after <= left))


def _is_awaited(fate: CommandFate) -> bool:
    """Whether its step goes on when no result comes in time."""
    command = COMMANDS.get(COMMAND_NAMES.get(fate.kind, ""))
    return command is not None and command.result_is_awaited


def _left_at(recorded: RecordedCall) -> dict[str, float]:
    """command_id -> when the step that made it was left."""
    found: dict[str, float] = {}
    made: list[str] = []
    for entry in trace_of(recorded.records):
        if entry.kind == "command":
            made.append(entry.data["command_id"])
        elif entry.kind in ("left", "entered"):
            found |= dict.fromkeys(made, entry.at)
            made.clear()
    return found


TELL: Final[Mapping[str, Callable[[_Script, Entry, bool], None]]] = {
    "entered": _Script._entered,
    "left": _Script._left,
    "digits": _Script._digits,
    "command": _Script._command,
    "event": _Script._event,
}

STATES: Final[Mapping[str, Callable[[_Script, Entry, str], None]]] = {
    CONNECTED: _Script._connected,
    ON_HOLD: _Script._held,
    DISCONNECTED: _Script._disconnected,
}
