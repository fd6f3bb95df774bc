"""What a step may know of the world besides the call, by role; the runtime looks it up in the event's transaction."""

from collections.abc import Container
from typing import Final, Protocol

import msgspec

from router.engine.queue_waits import KnownWaits, Waits


class Sealer(Protocol):
    """Makes what a caller typed in secret unreadable to whoever reads the database. Deterministic, so that `step`
    stays a function; the key is the runtime's."""

    def seal(self, text: str, *bound_to: str) -> str:
        """The text as it may be stored; "" stays "". `bound_to` are the call's entry_id and what of it this is."""

    def open(self, sealed: str, *bound_to: str) -> str:
        """The inverse; "" when the key is gone, or it was sealed for another call or variable."""


TYPED: Final = "typed"
"""What digits are bound to that no variable has taken."""


class Attendance(Protocol):
    """What the contact centre told of its employees, by extension; a dict is one."""

    def get(self, extension: str, /) -> str | None:
        """online, dnd, break, offline or dial; None when nothing is known."""


class Memory(Protocol):
    """What `remember` put into lists, as the event's transaction sees it."""

    def remembers(self, list_name: str, value: str) -> bool: ...


class Values(Protocol):
    """What the account's configuration gives to flows, by name; a dict is one."""

    def get(self, name: str, /) -> str | None: ...


class NoMemory:
    """Nothing was ever remembered."""

    def remembers(self, list_name: str, value: str) -> bool:
        return False


class Unsealed:
    """For tests and simulations, whose state goes nowhere."""

    def seal(self, text: str, *_bound_to: str) -> str:
        return text

    def open(self, sealed: str, *_bound_to: str) -> str:
        return sealed


LEGS_KEPT: Final = 12
"""Legs that the state of a call has, if no more of them are in use."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What a step may know of the world besides the call: looked up by the runtime in the event's transaction."""

    waits: Waits = KnownWaits()
    presence: Attendance = {}
    only_listed_online: bool = False  # tests: an extension absent from `presence` is not online
    reorder_seconds: float = 0.3
    stale_seconds: float = 14_400.0  # a journey without news for so long is reconciled or closed
    has_statistics: bool = False  # the PBX can be asked what became of it
    sealer: Sealer = Unsealed()
    memory: Memory = NoMemory()
    values: Values = {}  # of the account's configuration
    split: dict[str, str] = {}  # tests: step -> the branch that it takes
    oldest: float = 0.0  # by the PBX's clock: what it told earlier is taken by no flow
    idle: str = "no version is active"  # why no flow takes anything, should there be no bundle; for people
    own_commands: frozenset[str] = frozenset()  # those of the event's command ids that are ours
    legs_kept: int = LEGS_KEPT  # a call that has more folds those that are over
    folded: Container[str] = frozenset()  # the call's folded legs, by call_id
