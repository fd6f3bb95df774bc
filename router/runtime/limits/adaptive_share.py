"""How much of a window is ours when another system uses the key too: what the PBX's refusals say, and forget again.

We keep to our limits, so a refusal means that another integration has used up the rest. Each halves our share of that
one window; afterwards the share grows back with time, without a write: additive increase,
multiplicative decrease, which lets two users of one limit find their halves. What always holds:

- an answer tells of one window: the method's own, the narrowest, else the one of all requests;
- refusals of requests that were on the wire together are one warning: a request that left before the last refusal was
  known lowers nothing further;
- a window that refuses again and again stays closed for longer each time, up to CLOSED_SECONDS.
"""

from typing import Final

import msgspec

from router.runtime.records import Share

KEPT: Final = 0.5  # of a share, after a refusal
SMALLEST: Final = 0.1
REGAINED: Final = 0.01  # a second
CLOSED_SECONDS: Final = (0.5, 8.0)  # after a first refusal, and at most


def share_at(share: Share | None, now: float) -> float:
    """Our part of the window's limit at an instant, more than 0 and at most 1."""
    if share is None:
        return 1.0
    return min(1.0, share.share + REGAINED * max(0.0, now - share.since))


def closed_until(share: Share | None) -> float:
    """Until when nothing goes in the window, 0 when it is open."""
    return 0.0 if share is None else share.closed_until


def refused(window: str, share: Share | None, now: float, left_at: float) -> Share:
    """The window's share after a refusal of a request that left then."""
    before = share or Share(window=window)
    if left_at < before.since:
        return before
    first, longest = CLOSED_SECONDS
    closed = now + min(longest, first * 2.0 ** min(before.strikes, 16))
    return Share(
        window=window,
        share=max(SMALLEST, share_at(share, now) * KEPT),
        since=now,
        closed_until=max(closed, before.closed_until),
        strikes=before.strikes + 1,
    )


def passed(share: Share | None, left_at: float) -> Share | None:
    """The window's share after a request that was let through; None when nothing changes."""
    if share is None or not share.strikes or left_at < share.since:
        return None
    return msgspec.structs.replace(share, strikes=0)
