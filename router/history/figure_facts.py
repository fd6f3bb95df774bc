"""What figures count: facts, by their kinds, and the buckets that durations fall into.

A fact is four words (what kind it is, and what of a call it tells), so that a table of sums needs no column for each
question. No number of a caller is in any fact: figures outlive the calls that they were made of.
"""

from bisect import bisect_left
from typing import Final, NamedTuple

CALL: Final = "call"  # name: the outcome; seconds: from the call's beginning to its end
TIME: Final = "time"  # name: talk, ring or limit; count: calls that had any; seconds: of it
STEP: Final = "step"  # name, detail: step and verb; value: the exit; count: visits, `calls`: first ones
ABANDONED: Final = "abandoned"  # name, detail: where the caller hung up, unanswered; value: a bucket of seconds
WAIT: Final = "wait"  # name: a command; detail: how it ended; value: a bucket of the seconds that it waited to be sent
LOOKUP: Final = "lookup"  # name: the step; detail: found, not_found, failed; value: a bucket of seconds

KINDS: Final = (CALL, TIME, STEP, ABANDONED, WAIT, LOOKUP)

UNTAKEN: Final = "untaken"
"""The outcome of an incoming call that no flow took."""

UNDECIDED: Final = "undecided"
"""Of one that a flow took and that came to none."""

BOUNDS: Final = (
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    3.0,
    5.0,
    10.0,
    15.0,
    20.0,
    30.0,
    45.0,
    60.0,
    90.0,
    120.0,
    180.0,
    300.0,
    600.0,
)
"""Seconds: the upper ends of the buckets, the last of which is open."""

BUCKETS: Final = (*(f"{bound:g}" for bound in BOUNDS), "inf")


class Fact(NamedTuple):
    """What is counted; kinds are above."""

    kind: str
    name: str
    detail: str = ""
    value: str = ""


def bucket(seconds: float) -> str:
    """The bucket of a duration, by its upper end."""
    return BUCKETS[bisect_left(BOUNDS, seconds)]
