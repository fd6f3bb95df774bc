"""The one object of a stored call, in pages: a call may have thousands of events.

A page is some lines of the call's journal, and the object tells of those: its events, the steps that were entered, the
commands that were queued and the timers that were set there, and the legs of which something came. A leg or a step that
goes on beyond a page stands on both; what the facts of the call itself say is the same on each page. A page says how
many legs there are in all (`legs_count`), and where the next one begins (`next`, None on the last). Of a call whose
journal fits into one page, as nearly every call's does, it is the whole object and says neither.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from router.engine.state import Call
from router.history.call_view import view
from router.history.journal import MOST_COMMANDS, CommandRow, KeptCalls, Record
from router.history.whole_call import legs_told, with_folded_legs

USUAL_LINES: Final = 500
"""Of a page. A call has some fifty lines."""

MOST_LINES: Final = 2**31 - 1
"""More than any call has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which lines of a journal."""

    limit: int | None = USUAL_LINES  # None: all that follow
    cursor: str = ""  # `next` of the page before; "" is the beginning


WHOLE: Final = Page(limit=None)


def call_view(store: KeptCalls, entry_id: str, account: str | None = None, page: Page = WHOLE) -> dict[str, Any] | None:
    """A page of the object of a stored call; None when there is no such call. Raises ValueError for a cursor that is
    none."""
    after = _place(page.cursor)
    call = store.call(account, entry_id)
    if call is None:
        return None
    commands = store.commands(call.account, entry_id=entry_id, limit=MOST_COMMANDS)
    limit = page.limit or MOST_LINES
    lines = store.journal_page(call.account, entry_id, after, limit + 1)
    following = lines[limit:]
    records = [record for _, record in lines[:limit]]
    if not after and not following:
        return view(with_folded_legs(call, records), records, commands)
    told = _commands_of(commands, records, following[0][1] if following else None, is_first=not after)
    return {
        **view(_with_legs_of(call, records), records, told),
        "legs_count": len(call.legs) + call.folded,
        "next": str(lines[limit - 1][0]) if following else None,
    }


def each_record(store: KeptCalls, account: str, entry_id: str) -> Iterator[Record]:
    """The whole journal of a call, of which never more than a page is in memory."""
    after = 0
    while lines := store.journal_page(account, entry_id, after, USUAL_LINES):
        yield from (record for _, record in lines)
        after = lines[-1][0]


def _place(cursor: str) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise ValueError("the cursor is not one of a page of a call: take `next` as it came")
    return int(cursor)


def _commands_of(
    commands: list[CommandRow], records: list[Record], following: Record | None, *, is_first: bool
) -> list[CommandRow]:
    """The commands of a page: each is queued with a line of the journal."""
    begin = float("-inf") if is_first or not records else records[0].at
    end = float("inf") if following is None else following.at
    return [row for row in commands if begin <= row.queued < end]


def _with_legs_of(call: Call, records: list[Record]) -> Call:
    """The call with the legs that these records tell of: as they are, or where they are folded as told here."""
    seen = copy(call)
    seen.legs = {call_id: call.legs.get(call_id, leg) for call_id, leg in legs_told(records).items()}
    return seen
