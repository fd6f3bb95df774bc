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
    "PLATFORM",
    "TASK_ADD",
    "Limit",
    "Method",
    "limits_for",
    "shared",
]

METHODS: Final[Mapping[str, Method]] = MappingProxyType({method.name: method for method in ROWS})
TASK_ADD: Final = METHODS["task/add"]
COMMANDS: Final[Mapping[str, Method]] = MappingProxyType(
    {name: method for name, method in METHODS.items() if method.has_result or method is TASK_ADD}
)
"""Those that flows and operators send through the outbox."""


PLATFORM: Final = Limit(window="platform", count=100, seconds=1.0)
"""Profile 2026 has it beside the limit of all requests of one key; one key cannot reach it unless `all` is replaced."""


def limits_for(command: str, overrides: Mapping[str, Limit], share: float, profile: str = "2021") -> tuple[Limit, ...]:
    """The limits that we keep for a method of METHODS; for a name that it does not know, those of all requests.

    `overrides` replace a window's limit, by its name; one for a window that the document does not give to the method
    is added when it bears the method's name. `share` (0 < share <= 1) is how much of each is ours.
    """
    method = METHODS.get(command)
    given = (ALL,) if method is None else method.limits_in(profile)
    if profile == "2026" and given[0] == ALL:
        given = (ALL, PLATFORM, *given[1:])
    limits = [overrides.get(limit.window, limit) for limit in given]
    if method is not None and command in overrides and all(limit.window != command for limit in limits):
        limits.append(overrides[command])
    return tuple(shared(limit, share) for limit in limits)


def shared(limit: Limit, share: float) -> Limit:
    """Part of a limit; of a count that cannot be divided any more, the window grows instead."""
    ours = limit.count * share
    if ours >= 1:
        # A hair above, so that 10 * 0.7 = 6.999... counts as seven.
        return Limit(window=limit.window, count=floor(ours + 1e-9), seconds=limit.seconds)
    return Limit(window=limit.window, count=1, seconds=limit.seconds / ours)
