"""The API's methods as data: one table for the sender, the limiter, the emulator's routes, the docs and the tests.

A limit is "at most N requests in any M seconds" for one api key (§1.4). A request occupies a slot in each of its
method's windows at once; every request to the PBX occupies one in the window "all", every one to the contact centre
one in "cc all".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from types import MappingProxyType
from typing import Final

from router.protocol.commands import SCHEMAS


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `count` requests in any `seconds`."""

    window: str  # requests of all methods that name the same window share its slots
    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the API."""

    name: str  # as in the outbox: "route", "play/start"
    base: str  # whose API it is: PBX or CONTACT_CENTRE
    path: str  # behind that API's base URL: "commands/route"
    section: str  # of the specification
    limits: tuple[Limit, ...]  # the document's, the one of all requests first
    repeatable: bool  # doing it twice does no harm, so an unclear outcome may be tried again
    needs_call: bool  # has a call_id, and is worth nothing once that leg has moved on
    schema: str  # for `load_schema`
    result_path: str = ""  # where its outcome is pushed: "result/route"; "" when the HTTP answer is the outcome

    @property
    def has_result(self) -> bool:
        """Whether an outcome is pushed after the HTTP answer; such a request bears our `command_id`."""
        return bool(self.result_path)


PBX: Final = "vpbx"
CONTACT_CENTRE: Final = "cc"

ALL: Final = Limit(window="all", count=10, seconds=1.0)
CONTACT_CENTRE_ALL: Final = Limit(window="cc all", count=10, seconds=1.0)


def _command(
    name: str, section: str, *own: tuple[int, float], repeatable: bool = False, needs_call: bool = False
) -> Method:
    windows = tuple(Limit(window=name, count=count, seconds=seconds) for count, seconds in own)
    return Method(
        name=name,
        base=PBX,
        path=f"commands/{name}",
        section=section,
        limits=(ALL, *windows),
        repeatable=repeatable,
        needs_call=needs_call,
        schema=SCHEMAS[name],
        result_path=f"result/{name}",
    )


TASK_ADD: Final = Method(
    name="task/add",
    base=CONTACT_CENTRE,
    path="task/add",
    section="§4.2",
    limits=(CONTACT_CENTRE_ALL, Limit(window="task/add", count=5, seconds=1.0)),
    repeatable=False,
    needs_call=False,
    schema=SCHEMAS["task/add"],
)
METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {
        method.name: method
        for method in (
            _command("callback", "§3.2.1", (4, 1.0)),
            _command("callback_group", "§3.2.2"),
            _command("call/hangup", "§3.2.3", (4, 1.0), repeatable=True, needs_call=True),
            _command("sms", "§3.2.4"),
            _command("recording/start", "§3.2.5", (4, 1.0), needs_call=True),
            _command("play/start", "§3.2.6", needs_call=True),
            _command("route", "§3.2.7", (1, 2.0), repeatable=True, needs_call=True),
            _command("transfer", "§3.2.8", (1, 2.0), needs_call=True),
            TASK_ADD,
        )
    }
)


def limits_for(command: str, overrides: Mapping[str, Limit], share: float) -> tuple[Limit, ...]:
    """The limits that we keep for a command of METHODS.

    `overrides` replace a window's limit, by its name; one for a window that the document does not give to the method
    is added when it bears the method's name. `share` (0 < share <= 1) is how much of each is ours.
    """
    limits = [overrides.get(limit.window, limit) for limit in METHODS[command].limits]
    if command in overrides and all(limit.window != command for limit in limits):
        limits.append(overrides[command])
    return tuple(_share(limit, share) for limit in limits)


def limits_for_queries(overrides: Mapping[str, Limit], share: float) -> tuple[Limit, ...]:
    """The same for a method of the PBX that is no command: what it tells, nothing else depends on."""
    return (_share(overrides.get(ALL.window, ALL), share),)


def _share(limit: Limit, share: float) -> Limit:
    """Part of a limit; of a count that cannot be divided any more, the window grows instead."""
    ours = limit.count * share
    if ours >= 1:
        # A hair above, so that 10 * 0.7 = 6.999... counts as seven.
        return Limit(window=limit.window, count=floor(ours + 1e-9), seconds=limit.seconds)
    return Limit(window=limit.window, count=1, seconds=limit.seconds / ours)
