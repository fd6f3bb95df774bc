"""One listener of `/api/events`: where in the journal it is, what it wants to hear, and what it is told next.

An event's id is the database's name and the number of its line, `3f9a2b1c0d-1234`: a listener that comes back with the
id of another database, or of a place that is gone, is told to `reset`, which means to read the calls anew.
"""

import re
from collections.abc import Collection
from typing import Final

import msgspec

from router.errors import StoreUnavailable
from router.history.call_view import instant
from router.web.event_feed import Feed, Frame
from router.web.identities import Identity

HEARTBEAT_SECONDS: Final = 15.0
RETRY_MILLISECONDS: Final = 500
MOST_FRAMES: Final = 100  # that are told at a time

OTHER_DATABASE: Final = "other-database"
AHEAD: Final = "ahead"
RETENTION: Final = "retention"

_id = re.compile(r"(?:([0-9a-f]{10})-)?([0-9]{1,18})").fullmatch


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener chooses; nothing of it chosen means everything."""

    account: str | None = None
    flow: str | None = None
    line: str | None = None
    kinds: Collection[str] = ()

    def takes(self, frame: Frame) -> bool:
        return (
            self.account in (None, frame.account)
            and self.flow in (None, frame.flow)
            and self.line in (None, frame.line)
            and (not self.kinds or frame.kind in self.kinds)
        )


class Listener:
    """`now` is by the monotonic clock."""

    def __init__(self, feed: Feed, who: Identity, wanted: Wanted, last_id: str, now: float) -> None:
        """`last_id` is the last event's that it saw, "" for none. Raises ValueError for what is no id."""
        self.who = who
        self._feed = feed
        self._wanted = wanted
        self._told_at = now
        self._place, reset = _place(feed, last_id)
        self.opening = b"retry: %d\nid: %b\n\n" % (RETRY_MILLISECONDS, self._last_id())
        if reset:
            told = msgspec.json.encode({"reason": reset, "last": last_id})
            self.opening += b"id: %b\nevent: reset\ndata: %b\n\n" % (self._last_id(), told)

    @property
    def is_behind(self) -> bool:
        """Whether it has to catch up: what it is told next is read from the database, for it alone."""
        return not self._feed.covers(self._place)

    def next(self, now: float, wall: float) -> bytes:
        """What is to be told now, b"" for nothing. `wall` is Unix seconds."""
        told = self._events()
        if not told and now - self._told_at >= HEARTBEAT_SECONDS:
            at = msgspec.json.encode({"at": instant(wall)})
            told = b"id: %b\nevent: heartbeat\ndata: %b\n\n" % (self._last_id(), at)
        if told:
            self._told_at = now
        return told

    def closing(self) -> bytes:
        """Where to go on."""
        return b": until later\nid: %b\n\n" % self._last_id()

    def _events(self) -> bytes:
        try:
            frames, self._place = self._feed.after(self._place, MOST_FRAMES)
        except StoreUnavailable:  # it is told when the database is back
            return b""
        return b"".join(frame.as_seen(whole=self.who.sees_numbers) for frame in frames if self._wanted.takes(frame))

    def _last_id(self) -> bytes:
        return b"%b-%d" % (self._feed.name.encode(), self._place)


def _place(feed: Feed, last_id: str) -> tuple[int, str]:
    """(where to begin, why what the listener knows may be wrong, "" when it is not)."""
    if not last_id:
        return feed.end(), ""
    match = _id(last_id)
    if match is None:
        raise ValueError("the last event's id is one that a stream gave out")
    name, place = match[1], int(match[2])
    end = feed.end()
    if name not in (None, feed.name):
        return end, OTHER_DATABASE
    if place > end:
        return end, AHEAD
    return place, RETENTION if 0 < place < feed.beginning() else ""
