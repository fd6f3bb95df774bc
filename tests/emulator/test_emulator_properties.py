"""Whatever callers and commands do in whatever order, the PBX's notifications stay what the document promises."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from router.emulator.config import Habits
from router.pbx.legs import Journey, Leg
from router.protocol.parse import parse_event
from tests.emulator.stage import Stage, stage

NUMBERS = st.sampled_from(["100", "101", "102", "103", "104", "105", "107", "303", "304", "305", "79000000001", "999"])
PLACES = st.integers(0, 7)

Move = tuple[Callable[..., None], tuple[Any, ...]]


def _leg(journey: Journey, place: int) -> Leg:
    return journey.legs[-1 - place % len(journey.legs)]


def _wait(scene: Stage, journey: Journey, seconds: float) -> None:
    scene.wait(seconds)


def _press(scene: Stage, journey: Journey, digits: str) -> None:
    scene.press(journey, digits)


def _hang_up(scene: Stage, journey: Journey) -> None:
    scene.hang_up(journey)


def _route(scene: Stage, journey: Journey, place: int, number: str) -> None:
    scene.ask("route", call_id=_leg(journey, place).call_id, to_number=number)


def _play(scene: Stage, journey: Journey, place: int) -> None:
    scene.ask("play/start", call_id=_leg(journey, place).call_id, internal_id=17)


def _release(scene: Stage, journey: Journey, place: int) -> None:
    scene.ask("call/hangup", call_id=_leg(journey, place).call_id)


def _transfer(scene: Stage, journey: Journey, place: int, number: str, method: str) -> None:
    leg = _leg(journey, place)
    initiator = leg.callee.extension or "101"
    scene.ask("transfer", call_id=leg.call_id, to_number=number, method=method, initiator=initiator)


def _move(action: Callable[..., None], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Move]:
    return st.tuples(st.just(action), st.tuples(*arguments))


WAITS = _move(_wait, st.sampled_from([0.05, 0.2, 1.0, 4.0, 12.0, 31.0]))
MOVES = st.lists(
    st.one_of(
        WAITS,
        WAITS,
        _move(_press, st.text("0123456789*#", min_size=1, max_size=4)),
        _move(_hang_up),
        _move(_route, PLACES, NUMBERS),
        _move(_play, PLACES),
        _move(_release, PLACES),
        _move(_transfer, PLACES, NUMBERS, st.sampled_from(["blind", "hold"])),
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(MOVES)
def test_every_journey_is_told_completely(moves: list[Move]) -> None:
    scene = stage(Habits())
    journey = scene.dial()
    scene.wait(0.1)
    for action, arguments in moves:
        action(scene, journey, *arguments)
    scene.hang_up(journey)
    scene.wait(600)

    legs = defaultdict(list)
    for body in scene.bodies("events/call"):
        legs[body["call_id"]].append(body)
    assert set(legs) == {leg.call_id for leg in journey.legs}
    for bodies in legs.values():
        _assert_one_leg(sorted(bodies, key=lambda body: int(body["seq"])))
    _assert_one_end(scene, journey)
    _assert_results(scene)


def _assert_one_leg(bodies: list[dict[str, Any]]) -> None:
    """Counted from 1 without a gap, ended once and at the end, with a reason there and nowhere else."""
    assert [body["seq"] for body in bodies] == list(range(1, len(bodies) + 1))
    states = [body["call_state"] for body in bodies]
    assert states[0] == "Appeared"
    assert [state == "Disconnected" for state in states] == [False] * (len(states) - 1) + [True]
    assert [body for body in bodies if "disconnect_reason" in body] == bodies[-1:]


def _assert_one_end(scene: Stage, journey: Journey) -> None:
    [summary] = scene.bodies("events/summary")
    has_talked = any(body["call_state"] == "Connected" for body in scene.bodies("events/call"))
    assert summary["entry_result"] <= has_talked
    assert journey.ended is not None
    assert scene.pbx.next_due() is None, "nothing is left to happen"


def _assert_results(scene: Stage) -> None:
    """One result for every accepted command, none for any other; everything can be read by the router."""
    accepted = Counter(one["command_id"] for one in scene.pbx.requests if one["status"] == 200)
    results = [one for one in scene.sent if one.path.startswith("result/")]
    assert Counter(one.payload["command_id"] for one in results) == accepted
    for one in scene.sent:
        parse_event(one.path, one.text.encode())
        assert json.loads(one.text)
