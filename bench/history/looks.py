"""What people ask of the router, in this process: the admin API's lists, and what an event costs beside the history."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.history.clones import RARE_FLOW, RARE_LINE, RARE_OUTCOME, RARE_STATE
from bench.inside import BATCH, Inside, posted, router_inside
from bench.load import percentile
from bench.traffic import call_events

LIVE: Final = 100  # calls that wait in their menu
ROUNDS: Final = 9
QUICK: Final = 0.2  # the share of samples that other programs leave alone
LOOKS_IN_A_ROUND: Final = 8
CALLS_IN_A_ROUND: Final = 32
LISTS: Final[Mapping[str, str]] = {
    "newest calls": "calls",
    "live calls": "calls?live=1",
    "live calls of an account": "calls?live=1&account=bench-0",
    "calls of an account that has none": "calls?account=bench-1",
    "calls of a rare line": f"calls?line={RARE_LINE}",
    "calls of a rare flow": f"calls?flow={RARE_FLOW}",
    "calls with a rare outcome": f"calls?outcome={RARE_OUTCOME}",
    "a rare flow of an account": f"calls?account=bench-0&flow={RARE_FLOW}",
    "a rare outcome of an account": f"calls?account=bench-0&outcome={RARE_OUTCOME}",
    "newest commands": "commands",
    "commands in a rare state": f"commands?state={RARE_STATE}",
    "commands of an account in a rare state": f"commands?account=bench-0&state={RARE_STATE}",
    "commands that failed": "commands?state=failed",
    "commands that are sent": "commands?state=sent",
    "versions": "versions",
}
EVENT: Final = "an event, processor time"
DRY_RUN: Final = "ivr purge --dry-run"


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds that one thing took, round by round."""

    rounds: list[list[float]] = field(default_factory=list)

    def milliseconds(self, share: float) -> float:
        return percentile([one for taken in self.rounds for one in taken], share) * 1000

    def ratio_to(self, other: "Sample") -> float:
        """By the quick ones of both: what other programs take of the processors only ever adds."""
        return self.milliseconds(QUICK) / other.milliseconds(QUICK)


@contextmanager
def looking_at(database: str, directory: Path) -> Iterator["Looker"]:
    """A router in this process on the database, with some calls that are live."""
    with router_inside(directory, durability="normal", accounts=2, database=database) as inside:
        looker = Looker(inside)
        for start in range(0, LIVE, BATCH):
            firsts = [posted(call_events(f"live-{number}")[0]) for number in range(start, start + BATCH)]
            _require(inside.answer(firsts))
        yield looker


class Looker:
    """One database, as a router sees it."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._client = inside.app.test_client()
        self.samples: dict[str, Sample] = {}

    def round(self, name: str) -> None:
        """Everything once more."""
        for what, path in LISTS.items():
            self._add(what, [_taken(lambda path=path: self._look(path)) for _ in range(LOOKS_IN_A_ROUND)])  # type: ignore[misc]
        store = self._inside.router.store
        self._add(DRY_RUN, [_taken(lambda: store.older_than(store.now())) for _ in range(3)])
        self._add(EVENT, [self._events(name)])

    def forget(self) -> None:
        """What was measured so far, to warm up."""
        self.samples.clear()

    def _add(self, what: str, taken: list[float]) -> None:
        self.samples.setdefault(what, Sample()).rounds.append(taken)

    def _look(self, path: str) -> None:
        answer = self._client.get(f"/api/{path}")
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered {answer.status_code}: {answer.text}")

    def _events(self, name: str) -> float:
        """Of one event, on average over calls that go on at the same time."""
        calls = [call_events(f"{name}-{one}") for one in range(CALLS_IN_A_ROUND)]
        events = [posted(event) for turn in zip(*calls, strict=True) for event in turn]
        began = time.process_time()
        for start in range(0, len(events), BATCH):
            _require(self._inside.answer(events[start : start + BATCH]))
        return (time.process_time() - began) / len(events)


def compare(small: Looker, large: Looker, name: str) -> None:
    """Rounds of both in turn."""
    for number in range(-1, ROUNDS):
        for looker in (small, large) if number % 2 else (large, small):
            looker.round(f"{name}-{number}")
        if number < 0:
            small.forget()
            large.forget()


def _taken(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _require(statuses: list[int]) -> None:
    if set(statuses) != {200}:
        raise RuntimeError(f"events of the benchmark were answered {statuses}")
