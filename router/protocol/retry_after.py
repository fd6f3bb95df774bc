"""The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date of HTTP."""

import re
from email.utils import parsedate_to_datetime
from typing import Final

_seconds: Final = re.compile(r"[0-9]{1,9}").fullmatch


def read_retry_after(text: str, now: float) -> float | None:
    """Seconds from `now` (Unix seconds) on; None for what cannot be read, and for an instant that has passed."""
    text = text.strip()
    if _seconds(text):
        return float(text) or None
    try:
        left = parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError, OSError):
        return None
    return left if left > 0 else None
