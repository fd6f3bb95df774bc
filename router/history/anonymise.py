"""A call without the people in it: every number and every word of theirs is replaced, the same one always the same.

What stands in the flows themselves stays, since a reader of the test sees them too, and a condition that compares
with it must still hold. The caller's number never stays, wherever it stands.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.engine.state import Entry
from router.flow.diagrams.flow_graph import edges_of, graph_of
from router.flow.model import Bundle, Flow
from router.flow.verbs.route import Route
from router.history.recorded import PresenceHistory, RecordedCall, lookup_fates, taken_at
from router.history.recorded_event import event_of
from router.history.recorded_world import values_told
from router.protocol.codes import FAILED
from router.protocol.events import IVR, QUEUE, LegChanged

STAND_IN: Final = "7900000"
"""What every replaced number begins with; four digits follow."""

EMPLOYEES: Final = ("extension ", "person ")
"""How labels of destinations begin that have a presence."""

_NUMBER: Final = re.compile(r"\d{7,}")


class Anonymous:
    """Replaces numbers and texts of one call."""

    def __init__(self, bundle: Bundle, caller: str) -> None:
        self._written = written_in(bundle)
        self._caller = caller
        self._kept = set(_NUMBER.findall(self._written)) - {caller}
        self._numbers: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        if caller:
            self.number(caller)

    def number(self, digits: str) -> str:
        """The number that stands for this one; extensions, which are no people's, stay."""
        if not digits or digits in self._kept or not _NUMBER.fullmatch(digits):
            return digits
        return self._numbers.setdefault(digits, f"{STAND_IN}{len(self._numbers) + 1:04d}")

    def within(self, text: str) -> str:
        """The text with the numbers in it replaced."""
        return _NUMBER.sub(lambda found: self.number(found.group()), text)

    def value(self, value: Any) -> Any:
        """What a lookup answered: texts that no flow mentions are replaced as a whole."""
        if not isinstance(value, str) or not value or value in self._written:
            return value
        if value.isdigit():
            return self.number(value)
        return self._texts.setdefault(value, f"text {len(self._texts) + 1}")


def written_in(bundle: Bundle) -> str:
    """What the flows say: lines, destinations, conditions, and where requests go."""
    parts: list[str] = []
    for flow in bundle.flows.values():
        parts += flow.takes.lines if flow.takes is not None else ()
        parts += (text for node in graph_of(flow).nodes for text in node.about)
        parts += (label for step in flow.steps.values() for edge in edges_of(step) for label in edge.labels)
    return "\n".join(parts)


# the world of the test


def given_of(recorded: RecordedCall, bundle: Bundle, anonymous: Anonymous, presence: PresenceHistory) -> dict[str, Any]:
    """What stands under `given`: the world before the call, as far as the flow has looked at it."""
    call = recorded.call
    flow = bundle.flows[call.flow]
    at = datetime.fromtimestamp(int(call.started), ZoneInfo(flow.timezone))
    given: dict[str, Any] = {
        "from": anonymous.number(call.caller_number),
        "line": anonymous.number(call.line),
        "at": at.isoformat(),
    }
    if call.dct_number:
        given["dct"] = {"number": anonymous.number(call.dct_number), "type": call.dct_type}
    trace = [entry for record in recorded.records for entry in record.trace]
    more = {
        **_place(recorded, flow),
        "lists": _lists(trace, bundle, call.caller_number, given["from"]),
        "split": {e.data["step"]: e.data["exit"] for e in trace if e.kind == "left" and e.data["verb"] == "split"},
        "lookups": _lookups(recorded, anonymous),
        "online": _online(recorded, bundle, presence),
        "values": values_told(trace),
    }
    return given | {name: value for name, value in more.items() if value}


def _place(recorded: RecordedCall, flow: Flow) -> dict[str, str]:
    """Where the call was taken, and through which group it had come, should that not go without saying."""
    event = event_of(recorded.records[taken_at(recorded)]) if recorded.records else None
    if not isinstance(event, LegChanged):
        return {}
    usual = (flow.takes.location if flow.takes is not None else None) or (QUEUE if event.acd_group else IVR)
    return {"location": event.location if event.location != usual else "", "group": event.acd_group}


def _lists(trace: Iterable[Entry], bundle: Bundle, caller: str, stand_in_number: str) -> dict[str, list[str]]:
    """Lists that would tell the stand-in from the caller: they hold it if, and only if, they held him."""
    asked = _memberships(trace)
    changed = {}
    for name, members in bundle.lists.items():
        held = asked.get(name, caller in members)
        if held != (stand_in_number in members):
            changed[name] = [stand_in_number] if held else []
    return changed


def _memberships(trace: Iterable[Entry]) -> dict[str, bool]:
    """List -> whether the caller was found in it, as the trace's conditions say: also of lists that calls fill."""
    found = {}
    for entry in trace:
        for case in entry.data.get("clauses") or ():
            for clause in case.get("clauses", ()):
                text, _, name = str(clause["clause"]).partition(" in lists.")
                if text == "caller.number" and name:
                    found[name] = bool(clause["value"])
    return found


def _lookups(recorded: RecordedCall, anonymous: Anonymous) -> dict[str, list[Any]]:
    answers: dict[str, list[Any]] = {}
    for step, told in lookup_fates(recorded).items():
        for fate in told:
            found = fate.answer is not None and fate.answer.state == "found"
            if found and fate.of_task:
                continue
            if fate.answer is not None and found:
                values = {name: anonymous.value(value) for name, value in fate.answer.outputs.items()}
                answers.setdefault(step, []).append(values)
            else:
                answers.setdefault(step, []).append(fate.answer.state if fate.answer is not None else FAILED)
    return answers


def _online(recorded: RecordedCall, bundle: Bundle, presence: PresenceHistory) -> dict[str, str]:
    """Who was online, if any route of the bundle asks; an employee who was rung up counts, if nothing else is known."""
    asks = any(
        isinstance(step.settings, Route) and step.settings.online_only
        for flow in bundle.flows.values()
        for step in flow.steps.values()
    )
    if not asks:
        return {}
    rows = (row for row in recorded.commands if row.label.startswith(EMPLOYEES))
    rung = [str(row.params["to_number"]) for row in rows if row.params.get("to_number")]
    return dict.fromkeys(rung, "online") | presence.at(recorded.call.started)
