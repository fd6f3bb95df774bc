"""What an expression can ask about the call: every dotted name of the language with the fact behind it.

One table for fixed names, one for the families (`hours.`, `vars.`, `visits.`). The loader has already refused
names that do not exist, so a lookup here never fails for a checked bundle.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.engine.journey import talk_seconds
from router.engine.secret_marks import clean, mark, mark_sealed
from router.engine.state import Call
from router.engine.step_context import StepContext
from router.flow.model import Expression, Hours
from router.protocol.phone_numbers import comparable

SECONDS_IN_A_YEAR: Final = 366 * 86_400
NEVER_OPEN: Final = {"open": False, "opens_in": SECONDS_IN_A_YEAR, "opens_date": "", "opens_time": ""}
"""What is said of hours that do not open."""

_CHOSEN: Final = re.compile(r"hours\[([^\]]*)\]\.([a-z_]+)", re.ASCII)
"""In a text: `${hours[vars.branch].opens_time}`."""


class CallScope:
    """The `Scope` of one call at one instant. It reads each name once: conditions ask for the same ones again."""

    __slots__ = ("_local", "_read", "context")

    def __init__(self, context: StepContext) -> None:
        self.context = context
        self._local: datetime | None = None
        self._read: dict[str, Any] = {}

    @property
    def local(self) -> datetime:
        """Now, in the flow's zone."""
        if self._local is None:
            self._local = datetime.fromtimestamp(self.context.now, ZoneInfo(self.context.root.timezone))
        return self._local

    def value(self, name: str) -> Any:
        """The value of a dotted name."""
        read = self._read
        if name not in read:
            fact = FACTS.get(name)
            read[name] = fact(self) if fact is not None else self._of_family(name)
        return read[name]

    def _of_family(self, name: str) -> Any:
        family, _, rest = name.partition(".")
        found = FAMILIES.get(family)
        if found is not None:
            return found(self, rest)
        chosen = _CHOSEN.fullmatch(name) if "[" in name else None
        if chosen is not None:
            return self.chosen(str(self.value(chosen[1])), chosen[2])
        return _output(self, name)

    def contains(self, list_name: str, value: str) -> bool:
        """Whether `value` is in a list of the bundle."""
        context = self.context
        if context.bundle is None or not value:
            return False
        if value in context.bundle.lists[list_name]:
            return True
        number = comparable(value, context.bundle.country)
        return (list_name, number) in context.remembered or context.environment.memory.remembers(list_name, number)

    def chosen(self, name: str, what: str) -> Any:
        """What of the opening hours that are called so; of those that there are not, what closed ones say."""
        bundle = self.context.bundle
        if bundle is not None and name in bundle.hours:
            return self.value(f"hours.{name}.{what}")
        self.context.note(f"hours[{name}]: there are none of that name: closed")
        return NEVER_OPEN[what]

    def in_chosen(self, list_name: str, value: str) -> bool:
        """Whether `value` is in the list that is called so; nothing is in one that there is not."""
        bundle = self.context.bundle
        if bundle is not None and list_name in bundle.lists:
            return self.contains(list_name, value)
        self.context.note(f"lists[{list_name}]: there is none of that name: empty")
        return False

    def online(self, extension: str) -> bool:
        """Whether the employee can take a call: known to be online, or not known at all."""
        status = self.context.environment.presence.get(extension)
        if status is None:
            return not self.context.environment.only_listed_online
        return status == "online"

    def status(self, extension: str) -> str:
        return self.context.environment.presence.get(extension) or ""


def root_scope(context: StepContext) -> CallScope:
    """For expressions of the flow that took the call that hold in its sub-flows too."""
    outer = StepContext(context.call, context.bundle, context.now, context.environment)
    outer.unwind()
    outer.remembered = context.remembered
    return CallScope(outer)


class RequestScope(CallScope):
    """The same names for what goes to another system: secrets are marks, and nothing foreign can look like one."""

    __slots__ = ("_encode",)

    def __init__(self, context: StepContext, encode: Callable[[str], str] | None = None) -> None:
        super().__init__(context)
        self._encode = encode

    def value(self, name: str) -> Any:
        family, _, rest = name.partition(".")
        if family == "secrets":
            return mark(rest)
        if family == "vars" and self.context.flow.variables[rest].secret:
            return mark_sealed(self.context.call.variables[rest], self.context.call.entry_id, rest)
        value = super().value(name)
        if isinstance(value, str):
            return self._encode(clean(value)) if self._encode is not None else clean(value)
        return value


def _variable(scope: CallScope, name: str) -> Any:
    value = scope.context.call.variables[name]
    if not scope.context.flow.variables[name].secret:
        return value
    return scope.context.environment.sealer.open(value, scope.context.call.entry_id, name)


