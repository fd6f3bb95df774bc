"""Calls that `ivr demo` makes by itself, so that the console and `ivr calls` have something to show from the beginning.

They go to the lines of the example, at any hour: somebody gets through to sales and talks for a while, somebody to the
operator, somebody gives up in the menu, and a blocked number is hung up on.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from router.cli.call import POLL_SECONDS, Handset, Wishes
from router.cli.demo_plan import ANY_HOUR_LINE, DEFAULT_LINE
from router.emulator.control import Control
from router.errors import ConfigurationError

BLOCKED: Final = "79000000013"  # by the example bundle
GAP_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleCall:
    """Who dials what, and how long they stay."""

    caller: str
    line: str = ANY_HOUR_LINE
    keys: tuple[str, ...] = ()
    talks: float = 5.0  # seconds
    patience: float = 60.0  # seconds without an answer


EXAMPLES: Final = (
    ExampleCall(caller="79000000001", keys=("1",), talks=120.0),
    ExampleCall(caller=BLOCKED),
    ExampleCall(caller="79000000002", keys=("0",), talks=20.0),
    ExampleCall(caller="79000000003", patience=12.0),
    ExampleCall(caller="79000000004", line=DEFAULT_LINE, keys=("2",), talks=10.0),
)


def begin(emulator: str, calls: Sequence[ExampleCall] = EXAMPLES) -> None:
    """Make them in a thread of their own, which ends with the process."""
    threading.Thread(target=_make, args=(Control(emulator), calls), daemon=True).start()


def _make(control: Control, calls: Sequence[ExampleCall]) -> None:
    """Each begins a little after the one before; all are followed until they are over."""
    waiting, active = list(calls), list[Handset]()
    began = time.monotonic()
    with suppress(ConfigurationError):  # the PBX has stopped, and so has the demo
        while waiting or active:
            if waiting and time.monotonic() - began >= GAP_SECONDS * (len(calls) - len(waiting)):
                active.append(_dialled(control, waiting.pop(0)))
            for handset in active:
                handset.step()
            active = [handset for handset in active if not handset.ended]
            time.sleep(POLL_SECONDS)


def _dialled(control: Control, one: ExampleCall) -> Handset:
    wishes = Wishes(hangup_after=one.talks, patience=one.patience)
    return Handset(control, control.dial(one.caller, one.line), one.keys, wishes)
