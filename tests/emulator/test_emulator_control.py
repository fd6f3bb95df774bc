"""The control API over HTTP: results on demand, and employees who dial."""

import pytest

from router.protocol.events import CommandResulted, DigitsCollected
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


@pytest.mark.parametrize("line", [{}, {"line": "79000000000"}])
def test_an_unknown_line_names_those_that_are_there(client: Client, line: dict[str, str]) -> None:
    status, answer = client.ask("POST", "/emulator/calls", {"from": CALLER, **line})
    assert status == 404
    assert "the PBX has " in answer["error"]
    assert all(there["number"] in answer["error"] for there in client.ask("GET", "/emulator")[1]["lines"])


@pytest.mark.parametrize(
    "wanted", [{"from": "999", "to": CALLER}, {"from": "101", "to": "999"}, {"from": "101", "to": ""}]
)
def test_nobody_dials_nowhere(client: Client, wanted: dict[str, str]) -> None:
    assert client.ask("POST", "/emulator/calls", wanted)[0] == 404


def test_what_tests_let_happen_happens(client: Client) -> None:
    call = client.dial()
    path = f"/emulator/calls/{call['id']}/happens"
    assert client.ask("POST", path, {"what": "answered"}) == (
        409,
        {"status": 409, "error": "nobody's phone rings, so nobody can answer"},
    )
    assert client.ask("POST", path, {"collected": "47*"})[0] == 200
    until(lambda: [one.digits for one in client.webhook.events if isinstance(one, DigitsCollected)] == ["47*"], "keys")
    assert client.ask("POST", path, {"what": "left"})[0] == 200
    until(lambda: client.look(call)["state"] == "ringing", "the scheme's employee")
    assert client.ask("POST", path, {"what": "busy"})[1]["state"] == "ended"
    assert client.ask("POST", path, {"what": "busy"})[0] == 409


def test_an_employee_asks_a_colleague_for_as_long_as_the_habit_is(client: Client) -> None:
    call = client.dial()
    path = f"/emulator/calls/{call['id']}/happens"
    assert client.ask("POST", path, {"consults": "102"})[0] == 409
    client.ask("POST", path, {"what": "left"})
    until(lambda: client.look(call)["state"] == "ringing", "the scheme's employee")
    client.ask("POST", path, {"what": "answered"})
    assert client.ask("POST", path, {"consults": "nobody"})[0] == 409
    assert client.ask("POST", path, {"consults": "102"})[0] == 200
    until(lambda: [leg["state"] for leg in client.look(call)["legs"]][-2:] == ["OnHold", "Appeared"], "the colleague")


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"what": "fly"},
        {"what": ["left"]},
        {"collected": "x"},
        {"collected": "1" * 100},
        {"what": "left", "collected": "1"},
        {"what": "held", "consults": "102"},
    ],
)
def test_what_cannot_be_understood_is_refused(client: Client, wanted: dict[str, object]) -> None:
    call = client.dial()
    assert client.ask("POST", f"/emulator/calls/{call['id']}/happens", wanted)[0] == 400
    assert client.look(call)["state"] == "menu"


def test_nothing_happens_to_a_call_that_is_not_there(client: Client) -> None:
    assert client.ask("POST", "/emulator/calls/nope/happens", {"what": "left"})[0] == 404
