"""The spans of a call, from its one object (`history.call_view`): the call, its steps, its commands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from router.runtime.calls.number_masking import with_masks

CALL: Final = "call"
STEP: Final = "step"
COMMAND: Final = "command"
MOST_TEXT: Final = 500
FAILED_STATES: Final = frozenset({"failed", "unknown"})
STEP_FACTS: Final = ("step", "verb", "visit", "within", "exit", "goto", "why")
COMMAND_FACTS: Final = ("command_id", "command", "call_id", "label", "state", "code", "reason", "http_status",
                        "attempts", "wait_seconds")  # fmt: skip
CALL_FACTS: Final = ("account", "entry_id", "flow", "version", "line", "caller", "outcome", "direction", "group",
                     "answered_by", "talk_seconds", "end_reason", "sip_call_id", "untaken")  # fmt: skip
EVENT_FACTS: Final = ("event", "seq", "order", "state", "location", "call_id", "text")

Facts = Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something within a span that takes no time."""

    name: str
    at: int  # nanoseconds since 1970
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span. Instants are nanoseconds since 1970."""

    kind: str  # CALL, STEP or COMMAND
    name: str
    trace_id: int
    span_id: int
    parent_id: int  # 0 for the call's own
    begun: int
    ended: int
    facts: Facts
    moments: Sequence[Moment] = ()
    trouble: str = field(default="")  # what went wrong, "" when nothing did


def spans_of(call: Mapping[str, Any]) -> list[Span]:
    """The call's own span first, then its steps, then its commands. Numbers are masked."""
    shown = with_masks(call)
    trace_id = _number(16, call["account"], call["entry_id"])
    root_id = _number(8, str(trace_id), CALL)
    begun = _nanoseconds(call["started"])
    ended = max(begun, _nanoseconds(call["ended"]) or begun)
    steps = list(_steps(shown, trace_id, root_id, ended))
    commands = list(_commands(shown, trace_id, root_id, steps, ended))
    root = Span(
        kind=CALL,
        name=f"call {call['flow']}" if call["flow"] else "call",
        trace_id=trace_id,
        span_id=root_id,
        parent_id=0,
        begun=begun,
        ended=max([ended, *(one.ended for one in (*steps, *commands))]),
        facts=_facts(shown, CALL_FACTS),
        moments=_moments(shown["events"]),
    )
    return [root, *steps, *commands]


def _steps(call: Mapping[str, Any], trace_id: int, parent_id: int, over: int) -> Iterator[Span]:
    for number, step in enumerate(call["steps"]):
        begun = _nanoseconds(step["at"])
        yield Span(
            kind=STEP,
            name=f"{step['verb']} {step['step']}",
            trace_id=trace_id,
            span_id=_number(8, str(trace_id), STEP, str(number)),
            parent_id=parent_id,
            begun=begun,
            ended=max(begun, _nanoseconds(step["left"]) or over),
            facts=_facts(step, STEP_FACTS),
        )


def _commands(call: Mapping[str, Any], trace_id: int, root_id: int, steps: Sequence[Span], over: int) -> Iterator[Span]:
    for command in call["commands"]:
        begun = _nanoseconds(command["queued"])
        sent = _nanoseconds(command["sent"])
        asker = next((step for step in reversed(steps) if step.begun <= begun <= step.ended), None)
        yield Span(
            kind=COMMAND,
            name=str(command["command"]),
            trace_id=trace_id,
            span_id=_number(8, str(trace_id), COMMAND, command["command_id"]),
            parent_id=asker.span_id if asker is not None else root_id,
            begun=begun,
            ended=max(begun, sent, _nanoseconds(command["confirmed"]) or over),
            facts=_facts(command, COMMAND_FACTS),
            moments=[Moment(name="sent", at=sent, facts={})] if sent else (),
            trouble=str(command["reason"] or command["state"]) if command["state"] in FAILED_STATES else "",
        )


def _moments(events: Sequence[Mapping[str, Any]]) -> list[Moment]:
    return [
        Moment(name=str(event["kind"]), at=_nanoseconds(event["at"]), facts=_facts(event, EVENT_FACTS))
        for event in events
        if event["kind"] != "digits"  # what callers type does not belong into traces
    ]


def _facts(found: Mapping[str, Any], names: Sequence[str]) -> Facts:
    """Those that say something, by the names that OpenTelemetry's attributes have."""
    told: dict[str, str | int | float | bool] = {}
    for name in names:
        value = found.get(name)
        if isinstance(value, bool | int | float) and value is not None:
            told[f"ivr.{name}"] = value
        elif value:
            told[f"ivr.{name}"] = str(value)[:MOST_TEXT]
    return told


def _nanoseconds(instant: str | None) -> int:
    """Of an RFC 3339 instant with milliseconds; 0 of none."""
    return round(datetime.fromisoformat(instant).timestamp() * 1000) * 1_000_000 if instant else 0


def _number(length: int, *names: str) -> int:
    """An id of so many bytes that names always give, and never 0, which stands for none."""
    return int.from_bytes(blake2b("\0".join(names).encode(), digest_size=length).digest(), "big") or 1
