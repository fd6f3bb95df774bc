"""Until when an account sends nothing: because the PBX asked for it, or because the account was paused by hand."""

from typing import Final

from router.runtime.ports import Reading

LOOK_AGAIN_SECONDS: Final = 86_400.0
"""A pause by hand has no end: who waits for one looks again."""


def pause_of(reading: Reading, account: str) -> tuple[float, str]:
    """(instant, reason); (0.0, "") when the account was never paused."""
    standing = reading.standing(account)
    if reading.serving(account).paused:
        return max(reading.now + LOOK_AGAIN_SECONDS, standing.paused_until), "paused by hand"
    return standing.paused_until, standing.reason
