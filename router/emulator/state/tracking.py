"""Call tracking: which visitor of the site sees which number (§3.5).

A number of `visitors` in `pbx.yaml` is a dynamic one. Whoever calls it is that visitor, and the events of the call say
so in `dct`. What `pbx.yaml` does not give is made up from the number, the same each time.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from hashlib import sha256
from typing import Any, Final

from router.emulator.pbx_answers import Answer, Params
from router.emulator.state.numbering import Numbering
from router.emulator.switchboard import EmulatedSwitchboard

MOSCOW: Final = timezone(timedelta(hours=3))
PAGE_SECONDS: Final = 60
"""How long a visitor stays on one page."""

PRODUCT: Final = 300_003_465
CHANNEL: Final = ("source", "medium", "campaign", "content", "term")
PLACE: Final = ("country_code", "region_code", "region", "city")
OPTIONAL: Final = ("ga_cid", "ya_cid", "rs_cid", "device", "custom")


class Tracking:
    """The visitors, by their numbers."""

    def __init__(self, board: EmulatedSwitchboard, ids: Numbering, seeds: Mapping[str, Any]) -> None:
        self._board = board
        self._visitors: Mapping[str, Mapping[str, Any]] = seeds.get("visitors", {})
        self._widget = ids.next("widget")

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "queries/user_info_by_dct_number": self._info,
            "queries/user_history_by_dct_number": self._history,
        }

    def _info(self, params: Params) -> Answer:
        number = params["number"]
        visitor = self._visitors.get(number)
        if visitor is None:
            return Answer()
        pages = self._pages(visitor, UTC)
        data = {
            "uid": visitor.get("uid", sha256(number.encode()).hexdigest()[:32]),
            "widget_id": self._widget,
            "widget_name": visitor.get("widget", "Site"),
            "product_id": PRODUCT,
            "ip": visitor.get("ip", "192.0.2.10"),
            "region_id": 1,
            "location": _given(visitor, PLACE),
            "channel": _given(visitor, CHANNEL),
            "duration": PAGE_SECONDS * len(pages),
            "current_page": pages[-1],
            **_given(visitor, OPTIONAL),
        }
        return Answer(body={"data": data})

    def _history(self, params: Params) -> Answer:
        visitor = self._visitors.get(params["number"])
        return Answer(body={"data": [] if visitor is None else self._pages(visitor, MOSCOW)})

    def _pages(self, visitor: Mapping[str, Any], zone: tzinfo) -> list[dict[str, Any]]:
        """Oldest first; the last one is open. §3.5.1 has its time in UTC, §3.5.2 in UTC+3."""
        written = visitor.get("pages") or [{"url": "https://site.example/"}]
        now = self._board.queue.now
        return [
            {
                "url": page["url"],
                "date": _iso(now - PAGE_SECONDS * (len(written) - place), zone),
                **_given(page, ("title",)),
            }
            for place, page in enumerate(written)
        ]


def _iso(seconds: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(int(seconds), zone).isoformat().replace("+00:00", "Z")


def _given(written: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: written[name] for name in names if name in written}
