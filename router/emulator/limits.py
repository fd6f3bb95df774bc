"""The PBX's rate limits, exact and sliding: in no window of M seconds are more than N requests let through (§1.4).

A refused request takes no slot anywhere; an accepted one takes one in each of its windows. The document does not say
how its windows lie; sliding ones are the strictest reading, so whoever never fails here never fails there.
"""

from collections import deque
from collections.abc import Iterable

from router.catalogue.methods import Limit


class SlidingLimits:
    """The windows of one api key. Times are seconds of any clock that never goes back."""

    def __init__(self) -> None:
        self._taken: dict[str, deque[float]] = {}

    def take(self, limits: Iterable[Limit], now: float) -> bool:
        """Whether a request that counts in all of `limits` is let through at `now`."""
        windows = [(limit, self._taken.setdefault(limit.window, deque())) for limit in limits]
        for limit, taken in windows:
            while taken and now - taken[0] >= limit.seconds:
                taken.popleft()
        if any(len(taken) >= limit.count for limit, taken in windows):
            return False
        for _, taken in windows:
            taken.append(now)
        return True
