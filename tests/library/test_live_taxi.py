"""Passengers and drivers call the taxi: through gunicorn, the emulator's PBX and the ordering system."""

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.processes import wait_for
from tests.library.bundles import LibraryBundle
from tests.library.live import Live, live
from tests.sender.web import Asked, Told, Web

pytestmark = pytest.mark.acceptance
LENGTH = "0.4s"  # of every recording
FIRST, SECOND = "74950000011", "74950000012"
PASSENGER, HURRIED, REGULAR, STRANGER = (f"790000000{last}" for last in (41, 42, 43, 44))
DRIVER = "79000000101"
WAITING = {"order": {"id": "A7", "state": "waiting", "car": {"digits": "123"}, "driver": {"phone": "8 900 000-01-01"}}}
ANSWERS = {
    f"/orders?phone={PASSENGER}": WAITING,
    f"/orders?phone={HURRIED}": WAITING,
    "/orders": {"order": {"minutes": 10}},
    "/orders/A7/cancel": {},
}


def ordering_system(asked: Asked) -> Told:
    answer = ANSWERS.get(asked.path)
    return Told(status=404) if answer is None else Told(body=json.dumps(answer).encode())


@pytest.fixture(scope="module")
def taxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    web = Web(ordering_system)
    directory = tmp_path_factory.mktemp("taxi")
    with live(
        LibraryBundle("taxi"), directory, web, length=LENGTH, hosts=("https://taxi.example",), secrets={"taxi": "t"}
    ) as running:
        yield running
    web.close()


def test_calls_of_all_kinds(taxi: Live) -> None:
    asks, cancels, repeats = (taxi.site.dial(FIRST, number) for number in (PASSENGER, HURRIED, REGULAR))
    orders, drives = taxi.site.dial(SECOND, STRANGER), taxi.site.dial(FIRST, DRIVER)
    for entry_id, heard, key in (
        (asks, "audio.state[waiting]", "1"),
        (cancels, "audio.state[waiting]", "2"),
        (repeats, "audio.menu", "1"),
        (orders, "audio.menu", "2"),
    ):
        taxi.prompted(entry_id, heard)
        taxi.site.press(entry_id, key)
    taxi.answered(asks, "driver")
    taxi.answered(drives, "drivers")
    taxi.answered(orders, "dispatchers")
    assert taxi.exits(asks)["car"] == "1"
    assert taxi.exits(drives) == {
        "city": "next", "screen": "drivers", "drivers": "answered", "missed": "done", "done": "",
    }  # fmt: skip
    routes = [one["params"]["to_number"] for one in taxi.ended(orders)["commands"] if one["command"] == "route"]
    assert routes == ["302", "303"]  # the dispatchers of the second city are busy
    assert taxi.exits(cancels)["cancelled"] == "next"
    assert taxi.exits(repeats)["ordered"] == "next"
    bodies = {one.path: json.loads(one.body) for one in taxi.web.asked if one.method == "POST"}
    assert bodies == {
        "/orders/A7/cancel": {"by": "client"},
        "/orders": {"phone": REGULAR, "address": "last", "line": FIRST},
    }


def test_who_hangs_up_while_a_telephone_rings_is_called_back(taxi: Live) -> None:
    taxi.rewrite("taxi.yaml", "wait: {for: 30s", "wait: {for: 1s")
    entry_id = taxi.site.dial(FIRST, STRANGER)
    taxi.prompted(entry_id, "audio.menu")
    taxi.site.press(entry_id, "0")
    taxi.site.wait_for_step(entry_id, "dispatchers")
    taxi.site.hang_up(entry_id)
    wait_for("the call back", lambda: taxi.exits(entry_id)["call_back"] == "next")
    (sent,) = [one["params"] for one in taxi.ended(entry_id)["commands"] if one["command"] == "callback_group"]
    assert (sent["from"], sent["to"], sent["line_number"]) == ("301", STRANGER, FIRST)
