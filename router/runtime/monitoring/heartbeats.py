"""Whether commands are sent and timers fire: the loops that do it leave the instant of their last good round.

Every worker runs a dispatcher and timers, and one that gets on is enough: each of them serves all accounts. So the
workers of a machine share their heartbeats, and what is told is the youngest of each role. A round counts when what it
read and wrote was read and written; a loop that waits for the database, hangs in it, or has died, leaves none. What
always holds: the workers together write one line when a role is late, and one when it is back.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Final, Protocol

from router.logs import get_logger
from router.runtime.background import Background

DISPATCHER: Final = "dispatcher"
TIMERS: Final = "timers"
ROLES: Final[Mapping[str, str]] = {  # role -> what does not happen while it is late
    DISPATCHER: "no command is sent",
    TIMERS: "no timer fires",
}
LATE_SECONDS: Final = 5.0
WATCH_SECONDS: Final = 1.0
COUNT: Final = 2 * len(ROLES)
"""Of each role the instant of its last heartbeat and, while it is late, since when; 0.0 for none."""

log = get_logger()


class Numbers(Protocol):
    """A few numbers, perhaps shared with other processes of this machine."""

    def __getitem__(self, place: int) -> float: ...

    def __setitem__(self, place: int, value: float) -> None: ...

    def alone(self) -> AbstractContextManager[None]:
        """While no other process is in here."""


class OwnNumbers(list[float]):
    """Of one process alone."""

    def __init__(self) -> None:
        super().__init__([0.0] * COUNT)

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()


class Pulse:
    """One role of one process, as the loop that plays it knows it. Costs nothing worth counting."""

    def __init__(self, beat: Callable[[], None] = lambda: None) -> None:
        self.beat = beat
        self.trouble = ""  # why the last round failed; "" when it did not

    def well(self) -> None:
        """A round is over, and the database took and gave what it was asked."""
        self.trouble = ""
        self.beat()

    def failed(self, why: str) -> None:
        """A round was broken off."""
        self.trouble = why


class Heartbeats:
    """The roles of this machine. `steady` is a clock that all its processes share and that cannot be set."""

    def __init__(self, numbers: Numbers | None = None, steady: Callable[[], float] = time.monotonic) -> None:
        self._numbers = OwnNumbers() if numbers is None else numbers
        self._steady = steady
        self._beats = dict(zip(ROLES, range(0, COUNT, 2), strict=True))
        self._pulses = {role: Pulse(partial(self._beat, place)) for role, place in self._beats.items()}
        self._background = Background("heartbeats", self._run)

    def pulse(self, role: str) -> Pulse:
        """What the loop of that role in this process reports to."""
        return self._pulses[role]

    def start(self) -> None:
        """From now on the roles are expected to be played; tell the log when they are not, until `stop`."""
        now = self._steady()
        for place in self._beats.values():
            if not 0.0 < self._numbers[place] <= now:  # none yet, or one from before the machine started
                self._numbers[place], self._numbers[place + 1] = now, 0.0
        self._background.start()

    def stop(self) -> None:
        self._background.stop()

    def ages(self) -> dict[str, float]:
        """Role -> seconds since some worker of this machine had a good round; without roles that were never begun."""
        now = self._steady()
        beats = {role: self._numbers[place] for role, place in self._beats.items()}
        return {role: max(0.0, now - beat) for role, beat in beats.items() if beat}

    def late(self) -> list[str]:
        """What does not happen, as sentences; none when all is well."""
        return [self._sentence(role, age) for role, age in self.ages().items() if age >= LATE_SECONDS]

    def watch(self) -> None:
        """Tell the log what has changed since any worker looked."""
        for role, age in self.ages().items():
            self._watch_one(role, self._beats[role] + 1, age)

    # inside

    def _beat(self, place: int) -> None:
        self._numbers[place] = self._steady()

    def _sentence(self, role: str, age: float) -> str:
        why = f" ({trouble})" if (trouble := self._pulses[role].trouble) else ""
        return f"the {role} of no worker could read and write the database for {age:.0f} s{why}: {ROLES[role]}"

    def _watch_one(self, role: str, since: int, age: float) -> None:
        with self._numbers.alone():
            late_since, is_late, now = self._numbers[since], age >= LATE_SECONDS, self._steady()
            if is_late == bool(late_since):
                return
            self._numbers[since] = now - age if is_late else 0.0
        if is_late:
            log.error(self._sentence(role, age), role=role)
        else:
            log.warning(f"the {role} goes on", role=role, silent_seconds=round(now - late_since, 1))

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(WATCH_SECONDS):
            try:
                self.watch()
            except Exception:  # the next look may find it better
                log.exception("the heartbeats could not be looked at")
