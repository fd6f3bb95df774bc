"""What an event costs beside more and more of everything else: live calls, steps, accounts.

Each size is a router of its own in this process, filled beforehand; rounds of the same calls go to the sizes in turn,
and what counts is processor time, which other programs disturb less than the clock. The ratio is that of neighbouring
rounds, to the smallest size.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from bench.inside import BATCH, Inside, posted, router_inside
from bench.traffic import call_events

ROUNDS: Final = 9
CALLS: Final = 64  # in a round
FILLED_AT_ONCE: Final = 2000
OWN_STEPS: Final = 6  # of the benchmark's flow
LIVE_CALLS: Final = (100, 10_000, 100_000)
STEPS: Final = (10, 10_000)
ACCOUNTS: Final = (1, 1_000)


@dataclass(frozen=True, slots=True)
class Size:
    """One size of one kind of growth; `rounds` are microseconds of processor time for an event."""

    number: int
    inside: Inside
    accounts: int
    rounds: list[float] = field(default_factory=list)

    def play(self, name: str) -> None:
        """One round: calls that go on at the same time, spread over the accounts."""
        calls = [call_events(f"{name}-{one}") for one in range(CALLS)]
        events = [
            posted(event, number * 37 % self.accounts)
            for turn in zip(*calls, strict=True)
            for number, event in enumerate(turn)
        ]
        began = time.process_time()
        for start in range(0, len(events), BATCH):
            if set(self.inside.answer(events[start : start + BATCH])) != {200}:
                raise RuntimeError("an event of the benchmark was refused")
        self.rounds.append((time.process_time() - began) / len(events) * 1e6)


@dataclass(frozen=True, slots=True)
class Grown:
    """How the cost of an event grew with one thing."""

    what: str
    numbers: tuple[int, ...]
    microseconds: tuple[float, ...]  # medians
    ratios: tuple[float, ...]  # to the first


def live_calls(directory: Path) -> Grown:
    """Beside so many calls that are up."""

    @contextmanager
    def with_calls(number: int, where: Path) -> Iterator[Size]:
        with router_inside(where) as inside:
            fill(inside, number)
            yield Size(number, inside, 1)

    return _grown("live calls", LIVE_CALLS, directory, with_calls)


def steps(directory: Path) -> Grown:
    """With so many steps in the flow."""

    @contextmanager
    def with_steps(number: int, where: Path) -> Iterator[Size]:
        with router_inside(where, more_steps=number - OWN_STEPS) as inside:
            yield Size(number, inside, 1)

    return _grown("steps", STEPS, directory, with_steps)


def accounts(directory: Path) -> Grown:
    """Spread over so many accounts."""

    @contextmanager
    def with_accounts(number: int, where: Path) -> Iterator[Size]:
        with router_inside(where, accounts=number) as inside:
            yield Size(number, inside, number)

    return _grown("accounts", ACCOUNTS, directory, with_accounts)


GROWTH: Final = (live_calls, steps, accounts)


def fill(inside: Inside, number: int) -> None:
    """Copies of a call that waits in its menu, as rows."""
    if inside.answer([posted(call_events("model")[0])]) != [200]:
        raise RuntimeError("the model call was refused")
    store = inside.router.store
    model = store.call("bench-0", "entry-model")
    if model is None:
        raise RuntimeError("the model call is not there")
    for start in range(0, number, FILLED_AT_ONCE):
        with store.transaction() as tx:
            for one in range(start, min(number, start + FILLED_AT_ONCE)):
                tx.save_call(msgspec.structs.replace(model, entry_id=f"entry-live-{one}", started=model.started + one))


def _grown(
    what: str, numbers: Sequence[int], directory: Path, make: Callable[[int, Path], AbstractContextManager[Size]]
) -> Grown:
    with ExitStack() as stack:
        sizes = [stack.enter_context(make(number, directory / f"{what}-{number}")) for number in numbers]
        for size in sizes:
            size.play("warm")
            size.rounds.clear()
        for number in range(ROUNDS):
            for size in sizes if number % 2 == 0 else reversed(sizes):
                size.play(f"round-{number}")
    first = sizes[0].rounds
    return Grown(
        what=what,
        numbers=tuple(numbers),
        microseconds=tuple(statistics.median(size.rounds) for size in sizes),
        ratios=tuple(
            statistics.median(own / least for own, least in zip(size.rounds, first, strict=True)) for size in sizes
        ),
    )
