"""Customers call the shop: through gunicorn, the emulator's PBX with its address book, and the shop's system."""

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.processes import wait_for
from tests.library.bundles import LibraryBundle
from tests.library.live import Live, live
from tests.sender.web import Asked, Told, Web

pytestmark = pytest.mark.acceptance
LENGTH = "0.4s"  # of every recording
LINE = "74950000021"
ANNA, CURIOUS, BUYER = (f"790000000{last}" for last in (51, 52, 53))


def system(asked: Asked) -> Told:
    """It knows one order, and whose it is; it takes every notification."""
    if asked.path == "/order-status" and json.loads(asked.body) != {"order": "1234", "phone": CURIOUS}:
        return Told(status=404)
    return Told(body=b'{"order": {"state": "sent"}}')


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    web = Web(system)
    given = {
        "is_open": {"shop": True, "early": True, "late": False},
        "secrets": {"shop": "t"},
        "values": {"shop": web.url},
    }
    with live(LibraryBundle("shop"), tmp_path_factory.mktemp("shop"), web, length=LENGTH, **given) as running:
        yield running
    web.close()


def test_while_the_shop_is_open(shop: Live) -> None:
    regular, curious, buyer = (shop.site.dial(LINE, number) for number in (ANNA, CURIOUS, BUYER))
    for entry_id, key in ((curious, "1"), (buyer, "3")):
        shop.prompted(entry_id, "audio.greeting")
        shop.site.press(entry_id, key)
    shop.prompted(curious, "audio.ask_order")
    shop.site.press(curious, "1234#")
    shop.prompted(buyer, "audio.ask_point")
    shop.site.press(buyer, "02")
    shop.answered(regular, "manager")
    shop.prompted(buyer, "audio.more")
    shop.site.press(buyer, "0")
    shop.answered(buyer, "desk")
    shop.prompted(curious, "audio.more")
    shop.site.hang_up(curious)
    (route,) = [one["params"] for one in shop.ended(regular)["commands"] if one["command"] == "route"]
    assert route["sip_headers"] == {"From/display-name": "Анна"}
    assert shop.exits(buyer)["judge_point"] == "point_open"
    assert shop.exits(curious)["status"] == "told"
    heard = [one["label"] for one in shop.ended(curious)["commands"]]
    assert [label for label in heard if "digit" in label] == [f"audio.digit[{digit}]" for digit in "1234"]
    told = wait_for(
        "what is told", lambda: len(done := [one for one in shop.web.asked if one.path == "/calls"]) == 3 and done
    )
    assert {json.loads(one.body)["data"]["number"] for one in told} == {ANNA, CURIOUS, BUYER}


def test_when_it_is_closed_a_task_is_made(shop: Live) -> None:
    shop.rewrite("resources.yaml", 'shop: {open: {mon-sun: "00:00-24:00"}}', "shop: {open: {mon: closed}}")
    entry_id = shop.site.dial(LINE, BUYER)
    for heard, key in (("audio.greeting", "2"), ("audio.closed", "1")):
        shop.prompted(entry_id, heard)
        shop.site.press(entry_id, key)
    assert shop.exits(entry_id)["promised"] == "next"
    (task,) = [one for one in shop.ended(entry_id)["commands"] if one["command"] == "task/add"]
    assert task["params"]["phone"] == BUYER
