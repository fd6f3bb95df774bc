"""The emulator as a process's worth of threads: real requests in, signed webhooks out, and a phone in the terminal."""

import json
import time
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from click.testing import CliRunner

from router.cli.call import Control, Handset, Wishes
from router.cli.call import call as call_command
from router.emulator.config import Faults
from router.emulator.load import load_config
from router.emulator.serve import serving
from router.errors import ConfigurationError
from router.protocol.envelope import encode_form
from router.protocol.events import DigitsCollected, JourneyEnded, LegChanged
from tests.emulator.running import Client
from tests.emulator.stage import CALLER, CONFIG, KEY, LINE, QUIET, SALT
from tests.emulator.webhook import Webhook, until


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_dialling_as_json_whatever_the_header_says(client: Client, content_type: str) -> None:
    body, headers = json.dumps({"from": CALLER, "line": LINE}), {"Content-Type": content_type}
    with urllib3.PoolManager(retries=False, timeout=10.0) as http:
        answer = http.request("POST", f"{client.base}/emulator/calls", body=body, headers=headers)
    assert (answer.status, answer.json()["from"]) == (200, CALLER)


def test_a_call_from_dialling_to_the_summary(client: Client) -> None:
    call = client.dial()
    assert client.command("/commands/play/start", call_id=call["call_id"], internal_id=17) == (200, {"result": 1000})
    assert client.look(call)["playing"]["audio"] == "17"
    assert client.ask("POST", f"/emulator/calls/{call['id']}/keys", {"digits": "8"})[0] == 200
    status, _ = client.command("/vpbx/commands/route", call_id=call["call_id"], to_number="101")
    assert status == 200
    until(lambda: client.look(call)["state"] == "talking", "the conversation")
    assert client.ask("POST", f"/emulator/calls/{call['id']}/hangup")[0] == 200
    until(lambda: any(isinstance(event, JourneyEnded) for event in client.webhook.events), "the summary")

    assert client.webhook.unsigned == 0
    assert {event.entry_id for event in client.webhook.events if isinstance(event, LegChanged)} == {call["entry_id"]}
    assert [event.digits for event in client.webhook.events if isinstance(event, DigitsCollected)] == ["8"]
    until(lambda: all(one["deliveries"] for one in client.look(call)["events"]), "the deliveries")
    told = client.look(call)
    assert {one["deliveries"][0]["status"] for one in told["events"]} == {200}
    assert [leg["state"] for leg in told["legs"]] == ["Disconnected", "Disconnected"]
    assert [(one["command"], one["status"], one["result"]) for one in told["commands"]] == [
        ("play/start", 200, 1000),
        ("route", 200, 1000),
    ]
    assert told["summary"]["entry_result"] == 1
    assert [one["entry_id"] for one in client.ask("GET", "/emulator/calls")[1]["calls"]] == [call["entry_id"]]


def test_an_entry_id_works_wherever_an_id_does(client: Client) -> None:
    calls = [client.dial() for _ in range(40)]
    assert any("/" in call["entry_id"] for call in calls)
    assert any("+" in call["entry_id"] for call in calls)
    for call in calls:
        for identity in (call["entry_id"], quote(call["entry_id"], safe="")):
            assert client.ask("GET", f"/emulator/calls/{identity}")[1]["id"] == call["id"]
        assert client.ask("POST", f"/emulator/calls/{quote(call['entry_id'], safe='')}/hangup")[1]["state"] == "ended"


def test_the_thirteenth_route_of_a_burst_shows_in_the_log(client: Client) -> None:
    call = client.dial()
    statuses = [client.command("/commands/route", call_id=call["call_id"], to_number="999")[0] for _ in range(3)]
    assert statuses == [200, 503, 503]
    log = client.ask("GET", "/emulator/requests")[1]["requests"]
    assert [(one["command"], one["status"]) for one in log] == [("route", 200), ("route", 503), ("route", 503)]


