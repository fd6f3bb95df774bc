"""Every alarm that can be: what raises it and what does not, and that the description and the console know its code."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
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
    windows=(("a", window("route", share=1 / 3)), ("a", window("all", closed_until=NOON + 1)), ("a", window("play"))),
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


AT_NOON = "2026-11-18T11:06:40.000Z"
FACTS: dict[str, tuple[str, str, dict[str, object]]] = {
    "disabled": ("error", "", {}),
    "not-ready": ("error", "", {"reason": "no database"}),
    "degraded": ("error", "", {"reason": "events wait"}),
    "dispatcher-late": ("error", "", {"seconds": 6}),
    "timers-late": ("error", "", {"seconds": 60}),
    "spool": ("warning", "", {"events": 3}),
    "spool-set-aside": ("error", "", {"files": 1}),
    "disk": ("warning", "", {"volume": "spool", "free_bytes": 100 * MIB, "size_bytes": 10_000 * MIB}),
    "paused": ("warning", "a", {"since": AT_NOON, "by": "anna"}),
    "no-version": ("error", "b", {}),
    "key-blocked": ("error", "a", {"until": "2026-11-18T11:07:40.000Z", "reason": "3102"}),
    "window-closed": ("warning", "a", {"window": "all", "share": 1.0, "until": "2026-11-18T11:06:41.000Z"}),
    "share-reduced": ("warning", "a", {"window": "route", "share": 0.333}),
    "drift": ("warning", "a", {}),
    "publication-failed": ("warning", "a", {}),
    "deliveries-failed": ("warning", "clinic", {"receiver": "https://crm.example", "count": 1}),
    "notifications-refused": ("warning", "a", {"sender": "192.0.2.7", "reason": "sign", "count": 3, "last": AT_NOON}),
    "commands-refused": ("warning", "a", {"command": "route", "reason": "sign", "count": 3, "last": AT_NOON}),
}
"""Code -> how severe it is, whom it concerns, and what it is made of: programs go by these."""


@pytest.mark.parametrize("code", RAISED)
def test_facts_say_what_it_is_about(code: str) -> None:
    (alarm,) = RAISED[code]
    assert (alarm.severity, alarm.account, dict(alarm.facts)) == FACTS[code]


def test_a_pause_of_which_no_instant_is_known_has_none() -> None:
    (paused,) = alarms.of_accounts({"a": Activation(version="v", paused=True, paused_by="anna")}, ["a"])
    assert (paused.account, paused.facts) == ("a", {"since": None, "by": "anna"})


def test_it_begins_exactly_at_its_bound() -> None:
    assert [one.code for one in alarms.of_heartbeats({"dispatcher": 5.0, "timers": 4.99})] == ["dispatcher-late"]
    least = 512 * MIB
    assert list(alarms.of_disks({"spool": (least, 20 * least)})) == []
    assert len(list(alarms.of_disks({"spool": (least - 1, 2 * least)}))) == 1, "little room at all"
    assert len(list(alarms.of_disks({"spool": (least, 21 * least)}))) == 1, "little of a large disk"
    an_hour_ago = msgspec.structs.replace(FAILED_NOW, queued=NOON - 3600)
    assert len(list(alarms.of_deliveries([an_hour_ago], NOON))) == 1
    closed = InUse(now=NOON, windows=(("a", window("all", closed_until=NOON)),), paused={})
    assert list(alarms.of_limits(closed, {"a": AccountState(paused_until=NOON)})) == []


def test_receivers_that_refuse_most_come_first() -> None:
    other = msgspec.structs.replace(FAILED_NOW, receiver="https://hook.example")
    found = alarms.of_deliveries([FAILED_NOW, other, msgspec.structs.replace(other, command_id="n3")], NOON)
    assert [(one.facts["receiver"], one.facts["count"]) for one in found] == [
        ("https://hook.example", 2),
        ("https://crm.example", 1),
    ]


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
