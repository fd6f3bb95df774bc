"""The contact centre's two events that come without a sign (§4.4), and what is kept of them.

Every sender at an allowed address that knows the key can write them, and the key is no secret. So only
the fields that the document gives these kinds are read, in their plain form; nothing else of the body is stored.
"""

from typing import Final

import msgspec

from router.protocol.events import Event, PresenceChanged, SessionEnded
from router.protocol.request_refusals import malformed, too_large

UNSIGNED: Final = frozenset({"events/user/status_changed", "events/user/session_end"})
"""Paths whose notifications may lack a sign."""

MAX_BYTES: Final = 4096


def check_size(json_text: bytes) -> None:
    """Raises RequestRefused for more than two short texts and three numbers need."""
    if len(json_text) > MAX_BYTES:
        raise too_large(MAX_BYTES)


def own_fields(event: Event) -> bytes:
    """The json that says what was understood of an unsigned event, and nothing else."""
    if not isinstance(event, PresenceChanged | SessionEnded):
        raise malformed("only the contact centre's two events come without a sign")
    needed = {"abonent_id", "session", "status"}
    fields = {name: value for name, value in msgspec.structs.asdict(event).items() if value or name in needed}
    return msgspec.json.encode(fields)
