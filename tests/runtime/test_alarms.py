"""Every alarm that can be: what raises it and what does not, and that the description and the console know its code."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from router.history.journal import FAILED, NOTIFY
from router.runtime.limits.limits_view import InUse, Window
from router.runtime.monitoring import alarms
from router.runtime.monitoring.alarms import Alarm
from router.runtime.monitoring.refusals import COMMAND, NOTIFICATION, Refused
from router.runtime.records import AccountState, Activation
from router.web.openapi import description
from tests.store.build import NOON, command

PROJECT = Path(__file__).parents[2]
MIB = 1 << 20


def window(name: str, **fields: float) -> Window:
    return Window(
        name=name, count=1, seconds=2.0, free_at=(), queued=0, of_commands=True,
        share=fields.get("share", 1.0), closed_until=fields.get("closed_until", 0.0),
    )  # fmt: skip


def refused(what: str, subject: str) -> Refused:
    return Refused(what=what, account="a", reason="sign", subject=subject, count=3, last=NOON)


IN_USE = InUse(
    now=NOON,
    windows=(("a", window("route", share=0.5)), ("a", window("all", closed_until=NOON + 1)), ("a", window("play"))),
    paused={},
)
WAITING = {"a": AccountState(paused_until=NOON + 60, reason="3102"), "b": AccountState(paused_until=NOON - 1)}
FAILED_NOW = command("n1", command=NOTIFY, state=FAILED, receiver="https://crm.example", queued=NOON - 60)
FAILED_LONG_AGO = command("n2", command=NOTIFY, state=FAILED, receiver="https://crm.example", queued=NOON - 7200)

STATES: dict[str, Iterable[Alarm]] = {
    "disabled": alarms.of_readiness("ready", "", enabled=False),
    "not-ready": alarms.of_readiness("not ready", "no database", enabled=True),
    "degraded": alarms.of_readiness("degraded", "events wait", enabled=True),
    "dispatcher-late": alarms.of_heartbeats({"dispatcher": 6.0, "timers": 1.0}),
    "timers-late": alarms.of_heartbeats({"timers": 60.0}),
    "spool": alarms.of_spool(3, 0),
    "spool-set-aside": alarms.of_spool(0, 1),
    "disk": alarms.of_disks({"spool": (100 * MIB, 10_000 * MIB), "database": (5_000 * MIB, 10_000 * MIB)}),
    "paused": alarms.of_accounts({"a": Activation(version="v", paused=True, paused_at=NOON, paused_by="anna")}, ["a"]),
    "no-version": alarms.of_accounts({"a": Activation(version="v")}, ["a", "b"]),
    "key-blocked": alarms.of_limits(InUse(now=NOON, windows=(), paused={}), WAITING),
    "window-closed": [one for one in alarms.of_limits(IN_USE, {}) if one.facts["window"] == "all"],
    "share-reduced": [one for one in alarms.of_limits(IN_USE, {}) if one.facts["window"] == "route"],
    "drift": alarms.of_drift(["a"]),
    "publication-failed": alarms.of_publications(["a"]),
    "deliveries-failed": alarms.of_deliveries([FAILED_NOW, FAILED_LONG_AGO], NOON),
    "notifications-refused": alarms.of_refusals([refused(NOTIFICATION, "192.0.2.7")]),
    "commands-refused": alarms.of_refusals([refused(COMMAND, "route")]),
}
"""Code -> the alarms of a state of things that raises this one, and no other."""
RAISED = {code: tuple(found) for code, found in STATES.items()}


@pytest.mark.parametrize("code", RAISED)
def test_it_is_raised_once_and_by_nothing_else(code: str) -> None:
    (alarm,) = RAISED[code]
    assert alarm.code == code
    assert alarm.told


def test_facts_say_what_it_is_about() -> None:
    (disk,) = alarms.of_disks({"spool": (100 * MIB, 10_000 * MIB)})
    assert disk.facts == {"volume": "spool", "free_bytes": 100 * MIB, "size_bytes": 10_000 * MIB}
    (failed,) = alarms.of_deliveries([FAILED_NOW, FAILED_LONG_AGO], NOON)
    assert failed.facts == {"receiver": "https://crm.example", "count": 1}
    (paused,) = alarms.of_accounts({"a": Activation(version="v", paused=True, paused_by="anna")}, ["a"])
    assert (paused.account, paused.facts) == ("a", {"since": None, "by": "anna"})


def test_what_is_well_raises_none() -> None:
    well = [
        *alarms.of_readiness("ready", "", enabled=True),
        *alarms.of_heartbeats({"dispatcher": 0.2, "timers": 4.9}),
        *alarms.of_spool(0, 0),
        *alarms.of_disks({"spool": (1_000 * MIB, 10_000 * MIB)}),
        *alarms.of_accounts({"a": Activation(version="v")}, ["a"]),
        *alarms.of_limits(InUse(now=NOON, windows=(("a", window("route")),), paused={}), {"b": WAITING["b"]}),
        *alarms.of_deliveries([FAILED_LONG_AGO], NOON),
    ]
    assert well == []


def test_description_and_console_know_every_code() -> None:
    described = description()["components"]["schemas"]["Alarm"]["properties"]["code"]["enum"]
    assert sorted(described) == sorted(RAISED)
    for language in ("en", "ru"):
        words = (PROJECT / f"console/src/words/{language}/now.ts").read_text(encoding="utf-8")
        assert [code for code in RAISED if f'"{code}": (' not in words] == []
