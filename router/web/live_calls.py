"""`GET /api/live`: how every live call stands, and from where `/api/events` goes on: what a wallboard begins with.

Place first, calls second: an event that comes in between is in both, and telling a state twice does no harm.
"""

from typing import Final

from flask import Blueprint, Response

from router.history.call_state import call_state
from router.web.api_objects import reply
from router.web.queries import account_name
from router.web.router_parts import RouterParts

MOST_CALLS: Final = 5_000


def live_calls(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/live")
    def live() -> Response:
        """The objects are those of the events, without what happened. With more than MOST_CALLS the newest ones."""
        store = parts.store
        after = f"{store.identity()}-{store.last_record()}"
        found = store.live_states(account_name(parts), MOST_CALLS + 1)
        calls = [
            {"account": call.account, "entry_id": call.entry_id, "state": call_state(call)}
            for call in found[:MOST_CALLS]
        ]
        return reply({"after": after, "calls": calls, "is_all": len(found) <= MOST_CALLS})
