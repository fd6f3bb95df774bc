"""A recorded call as a test that anyone may read: what the caller, the PBX and we did, without a real number.

The script is the call's trace in the words of test files. Commands take no time in a test, and the pretend PBX acts at
once, so instants are told by what came before: a wait is as long as it was between the effect of one line (a prompt
that began, a phone that rang) and the next. Faults of the network are not told, only the order that took effect.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from router.engine.manual_step import BY_HAND, GIVEN
from router.engine.manual_step import VERBS as TAKE_OVER
from router.engine.state import CommandConcluded, Entry
from router.engine.transitions import RESUME
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
from router.history.script_lines import Line, with_waits
from router.history.typed_digits import stand_in, without_stars
from router.history.whole_call import WITHOUT_EFFECT
from router.protocol.codes import REPLACED, is_success, route_outcome
from router.protocol.events import CONNECTED, DISCONNECTED, ON_HOLD, QUEUE, CommandResulted

HAPPENS: Final = frozenset({"busy", "no_answer", "rejected", "unavailable"})


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
        *(f"      - {text}" for text in with_waits(lines)),
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
        self._by_hand: dict[str, str] = {}  # command_id -> the line that gives it

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

    def _manual(self, entry: Entry, ended: bool) -> None:
        """What a person commands is done again; of what goes beside the flow a test says nothing."""
        data = entry.data
        if data["done"] == GIVEN and data["command"] in TAKE_OVER:
            written, then = COMMAND_NAMES[data["command"]], data.get("then", RESUME)
            says = {written: self._anonymous.within(data["to"]) if "to" in data else None}
            says |= {"then": then} if then != RESUME else {}
            self._by_hand[data["command_id"]] = f"by_hand: {_yaml(says)}"

    def _command(self, entry: Entry, ended: bool) -> None:
        fate = self._fates[entry.data["command_id"]]
        self._typed = 0
        if fate.label == BY_HAND:
            self._command_by_hand(fate)
            return
        written = COMMAND_NAMES.get(fate.kind, fate.kind)
        if written == "play" and self._step is not None and self._step.verb == "route":
            return  # it bought time for a route that waited for its limit, and tests have no limits
        self._hung_up = self._hung_up or written == "hangup"
        self._lines.append(
            Line(text=f"expect: {self._wanted(written, fate)}", begin=fate.queued, end=self._effect(fate), patient=True)
        )
        if (outcome := _outcome(fate)) is not None:
            self._happens(f"pbx: {outcome}", self._effect(fate))

    def _command_by_hand(self, fate: CommandFate) -> None:
        """The command itself, or what was sent again for it."""
        if fate.kind not in TAKE_OVER:
            return
        written = COMMAND_NAMES[fate.kind]
        self._hung_up = self._hung_up or written == "hangup"
        text = self._by_hand.get(fate.command_id, f"expect: {written}")
        patient = text.startswith("expect")
        self._lines.append(Line(text=text, begin=fate.queued, end=self._effect(fate), patient=patient))
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
        """A transfer puts the caller on hold by itself, and so does our own command."""
        last = self._lines[-1].text if self._lines else ""
        if not last.startswith(("expect: {transfer", "expect: hold", 'by_hand: {"transfer')):
            self._happens("pbx: held", entry.at)

    def _disconnected(self, entry: Entry, before: str) -> None:
        outcome = route_outcome(entry.data.get("reason", 0))
        if outcome == REPLACED or self._is_handed_on(entry.data["call_id"]):
            return
        if before in (CONNECTED, ON_HOLD) or outcome not in HAPPENS:
            self._over(entry.at)
        elif entry.data["call_id"] in self._recorded.call.ours and not self._says_queue(entry.data["call_id"]):
            self._happens(f"pbx: {outcome}", entry.at)

    def _is_handed_on(self, call_id: str) -> bool:
        """Whether the caller went on in a blind transfer, whose first leg ends as if it were over (§3.2.8)."""
        return any(
            leg.last.taken_from_call_id == call_id and leg.connected_at for leg in self._recorded.call.legs.values()
        )

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
    "manual": _Script._manual,
    "event": _Script._event,
}

STATES: Final[Mapping[str, Callable[[_Script, Entry, str], None]]] = {
    CONNECTED: _Script._connected,
    ON_HOLD: _Script._held,
    DISCONNECTED: _Script._disconnected,
}
