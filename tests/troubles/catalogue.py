"""The troubles, how each is brought about, and what has to be said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.broken_peer import CLOSE, HANG, http
from tests.troubles import steps
from tests.troubles.house import House
from tests.troubles.steps import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """`before` the router starts and `after` it did; the rest is what has to be said, as regular expressions that are
    searched for ("" for what need not be). `alerts` fire, and no other does."""

    name: str
    before: Callable[[House], None] = steps.nothing
    after: Callable[[House], None] = steps.nothing
    readyz: str
    doctor: str = ""
    metrics: str = ""
    alerts: frozenset[str] = frozenset()
    log: str = ""
    is_slow: bool = True  # to be tried in `make soak` only
    may: frozenset[str] = frozenset()  # alerts that may fire as well: it depends on chance


T = Trouble


def one(*names: str) -> frozenset[str]:
    return frozenset(f"Ivr{name}" for name in names)


def of_pbx(name: str, answer: bytes, reason: str, *, tls: bool = False, is_slow: bool = True) -> Trouble:
    """A PBX whose API fails, while its notifications come."""
    return T(
        name=name, before=steps.pbx_answers(answer, tls=tls), readyz="^200 ready", doctor="PBX of default",
        metrics=f'ivr_commands_total{{.*reason="{reason}"', alerts=one("PbxFailing"), is_slow=is_slow,
        may=one("DeadlinesMissed", "NoResults", "Backlog"),
    )  # fmt: skip


DEGRADED: Final = "^200 degraded: "
NOT_READY: Final = "^503 not ready: "
DOWN: Final = "ivr_database_up 0"
TROUBLES: Final[tuple[Trouble, ...]] = (
    # disks and files
    T(name="the disk of the database is full, the spool is elsewhere", before=steps.database_on_small_disk,
      after=steps.fill, readyz=DEGRADED + ".*full", doctor="full|free", metrics=DOWN,
      alerts=one("DatabaseDown", "DiskNearlyFull"), log="full", may=one("DiskNearlyFull")),
    T(name="the disk of database and spool is full", before=steps.all_on_small_disk, after=steps.fill,
      readyz=NOT_READY + ".*full", doctor="full|free", metrics="ivr_ready 0", alerts=one("NotReady", "DiskNearlyFull")),
    T(name="the disk of the spool is full", before=steps.spool_on_small_disk, after=steps.fill, readyz="^200 ready",
      doctor="spool", metrics="ivr_disk_free_bytes", alerts=one("DiskNearlyFull")),
    T(name="the disk of the log is full", before=steps.log_on_small_disk, after=steps.fill, readyz="^200 ready"),
    T(name="SQLite's files are read-only", before=steps.read_only_files, readyz=DEGRADED, doctor="database|files",
      metrics=DOWN, alerts=one("DatabaseDown"), may=one("TimersStuck", "DispatcherStuck")),
    T(name="SQLite's files belong to another user", before=steps.files_of_another,
      readyz=DEGRADED, doctor="database|files", metrics=DOWN, alerts=one("DatabaseDown")),
    T(name="SQLite's file is corrupt", before=steps.corrupt_database, readyz=DEGRADED,
      doctor="database", metrics=DOWN, alerts=one("DatabaseDown")),
    T(name="SQLite's file is another program's", before=steps.foreign_database, readyz=DEGRADED,
      doctor="database", metrics=DOWN, alerts=one("DatabaseDown")),
    T(name="a backup was copied beside an old -wal", before=steps.stale_wal, readyz=DEGRADED + ".*-wal",
      doctor="-wal", metrics=DOWN, alerts=one("DatabaseDown"), log="-wal"),
    T(name="SQLite's file was deleted while the router runs", after=steps.remove_database,
      readyz=DEGRADED, doctor="database", metrics=DOWN, alerts=one("DatabaseDown"), log="database"),
    T(name="another program locks SQLite's file", after=steps.lock_database, readyz=DEGRADED,
      doctor="locked|database", metrics=DOWN, alerts=one("DatabaseDown"), log="locked|turn to write", is_slow=False),
    T(name="the disk is slow", after=steps.slow_disk, readyz="", alerts=one("SlowEvents"),
      may=one("SlowEvents", "DatabaseDown", "SpoolNotEmpty", "SpoolGrowing", "Degraded")),
    T(name="a file in the spool is none of the router's", before=steps.foreign_spool_file, readyz="^200",
      metrics="ivr_spool_set_aside_files 1", alerts=one("EventsSetAside"), log="set aside|spool"),
    # PostgreSQL
    T(name="PostgreSQL is down", before=steps.on_postgres, after=steps.stop_postgres, readyz=DEGRADED,
      doctor="database", metrics=DOWN, alerts=one("DatabaseDown"), log="database"),
    T(name="PostgreSQL hangs", before=steps.on_postgres, after=steps.freeze_postgres, readyz=DEGRADED,
      doctor="database", metrics=DOWN, alerts=one("DatabaseDown")),
    T(name="PostgreSQL's primary died, and no standby was promoted", before=steps.on_a_pair, after=steps.kill_primary,
      readyz=DEGRADED, doctor="database", metrics=DOWN, alerts=one("DatabaseDown")),
    T(name="PostgreSQL failed over to its standby", before=steps.on_a_pair, after=steps.fail_over,
      readyz="^200 ready", log="database", may=one("DatabaseDown", "SpoolNotEmpty", "SpoolGrowing")),
    T(name="PostgreSQL is read-only", before=steps.on_postgres, after=steps.make_postgres_read_only, readyz=DEGRADED,
      doctor="read-only|database", metrics=DOWN, alerts=one("DatabaseDown"), log="read-only"),
    T(name="a pooler in transaction mode stands before PostgreSQL", before=steps.behind_a_pooler,
      readyz="^no answer", doctor="pool_mode", metrics="none", alerts=one("NoRouterAnswers"), log="pool_mode"),
    T(name="PostgreSQL's password is wrong", before=steps.wrong_password, readyz=DEGRADED, doctor="password",
      metrics=DOWN, alerts=one("DatabaseDown"), log="password"),
    # what people do
    T(name="`ivr pause` was forgotten", after=steps.ivr("pause"), readyz=DEGRADED + "paused", doctor="paused",
      metrics="ivr_paused.* 1", alerts=one("PausedForLong")),
    T(name="IVR_ENABLED=0", before=setting(IVR_ENABLED="0"), readyz=DEGRADED + ".*IVR_ENABLED", doctor="IVR_ENABLED",
      alerts=one("Disabled")),
    T(name="the bundle is broken in its directory", after=steps.break_bundle, readyz="^200 ready", doctor="flows",
      metrics="ivr_last_publication_success.* 0", alerts=one("PublicationFailed"), log="not published"),
    T(name="the directory is not what is active (IVR_WATCH=0)", before=setting(IVR_WATCH="0"),
      after=steps.edit_bundle, readyz="^200 ready", doctor="not what is active", metrics="ivr_directory_drift.* 1",
      alerts=one("DirectoryDrift")),
    T(name="no version is active and the bundle is broken", before=steps.break_bundle, readyz=NOT_READY, doctor="flows",
      alerts=one("NotReady"), log="not published"),
    T(name="a year of the holidays is missing", before=steps.holidays_that_end, readyz="^200 ready",
      doctor="holidays", alerts=one("CalendarEnds")),
    T(name="proxies are named and there is no token", before=setting(IVR_TRUSTED_PROXIES="10.0.0.0/8"),
      readyz="^200 ready", doctor="token"),
    T(name="somebody guesses the token", before=setting(IVR_ADMIN_TOKEN="a-token-of-more-than-24-characters"),
      after=steps.guess_tokens, readyz="^200 ready", metrics="ivr_admin_refusals_total",
      alerts=one("AdminGuesses")),
    # loops and processes
    T(name="the dispatcher is stuck", before=steps.inside, after=steps.switch("Dispatcher"),
      readyz=DEGRADED + ".*dispatcher", doctor="dispatcher", metrics="ivr_dispatcher_heartbeat_age_seconds > 5",
      alerts=one("DispatcherStuck"), log="dispatcher"),
    T(name="timers are stuck", before=steps.inside, after=steps.switch("Timers"), readyz=DEGRADED + ".*timers",
      doctor="timers", metrics="ivr_timers_heartbeat_age_seconds > 5", alerts=one("TimersStuck"), log="timers"),
    T(name="the clock is an hour off", before=steps.inside, after=steps.switch("clock", "3600"), readyz="^200 ready",
      metrics="ivr_clock_seconds", alerts=one("ClockWrong"), log="clock"),
    T(name="a worker was killed", after=steps.kill_worker, readyz="^200 ready",
      metrics="ivr_worker_starts_total 3", log="SIGKILL|exited|signal"),
    T(name="workers are killed again and again", after=steps.kill_workers, readyz="",
      alerts=one("Restarts"), may=one("NoRouterAnswers", "Restarts")),
    T(name="the master was killed", after=steps.kill_master, readyz="^no answer", doctor="server", metrics="none",
      alerts=one("NoRouterAnswers")),
    T(name="the address is in use", before=steps.address_is_taken, readyz="^no answer", metrics="none",
      alerts=one("NoRouterAnswers"), log="in use"),
    # notifications
    T(name="the salt is not the cabinet's", before=setting(SALT_OF_THE_PBX="another-salt-of-the-cabinet"),
      readyz="^200 ready", doctor="wrong sign", metrics='reason="wrong-sign"', alerts=one("NotificationsRefused"),
      log="sign", is_slow=False),
    T(name="the key is not the cabinet's", before=setting(KEY_OF_THE_PBX="another-key"), readyz="^200 ready",
      doctor="key", metrics='reason="unknown-key"', alerts=one("UnknownKey"), log="key"),
    T(name="the sender's address is not allowed", before=setting(MANGO_ALLOWED_IPS="192.0.2.1"), readyz="^200 ready",
      metrics='reason="unknown-sender"', alerts=one("SenderNotAllowed"), log="sender|address"),
    T(name="events come a day late", after=steps.old_events, readyz="^200 ready"),
    T(name="no events come any more", after=steps.silence, readyz="^200 ready",
      metrics="ivr_last_event_age_seconds"),
    # the PBX's API
    of_pbx("the PBX answers 500", http("500 Oops", b"<html>"), "http-500"),
    of_pbx("the PBX answers a page of HTML", steps.PAGE, "html"),
    of_pbx("the PBX answers 302", steps.REDIRECT, "redirect"),
    of_pbx("the PBX answers garbage", b"\x00\x01 nonsense\r\n\r\n", "garbage"),
    of_pbx("the PBX hangs", HANG, "timeout"),
    of_pbx("the PBX closes the connection", CLOSE, "closed"),
    of_pbx("the PBX's certificate is not trusted", http("200 OK", b"{}"), "tls", tls=True),
    T(name="nobody listens at the PBX's address", before=steps.nobody_listens, readyz="^200 ready",
      doctor="PBX of default", metrics='reason="connection-refused"', alerts=one("PbxFailing"),
      may=one("DeadlinesMissed"), is_slow=False),
    T(name="the PBX refuses our sign (3102)", before=steps.pbx_answers(steps.WRONG_SIGN), readyz="^200 ready",
      doctor="3102|salt|sign", metrics='reason="3102"', alerts=one("KeyRefused"), may=one("CommandsRefused")),
    T(name="somebody else uses up the limits", before=steps.pbx_answers(steps.OVER_THE_LIMIT), readyz="^200 ready",
      metrics='reason="http-503"', alerts=one("RateLimited"), log="somebody else",
      may=one("DeadlinesMissed", "Backlog")),
    T(name="more callers than the limit lets through", after=steps.too_many_callers, readyz="^200 ready",
      metrics='reason="(deadline|too-late)"', alerts=one("DeadlinesMissed"), may=one("Backlog")),
)  # fmt: skip
