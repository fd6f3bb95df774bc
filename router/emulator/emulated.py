"""What the emulator does with each method, in a few words: for docs/api.md, and held against the handlers by a test."""

from collections.abc import Mapping
from typing import Final

from router.catalogue.methods import METHODS

CALLS: Final = "calls and their legs"
CARDS: Final = "employees that ring"
QUEUES: Final = "groups that ring"
CABINET: Final = "settings of `pbx.yaml`"
FILES: Final = "mp3 files of the calls carried"
REPORTS: Final = "rows of the calls carried"
BOOK: Final = "address book, with `events/ab`"
CAMPAIGNS: Final = "campaigns that dial"
SESSIONS: Final = "sessions and statuses, with events"

_STATES: Final[Mapping[str, str]] = {  # the beginning of a name -> the state behind it; the first that fits counts
    "stats": REPORTS,
    "queries/recording_": "phrases and topics of `pbx.yaml`",
    "queries/recording": FILES,
    "queries/user": "visitors of `pbx.yaml`",
    "config/users": CARDS,
    "member": CARDS,
    "sip": "SIP accounts of employees",
    "group": QUEUES,
    "ab/": BOOK,
    "bwlists": "lists that refuse callers",
    "schema": "schemes that take lines",
    "task/add": "tasks, and the calls that they make",
    "task": CAMPAIGNS,
    "campaign": CAMPAIGNS,
    "cc/call": "enquiries of the calls carried",
    "set_": SESSIONS,
    "get_presence": SESSIONS,
}


def _state(name: str) -> str:
    if METHODS[name].has_result:
        return CALLS
    return next((state for beginning, state in _STATES.items() if name.startswith(beginning)), CABINET)


EMULATED: Final[Mapping[str, str]] = {name: _state(name) for name in METHODS}
"""Method -> the state behind it."""
