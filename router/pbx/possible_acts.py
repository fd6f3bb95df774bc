"""What people at the phones can do at this instant of a call: the caller, and whoever is at the other end.

The words are those of `happenings`, in the short form that people say (`answer` for `answered`). `happenings` may
refuse an act all the same: a scheme that leads nowhere moves no caller on.
"""

from collections.abc import Mapping
from typing import Final

from router.pbx.legs import Journey
from router.protocol.events import ON_HOLD

MENU, RINGING, TALKING, HELD, BETWEEN, OVER = "menu", "ringing", "talking", "held", "between", "over"

CAN: Final[Mapping[str, tuple[str, ...]]] = {
    MENU: ("keys", "route", "left", "hangup"),
    RINGING: ("answer", "busy", "noanswer", "reject", "unavailable", "hangup"),
    TALKING: ("hold", "consults", "transfer", "hangup"),
    HELD: ("resume", "transfer", "hangup"),
    BETWEEN: (),
    OVER: (),
}
"""Where the caller is -> what people can do there. Waiting is always possible."""


def where_is(journey: Journey) -> str:
    """Where the caller is, as people at the phones see it."""
    alive = [leg for leg in journey.legs if leg.alive]
    if journey.ended is not None:
        return OVER
    if any(leg.rings for leg in alive):
        return RINGING
    if any(leg.is_in_menu for leg in alive):
        return MENU
    if not alive:
        return BETWEEN
    return HELD if alive[-1].state == ON_HOLD else TALKING