@pytest.mark.parametrize("prefix", ["", "/vpbx"])
def test_get_is_not_post(client: Client, prefix: str) -> None:
    assert client.ask("GET", f"{prefix}/commands/route") == (420, {"code": 3101})
    assert client.ask("POST", f"{prefix}/commands/dance")[0] == 404


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/emulator/calls", {"from": CALLER, "line": "1"}, 404),
        ("/emulator/calls/c99/keys", {"digits": "1"}, 404),
        ("/emulator/calls/c99/hangup", {}, 404),
        ("/emulator/calls/c99/keys", {"digits": "A"}, 400),
        ("/emulator/calls/c99/keys", {}, 400),
        ("/emulator/faults", {"explode": 1}, 400),
        ("/emulator/faults", {"habits": 1}, 400),
        ("/emulator/employees/999", {"behaves": "busy"}, 400),
        ("/emulator/employees/101", {"behaves": "sleeps"}, 400),
    ],
)
def test_what_the_control_refuses(client: Client, path: str, fields: dict[str, Any], status: int) -> None:
    found, body = client.ask("POST", path, fields)
    assert found == status
    assert body["error"]


def test_faults_replace_each_other_and_habits_add_up(client: Client) -> None:
    client.ask("POST", "/emulator/faults", {"drop": 1, "habits": {"late_legs": 0.5}})
    told = client.ask("POST", "/emulator/faults", {"duplicate": 0.5})[1]
    assert (told["drop"], told["duplicate"], told["habits"]["late_legs"]) == (0, 0.5, 0.5)
    assert client.ask("GET", "/emulator/faults")[1] == told
    assert set(told) - {"habits"} == set(Faults.__dataclass_fields__)


def test_an_employee_can_change_their_mind(client: Client) -> None:
    assert client.ask("POST", "/emulator/employees/101", {"behaves": "busy"})[0] == 200
    call = client.dial()
    client.command("/commands/route", call_id=call["call_id"], to_number="101")
    until(lambda: client.look(call)["legs"][1:], "the leg")
    until(lambda: client.look(call)["legs"][1]["disconnect_reason"] == 1121, "the busy signal")


def test_a_webhook_that_is_not_there_does_not_stop_the_pbx() -> None:
    config = replace(load_config(CONFIG), habits=QUIET)
    with (
        serving(config, api_key=KEY, salt=SALT, host="127.0.0.1", port=0, webhook="http://127.0.0.1:9") as server,
        urllib3.PoolManager(retries=False, timeout=10.0) as http,
    ):
        client = Client(f"http://127.0.0.1:{server.port}", Webhook(url=""), http)
        call = client.dial()
        until(lambda: client.look(call)["events"][0]["deliveries"], "the attempt")
        [delivery] = client.look(call)["events"][0]["deliveries"]
        assert delivery["status"] is None
        assert delivery["failure"]


def phone(client: Client, *options: str) -> Any:
    arguments = ["--emulator", client.base, "--from", CALLER, "--line", LINE, *options]
    return CliRunner().invoke(call_command, arguments, catch_exceptions=False)


def test_the_phone_follows_a_call_to_its_end(client: Client) -> None:
    result = phone(client, "--hangup-after", "300ms", "--router", "http://127.0.0.1:8080/")
    [call] = client.ask("GET", "/emulator/calls")[1]["calls"]
    assert result.exit_code == 0
    assert call["entry_id"] in result.output
    assert "ended: talked to 101" in result.output
    assert f"ivr trace '{call['entry_id']}'" in result.output
    assert f"/api/calls/{quote(call['entry_id'], safe='')}" in result.output


class Exchange(Control):
    """A control API without an emulator: it shows what it is told to show and notes what is pressed."""

    def __init__(self, view: dict[str, Any]) -> None:
        self.view = view
        self.pressed: list[str] = []

    def look(self, identity: str) -> dict[str, Any]:
        return self.view

    def press(self, identity: str, digits: str) -> None:
        self.pressed.append(digits)


def test_the_phone_presses_the_next_keys_at_each_further_prompt() -> None:
    prompt = {"command": "play/start", "result": 1000}
    view: dict[str, Any] = {"id": "c1", "ended": None, "answered": None, "state": "menu", "commands": []}
    exchange = Exchange(view)
    handset = Handset(exchange, view, ("1", "23"), Wishes(hangup_after=60.0, patience=60.0))
    courses = [
        ([], []),
        ([prompt], ["1"]),
        ([prompt], ["1"]),
        ([prompt, prompt], ["1", "23"]),
        ([prompt] * 3, ["1", "23"]),
    ]
    for commands, pressed in courses:
        view["commands"] = commands
        handset.step()
        assert exchange.pressed == pressed


