"""Habits and faults: what they do to notifications and answers, and that a seed repeats them."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from router.emulator.config import Faults, Habits
from router.protocol.parse import parse_event
from tests.emulator.stage import QUIET, Stage, stage


def twenty_calls(scene: Stage) -> Stage:
    """Twenty callers who are routed, some of them to nobody, and hang up."""
    for number in range(20):
        journey = scene.dial()
        scene.ask("route", call_id=journey.legs[0].call_id, to_number=("101", "102", "303")[number % 3])
        scene.wait(6)
        scene.hang_up(journey)
        scene.wait(3)
    scene.wait(120)
    return scene


def sent(scene: Stage) -> list[tuple[str, str]]:
    return [(one.path, one.text) for one in scene.sent]


def order_of_seq(scene: Stage) -> list[tuple[str, int]]:
    return [(body["call_id"], body["seq"]) for body in scene.bodies("events/call")]


def test_a_seed_repeats_everything() -> None:
    faults = Faults(seed=3, reorder=0.3, duplicate=0.3, delay=0.1, drop=0.1, time_out=0.1, limit=0.1)
    first, second = (twenty_calls(stage(Habits(), faults)) for _ in range(2))
    other = twenty_calls(stage(Habits(), replace(faults, seed=4)))
    assert sent(first) == sent(second)
    assert sent(first) != sent(other)


def test_by_default_every_notification_is_sent_once() -> None:
    scene = twenty_calls(stage(Habits()))
    assert set(Counter(order_of_seq(scene)).values()) == {1}
    assert len(scene.bodies("events/summary")) == 20


def test_duplicates_are_the_same_to_the_byte() -> None:
    scene = twenty_calls(stage(faults=Faults(duplicate=1.0)))
    assert set(Counter(sent(scene)).values()) == {2}


def test_dropped_notifications_do_not_come() -> None:
    scene = twenty_calls(stage(faults=Faults(drop=1.0)))
    assert scene.sent == []
    assert all(one.dropped for journey in scene.pbx.journeys.values() for one in journey.notifications)


def test_reordered_notifications_overtake_each_other() -> None:
    def is_in_order(scene: Stage) -> bool:
        seen: dict[str, int] = {}
        return all(seq > seen.get(call, 0) and not seen.update({call: seq}) for call, seq in order_of_seq(scene))

    assert is_in_order(twenty_calls(stage()))
    assert not is_in_order(twenty_calls(stage(faults=Faults(reorder=0.5, reorder_seconds=8))))


def first_result_and_leg(scene: Stage) -> tuple[str, ...]:
    journey = scene.dial()
    scene.wait(1)
    before = len(scene.sent)
    scene.ask("route", call_id=journey.legs[0].call_id, to_number="101")
    for _ in range(80):
        scene.wait(0.1)
    appeared = [one.path for one in scene.sent[before:] if one.path != "events/call" or one.payload["seq"] == 1]
    return tuple(appeared[:2])


def test_a_result_comes_before_or_after_its_events() -> None:
    scene = stage(replace(QUIET, result_spread_seconds=0.3))
    orders = {first_result_and_leg(scene) for _ in range(30)}
    assert orders == {("result/route", "events/call"), ("events/call", "result/route")}


def test_slow_results() -> None:
    scene = stage(faults=Faults(slow_results=1.0, slow_result_seconds=7))
    assert first_result_and_leg(scene) == ("events/call", "result/route")


def test_early_results_are_pushed_before_the_answer() -> None:
    scene = stage(faults=Faults(early_results=1.0))
    journey = scene.dial()
    answer = scene.ask("route", call_id=journey.legs[0].call_id, to_number="101")
    assert answer.after_seconds > 0
    assert scene.bodies("result/route") == [{"command_id": "cmd1", "result": 1000}]


def test_late_and_nameless_legs() -> None:
    scene = stage(replace(QUIET, late_legs=1.0, late_leg_seconds=20, nameless_legs=1.0))
    journey = scene.dial()
    scene.ask("route", call_id=journey.legs[0].call_id, to_number="101")
    scene.wait(19.9)
    assert len(journey.legs) == 1
    scene.wait(0.2)
    assert journey.legs[1].command_id == ""
    assert journey.legs[1].taken_from == journey.legs[0].call_id


@pytest.mark.parametrize(
    ("faults", "status", "is_done"),
    [
        (Faults(error=1.0), 502, False),
        (Faults(limit=1.0), 503, False),
        (Faults(time_out=1.0, time_out_seconds=30), 200, True),
    ],
)
def test_faults_of_answers(faults: Faults, status: int, is_done: bool) -> None:
    scene = stage(faults=faults)
    leg = scene.dial().legs[0]
    answer = scene.ask("call/hangup", call_id=leg.call_id)
    assert answer.status == status
    assert leg.alive is not is_done
    assert answer.after_seconds == (30 if is_done else 0)


def test_faults_and_habits_can_be_changed_while_calls_are_up() -> None:
    scene = stage()
    journey = scene.dial()
    scene.pbx.set_faults(Faults(drop=1.0))
    scene.pbx.set_habits(replace(QUIET, ivr_connects=True))
    before = len(scene.sent)
    scene.hang_up(journey)
    scene.wait(5)
    assert len(scene.sent) == before
    assert scene.dial().legs[0].state == "Connected"


def test_the_router_reads_every_style_and_reads_the_same() -> None:
    scene = twenty_calls(stage(Habits()))
    styles: dict[str, set[str]] = {}
    for one in scene.sent:
        plain = json.dumps(one.payload).encode()
        assert parse_event(one.path, one.text.encode()) == parse_event(one.path, plain)
        styles.setdefault(one.path, set()).add(_style(one.text))
    assert styles["events/call"] >= {"compact", "spaced", "slashed"}


def _style(text: str) -> str:
    return "spaced" if ", " in text else "slashed" if "\\/" in text else "compact"


@pytest.mark.parametrize(("share", "wanted"), [(0.0, {int}), (0.5, {int, str}), (1.0, {str})])
def test_numbers_come_as_text_on_demand_only(share: float, wanted: set[type]) -> None:
    scene = twenty_calls(stage(Habits(), Faults(numbers_as_text=share)))
    kinds: set[Any] = {type(json.loads(one.text)["seq"]) for one in scene.sent if one.path == "events/call"}
    assert kinds == wanted
