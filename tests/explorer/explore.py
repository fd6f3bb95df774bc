"""Breadth first through every world that can be reached: the shortest way to a broken law is the first one found."""

import time
from collections import deque
from dataclasses import dataclass, field

from tests.explorer import laws
from tests.explorer.world import Case, World, first, is_over, onward


@dataclass(slots=True, kw_only=True)
class Explored:
    """What was seen of one case."""

    name: str
    states: int = 0
    transitions: int = 0
    seconds: float = 0.0
    complete: bool = True  # every world within the bounds was visited
    broken: str = ""
    path: list[str] = field(default_factory=list)  # what leads to the broken law

    def __str__(self) -> str:
        how = "all" if self.complete else "cut"
        line = (
            f"{self.name:<34} {self.states:>9,} states {self.transitions:>10,} transitions {self.seconds:6.1f} s  {how}"
        )
        return line if not self.broken else "\n  ".join([line, f"BROKEN: {self.broken}", *self.path])


def explore(case: Case, *, most_states: int = 1_000_000) -> Explored:
    """Visit every world of a case, or the first `most_states` of them, until a law is broken."""
    found = Explored(name=case.name)
    started = time.perf_counter()
    begin = first(case)
    came: dict[bytes, tuple[bytes, str]] = {begin.key(): (b"", "the caller comes")}
    frontier: deque[tuple[bytes, World]] = deque([(begin.key(), begin)])
    while frontier and not found.broken and found.complete:
        key, world = frontier.popleft()
        for way in onward(world, case):
            found.transitions += 1
            broken = way.broken or (laws.broken_by_rest(way.world, case) if way.world is not None else "")
            if broken:
                found.broken, found.path = broken, [*_path(came, key), way.name]
                break
            assert way.world is not None
            after = way.world.key()
            if after in came:
                continue
            came[after] = (key, way.name)
            if len(came) >= most_states:
                found.complete = False
            elif not is_over(way.world, case):
                frontier.append((after, way.world))
    found.states = len(came)
    found.seconds = time.perf_counter() - started
    return found


def _path(came: dict[bytes, tuple[bytes, str]], key: bytes) -> list[str]:
    names: list[str] = []
    while key:
        key, name = came[key]
        names.append(name)
    return names[::-1]
