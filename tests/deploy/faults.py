"""What Prometheus sees of a healthy router, and of one in each trouble: series as promtool writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Series = Mapping[str, str]
"""A series without job and instance -> its values, one a minute: `1x90` stays, `0+3x90` grows by three."""

LENGTH: Final = 90  # minutes
STAYS: Final = f"x{LENGTH}"


def stays(value: float) -> str:
    return f"{value:g}{STAYS}"


def grows(by: float) -> str:
    return f"0+{by:g}{STAYS}"


def jumps(value: float, *, at: int = 40, to: float) -> str:
    """Changes once, after so many minutes."""
    return f"{value:g}x{at} {to:g}x{LENGTH - at}"


def event(outcome: str = "stored", reason: str = "", account: str = "clinic") -> str:
    return f'ivr_events_total{{kind="call",outcome="{outcome}",reason="{reason}",account="{account}"}}'


def command(outcome: str, reason: str, name: str = "route") -> str:
    return f'ivr_commands_total{{command="{name}",outcome="{outcome}",reason="{reason}",account="clinic"}}'


HEALTHY: Final[Series] = {
    "up": stays(1),
    "ivr_ready": stays(1),
    "ivr_degraded": stays(0),
    "ivr_database_up": stays(1),
    "ivr_enabled": stays(1),
    'ivr_paused{account="clinic"}': stays(0),
    "ivr_spooled_events": stays(0),
    "ivr_spool_set_aside_files": stays(0),
    "ivr_dispatcher_heartbeat_age_seconds": stays(0.5),
    "ivr_timers_heartbeat_age_seconds": stays(0.5),
    'ivr_last_event_age_seconds{account="clinic"}': stays(3),
    'ivr_last_publication_success{account="clinic"}': stays(1),
    'ivr_directory_drift{account="clinic"}': stays(0),
    'ivr_calendar_known_until_year{account="clinic",country="RU"}': stays(1971),  # promtool begins in 1970
    'ivr_disk_free_bytes{volume="database"}': stays(5e10),
    'ivr_disk_size_bytes{volume="database"}': stays(2e11),
    'ivr_disk_free_bytes{volume="spool"}': stays(5e10),
    'ivr_disk_size_bytes{volume="spool"}': stays(2e11),
    'ivr_queue_depth{account="clinic",command="route"}': stays(2),
    "ivr_clock_seconds": f"0+60{STAYS}",
    "ivr_clock_shift_seconds": stays(0),
    "ivr_workers": stays(2),
    "ivr_worker_starts_total": stays(2),
    "process_start_time_seconds": stays(1000),
    "process_open_fds": stays(40),
    "process_max_fds": stays(1024),
    event(): grows(60),
    event("duplicate"): grows(5),
    event("refused", "wrong-sign"): stays(0),
    event("refused", "unknown-sender", ""): jumps(0, to=3),  # somebody tries his luck
    command("accepted", ""): grows(10),
    command("confirmed", ""): grows(9),
    command("failed", "4101"): grows(1),  # the caller hung up first
    command("refused", "4101"): grows(1),
    'ivr_event_seconds_bucket{le="0.01"}': grows(59.9),
    'ivr_event_seconds_bucket{le="1"}': grows(60),
    'ivr_event_seconds_bucket{le="+Inf"}': grows(60),
    'ivr_admin_refusals_total{reason="token"}': jumps(0, to=2),  # a typing error
    'ivr_lookups_total{kind="http",step="who",outcome="failed"}': jumps(0, to=1),
    'ivr_lookups_total{kind="http",step="who",outcome="found"}': grows(9),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A trouble: what differs from HEALTHY, when one looks, and the only alert that fires."""

    alert: str
    differs: Series
    gone: frozenset[str] = frozenset()  # series that there are none of
    minutes: int = 10


