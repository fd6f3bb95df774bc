"""What one account's outbox asks for at one instant, or very soon.

A look names a command that may leave within the lane's `ahead_seconds`, with the instant at which it may. So the
process claims it, makes its connection and wakes its thread before the slot is free, and none of that costs any of the
limit. It is too short a time for anything better to turn up.
"""

from dataclasses import dataclass

from router.runtime.lanes import LOOK_AHEAD, LOOK_BEYOND, Lane
from router.runtime.limits import Limits
from router.runtime.pace import Pace
from router.runtime.ports import CommandRow, Reading
from router.runtime.schedule import GivenUp, choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Instants are the database's."""

    given_up: tuple[GivenUp, ...]  # they can no longer help
    chosen: CommandRow | None  # may leave at `leave_at`
    leave_at: float  # now, or soon
    credit: float  # so much later on any other path than the one that was asked about
    next_at: float | None  # with nothing chosen: when to look again if nothing else happens


def look(reading: Reading, account: str, lane: Lane, full: Limits, path: str, pace: Pace) -> Look:
    """Decide for one account; `path` is the one that its requests go from this process, and `pace` how fast."""
    now, standing = reading.now, reading.standing(account)
    paused_until = reading.paused_until(account)[0] if lane.heeds_pauses else 0.0
    limits = full.lowered(reading.shares(account), now)
    slots = reading.slots(account, path if standing.credit_from <= now else "")
    candidates = lane.candidates(reading, account, LOOK_AHEAD)
    decision = choose(candidates, slots, limits, now, paused_until, pace)
    if decision.chosen is None and len(decision.given_up) >= LOOK_AHEAD:
        candidates = lane.candidates(reading, account, LOOK_BEYOND)
        decision = choose(candidates, slots, limits, now, paused_until, pace)
    chosen, leave_at, next_at = decision.chosen, now, decision.next_at
    if chosen is None and next_at is not None and next_at <= now + lane.ahead_seconds:
        chosen, leave_at = choose(candidates, slots, limits, next_at, paused_until, pace).chosen, next_at
    if chosen is None:
        return Look(
            given_up=decision.given_up,
            chosen=None,
            leave_at=now,
            credit=0.0,
            next_at=_in_time(next_at, now, lane.ahead_seconds),
        )
    without = limits.free_at(chosen.command, reading.slots(account)) if path else 0.0
    credit = max(0.0, without - leave_at)
    return Look(given_up=decision.given_up, chosen=chosen, leave_at=leave_at, credit=credit, next_at=None)


def _in_time(next_at: float | None, now: float, ahead_seconds: float) -> float | None:
    """When to look for something that happens then: early enough to prepare it, if there is time to."""
    if next_at is None or next_at - ahead_seconds <= now:
        return next_at
    return next_at - ahead_seconds
