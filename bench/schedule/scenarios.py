"""Busy minutes by the seed: who calls when, what the PBX's scheme and the caller himself have patience for, and which
flow takes the call.

Instants are seconds from the scenario's start. What a caller does depends on nothing that we do, so that everybody who
is judged meets the same callers.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, pi, sin
from typing import Final

ROUTE_SECONDS: Final = 2.0  # one route in so many seconds (§3.2.7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    at: float
    window: float  # seconds that the PBX's scheme keeps him if we send nothing
    patience: float = inf  # seconds until he hangs up by himself
    held: bool = False  # his flow has a hold prompt
    high: bool = False  # his route has priority
    transferred: bool = False  # once answered, he is transferred
    only_hears: bool = False  # he is played a prompt, and needs no route


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str  # of its family
    seed: int
    callers: tuple[Caller, ...]
    round_trip: float  # the usual one, in seconds

    @property
    def routed(self) -> list[Caller]:
        """Those who need a route."""
        return [caller for caller in self.callers if not caller.only_hears]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPool:
    """What kind of callers come."""

    windows: tuple[float, ...] = (30.0,)
    held: float = 0.0  # the share of those whose flow has a hold prompt
    high: float = 0.0
    transferred: float = 0.0
    patience: float = inf  # the mean of what they have, exponential


def burst(seed: int, callers: int = 60, seconds: float = 3.0, crowd: ConnectionPool | None = None) -> Scenario:
    """So many callers within so many seconds."""
    chance = random.Random(seed)
    arrivals = sorted(chance.uniform(0, seconds) for _ in range(callers))
    return _scenario("burst", seed, arrivals, crowd or ConnectionPool(), chance)


def poisson(seed: int, load: float, seconds: float = 120.0, crowd: ConnectionPool | None = None) -> Scenario:
    """Arrivals that know nothing of each other; `load` 1 is as many as there are routes."""
    chance = random.Random(seed)
    return _scenario("Poisson", seed, _arrivals(chance, seconds, lambda _: load), crowd or ConnectionPool(), chance)


def day(seed: int, peak: float, seconds: float = 240.0, crowd: ConnectionPool | None = None) -> Scenario:
    """A day's shape in a few minutes: calm, a peak before noon, a smaller one after it."""
    chance = random.Random(seed)

    def load(at: float) -> float:
        share = at / seconds
        return peak * (0.1 + 0.9 * max(0.0, sin(2 * pi * share)) + 0.6 * max(0.0, -sin(2 * pi * share)))

    return _scenario("day", seed, _arrivals(chance, seconds, load), crowd or ConnectionPool(), chance)


def _arrivals(chance: random.Random, seconds: float, load: Callable[[float], float]) -> list[float]:
    """By thinning: the highest load draws, and each instant's own load keeps."""
    highest = max(load(seconds * step / 100) for step in range(101))
    at, found = 0.0, []
    while (at := at + chance.expovariate(highest / ROUTE_SECONDS)) < seconds:
        if chance.random() * highest <= load(at):
            found.append(at)
    return found


def _scenario(name: str, seed: int, arrivals: list[float], crowd: ConnectionPool, chance: random.Random) -> Scenario:
    callers = tuple(_caller(chance, at, crowd) for at in arrivals)
    return Scenario(name=name, seed=seed, callers=callers, round_trip=chance.uniform(0.015, 0.04))


def _caller(chance: random.Random, at: float, crowd: ConnectionPool) -> Caller:
    return Caller(
        at=at,
        window=chance.choice(crowd.windows),
        patience=inf if crowd.patience == inf else chance.expovariate(1 / crowd.patience),
        held=chance.random() < crowd.held,
        high=chance.random() < crowd.high,
        transferred=chance.random() < crowd.transferred,
    )


def with_listeners(scenario: Scenario, per_second: float) -> Scenario:
    """The same, and others beside them who are only played to."""
    if not per_second:
        return scenario
    chance = random.Random(scenario.seed + 1)
    until = max((caller.at for caller in scenario.callers), default=0.0)
    others = _arrivals(chance, until, lambda _: per_second * ROUTE_SECONDS)
    heard = [Caller(at=at, window=10.0, only_hears=True) for at in others]
    callers = tuple(sorted((*scenario.callers, *heard), key=lambda caller: caller.at))
    return Scenario(name=scenario.name, seed=scenario.seed, callers=callers, round_trip=scenario.round_trip)


WINDOWS: Final[Mapping[str, tuple[float, ...]]] = {"30 s": (30.0,), "10 to 60 s": (10.0, 20.0, 30.0, 60.0)}


def random_scenario(seed: int, patience: float = inf) -> Scenario:
    """Any of them, with anything in it; with a mean `patience` callers hang up by chance, too."""
    chance = random.Random(seed * 7919 + 1)
    crowd = ConnectionPool(
        windows=chance.choice(list(WINDOWS.values())),
        held=chance.choice((0.0, 0.0, 0.5, 1.0)),
        high=chance.choice((0.0, 0.0, 0.2)),
        transferred=chance.choice((0.0, 0.3)),
        patience=patience,
    )
    made: Scenario = chance.choice(
        (
            lambda: burst(seed, chance.randint(10, 60), chance.uniform(1.0, 20.0), crowd),
            lambda: poisson(seed, chance.choice((0.5, 0.8, 0.95, 1.1, 1.5)), crowd=crowd),
            lambda: day(seed, chance.uniform(0.6, 1.6), 180.0, crowd),
        )
    )()
    return with_listeners(made, chance.choice((0.0, 0.0, 2.0, 6.0)))
