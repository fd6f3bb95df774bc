"""What an answer of the PBX, or its absence, means for a command and for the account: pure rules, one for each case.

An HTTP answer is not a command's outcome (§3.2): an accepted command stays `sent` until its result or an event that it
caused. What always holds: a command that the PBX may have acted on is asked for again only if twice is harmless, and
nothing that the PBX called invalid is ever sent again.

Two receivers differ. The contact centre's answer is the outcome (§4.2), and its troubles pause no other account. A
notification's receiver is a webhook of the flow's author (`deliveries`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from router.catalogue.methods import CONTACT_CENTRE, METHODS, PBX
from router.engine.state import CommandAnswered, CommandConcluded
from router.history.journal import CONFIRMED, EXPIRED, FAILED, NOTIFY, QUEUED, SENT, UNKNOWN, CommandRow
from router.protocol.codes import CENTRE_MEANINGS, CENTRE_UNAVAILABLE, code_label, status_label
from router.protocol.peer_words import words_of
from router.runtime.outbound_ports import Answer
from router.runtime.outbox import deliveries
from router.runtime.outbox.schedule import HOPELESS, NOT_IN_TIME, TOO_LATE
from router.runtime.records import AccountState

INVALID_LOCALLY: Final = 3100  # the document's code for parameters that are wrong, given by us
WRONG_SIGN: Final = 3102
BAN_SECONDS: Final = 120.0  # a second 3xxx within it blocks the key until its end (PROTOCOL.md, C)
WRONG_KEY_PAUSE_SECONDS: Final = 10.0
UNREACHABLE_SECONDS: Final = (0.25, 4.0)  # the first pause while nothing listens there, and the longest
REPEAT_SECONDS: Final = 0.5  # before a command with an unclear outcome is asked for again
CENTRE_SECONDS: Final = (0.5, 8.0)  # the first pause of a command that the contact centre cannot take, and the longest
CENTRE_PATIENCE_SECONDS: Final = 30.0
NO_CENTRE_SECONDS: Final = 5.0  # limits are per second: who says 5008 for longer has no contact centre (§4.1)

NO_RESULT: Final = "no result came"

AUTHOR: Final = "author"
"""Who receives notifications; the others are the table of methods' PBX and CONTACT_CENTRE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A command's row after something became known of it, and what the engine is told."""

    row: CommandRow
    event: CommandAnswered | CommandConcluded | None = None


def after_answer(row: CommandRow, answer: Answer, standing: AccountState, now: float) -> Settled:
    """What `answer` makes of the claimed `row`; `standing` is the account's before this answer."""
    return _AFTER[receiver(row.command)][answer.kind](row, answer, standing, now)


def standing_after(answer: Answer, standing: AccountState, now: float, of: str = PBX) -> AccountState:
    """How the account stands with the PBX after an answer of the receiver `of`; the same object if nothing changed."""
    change = _STANDING[of].get(answer.kind)
    return change(answer, standing, now) if change is not None else standing


def receiver(command: str) -> str:
    """Who gets the requests of a command: PBX, CONTACT_CENTRE or AUTHOR."""
    if command == NOTIFY:
        return AUTHOR
    return METHODS[command].base if command in METHODS else PBX


def may_sign_otherwise(answer: Answer, standing: AccountState) -> bool:
    """Whether a salt that the PBX has not refused could sign a request that it did nothing about: salts are rotated on
    two sides, and never at the same instant. `standing` is the account's before this answer."""
    return answer.code == WRONG_SIGN and bool(answer.other_salt) and standing.refused_salt != answer.other_salt


def after_expiry(row: CommandRow, now: float, reason: str = TOO_LATE) -> Settled:
    """It can no longer help, and costs nothing."""
    return _concluded(row, EXPIRED, now, reason=reason)


def after_invalid(row: CommandRow, now: float, reason: str) -> Settled:
    """It does not fit its schema, so it is not sent."""
    return _concluded(row, FAILED, now, code=INVALID_LOCALLY, reason=reason)


def after_lost_lease(row: CommandRow, now: float) -> Settled:
    """The process that sent it never wrote down what came of it."""
    return _unclear(row, "its sender died before the answer", now, not_before=now)


def after_silence(row: CommandRow, now: float) -> Settled:
    """It was accepted, and neither result nor event came. The engine has timers of its own for that; a late result
    may still conclude it."""
    return Settled(row=_replace(row, state=UNKNOWN, confirmed=now, reason=NO_RESULT))


def drop_reason(row: CommandRow) -> str:
    """Why a command came to nothing, in one of a few words; "" when it did not."""
    if row.state == FAILED:
        return "invalid" if row.code == INVALID_LOCALLY else "refused" if row.code else "failed"
    if row.state == UNKNOWN:
        return "no-result" if row.reason == NO_RESULT else "unclear"
    if row.state == EXPIRED:
        return next((word for start, word in _EXPIRIES.items() if row.reason.startswith(start)), "moved-on")
    return ""


