"""What an answer of a notification's receiver means: a webhook of the flow's author.

2xx has taken it. What may be otherwise in a while is asked again with growing pauses, for a day: no answer, 5xx, and of
4xx those that say so (408, 409, 425, 429). Any other answer stays what it is, and ends the delivery: 410, since the
receiver wants no more; 4xx, since the same request gets the same answer; 3xx, since redirects are not followed. It can
be delivered again by hand. A receiver's `Retry-After` is obeyed up to a day.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from router.history.journal import CONFIRMED, EXPIRED, FAILED, QUEUED, SENT, CommandRow
from router.runtime.outbound_ports import Answer

PAUSE_SECONDS: Final = (1.0, 300.0)  # the first pause, and the longest
PATIENCE_SECONDS: Final = 86_400.0
REPEATED: Final = frozenset({408, 409, 425, 429})
GONE: Final = 410

SETTLED: Final = frozenset({CONFIRMED, FAILED, EXPIRED})


def delivered(row: CommandRow, answer: Answer, now: float) -> CommandRow:
    return _replace(row, state=CONFIRMED, answered=now, confirmed=now, http_status=answer.status, lease=None, reason="")


def undelivered(row: CommandRow, answer: Answer, now: float) -> CommandRow:
    """The row, to be sent again or given up."""
    if answer.held:  # no request left
        return _again(row, f"held: {answer.body}", now + (answer.retry_after or 0.0), row.http_status, row.attempts - 1)
    why_final = _why_final(answer)
    if why_final:
        return _given_up(row, why_final, now, answer.status)
    reason = f"not delivered: {_told(answer)}"
    if now - row.queued >= PATIENCE_SECONDS:
        return _given_up(row, f"{reason}; given up after a day", now, answer.status)
    pause = pause_seconds(row.attempts - 1) if answer.retry_after is None else answer.retry_after
    asked = "" if answer.retry_after is None else f"; Retry-After: {answer.retry_after:.0f} s"
    return _again(row, reason + asked, now + pause, answer.status or None, row.attempts)


def pause_seconds(doublings: int) -> float:
    """After so many attempts that failed before."""
    first, longest = PAUSE_SECONDS
    return min(longest, first * 2.0 ** max(0, min(doublings, 16)))


def cancelled(row: CommandRow, by: str, now: float) -> CommandRow | None:
    """The row, never to be sent; None when it does not wait."""
    if row.state != QUEUED:
        return None
    return _replace(row, state=EXPIRED, confirmed=now, reason=f"cancelled by {by}", lease=None)


def redelivered(row: CommandRow, by: str, now: float) -> CommandRow | None:
    """The row, to be sent at once and for another day, behind what its call has queued; None while it is being sent."""
    if row.state == SENT:
        return None
    queued = row.queued if row.state == QUEUED else now
    fresh = _again(row, f"delivered again by {by}", 0.0, None, 0)
    return _replace(fresh, queued=queued, confirmed=None)


def _why_final(answer: Answer) -> str:
    """Why the same request would come to the same end; "" when it may not."""
    status = answer.status
    if 300 <= status <= 399:
        where = f" to {answer.body}" if answer.body else ""
        return f"HTTP {status}{where}: redirects are not followed; write the address that takes it into the flow"
    if status == GONE:
        return "HTTP 410: the receiver wants it no more"
    if 400 <= status <= 499 and status not in REPEATED:
        return f"HTTP {status}: the receiver refuses it; it is not sent again by itself"
    return ""


def _told(answer: Answer) -> str:
    return f"HTTP {answer.status}" if answer.status else answer.body or "no answer"


def _given_up(row: CommandRow, reason: str, now: float, status: int) -> CommandRow:
    answered = now if status else row.answered
    return _replace(
        row, state=FAILED, answered=answered, confirmed=now, http_status=status or None, reason=reason, lease=None
    )


def _again(row: CommandRow, reason: str, not_before: float, status: int | None, attempts: int) -> CommandRow:
    return _replace(
        row,
        state=QUEUED,
        sent=None,
        answered=None,
        lease=None,
        not_before=not_before,
        http_status=status,
        attempts=attempts,
        reason=reason,
    )


_replace: Final[Callable[..., CommandRow]] = msgspec.structs.replace
