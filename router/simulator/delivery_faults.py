"""What can go wrong with notifications on their way to us: they come twice, in another order, late, or never."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from router.simulator.script import Fault

Notification = TypeVar("Notification")

OVERTAKEN_SECONDS: Final = 0.1
"""A single notification that is reordered comes this much later, so that the next one overtakes it."""


Batch = list[tuple[float, Any]]
"""Each notification, with the seconds after which it arrives."""


def struck(events: Iterable[Notification], faults: Iterable[Fault]) -> list[tuple[float, Notification]]:
    """The batch as it arrives when these faults strike it, one after the other."""
    batch: Batch = [(0.0, event) for event in events]
    for fault in faults:
        batch = STRIKE[fault.kind](batch, fault)
    return batch


def _duplicate(batch: Batch, fault: Fault) -> Batch:
    return [item for item in batch for _ in range(2)]


def _reorder(batch: Batch, fault: Fault) -> Batch:
    if len(batch) == 1:
        seconds, event = batch[0]
        return [(seconds + OVERTAKEN_SECONDS, event)]
    return batch[::-1]


def _drop(batch: Batch, fault: Fault) -> Batch:
    return []


def _delay(batch: Batch, fault: Fault) -> Batch:
    return [(seconds + fault.seconds, event) for seconds, event in batch]


STRIKE: Final[Mapping[str, Callable[[Batch, Fault], Batch]]] = {
    "duplicate": _duplicate,
    "reorder": _reorder,
    "drop": _drop,
    "delay": _delay,
}