def reason_of(row: CommandRow) -> str:
    """The same with the PBX's code where it refused it, or the HTTP status where that was all it said."""
    word = drop_reason(row)
    if word == "refused":
        return code_label(row.code or 0)
    return status_label(row.http_status) if word == "failed" and row.http_status else word


_EXPIRIES: Final[Mapping[str, str]] = {TOO_LATE: "deadline", NOT_IN_TIME: "too-late", HOPELESS: "too-late"}


def with_http(row: CommandRow, answer: Answer, now: float) -> CommandRow:
    """A row that something else concluded meanwhile: only the request's own fields are filled in."""
    return _replace(row, answered=row.answered or now, http_status=answer.status or None)


def _accepted(row: CommandRow, answer: Answer, _standing: AccountState, now: float) -> Settled:
    assert row.sent is not None, "a claimed command has been sent"
    event = CommandAnswered(entry_id=row.entry_id, command_id=row.command_id, sent_at=row.sent)
    return Settled(row=_replace(row, state=SENT, answered=now, http_status=answer.status), event=event)


def _refused(row: CommandRow, answer: Answer, standing: AccountState, now: float) -> Settled:
    if may_sign_otherwise(answer, standing):
        reason = f"refused with {WRONG_SIGN}, wrong sign: sent again, signed with the other salt"
        return Settled(row=_requeued(row, reason, now, answer.status))
    said = words_of(answer.body)
    refusal = f"the PBX refused it with {answer.code}" if answer.code else f"the PBX answered HTTP {answer.status}"
    reason = refusal + (f': "{said}"' if said else "")
    return _concluded(with_http(row, answer, now), FAILED, now, code=answer.code, reason=reason)


def _limited(row: CommandRow, answer: Answer, _standing: AccountState, now: float) -> Settled:
    """Its window stays closed for a while (`shares`), so it needs no pause of its own."""
    return Settled(row=_requeued(row, f"HTTP {answer.status}: over the limit", now, answer.status))


def _banned(row: CommandRow, answer: Answer, standing: AccountState, now: float) -> Settled:
    if _is_ban(standing, now):  # the PBX did not look at the command itself, so it keeps its chance
        until = standing_after(answer, standing, now).paused_until
        return Settled(row=_requeued(row, "HTTP 401: the key is blocked", until, answer.status))
    return _concluded(with_http(row, answer, now), FAILED, now, reason="HTTP 401: the PBX does not accept the key")


def _not_sent(row: CommandRow, answer: Answer, standing: AccountState, now: float) -> Settled:
    not_before = standing_after(answer, standing, now).paused_until
    return Settled(row=_requeued(row, f"not sent: {answer.body or 'nobody listens'}", not_before))


def _without_answer(row: CommandRow, answer: Answer, _standing: AccountState, now: float) -> Settled:
    page = " with a page of HTML, which is no answer of the PBX" if answer.reason == "html" else ""
    what = f"HTTP {answer.status}{page}" if answer.status else answer.body or "no answer"
    return _unclear(with_http(row, answer, now), f"{what}: it may have been done", now, now + REPEAT_SECONDS)


def _done(row: CommandRow, answer: Answer, standing: AccountState, now: float) -> Settled:
    """The contact centre's answer: there is no result to wait for."""
    told = _accepted(row, answer, standing, now)
    done = _replace(told.row, state=CONFIRMED, confirmed=now, code=answer.code or None, lease=None)
    return Settled(row=done, event=told.event)


def _centre_cannot(row: CommandRow, answer: Answer, _standing: AccountState, now: float) -> Settled:
    is_refused = answer.code == CENTRE_UNAVAILABLE
    reason = f"the contact centre cannot take it: {CENTRE_MEANINGS if is_refused else _told(answer)}"
    if now - row.queued >= (NO_CENTRE_SECONDS if is_refused else CENTRE_PATIENCE_SECONDS):
        return _concluded(row, FAILED, now, code=answer.code, reason=reason)
    return Settled(row=_requeued(row, reason, now + _pause(CENTRE_SECONDS, row.attempts - 1), answer.status or None))


def _delivered(row: CommandRow, answer: Answer, _standing: AccountState, now: float) -> Settled:
    """No call waits for it, so the engine is told nothing."""
    return Settled(row=deliveries.delivered(row, answer, now))


def _undelivered(row: CommandRow, answer: Answer, _standing: AccountState, now: float) -> Settled:
    return Settled(row=deliveries.undelivered(row, answer, now))


