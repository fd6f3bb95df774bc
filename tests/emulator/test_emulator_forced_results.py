"""Results on demand: every class of the document's list, at once or after accepting, and reports of lost messages."""

from collections.abc import Mapping
from typing import Any

import pytest

from router.catalogue.methods import METHODS
from router.emulator.config import Faults
from router.emulator.forced_results import read_forced_results, shown
from router.emulator.load import load_config
from router.errors import ConfigurationError
from tests.emulator.stage import CALLER, CONFIG, LINE, Stage, stage

PARAMS: Mapping[str, dict[str, Any]] = {
    "sms": {"text": "Hello", "from_extension": "101", "to_number": "79000000001"},
    "callback": {"from": {"extension": "101"}, "to_number": "79000000001"},
    "callback_group": {"from": "303", "to": "79000000001", "line_number": LINE},
}


def force(scene: Stage, **rules: Any) -> None:
    scene.pbx.set_results(read_forced_results(rules))


@pytest.mark.parametrize("code", [2110, 2240, 3100, 4001, 4300, 4501, 5000, 5003])
@pytest.mark.parametrize("command", PARAMS)
def test_a_command_is_refused_after_it_was_accepted(stage: Stage, command: str, code: int) -> None:
    force(stage, **{command: code})
    assert stage.ask(command, **PARAMS[command]).body == {"result": 1000}
    stage.wait(60)
    assert stage.bodies(f"result/{command}") == [{"command_id": "cmd1", "result": code}]
    assert [one.path for one in stage.sent] == [f"result/{command}"]  # no call, no message


@pytest.mark.parametrize(
    ("command", "fields"), [("call/hangup", {}), ("route", {"to_number": "101"}), ("play/start", {})]
)
def test_a_command_for_a_call_that_is_refused_leaves_the_call_alone(
    stage: Stage, command: str, fields: dict[str, str]
) -> None:
    journey = stage.dial()
    force(stage, **{command: 4504})
    assert stage.result(command, call_id=journey.legs[0].call_id, **fields) == 4504
    assert [leg.alive for leg in journey.legs] == [True]


def test_another_code_of_class_1xxx_is_success(stage: Stage) -> None:
    """Codes: 1090 has to be read as 1000."""
    journey = stage.dial()
    force(stage, **{"call/hangup": 1090})
    assert stage.result("call/hangup", call_id=journey.legs[0].call_id) == 1090
    assert journey.ended is not None


def test_at_once_the_request_itself_is_refused(stage: Stage) -> None:
    force(stage, sms={"code": 2211, "at_once": True})
    answer = stage.ask("sms", **PARAMS["sms"])
    stage.wait(10)
    assert (answer.status, answer.body["code"]) == (420, 2211)
    assert stage.sent == []


def test_a_rule_holds_for_some_requests_and_for_so_many(stage: Stage) -> None:
    force(stage, callback=[{"code": 4001, "times": 2, "with": {"from.extension": "101"}}, {"code": 5001, "times": 1}])
    others = PARAMS["callback"] | {"from": {"extension": "100"}}
    asked = [PARAMS["callback"], others, PARAMS["callback"], PARAMS["callback"], others]
    assert [stage.result("callback", **one) for one in asked] == [4001, 5001, 4001, 1000, 1000]
    assert stage.pbx.results == {}


def test_any_method_can_be_refused(stage: Stage) -> None:
    force(stage, **{"account/balance": 2110, "task/add": 5008, "set_abonent_status": 1211})
    balance = stage.ask("account/balance")
    assert (balance.status, balance.body["code"]) == (420, 2110)
    task = stage.ask("task/add", event_type=1, start_time=1, duration=15, to_user_id=300_000_101)
    assert (task.status, task.body) == (200, {"result": 5008})  # §4.1


@pytest.mark.parametrize("reason", [4300, 4301, 4391, 4392, 4393])
def test_a_message_is_reported_as_lost(stage: Stage, reason: int) -> None:
    """§3.1.2: `reason` is one of the codes 43xx."""
    force(stage, delivery={"code": reason, "with": {"to_number": "79000000001"}})
    assert stage.result("sms", **PARAMS["sms"]) == 1000
    assert stage.result("sms", **PARAMS["sms"] | {"to_number": "79000000002"}) == 1000
    sent_at = int(stage.now)
    stage.wait(5)
    assert stage.bodies("events/sms") == [
        {"command_id": "cmd1", "timestamp": sent_at + 2, "reason": reason},
        {"command_id": "cmd2", "timestamp": sent_at + 2, "reason": 1000},
    ]


@pytest.mark.parametrize("command", PARAMS)
def test_faults_refuse_with_the_codes_that_the_document_has_for_the_command(command: str) -> None:
    scene = stage(faults=Faults(refused_results=1.0))
    codes = {scene.result(command, **PARAMS[command]) for _ in range(200)}
    prefixes = tuple(one.rstrip("x") for one in METHODS[command].codes)
    assert len(codes) > 5
    assert all(str(code).startswith(prefixes) for code in codes)


def test_faults_lose_messages() -> None:
    scene = stage(faults=Faults(undelivered=0.5))
    for _ in range(60):
        scene.ask("sms", **PARAMS["sms"])
    scene.wait(5)
    reasons = [body["reason"] for body in scene.bodies("events/sms")]
    assert 10 < reasons.count(1000) < 50
    assert {4300, 4301, 4391, 4392, 4393} == set(reasons) - {1000}


@pytest.mark.parametrize(
    ("behaves", "seconds", "reason"),
    [
        ("fails with 5003", 0.4, 5003),
        ("fails with 2240 after 3s", 3.0, 2240),
        ("fails with 1191 after 40s", 30.0, 1111),
    ],
)
def test_a_phone_fails_with_any_disconnect_reason(behaves: str, seconds: float, reason: int) -> None:
    """§3.1.1: 2xxx, 32xx, 42xx, 5001 and 5003 end a call too."""
    text = CONFIG.replace("behaves: answers after 3s", f"behaves: {behaves}")
    scene = Stage(load_config(text + "habits: {late_legs: 0, result_spread_seconds: 0, jitter_seconds: 0}\n"))
    journey = scene.dial(CALLER)
    scene.ask("route", call_id=journey.legs[0].call_id, to_number="100")
    scene.wait(seconds + 0.2)
    leg = journey.legs[1]
    assert (leg.reason, round((leg.closed or 0) - leg.began)) == (reason, round(seconds))


def test_the_file_has_the_rules_of_the_start() -> None:
    scene = Stage(load_config(CONFIG + "results: {sms: 4300, delivery: [{code: 4391, times: 1}]}\n"))
    assert scene.result("sms", **PARAMS["sms"]) == 4300
    assert shown(scene.pbx.results)["delivery"] == [{"code": 4391, "times": 1, "at_once": False, "with": {}}]


@pytest.mark.parametrize(
    "written",
    [
        {"smss": 4300},
        {"sms": 43},
        {"sms": "busy"},
        {"sms": {"times": 1}},
        {"sms": {"code": 4300, "times": 0}},
        {"sms": {"code": 4300, "when": {}}},
        {"sms": None},
        ["sms"],
        "sms",
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(written: object) -> None:
    with pytest.raises(ConfigurationError, match="results"):
        read_forced_results(written)
