"""The step that a person's command is to the engine while it has the call: in no flow, with its verb's own rules.

So what a route of a flow can come to, a route by hand can come to as well, in every order of the PBX's news.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from router.engine.state import Call, Takeover
from router.flow.model import Destination, Mark, Scope, Settings, Step
from router.protocol.events import LegChanged

BY_HAND: Final = "by hand"
"""What such a step and its commands are called. No step of a flow can have this name."""

GIVEN: Final = "given"
AGAIN: Final = "again"
SUPERSEDED: Final = "superseded"
"""What the trace says of such a command; besides these, the exits of its verb, `hung_up` and `over`."""

PATIENCE_SECONDS: Final = 30.0
"""How long a command may wait for its turn: the person who gave it has looked away by then."""

VERBS: Final[Mapping[str, str]] = {"route": "route", "transfer": "transfer", "call/hangup": "hangup"}
"""Commands that take the call over -> the verb whose rules say what came of them."""

_NOWHERE: Final = Mark(file="", line=0, column=0)


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text without names: a `Template`."""

    source: str
    names: frozenset[str] = frozenset()
    is_phone: bool = False

    def render(self, scope: Scope) -> str:
        return self.source


def _to(params: Mapping[str, Any]) -> tuple[Destination, ...]:
    """What the PBX dials, as it was given: it may be anybody, a group included."""
    return (Destination(kind=BY_HAND, name=_Plain(params["to_number"])),)


def _settings(command: str, params: Mapping[str, Any]) -> Settings:
    """The verbs bring the readers of the language along, for which a program that only looks at calls must not wait."""
    from router.flow.verbs.hangup import Hangup
    from router.flow.verbs.route import Route
    from router.flow.verbs.transfer import Transfer

    if command == "route":
        return Route(to=_to(params), ring=(), high_priority=True)
    if command == "transfer":
        return Transfer(to=_to(params), method=params["method"], by=_Plain(params["initiator"]))
    return Hangup()


def manual_step(takeover: Takeover) -> Step[Any]:
    """What follows its exits is its giver's `then`. A transfer that nobody answers has one, so that the PBX has brought
    the caller back to the employee (§3.2.8) when the flow goes on."""
    settings = _settings(takeover.command, takeover.params)
    exits = {"returned": BY_HAND} if takeover.command == "transfer" else {}
    return Step(name=BY_HAND, verb=VERBS[takeover.command], settings=settings, exits=exits, mark=_NOWHERE)


def next_request(call: Call, takeover: Takeover) -> str:
    """The command_id of another request for it: the first one has the id that its giver knows."""
    call.takeover = msgspec.structs.replace(takeover, requests=takeover.requests + 1)
    if not takeover.requests:
        return takeover.command_id
    call.commands_made += 1
    return f"{call.token}-{call.commands_made}"


def is_of_interrupted(call: Call, leg: LegChanged, number: str) -> bool:
    """Whether a leg that names no command goes where the interrupted step had dialled, and not to the `number` that a
    person's command names."""
    to = (leg.to_extension, leg.to_number, leg.acd_group)
    return (
        call.takeover is not None and bool(call.takeover.dialled) and call.takeover.dialled in to and number not in to
    )
