"""Clients call the bank: through gunicorn, the emulator's PBX, and the bank's own system, which judges their codes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.processes import wait_for
from tests.library.bundles import LibraryBundle
from tests.library.live import Live, live
from tests.sender.web import Asked, Told, Web

pytestmark = pytest.mark.acceptance
LINE = "74950000042"
CLIENT, PIN = "123456", "2580"


class Bank:
    """Knows one client, and counts wrong codes by the telephone."""

    def __init__(self) -> None:
        self.wrong: dict[str, int] = {}

    def __call__(self, asked: Asked) -> Told:
        if asked.path != "/ivr/verify":
            return Told()
        given = json.loads(asked.body)
        if (given["client"], given["pin"]) == (CLIENT, PIN):
            return Told(body=(LibraryBundle("pin").directory / "known.json").read_bytes())
        tried = self.wrong[given["phone"]] = self.wrong.get(given["phone"], 0) + 1
        return Told(body=json.dumps({"verified": False, "tries_left": 2 - tried}).encode())


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    web = Web(Bank())
    values, secrets = {"bank": web.url}, {"bank": "s3cret"}
    directory = tmp_path_factory.mktemp("pin")
    with live(LibraryBundle("pin"), directory, web, values=values, secrets=secrets, length="0.4s") as running:
        yield running
    web.close()


def told(bank: Live, entry_id: str) -> dict[str, Any]:
    """What the bank was told of a call that is over."""

    def found() -> Any:
        bodies = [json.loads(asked.body) for asked in bank.web.asked if asked.path == "/ivr/calls"]
        return next((body["data"] for body in bodies if body["entry_id"] == entry_id), None)

    return dict(wait_for("the notification", found))


def test_a_client_hears_the_balance(bank: Live) -> None:
    knows_the_way = bank.site.dial(LINE, "79000000401")
    thief = bank.site.dial(LINE, "79000000402")
    lost = bank.site.dial(LINE, "79000000403")
    bank.prompted(knows_the_way, "audio.greeting")
    bank.site.press(knows_the_way, f"1{CLIENT}#{PIN}#1")
    bank.prompted(thief, "audio.greeting")
    bank.site.press(thief, f"1{CLIENT}#0000#")
    bank.prompted(thief, "audio.digit[1]")  # tries that are left
    bank.site.press(thief, f"{CLIENT}#0001#")
    bank.prompted(lost, "audio.greeting")
    bank.site.press(lost, "2")
    bank.answered(lost, "security")
    wait_for("the whole balance", lambda: balance(bank, knows_the_way) == "10250")
    bank.prompted(knows_the_way, "audio.account")
    bank.site.press(knows_the_way, "0")
    bank.answered(knows_the_way, "verified")
    assert told(bank, knows_the_way)["client"] == CLIENT
    assert bank.ended(thief)["outcome"] == "hung_up"
    assert told(bank, thief) == {"client": CLIENT, "tries": "2", "locked": "1", "seconds": "0"}
    assert bank.asked("/ivr/verify")[0]["authorization"] == "Bearer s3cret"

    again = bank.site.dial(LINE, "79000000402")
    bank.prompted(again, "audio.greeting")
    bank.site.press(again, f"1{CLIENT}#{PIN}")
    assert bank.ended(again)["outcome"] == "hung_up"
    assert bank.exits(again)["may_try"] == "locked"


def balance(bank: Live, entry_id: str) -> str:
    """The digits that were spoken."""
    labels = [str(one["label"]) for one in bank.site.call(entry_id)["commands"]]
    return "".join(label.removeprefix("audio.digit[")[0] for label in labels if label.startswith("audio.digit["))


def test_no_code_is_kept_or_shown(bank: Live) -> None:
    client = bank.site.dial(LINE, "79000000404")
    bank.prompted(client, "audio.greeting")
    bank.site.press(client, f"1{CLIENT}#{PIN}")
    bank.site.wait_for_step(client, "account")
    bank.site.hang_up(client)
    shown = json.dumps([bank.ended(client), bank.site.ivr("trace", client).stdout])
    assert "pin = ****" in shown
    assert PIN not in shown
