"""Finished calls out of a store, as `ivr replay` and `ivr trace --as-test` need them."""

from typing import Final

from router.runtime.ports import Store
from router.runtime.recorded import PresenceHistory, RecordedCall

MOST_COMMANDS: Final = 10_000  # of one call


def recording(store: Store, account: str, entry_id: str) -> RecordedCall | None:
    """The call if a flow had it and it is over, else None."""
    call = store.call(account, entry_id)
    if call is None or not call.flow or not call.ended:
        return None
    commands = store.commands(account, entry_id=entry_id, limit=MOST_COMMANDS)
    return RecordedCall(call=call, records=tuple(store.journal(account, entry_id)), commands=tuple(commands))


def presence_of(store: Store, account: str) -> PresenceHistory:
    """Who was online when: presence is reported apart from calls."""
    return PresenceHistory.of(store.journal(account, ""))
