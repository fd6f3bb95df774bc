"""Where a route or a transfer goes: the entries of `to`, turned into what the PBX dials."""

from dataclasses import dataclass

from router.engine.call_scope import CallScope
from router.engine.dialled_number import number_to_dial
from router.engine.step_context import StepContext
from router.flow.model import EMPLOYEES, Destination


@dataclass(frozen=True, slots=True)
class Target:
    """One entry that can be tried."""

    index: int  # its place in `to`
    kind: str  # extension, person, group, number, sip
    label: str  # as the author wrote it, names replaced: "group sales"
    number: str  # to_number of §3.2.7


def next_target(context: StepContext, to: tuple[Destination, ...], after: int, *, online_only: bool) -> Target | None:
    """The first entry behind the index `after` that is not empty and, if asked for, at somebody online."""
    scope = CallScope(context)
    for index in range(after + 1, len(to)):
        destination = to[index]
        name = destination.name.render(scope).strip()
        number = destination.numbers.get(name, name)
        if destination.kind == "number":
            name = number = number_to_dial(context, name, is_phone=destination.name.is_phone)
        label = f"{destination.kind} {name}"
        if not number:
            context.note(f"destination {index + 1} ({destination.kind}) is empty: skipped")
        elif online_only and destination.kind in EMPLOYEES and not scope.online(number):
            context.note(f"{label} is not online: skipped")
        else:
            dialled = f"sip:{number}" if _needs_scheme(destination.kind, number) else number
            return Target(index, destination.kind, label, dialled)
    return None


def _needs_scheme(kind: str, number: str) -> bool:
    return kind == "sip" and not number.startswith("sip:")
