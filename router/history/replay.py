"""A recorded call once more, under another bundle: would it go elsewhere?

Theory of operation. A call is followed through its journal under the version that it had (`replayed_call`). Where that
does not reproduce it, nothing can be said of any other bundle: it is not comparable, and the reason is told. Else the
other bundle follows the same journal, as long as the call goes the same way and waits for the same instants; in a call
that it has nothing to do with that is to the end, however late its timers were. Where the two part, the rest is played
by rules. If the call's own version, played by these rules from there on, does not come to the recorded end either, the
rules are not good enough for this call: it is not comparable.

What is not recorded cannot be replayed: what lists filled by calls said to calls of older routers, and keys typed in
secret where the account's salt is not known.
"""

from typing import Final

from router.flow.model import Bundle
from router.history.comparison import Comparison, Way, first_difference
from router.history.past import Past, Settings
from router.history.recorded import PresenceHistory, RecordedCall
from router.history.replayed_call import Parting, ReplayedCall

UNKNOWN_VERSION: Final = "its own version is not in the database any more"


def compare(
    recorded: RecordedCall,
    bundle: Bundle,
    presence: PresenceHistory | None = None,
    *,
    own: Bundle | None,
    settings: Settings | None = None,
) -> Comparison:
    """Replay the call under the bundle and set it beside what is recorded. `own` is the version that it had."""
    past = Past(recorded, presence or PresenceHistory(), settings or Settings())
    if own is None:
        return _comparison(past, past.way, 0, UNKNOWN_VERSION)
    itself, taken_from = _itself(past, own)
    if itself.way != past.way:
        return _comparison(past, itself.way, itself.assumed, past.why_not(first_difference(past.way, itself.way)))
    other = ReplayedCall(past, bundle, taken_from=taken_from)
    parting = other.follow(itself.guide)
    if parting is None:
        return _comparison(past, other.way, other.assumed, "")
    other.go_on(parting)
    reason = "" if other.way == past.way else _played_by_rules(past, own, taken_from, parting)
    return _comparison(past, other.way, other.assumed, reason)


def _itself(past: Past, own: Bundle) -> tuple[ReplayedCall, int]:
    """(the call under its own version, the record from which on a flow could take it): before that the router may have
    been paused, or have had no version yet."""
    itself = ReplayedCall(past, own)
    itself.follow()
    if itself.way == past.way or past.taken_at == 0:
        return itself, 0
    later = ReplayedCall(past, own, taken_from=past.taken_at)
    later.follow()
    return later, past.taken_at


def _played_by_rules(past: Past, own: Bundle, taken_from: int, parting: Parting) -> str:
    """Why the rules cannot play the rest of the call; "" when they can."""
    itself = ReplayedCall(past, own, taken_from=taken_from)
    itself.go_on(itself.follow(until=parting.place) or parting)
    if itself.way == past.way:
        return ""
    was, would_be = first_difference(past.way, itself.way) or ("its commands", "others")
    told = f"{was or 'nothing'} became {would_be or 'nothing'}"
    return f"from where the bundles part its own version cannot be played to the recorded end: {told}"


def _comparison(past: Past, replayed: Way, assumed: int, reason: str) -> Comparison:
    call = past.recorded.call
    return Comparison(
        entry_id=call.entry_id,
        version=call.version,
        recorded=past.way,
        replayed=replayed,
        assumed=assumed,
        not_comparable=reason,
    )
