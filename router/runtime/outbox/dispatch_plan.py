"""What the outbox asks for: of all accounts at one instant, of one account at that instant or very soon.

A look names a command that may leave within the lane's `ahead_seconds`, with the instant at which it may. So the
process claims it, makes its connection and wakes its thread before the slot is free, and none of that costs any of the
limit. It is too short a time for anything better to turn up.
"""

from dataclasses import dataclass
from typing import Final

from router.history.journal import CommandRow
from router.runtime.limits.limiter import Limits
from router.runtime.limits.pauses import pause_of
from router.runtime.outbox.command_queues import LOOK_AHEAD, LOOK_BEYOND, Lane
from router.runtime.outbox.round_trips import Pace
from router.runtime.outbox.schedule import GivenUp, choose
from router.runtime.ports import Reading

RESULT_SECONDS: Final = 60.0  # from the answer until the outcome counts as unknown
AT_ONCE: Final = 100  # lost or silent commands in one round
ANY_REQUEST: Final = ""  # counts in the windows that all requests share, and in no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What all accounts' outboxes ask for at one instant."""

    now: float
    waiting: dict[str, int]  # account -> its mark
    lost: list[CommandRow]  # their lease ended without an answer
    silent: list[CommandRow]  # accepted, and no outcome came
    next_at: float | None  # when that can change by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How one account is served from this process."""

    lane: Lane
    limits: Limits  # its own, before others take a part
    pace: Pace  # how long they take
    is_narrowed: bool = False  # some of what waits is left out, since its receiver has no place on the wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Instants are the database's."""

    given_up: tuple[GivenUp, ...]  # they can no longer help
    chosen: CommandRow | None  # may leave at `leave_at`
    leave_at: float  # now, or soon
    next_at: float | None  # with nothing chosen: when to look again if nothing else happens
    refused_salt: str = ""  # of the account: another salt is to sign what is chosen
    closed_until: float = 0.0  # by what is known now no request of the account can leave before, whichever comes


def look_around(reading: Reading, lane: Lane) -> Survey:
    """What all accounts ask of a lane."""
    now = reading.now
    lease, answered = reading.awaited()
    silence = None if answered is None else answered + RESULT_SECONDS
    is_lost, is_silent = (at is not None and at <= now for at in (lease, silence))
    return Survey(
        now=now,
        waiting=reading.waiting(lane.notifications),
        lost=reading.unanswered(now, AT_ONCE) if is_lost else [],
        silent=reading.unconfirmed(now - RESULT_SECONDS, AT_ONCE) if is_silent else [],
        next_at=min((at for at in (lease, silence) if at is not None), default=None),
    )


def look(reading: Reading, account: str, terms: Terms) -> Look:
    """Decide for one account."""
    lane, pace = terms.lane, terms.pace
    candidates = lane.candidates(reading, account, LOOK_AHEAD)  # first: a store may read the rest along with it
    now, standing = reading.now, reading.standing(account)
    paused_until = pause_of(reading, account)[0] if lane.heeds_pauses else 0.0
    limits = terms.limits.lowered(reading.shares(account), now)
    slots = reading.slots(account)
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
            next_at=_in_time(next_at, now, lane.ahead_seconds),
            closed_until=max(limits.free_at(ANY_REQUEST, slots), paused_until) - lane.ahead_seconds,
        )
    return Look(
        given_up=decision.given_up,
        chosen=chosen,
        leave_at=leave_at,
        next_at=None,
        refused_salt=standing.refused_salt,
    )


def _in_time(next_at: float | None, now: float, ahead_seconds: float) -> float | None:
    """When to look for something that happens then: early enough to prepare it, if there is time to."""
    if next_at is None or next_at - ahead_seconds <= now:
        return next_at
    return next_at - ahead_seconds
