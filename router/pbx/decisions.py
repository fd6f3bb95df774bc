"""What the document leaves open, asked whenever it comes up.

The emulator draws the answers from seeded generators (`emulator.randomness`), a call script has them fixed
(`simulator.scripted_pbx`). The model never draws anything itself.
"""

from collections.abc import Mapping
from typing import Any, Protocol


class Decisions(Protocol):
    """How the PBX uses its freedom."""

    @property
    def ivr_connects(self) -> bool:
        """Whether a leg in the menu goes on to Connected."""

    @property
    def blind_from_changes(self) -> bool:
        """Whether a blind transfer's leg names the employee first and the caller with seq 2."""

    def leg_delay_seconds(self) -> float:
        """How long the PBX takes to put up a new leg."""

    def moment_seconds(self, usual: float) -> float:
        """How long a small step inside the PBX takes that usually takes so long."""

    def is_nameless(self) -> bool:
        """Whether a leg keeps quiet about the command that made it."""

    def is_originless(self) -> bool:
        """Whether a leg keeps quiet about the one that the caller was taken from."""

    def delivery_code(self, params: Mapping[str, Any]) -> int:
        """What becomes of a message (§3.1.2): 1000, or a code of class 43xx. `params` are those of its command."""


class Names(Protocol):
    """Gives calls and recordings their ids."""

    def entry(self) -> str: ...

    def leg(self) -> str: ...

    def recording(self) -> str: ...