def test_the_phone_places_many_calls_and_leaves(client: Client) -> None:
    result = phone(client, "--count", "3", "--gap", "1ms", "--no-wait", "--json")
    assert len(json.loads(result.output)) == 3
    assert len(client.ask("GET", "/emulator/calls")[1]["calls"]) == 3


def test_the_phone_says_when_there_is_no_emulator() -> None:
    with pytest.raises(ConfigurationError, match="ivr emulator"):
        CliRunner().invoke(call_command, ["--emulator", "http://127.0.0.1:9"], catch_exceptions=False)


def test_every_address_of_the_document(client: Client) -> None:
    """Both prefixes, the contact centre's, other spellings, a slash at the end."""
    paths = ("/vpbx/roles", "/roles", "/vpbx/bwlists/state/", "/vpbx/io/v1/campaign/get_list", "/cc/get_presence")
    for path in paths:
        status, body = client.command(path)
        assert (status, body["result"]) == (200, 1000), path
    assert client.ask("GET", "/vpbx/roles") == (420, {"code": 3101})
    assert client.ask("GET", "/vpbx/nothing")[0] == 404
    assert client.ask("POST", "/vpbx/commands/call/hold/on")[0] == 404, "profile 2021 does not have it"


def test_an_employee_changes_their_status(client: Client) -> None:
    assert client.ask("POST", "/emulator/employees/101", {"status": "break"}) == (
        200,
        {"extension": "101", "status": "break"},
    )
    until(lambda: client.webhook.unsigned, "the event, which bears no sign")
    assert client.ask("POST", "/emulator/employees/101", {"status": "asleep"})[0] == 400
    assert client.ask("POST", "/emulator/employees/999", {"status": "break"})[0] == 400


def recordings(client: Client, call: dict[str, Any]) -> set[str]:
    """Those that the call's notifications name."""
    return {one["json"]["recording_id"] for one in client.look(call)["events"] if one["path"] == "events/recording"}


def test_recordings_by_all_three_ways(client: Client) -> None:
    base, http = client.base, urllib3.PoolManager()
    call = client.ask("POST", "/emulator/calls", {"from": CALLER, "line": "74952150439"})[1]
    until(lambda: client.look(call)["state"] == "talking", "an answer")
    leg = client.look(call)["where"]["call_id"]
    assert client.command("/vpbx/commands/recording/start", call_id=leg, call_party_number="101")[0] == 200
    until(lambda: recordings(client, call), "the start")
    (recording,) = recordings(client, call)
    time.sleep(0.2)  # four seconds of the call
    client.ask("POST", f"/emulator/calls/{call['id']}/hangup")
    post = {"recording_id": recording, "action": "download"}
    until(lambda: client.look(call)["summary"] is not None, "the end")
    time.sleep(0.3)  # six seconds of the PBX: by then the file is saved
    body = encode_form(KEY, SALT, post)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    moved = http.request("POST", f"{base}/vpbx/queries/recording/post/", body=body, headers=form, redirect=False)
    file = http.request("GET", moved.headers["Location"])
    assert (file.status, file.headers["Content-Type"], file.data[:2]) == (200, "audio/mpeg", b"\xff\xf3")
    assert http.request("GET", moved.headers["Location"]).status == 404, "a link is good for one access"
    stamp = str(int(time.time()) + 6000)
    signed = sha256(f"{KEY}{stamp}{recording}{SALT}".encode()).hexdigest()
    link = f"{base}/vpbx/queries/recording/link/{quote(recording, safe='')}/play/{KEY}/{stamp}/{signed}"
    assert http.request("GET", link).data == file.data
    assert http.request("GET", link[:-1] + "x").json()["code"] == 3102
    old = sha256(f"{KEY}1000{recording}{SALT}".encode()).hexdigest()
    expired = f"{base}/vpbx/queries/recording/link/{quote(recording, safe='')}/play/{KEY}/1000/{old}"
    assert http.request("GET", expired).json()["code"] == 3100
    cabinet = f"{base}/vpbx/queries/recording/issa/{quote(recording, safe='')}/play/"
    assert http.request("GET", cabinet).status == 401
    login = urllib3.make_headers(basic_auth="sales:secret")
    page = http.request("GET", cabinet, redirect=False).headers["Location"]
    assert http.request("GET", page, headers=login).data == file.data
