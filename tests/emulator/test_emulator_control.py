"""The control API over HTTP: results on demand, and employees who dial."""

import pytest

from router.protocol.events import CommandResulted
from tests.emulator.running import Client
from tests.emulator.stage import CALLER
from tests.emulator.webhook import until


def test_results_on_demand_are_set_and_shown(client: Client) -> None:
    rules = {"sms": [{"code": 4300, "times": 1, "at_once": False, "with": {}}]}
    assert client.ask("POST", "/emulator/results", {"sms": {"code": 4300, "times": 1}}) == (200, rules)
    assert client.ask("GET", "/emulator/results") == (200, rules)
    message = {"text": "Hello", "from_extension": "101", "to_number": CALLER}
    assert client.command("/vpbx/commands/sms", **message) == (200, {"result": 1000})
    until(
        lambda: [event.result for event in client.webhook.events if isinstance(event, CommandResulted)] == [4300],
        "4300",
    )
    assert client.ask("GET", "/emulator/results") == (200, {})
    assert client.ask("POST", "/emulator/results", {"smss": 4300})[0] == 400


def test_an_employee_dials(client: Client) -> None:
    status, call = client.ask("POST", "/emulator/calls", {"from": "101", "to": CALLER})
    assert (status, call["direction"], call["from"]) == (200, 2, "101")
    until(lambda: client.look(call)["legs"], "the leg")
    assert client.look(call)["legs"][0]["to"] == {"number": CALLER}


@pytest.mark.parametrize(
    "wanted", [{"from": "999", "to": CALLER}, {"from": "101", "to": "999"}, {"from": "101", "to": ""}]
)
def test_nobody_dials_nowhere(client: Client, wanted: dict[str, str]) -> None:
    assert client.ask("POST", "/emulator/calls", wanted)[0] == 404
