"""Runs the checks side by side, each in a thread of its own with a time limit of its own.

A check that hangs (a dead network file system, a name server, a FIFO) cannot be ended, so it is left behind: its thread
goes with the process. What it found before was told already.
"""

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from router.cli.doctor.deployment import Check, Deployment
from router.cli.doctor.diagnosis import Diagnosis, wrong

Tell = Callable[[Diagnosis], object]

_END: Final = None


def examine(checks: Sequence[Check], deployment: Deployment, tell: Tell) -> None:
    """Tell what each check finds, as it comes; ends when all are done or given up."""
    found: SimpleQueue[tuple[Check, Diagnosis | None]] = SimpleQueue()
    begun = monotonic()
    running = {check.area: (check, min(begun + check.seconds, deployment.until)) for check in checks}
    for check in checks:
        threading.Thread(target=_run, args=(check, deployment, found.put), daemon=True).start()
    while running:
        first_end = min(end for _check, end in running.values())
        try:
            check, diagnosis = found.get(timeout=max(0.0, first_end - monotonic()))
        except Empty:
            for area in [area for area, (_check, end) in running.items() if end <= monotonic()]:
                tell(_given_up(running.pop(area)[0], monotonic() - begun))
            continue
        if check.area in running:
            if diagnosis is _END:
                del running[check.area]
            else:
                tell(diagnosis)


def _run(check: Check, deployment: Deployment, put: Callable[[tuple[Check, Diagnosis | None]], None]) -> None:
    try:
        for diagnosis in check.run(deployment):
            put((check, diagnosis))
    except Exception as error:  # a fault of one check must not cost the lines of the others
        told = f"this could not be examined ({type(error).__name__}: {error})"
        put((check, wrong(check.area, told, "a fault of ivr doctor itself: report this line; the other lines hold")))
    finally:
        put((check, _END))


def _given_up(check: Check, seconds: float) -> Diagnosis:
    return wrong(
        check.area, f"no end within {seconds:.0f} s: {check.hangs} hangs", "look there by hand: it may hang, too"
    )
