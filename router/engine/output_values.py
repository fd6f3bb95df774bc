"""What values become on their way out of the engine."""

from urllib.parse import quote


def in_url(text: str) -> str:
    """A text as a part of an address that says no more than itself: percent-encoded, dots too where they are all, since
    `..` would take away the part before it."""
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")
