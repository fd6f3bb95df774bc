"""What stands in the way of calls now, each thing with a code: for people who watch, and for programs.

These are the present moment's; the rules for Prometheus say when something lasts too long. What always holds: an alarm
says what is wrong and what to do in one sentence, and has what it is made of as facts, so that it can be said in other
languages; none names a caller.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from router.history.call_view import instant
from router.history.journal import CommandRow
from router.runtime.limits.limits_view import InUse
from router.runtime.monitoring.heartbeats import LATE_SECONDS, ROLES
from router.runtime.monitoring.refusals import NOTIFICATION, Refused
from router.runtime.records import AccountState, Activation

ERROR: Final = "error"  # callers notice it
WARNING: Final = "warning"
RECENT_SECONDS: Final = 3600.0
LITTLE_ROOM_BYTES: Final = 512 << 20
LITTLE_ROOM_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that is wrong."""

    code: str
    severity: str
    told: str  # what is wrong and what to do, in English
    account: str = ""  # "" for what concerns all of them
    facts: Mapping[str, Any] = field(default_factory=dict)


def of_readiness(status: str, reason: str, *, enabled: bool) -> Iterator[Alarm]:
    """What /readyz says."""
    if not enabled:
        told = "the router is off (IVR_ENABLED=0): events are recorded, no call is taken and nothing is sent"
        yield Alarm(code="disabled", severity=ERROR, told=told)
    if status != "ready":
        code = "degraded" if status == "degraded" else "not-ready"
        yield Alarm(code=code, severity=ERROR, told=f"{status}: {reason}", facts={"reason": reason})


def of_heartbeats(ages: Mapping[str, float]) -> Iterator[Alarm]:
    for role, age in ages.items():
        if age >= LATE_SECONDS:
            told = f"{ROLES[role]}: the {role} had no good round for {age:.0f} s; the log says why"
            yield Alarm(code=f"{role}-late", severity=ERROR, told=told, facts={"seconds": round(age)})


def of_spool(waiting: int, set_aside: int) -> Iterator[Alarm]:
    if waiting:
        told = f"{waiting} events wait in the spool for the database"
        yield Alarm(code="spool", severity=WARNING, told=told, facts={"events": waiting})
    if set_aside:
        told = f"{set_aside} files of the spool could not be taken in and were set aside; `ivr doctor` names them"
        yield Alarm(code="spool-set-aside", severity=ERROR, told=told, facts={"files": set_aside})


def of_disks(room: Mapping[str, tuple[int, int]]) -> Iterator[Alarm]:
    for volume, (free, size) in room.items():
        if free < LITTLE_ROOM_BYTES or free < LITTLE_ROOM_SHARE * size:
            told = f"the disk of the {volume} has {free >> 20} MiB left: make room"
            facts = {"volume": volume, "free_bytes": free, "size_bytes": size}
            yield Alarm(code="disk", severity=WARNING, told=told, facts=facts)


def of_refusals(refused: Iterable[Refused]) -> Iterator[Alarm]:
    """Of the last hour: who sends what we refuse, and which commands the PBX refuses."""
    for one in refused:
        is_ours = one.what == NOTIFICATION
        subject = "sender" if is_ours else "command"
        who = f"{one.count} notifications from {one.subject}" if is_ours else f"{one.count} commands {one.subject}"
        yield Alarm(
            code="notifications-refused" if is_ours else "commands-refused",
            severity=WARNING,
            account=one.account,
            told=f"{who} were refused within the last hour: {one.reason}",
            facts={subject: one.subject, "reason": one.reason, "count": one.count, "last": instant(one.last)},
        )


def of_accounts(active: Mapping[str, Activation], names: Iterable[str]) -> Iterator[Alarm]:
    for name in names:
        row = active.get(name, Activation())
        if row.paused:
            facts = {"since": instant(row.paused_at or None), "by": row.paused_by}
            told = "paused by hand: no new call is taken and nothing is sent; `ivr resume` ends it"
            yield Alarm(code="paused", severity=WARNING, account=name, told=told, facts=facts)
        if not row.version:
            told = "no version is active: no call is taken; `ivr publish` makes one"
            yield Alarm(code="no-version", severity=ERROR, account=name, told=told)


def of_limits(found: InUse, asked_to_wait: Mapping[str, AccountState]) -> Iterator[Alarm]:
    """Keys that the PBX blocks, and windows of which others leave less to us."""
    for name, row in asked_to_wait.items():
        if row.paused_until > found.now:
            told = f"the PBX refuses the account's key, and nothing is sent until it may be tried again: {row.reason}"
            blocked = {"until": instant(row.paused_until), "reason": row.reason}
            yield Alarm(code="key-blocked", severity=ERROR, account=name, told=told, facts=blocked)
    for name, window in found.windows:
        facts: dict[str, Any] = {"window": window.name, "share": round(window.share, 3)}
        if window.closed_until > found.now:
            told = f"the PBX has closed the limit {window.name} for now; it is tried again by itself"
            until = {"until": instant(window.closed_until)}
            yield Alarm(code="window-closed", severity=WARNING, account=name, told=told, facts=facts | until)
        elif window.share < 1.0:
            told = (
                f"other programs use the same key: {window.share:.0%} of our share of the limit {window.name} is left"
            )
            yield Alarm(code="share-reduced", severity=WARNING, account=name, told=told, facts=facts)


def of_drift(drifted: Iterable[str]) -> Iterator[Alarm]:
    for name in drifted:
        told = "the account's directory is not what callers get: publish it, or bring it back"
        yield Alarm(code="drift", severity=WARNING, account=name, told=told)


def of_publications(failed: Iterable[str]) -> Iterator[Alarm]:
    for name in failed:
        told = "the last publication failed, and calls go on with the version before; `ivr check` shows the findings"
        yield Alarm(code="publication-failed", severity=WARNING, account=name, told=told)


def of_deliveries(failed: Iterable[CommandRow], now: float) -> Iterator[Alarm]:
    """Notifications of flows that their receivers refused within the last hour."""
    counted = Counter((row.account, row.receiver) for row in failed if row.queued >= now - RECENT_SECONDS)
    for (account, receiver), count in counted.most_common():
        told = f"{count} notifications of flows to {receiver} failed within the last hour; /api/deliveries says why"
        facts = {"receiver": receiver, "count": count}
        yield Alarm(code="deliveries-failed", severity=WARNING, account=account, told=told, facts=facts)
