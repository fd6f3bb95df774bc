"""The model's switchboard with the emulator's conduct: what it tells becomes JSON, and is late, doubled or lost."""

from collections import deque
from collections.abc import Mapping
from random import Random
from typing import Any

from router.emulator.config import PbxConfig
from router.emulator.forced_results import ForcedResultBook
from router.emulator.identities import Identities
from router.emulator.notifications import ADDRESSES, Notification
from router.emulator.randomness import Randomness
from router.pbx import wire
from router.pbx.legs import Journey
from router.pbx.switchboard import Switchboard
from router.protocol.events import Event


class EmulatedSwitchboard(Switchboard):
    """The calls of the whole PBX, and what is due to be sent."""

    def __init__(self, config: PbxConfig, now: float, ids: Random) -> None:
        self.config = config
        self.forced = ForcedResultBook(config.results)
        self.randomness = Randomness(config.habits, config.faults, self.forced)
        self.ids = Identities(ids)
        self.due: deque[Notification] = deque()  # to be sent now
        super().__init__(config, now, self.randomness, self.ids)

    def tell(self, journey: Journey | None, event: Event, seconds: float = 0.0) -> None:
        """Of a call (§3.1, §3.2)."""
        self.announce(journey, wire.path_of(event), wire.body_of(event), seconds)

    def announce(
        self,
        journey: Journey | None,
        path: str,
        payload: Mapping[str, Any],
        seconds: float = 0.0,
        *,
        is_signed: bool = True,
    ) -> None:
        """Send a notification `seconds` from now, and as the habits and faults will have it."""
        text = self.randomness.text(payload)
        address = self.randomness.name_of(ADDRESSES[path]) if path in ADDRESSES else path
        notification = Notification(
            at=self.queue.now, path=path, address=address, payload=payload, text=text, is_signed=is_signed
        )
        if journey is not None:
            journey.notifications.append(notification)
        delays = self.randomness.delivery_delays_seconds()
        notification.dropped = not delays
        for delay in delays:
            self.queue.after(seconds + delay, lambda: self.due.append(notification))
