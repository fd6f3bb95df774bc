"""The catalogue by name, and the limits that we keep for each of its methods.

The rows stand in `rows`, what a row says in `method`. The outbox, the limiter, the sender, the emulator's routes, the
client, docs/api.md and the contract tests all go by this table.
"""

from collections.abc import Mapping
from math import floor
from types import MappingProxyType
from typing import Final

from router.catalogue.method import CONTACT_CENTRE, PBX, Limit, Method
from router.catalogue.rows import ALL, CONTACT_CENTRE_ALL, ROWS

__all__ = [
    "ALL",
    "COMMANDS",
    "CONTACT_CENTRE",
    "CONTACT_CENTRE_ALL",
    "METHODS",
    "PBX",
    "TASK_ADD",
    "Limit",
    "Method",
    "limits_for",
    "limits_for_queries",
]

METHODS: Final[Mapping[str, Method]] = MappingProxyType({method.name: method for method in ROWS})
TASK_ADD: Final = METHODS["task/add"]
COMMANDS: Final[Mapping[str, Method]] = MappingProxyType(
    {name: method for name, method in METHODS.items() if method.has_result or method is TASK_ADD}
)
"""Those that flows and operators send through the outbox."""


def limits_for(command: str, overrides: Mapping[str, Limit], share: float) -> tuple[Limit, ...]:
    """The limits that we keep for a method of METHODS.

    `overrides` replace a window's limit, by its name; one for a window that the document does not give to the method
    is added when it bears the method's name. `share` (0 < share <= 1) is how much of each is ours.
    """
    limits = [overrides.get(limit.window, limit) for limit in METHODS[command].limits]
    if command in overrides and all(limit.window != command for limit in limits):
        limits.append(overrides[command])
    return tuple(shared(limit, share) for limit in limits)


def limits_for_queries(overrides: Mapping[str, Limit], share: float) -> tuple[Limit, ...]:
    """The same for a method of the PBX that is no command: what it tells, nothing else depends on."""
    return (shared(overrides.get(ALL.window, ALL), share),)


def shared(limit: Limit, share: float) -> Limit:
    """Part of a limit; of a count that cannot be divided any more, the window grows instead."""
    ours = limit.count * share
    if ours >= 1:
        # A hair above, so that 10 * 0.7 = 6.999... counts as seven.
        return Limit(window=limit.window, count=floor(ours + 1e-9), seconds=limit.seconds)
    return Limit(window=limit.window, count=1, seconds=limit.seconds / ours)
