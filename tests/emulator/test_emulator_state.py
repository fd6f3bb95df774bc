"""What the books do to calls, and what calls do to the books; each method by itself is in tests/catalogue."""

from typing import Any

import pytest

from router.catalogue.methods import METHODS
from router.emulator.emulated import EMULATED
from router.emulator.routes import find
from router.pbx.legs import Journey
from tests.catalogue.contract import Contract

MONDAY_NOON = 1_700_481_600.0  # 2023-11-20 12:00 UTC


def ask(played: Contract, method: str, /, **params: Any) -> dict[str, Any]:
    """The body of an answer that is a 200."""
    answer = played.ask(METHODS[method], params)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def ringing(played: Contract, journey: Journey) -> list[str]:
    """The extensions whose phones have rung."""
    played.stage.wait(60)
    return [leg.callee.extension for leg in journey.legs if leg.callee.extension]


def test_every_method_is_answered() -> None:
    played = Contract()
    commands = {name for name, method in METHODS.items() if method.has_result}
    assert set(played.stage.pbx.office.methods) == set(METHODS) - commands
    assert set(EMULATED) == set(METHODS)
    assert all(EMULATED.values())


def test_a_new_employee_rings_and_a_deleted_one_does_not() -> None:
    played = Contract()
    new = ask(played, "member/create", name="Gleb", extension="104", access_role_id=10451)["user_id"]
    ask(played, "group/update", group_id=10050001, group={"operators": [{"id": new}, {"id": 300000103}]})
    assert ringing(played, played.stage.dial(line="74950000002")) == ["104"]
    ask(played, "member/delete", user_id=new)
    assert "104" not in ringing(played, played.stage.dial(line="74950000002"))


def test_a_scheme_that_is_set_takes_the_next_call() -> None:
    played = Contract()
    before = played.stage.dial(line="74950000001")
    ask(played, "schema/set", schema_id=11000002, line_id=300030001)
    after = played.stage.dial(line="74950000001")
    played.stage.wait(40)
    assert (before.ended, after.ended is not None) == (None, True)


@pytest.mark.parametrize(("caller", "reason"), [("79000000066", 1151), ("79000000073", 1151), ("79000000011", None)])
def test_the_black_list(caller: str, reason: int | None) -> None:
    played = Contract()
    journey = played.stage.dial(caller, "74950000001")
    assert journey.reason == reason
    assert bool(journey.legs) == (reason is None)


def test_groups_ring_only_who_is_online() -> None:
    played = Contract()
    assert ringing(played, played.stage.dial(line="74950000002")) == ["101"], "102 has a break"
    ask(played, "set_abonent_status", abonent_id=300000102, status=1)
    ask(played, "set_abonent_status", abonent_id=300000101, status=2)
    assert ringing(played, played.stage.dial(line="74950000002")) == ["102"]


def test_sessions_end_by_themselves_and_tell() -> None:
    played = Contract()
    session = ask(played, "set_session_status", abonent_id=300000103, status=1, ttl=60)["session"]
    ask(played, "set_session_status", abonent_id=300000103, status=5, session=session, ttl=60)
    played.stage.wait(61)
    (end,) = played.stage.bodies("events/user/session_end")
    assert (end["result"], end["session"], end["abonent_id"]) == (1230, session, 300000103)
    statuses = [body["status"] for body in played.stage.bodies("events/user/status_changed")]
    assert statuses == [1, 5, 4]
    assert not any(one.is_signed for one in played.stage.sent if one.path.startswith("events/user"))


def test_licences_are_counted() -> None:
    played = Contract()
    for _ in range(2):
        ask(played, "set_session_status", abonent_id=300000103, status=1)
    assert ask(played, "set_session_status", abonent_id=300000103, status=1) == {"result": 1201}


def test_a_campaign_calls_its_contacts() -> None:
    played = Contract()
    played.stage.now = MONDAY_NOON
    schedule = [{"weekday": 1, "start": "11:00", "end": "13:00"}]
    settings = {"max_redial_count_if_busy": 1, "wait_time_if_busy": 60}
    campaign = ask(
        played, "campaign/add", line_id=300030001, name="Spring", operators=[300000101], schedule=schedule, **settings
    )["campaign_id"]
    tasks = [{"name": "Ivan", "number": "79000000055"}, {"name": "Busy", "number": "79000000056"}]
    ask(played, "tasks/push", campaign_id=campaign, tasks=tasks)
    ask(played, "campaign/start", campaign_id=campaign)
    ask(played, "set_abonent_status", abonent_id=300000101, status=5)
    played.stage.wait(20)
    first = next(iter(played.stage.pbx.journeys.values()))
    assert (first.task_id, first.callback_initiator, first.talked is not None) == ("2489649", "ObDial", True)
    played.stage.hang_up(first)
    played.stage.wait(200)
    done, busy = (ask(played, "task", task_id=2489649 + place)["task"] for place in (0, 1))
    assert (done["status"], done["status_reason"]) == (4, 1)
    assert (busy["status"], busy["status_reason"]) == (4, 2)
    assert len(played.stage.pbx.journeys) == 3, "the busy one was called twice"
    assert ask(played, "campaign", campaign_id=campaign)["campaign"]["status"] == 4
    assert ask(played, "campaign/get_list")["campaigns"][0]["finished_tasks_count"] == 2