DOWN: Final[Series] = {"ivr_database_up": stays(0), "ivr_degraded": stays(1)}
FAULTS: Final[Mapping[str, Fault]] = {
    "no router answers": Fault(alert="IvrNoRouterAnswers", differs={"up": stays(0)}, gone=frozenset(HEALTHY) - {"up"}),
    "nothing is scraped": Fault(alert="IvrNoRouterAnswers", differs={}, gone=frozenset(HEALTHY)),
    "not ready": Fault(alert="IvrNotReady", differs={"ivr_ready": stays(0)}),
    "neither database nor spool": Fault(
        alert="IvrNotReady",
        differs={"ivr_ready": stays(0), "ivr_database_up": stays(0), event("unavailable", "store-unavailable"): grows(9)},
    ),
    "no version is active": Fault(
        alert="IvrNotReady",
        differs={
            "ivr_ready": stays(0),
            'ivr_last_publication_success{account="clinic"}': stays(0),
            'ivr_directory_drift{account="clinic"}': stays(1),
        },
        minutes=30,
    ),
    "events meet a fault": Fault(alert="IvrEventsNotKept", differs={event("unavailable", "failed"): grows(1)}),
    "the database is down": Fault(alert="IvrDatabaseDown", differs={**DOWN, "ivr_spooled_events": grows(60)}),
    "the database is down for long": Fault(
        alert="IvrDatabaseDown",
        differs={
            **DOWN,
            "ivr_spooled_events": grows(60),
            "ivr_dispatcher_heartbeat_age_seconds": grows(60),
            "ivr_timers_heartbeat_age_seconds": grows(60),
            'ivr_event_seconds_bucket{le="0.01"}': stays(0),
            'ivr_event_seconds_bucket{le="1"}': grows(30),
        },
        minutes=80,
    ),
    "degraded": Fault(alert="IvrDegraded", differs={"ivr_degraded": stays(1)}),
    "the spool is not emptied": Fault(
        alert="IvrSpoolNotEmpty", differs={"ivr_spooled_events": stays(7), "ivr_degraded": stays(1)}, minutes=20
    ),
    "the spool grows": Fault(
        alert="IvrSpoolGrowing",
        differs={
            "ivr_spooled_events": grows(60),
            "ivr_degraded": stays(1),
            "ivr_timers_heartbeat_age_seconds": grows(60),
        },
        minutes=20,
    ),
    "events are set aside": Fault(alert="IvrEventsSetAside", differs={"ivr_spool_set_aside_files": stays(1)}),
    "wrong sign": Fault(alert="IvrNotificationsRefused", differs={event("refused", "wrong-sign"): grows(1)}),
    "wrong key": Fault(alert="IvrUnknownKey", differs={event("refused", "unknown-key", ""): grows(1)}),
    "a sender that is not allowed": Fault(
        alert="IvrSenderNotAllowed", differs={event("refused", "unknown-sender", ""): grows(10)}
    ),
    "malformed": Fault(
        alert="IvrNotificationsMalformed", differs={event("refused", "missing-parameter"): grows(1)}
    ),
    "the PBX refuses the sign": Fault(
        alert="IvrKeyRefused", differs={command("refused", "3102"): grows(1), command("failed", "3102"): grows(1)}
    ),
    "the PBX refuses the key": Fault(
        alert="IvrKeyRefused",
        differs={command("banned", "http-401"): grows(1), command("failed", "http-401"): grows(1)},
    ),
    "the PBX refuses a number": Fault(
        alert="IvrCommandsRefused",
        differs={command("refused", "3200"): grows(1), command("failed", "3200"): grows(1)},
        minutes=20,
    ),
    "no money": Fault(alert="IvrCommandsRefused", differs={command("failed", "2240"): grows(1)}, minutes=20),
    "too many requests": Fault(alert="IvrRateLimited", differs={command("limited", "http-503"): grows(3)}),
    "too many requests (2026)": Fault(alert="IvrRateLimited", differs={command("limited", "http-429"): grows(3)}),
    "deadlines missed": Fault(alert="IvrDeadlinesMissed", differs={command("expired", "too-late"): grows(1)}),
    "a backlog": Fault(
        alert="IvrBacklog", differs={'ivr_queue_depth{account="clinic",command="route"}': stays(50)}
    ),
    "no results": Fault(alert="IvrNoResults", differs={command("unknown", "no-result"): grows(1)}),
    "the dispatcher is stuck": Fault(
        alert="IvrDispatcherStuck",
        differs={"ivr_dispatcher_heartbeat_age_seconds": grows(60), "ivr_degraded": stays(1)},
    ),
    "timers are stuck": Fault(
        alert="IvrTimersStuck", differs={"ivr_timers_heartbeat_age_seconds": grows(60), "ivr_degraded": stays(1)}
    ),
    "a forgotten pause": Fault(
        alert="IvrPausedForLong",
        differs={'ivr_paused{account="clinic"}': stays(1), "ivr_degraded": stays(1)},
        minutes=70,
    ),
    "switched off": Fault(
        alert="IvrDisabled",
        differs={"ivr_enabled": stays(0), "ivr_degraded": stays(1)},
        gone=frozenset({"ivr_dispatcher_heartbeat_age_seconds", "ivr_timers_heartbeat_age_seconds"}),
        minutes=70,
    ),
    "a publication failed": Fault(
        alert="IvrPublicationFailed",
        differs={
            'ivr_last_publication_success{account="clinic"}': stays(0),
            'ivr_directory_drift{account="clinic"}': stays(1),
        },
        minutes=30,
    ),
    "drift": Fault(
        alert="IvrDirectoryDrift", differs={'ivr_directory_drift{account="clinic"}': stays(1)}, minutes=30
    ),
    "a small disk is nearly full": Fault(
        alert="IvrDiskNearlyFull", differs={'ivr_disk_free_bytes{volume="spool"}': stays(1e8)}
    ),
    "a large disk is nearly full": Fault(
        alert="IvrDiskNearlyFull", differs={'ivr_disk_free_bytes{volume="database"}': stays(9e9)}
    ),
    "the master restarts": Fault(alert="IvrRestarts", differs={"process_start_time_seconds": grows(60)}),
    "workers restart": Fault(alert="IvrRestarts", differs={"ivr_worker_starts_total": grows(2)}),
    "slow events": Fault(
        alert="IvrSlowEvents",
        differs={'ivr_event_seconds_bucket{le="0.01"}': grows(1)},
        minutes=30,
    ),
    "guesses": Fault(alert="IvrAdminGuesses", differs={'ivr_admin_refusals_total{reason="token"}': grows(5)}),
    "guesses that are slowed": Fault(
        alert="IvrAdminGuesses", differs={'ivr_admin_refusals_total{reason="slowed"}': grows(5)}
    ),
    "the calendar ends": Fault(
        alert="IvrCalendarEnds",
        differs={'ivr_calendar_known_until_year{account="clinic",country="RU"}': stays(1969)},
    ),
    "the clock is wrong": Fault(alert="IvrClockWrong", differs={"ivr_clock_seconds": f"900+60{STAYS}"}),
    "a lookup fails": Fault(
        alert="IvrLookupsFailing", differs={'ivr_lookups_total{kind="http",step="who",outcome="failed"}': grows(1)}
    ),
    "files run out": Fault(alert="IvrOpenFiles", differs={"process_open_fds": stays(1000)}),
} | {
    f"the PBX: {reason}": Fault(alert="IvrPbxFailing", differs={command(outcome, reason): grows(2)})
    for outcome, reasons in {
        "unclear": ("http-500", "http-502", "http-504", "html", "timeout", "closed", "broken-off", "garbage", "tls"),
        "refused": ("redirect", "http-404", "http-400", "http-other", "http-420", "http-410"),
        "not_sent": ("connection-refused", "connect-timeout", "connect-closed", "dns", "tls", "unreachable"),
        "accepted": ("garbage",),
    }.items()
    for reason in reasons
}  # fmt: skip