def _told(answer: Answer) -> str:
    if answer.kind == "limited" and answer.code:
        return str(answer.code)
    return f"HTTP {answer.status}" if answer.status else answer.body or "no answer"


_AFTER: Final[Mapping[str, Mapping[str, Callable[[CommandRow, Answer, AccountState, float], Settled]]]] = {
    PBX: {
        "accepted": _accepted,
        "refused": _refused,
        "limited": _limited,
        "banned": _banned,
        "not_sent": _not_sent,
        "unclear": _without_answer,
    },
    CONTACT_CENTRE: {
        "accepted": _done,
        "refused": _refused,
        "limited": _centre_cannot,
        "banned": _banned,
        "not_sent": _centre_cannot,
        "unclear": _without_answer,
    },
    AUTHOR: {
        "accepted": _delivered,
        "refused": _undelivered,
        "not_sent": _undelivered,
        "unclear": _undelivered,
    },
}


def _unclear(row: CommandRow, reason: str, now: float, not_before: float) -> Settled:
    if row.command == NOTIFY:
        return _undelivered(row, Answer(kind="unclear", body=reason), AccountState(), now)
    method = METHODS.get(row.command)
    if method is None or not method.repeatable:
        return _concluded(row, UNKNOWN, now, reason=reason)
    if row.expires is not None and row.expires <= now:
        return after_expiry(row, now, f"{TOO_LATE}; {reason}")
    again = _requeued(row, reason, not_before, row.http_status)
    return Settled(row=_replace(again, sent=row.sent))  # a leg may still come of it


def _requeued(row: CommandRow, reason: str, not_before: float, http_status: int | None = None) -> CommandRow:
    return _replace(
        row,
        state=QUEUED,
        sent=None,
        answered=None,
        lease=None,
        not_before=not_before,
        http_status=http_status,
        reason=reason,
    )


def _concluded(row: CommandRow, state: str, now: float, *, code: int = 0, reason: str) -> Settled:
    event = CommandConcluded(entry_id=row.entry_id, command_id=row.command_id, state=state, code=code, reason=reason)
    return Settled(row=_replace(row, state=state, confirmed=now, code=code or None, reason=reason), event=event)


def _calm(_answer: Answer, standing: AccountState, _now: float) -> AccountState:
    return _stand(standing, strikes=0) if standing.strikes else standing


def _noted(answer: Answer, standing: AccountState, now: float) -> AccountState:
    calm = _calm(answer, standing, now)
    if answer.code == WRONG_SIGN and answer.other_salt:
        calm = _stand(calm, refused_salt=answer.salt)
    if not 3000 <= answer.code <= 3999 or _is_ban(standing, now):
        return calm
    return _stand(calm, invalid_at=now)


def _unreachable(answer: Answer, standing: AccountState, now: float) -> AccountState:
    return _longer_pause(standing, now, UNREACHABLE_SECONDS, f"cannot reach the PBX: {answer.body}")


def _blocked(answer: Answer, standing: AccountState, now: float) -> AccountState:
    if _is_ban(standing, now):
        until, reason = standing.invalid_at + BAN_SECONDS, "HTTP 401: the key is blocked after invalid commands"
    else:
        until, reason = now + WRONG_KEY_PAUSE_SECONDS, "HTTP 401: the PBX does not accept the key"
    return _stand(_calm(answer, standing, now), paused_until=max(until, standing.paused_until), reason=reason)


_STANDING: Final[Mapping[str, Mapping[str, Callable[[Answer, AccountState, float], AccountState]]]] = {
    PBX: {
        "accepted": _calm,
        "refused": _noted,
        "banned": _blocked,
        "not_sent": _unreachable,
    },
    CONTACT_CENTRE: {"refused": _noted, "banned": _blocked},  # the same key
    AUTHOR: {},
}


def _longer_pause(standing: AccountState, now: float, bounds: tuple[float, float], reason: str) -> AccountState:
    if standing.paused_until > now:  # requests that were on the wire together are one warning, not several
        return standing
    seconds = _pause(bounds, standing.strikes)
    return _stand(standing, paused_until=now + seconds, reason=reason, strikes=standing.strikes + 1)


def _pause(bounds: tuple[float, float], doublings: int) -> float:
    """Seconds: the first bound, doubled so many times, up to the second."""
    first, longest = bounds
    return min(longest, first * 2.0 ** max(0, min(doublings, 16)))


def _is_ban(standing: AccountState, now: float) -> bool:
    """Whether a 3xxx answer is fresh enough for a 401 to be its consequence."""
    return now - standing.invalid_at < BAN_SECONDS


_stand: Final[Callable[..., AccountState]] = msgspec.structs.replace
_replace: Final[Callable[..., CommandRow]] = msgspec.structs.replace
