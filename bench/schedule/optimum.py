"""How many callers a clairvoyant could have kept: who knows every arrival, every hang-up and every deadline beforehand,
needs no time to send, and may wait on purpose.

His problem is 1 | r_j, p_j = p | sum U_j: unit jobs of length `spacing`, each to *begin* between its release and its
latest start. `exact` solves it for few jobs. `bound` is proven to be no smaller, for any number of them, and fast:

In any stretch [a, b] at most floor((b - a) / spacing) + 1 jobs can begin. So of the jobs that live within the stretch
(released and due in it), all beyond that number are lost, whatever anybody does. Stretches that do not overlap have no
job in common, so what is lost in them adds up. `bound` is the number of jobs less the greatest such sum, found over
all sets of stretches that begin at a release and end at a latest start. A ratio to the bound is at most the ratio to
the optimum. With `tokens` > 1 (a window of several slots) the same holds with that many jobs to begin with.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf
from typing import Final

EXACT_JOBS: Final = 14
_SAME: Final = 1e-9  # instants are sums of decimal fractions


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a caller needs: a slot that begins within [release, latest], in seconds of any clock."""

    release: float
    latest: float


def bound(jobs: Sequence[Job], spacing: float, tokens: int = 1) -> int:
    """No schedule keeps more of them."""
    possible = sorted((job for job in jobs if job.release <= job.latest), key=lambda job: job.release)
    starts = sorted({job.release for job in possible})
    ends = sorted({job.latest for job in possible})
    behind = [bisect_right(starts, end) for end in ends]  # the first release after each end
    due = [0] * len(ends)  # how many of those released from the present start on are due at each end
    lost = [0] * (len(starts) + 1)  # the most that is lost in stretches from each start on
    for number in range(len(starts) - 1, -1, -1):
        while possible and possible[-1].release == starts[number]:
            due[bisect_left(ends, possible.pop().latest)] += 1
        lost[number], within = lost[number + 1], 0
        for end in range(bisect_left(ends, starts[number]), len(ends)):
            within += due[end]
            room = tokens * (floor((ends[end] - starts[number]) / spacing + _SAME) + 1)
            if within > room:
                lost[number] = max(lost[number], within - room + lost[behind[end]])
    return len([job for job in jobs if job.release <= job.latest]) - lost[0]


def exact(jobs: Sequence[Job], spacing: float) -> int:
    """The optimum, by dynamic programming over sets of jobs: for each set the earliest instant at which it is done."""
    if len(jobs) > EXACT_JOBS:
        raise ValueError(f"{len(jobs)} jobs are too many to be solved exactly, {EXACT_JOBS} are the most")
    done_at = [inf] * (1 << len(jobs))
    done_at[0] = -inf
    most = 0
    for chosen in range(1, 1 << len(jobs)):
        for number, job in enumerate(jobs):
            if chosen >> number & 1:
                start = max(done_at[chosen & ~(1 << number)], job.release)
                if start <= job.latest + _SAME:
                    done_at[chosen] = min(done_at[chosen], start + spacing)
        if done_at[chosen] < inf:
            most = max(most, chosen.bit_count())
    return most