def weighed(expression: Expression, scope: CallScope) -> tuple[Any, list[dict[str, Any]]]:
    """The expression's value, and its clauses for the trace without the values of secret variables."""
    value, clauses = expression.evaluate_with_trace(scope)
    variables = scope.context.flow.variables
    secret = {f"vars.{name}" for name, variable in variables.items() if variable.secret} if variables else ()
    for clause in clauses if secret else ():
        clause["names"] = {name: "***" if name in secret else value for name, value in clause["names"].items()}
    return value, clauses


def _visits(scope: CallScope, step: str) -> int:
    return scope.context.call.visits.get(visit_key(scope.context.call, step), 0)


def visit_key(call: Call, step: str) -> str:
    """Under what name the visits of a step are counted: step names are local to their flow."""
    return f"{call.within}.{step}" if call.within else step


def _output(scope: CallScope, name: str) -> Any:
    """`STEP.OUTPUT` of a lookup or a run; its default until there is a value."""
    outputs = scope.context.call.outputs
    return outputs[name] if name in outputs else scope.context.flow.outputs[name].default


def _wait(scope: CallScope, rest: str) -> float:
    context, name = scope.context, rest.partition(".")[0]
    return round(context.wait_seconds(name, buyable=name == "route" and context.root.hold is not None), 3)


def _hours(scope: CallScope, rest: str) -> Any:
    name, _, what = rest.partition(".")
    bundle = scope.context.bundle
    hours: Hours = bundle.hours[name]  # type: ignore[union-attr]  # a flow without a bundle has no expressions
    if what == "open":
        return hours.is_open(scope.context.now)
    opens = hours.opens_at(scope.context.now)
    if what == "opens_in":
        return SECONDS_IN_A_YEAR if opens is None else max(0.0, opens - scope.context.now)
    if opens is None:
        return ""
    local = datetime.fromtimestamp(opens, ZoneInfo(hours.timezone))
    return local.strftime("%Y-%m-%d" if what == "opens_date" else "%H:%M")


def _value(scope: CallScope, name: str) -> Any:
    """A value of the configuration; empty, and noted, if it has none. A step may be called `values`, too."""
    if f"values.{name}" in scope.context.flow.outputs:
        return _output(scope, f"values.{name}")
    found = scope.context.environment.values.get(name)
    if found is None:
        scope.context.note(f"values.{name}: the configuration has no such value: empty")
    return found or ""


FAMILIES: Final[dict[str, Callable[[CallScope, str], Any]]] = {
    "vars": _variable,
    "visits": _visits,
    "limits": _wait,
    "hours": _hours,
    "values": _value,
}

FACTS: Final[dict[str, Callable[[CallScope], Any]]] = {
    "caller.number": lambda scope: scope.context.call.caller_number,
    "caller.extension": lambda scope: scope.context.call.caller_extension,
    "caller.withheld": lambda scope: scope.context.call.caller_number == "",
    "call.line": lambda scope: scope.context.call.line,
    "call.entry_id": lambda scope: scope.context.call.entry_id,
    "call.call_id": lambda scope: scope.context.call.leg,
    "call.state": lambda scope: scope.context.leg.last.state if scope.context.leg else "Disconnected",
    "call.location": lambda scope: scope.context.leg.last.location if scope.context.leg else "",
    "call.menu": lambda scope: scope.context.call.menu,
    "call.answered": lambda scope: scope.context.call.answered,
    "call.direction": lambda scope: scope.context.call.direction,
    "call.age": lambda scope: round(scope.context.now - scope.context.call.started, 3),
    "call.dct_number": lambda scope: scope.context.call.dct_number,
    "call.dct_type": lambda scope: scope.context.call.dct_type,
    "call.sip_call_id": lambda scope: scope.context.call.sip_call_id,
    "call.group": lambda scope: scope.context.call.group,
    "call.answered_by": lambda scope: scope.context.call.answered_by,
    "call.talk_seconds": lambda scope: talk_seconds(scope.context.call, scope.context.now),
    "call.end_reason": lambda scope: scope.context.call.end_reason,
    "call.recording_id": lambda scope: scope.context.call.recording_id,
    "call.task_id": lambda scope: scope.context.call.task_id,
    "call.callback_initiator": lambda scope: scope.context.call.callback_initiator,
    "digits": lambda scope: scope.context.call.digits,
    "now.hour": lambda scope: scope.local.hour,
    "now.minute": lambda scope: scope.local.minute,
    "now.weekday": lambda scope: scope.local.isoweekday(),
    "now.date": lambda scope: scope.local.strftime("%Y-%m-%d"),
    "now.time": lambda scope: scope.local.strftime("%H:%M"),
    "result.code": lambda scope: scope.context.call.result.code,
    "result.kind": lambda scope: scope.context.call.result.kind,
}
