"""At most N requests in any M seconds (§1.4), for all processes that share a key, whatever way the PBX measures.

The log of a window's last requests lives in the outbox's database, as slots: each occupied one says when it becomes
free. We see when a request left us and when its answer came, and the PBX counts it at some instant between. What
always holds:

- a slot is taken in the transaction that claims the command, for as long as if the answer never came: the longest
  that a request may take, and M seconds more;
- the answer shortens that to M seconds after itself, since the PBX counted before it answered; an answer that asks for
  patience may have counted too;
- a request that surely never left frees its slots at once;
- all windows of a request take a slot, or none does.

So two requests that are N apart are counted more than M apart, in a sliding window and in a fixed one.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from router.catalogue.methods import METHODS, Limit, limits_for, limits_for_queries
from router.runtime.ports import NOTIFY, Transaction

CLOCK_MARGIN: Final = 1.001  # the PBX's clock and ours do not run at exactly the same speed


class Claim(Protocol):
    """One attempt to send something: a row of the outbox, or a query."""

    @property
    def account(self) -> str: ...
    @property
    def command(self) -> str: ...
    @property
    def command_id(self) -> str: ...
    @property
    def attempts(self) -> int: ...


class Limits:
    """The limits that one account keeps. `overrides` replace a window's limit; `share` is how much of each is ours."""

    def __init__(self, overrides: Mapping[str, Limit] | None = None, share: float = 1.0) -> None:
        self._by_command = {command: limits_for(command, overrides or {}, share) for command in METHODS}
        self._by_command[NOTIFY] = ()  # the PBX never sees it
        self._of_queries = limits_for_queries(overrides or {}, share)

    def of(self, command: str) -> tuple[Limit, ...]:
        """Every limit that a request of this command counts in; a command that the table does not know is a query."""
        return self._by_command.get(command, self._of_queries)

    def free_at(self, command: str, slots: Mapping[str, Sequence[float]]) -> float:
        """The instant from which all the command's windows have a free slot, 0 when they always had.

        `slots` holds, per window, the instants at which occupied slots become free, in order.
        """
        return max((_window_free_at(limit, slots.get(limit.window, ())) for limit in self.of(command)), default=0.0)

    def take(self, transaction: Transaction, row: Claim, request_seconds: float) -> None:
        """Occupy the slots of a claim whose request is over, one way or another, within `request_seconds`."""
        for limit in self.of(row.command):
            free_at = transaction.now + request_seconds + held_seconds(limit)
            transaction.take_slot(row.account, limit.window, _claim(row), free_at)

    def answered(self, transaction: Transaction, row: Claim) -> None:
        """The claim's request was counted before now."""
        delays = {limit.window: held_seconds(limit) for limit in self.of(row.command)}
        transaction.free_slots(row.account, _claim(row), delays)

    def never_sent(self, transaction: Transaction, row: Claim) -> None:
        """The claim's request was not and will not be counted."""
        transaction.free_slots(row.account, _claim(row), {limit.window: 0.0 for limit in self.of(row.command)})


def _claim(row: Claim) -> str:
    """What the log calls this attempt: a later one of the same command has slots of its own."""
    return f"{row.command_id}/{row.attempts}"


def held_seconds(limit: Limit) -> float:
    """How long after being counted a request occupies its slot."""
    return limit.seconds * CLOCK_MARGIN


def _window_free_at(limit: Limit, occupied: Sequence[float]) -> float:
    # Fewer than `count` slots are occupied once all but the last count - 1 of them are free again.
    return occupied[-limit.count] if len(occupied) >= limit.count else 0.0