def test_a_campaign_waits_for_its_hour() -> None:
    played = Contract()
    played.stage.now = MONDAY_NOON
    schedule = [{"weekday": 2, "start": "11:00", "end": "13:00"}]
    campaign = ask(played, "campaign/add", line_id=300030001, name="x", operators=[300000101], schedule=schedule)
    ask(played, "tasks/push", campaign_id=campaign["campaign_id"], tasks=[{"name": "Ivan", "number": "79000000055"}])
    ask(played, "campaign/start", campaign_id=campaign["campaign_id"])
    ask(played, "set_abonent_status", abonent_id=300000101, status=5)
    played.stage.wait(3600)
    assert not played.stage.pbx.journeys
    played.stage.wait(86_400)
    assert played.stage.pbx.journeys


def test_a_task_calls_when_it_begins() -> None:
    played = Contract()
    at = int(played.stage.now) + 100
    task = ask(
        played,
        "task/add",
        event_type=1,
        start_time=at,
        duration=5,
        to_user_id=300000101,
        is_auto_call=1,
        phone="79000000055",
    )
    played.stage.wait(99)
    assert not played.stage.pbx.journeys
    played.stage.wait(20)
    (journey,) = played.stage.pbx.journeys.values()
    assert (journey.callback_initiator, journey.task_id) == ("CC", str(task["auto_call_task_id"]))


def test_statistics_by_party() -> None:
    played = Contract("recorded")
    window = {"date_from": played.names["before"], "date_to": played.names["now"], "fields": "from_number,to_extension"}
    for party, count in ({"extension": "102"}, 1), ({"number": "79000000011"}, 1), ({"extension": "101"}, 0):
        key = ask(played, "stats/request", call_party=party, **window)["key"]
        played.stage.wait(3)
        rows = played.ask(METHODS["stats/result"], {"key": key}).csv
        assert rows is not None
        assert len(rows.splitlines()) == count


def test_a_dynamic_number_is_told_with_the_call() -> None:
    played = Contract()
    played.stage.dial(line="74950000003")
    played.stage.wait(1)
    assert played.stage.bodies("events/call")[0]["dct"] == {"type": 1, "number": "74950000003"}


def test_the_last_call_of_a_contact() -> None:
    played = Contract("talking")
    journey = next(iter(played.stage.pbx.journeys.values()))
    contact = ask(played, "ab/contact", contact_id=12761840)["data"]
    assert contact["last_call"] == int(journey.started)


def test_without_a_contact_centre() -> None:
    played = Contract(without_centre=True)
    assert played.ask(METHODS["get_presence"], {}).body == {"result": 5008}
    assert played.ask(METHODS["campaign/get_list"], {}).body["code"] == 5101
    assert played.ask(METHODS["stats_in_calls_service/request"], {}).body["code"] == 2230


def test_over_the_limit_of_the_contact_centre() -> None:
    played = Contract()
    played.pause_seconds = 0.0
    bodies = [ask(played, "get_presence") for _ in range(11)]
    assert [one["result"] for one in bodies] == [1000] * 10 + [5008]


def test_over_the_limit_in_the_later_profile() -> None:
    played = Contract(profile="2026")
    played.pause_seconds = 0.0
    assert played.ask(METHODS["config/users/request"], {}).status == 200
    answer = played.ask(METHODS["config/users/request"], {})
    assert (answer.status, answer.body["status"]) == (429, 429)


def test_the_second_invalid_request_blocks_the_key_in_the_later_profile() -> None:
    played = Contract(profile="2026")
    played.pause_seconds = 1.0
    bad = {"org_id": "none"}
    assert played.ask(METHODS["ab/organization"], bad).status == 420
    assert played.ask(METHODS["roles"], {}).status == 200, "one is allowed"
    assert played.ask(METHODS["ab/organization"], bad).status == 401
    assert played.ask(METHODS["roles"], {}).status == 401
    played.pause_seconds = 120.0
    assert played.ask(METHODS["roles"], {}).status == 200


def test_commands_of_the_later_document_are_unknown_in_the_earlier_one() -> None:
    assert find("vpbx/commands/call/hold/on", "2021") is None
    assert find("vpbx/commands/call/hold/on", "2026") is not None
