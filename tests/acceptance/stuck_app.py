"""The router with a dispatcher, or timers, that hang as long as a file exists: what a dead disk or a bug does."""

import os
import time
from pathlib import Path
from typing import Any

from router.runtime.calls.timers import Timers
from router.runtime.outbox.dispatch import Dispatcher

STUCK = Path(os.environ["IVR_SPOOL"]).with_name("stuck")  # its content: whose rounds hang


def hang(kind: type[Any], name: str) -> None:
    round_of = kind.run_once

    def run_once(self: Any) -> Any:
        while STUCK.exists() and name in STUCK.read_text():
            time.sleep(0.05)
        return round_of(self)

    kind.run_once = run_once


hang(Dispatcher, "dispatcher")
hang(Timers, "timers")

from wsgi import app  # noqa: E402  # after the change

__all__ = ["app"]
