"""Who takes part in campaigns, services, numbers, reports and files, in the document's own words (§2.3, §3.3 to §3.8)."""

import csv
from io import StringIO
from typing import Any

import pytest

from router.catalogue.methods import METHODS
from router.emulator.config import Habits
from router.emulator.load import load_config
from tests.catalogue.contract import HERE, Contract
from tests.emulator.stage import Stage
from tests.emulator.test_emulator_state import MONDAY_NOON, ask

ANNA, BORIS, VERA = 300000101, 300000102, 300000103  # Anna is online, Boris has a break, Vera never had a status
SCHEDULE = [{"weekday": 1, "start": "00:00", "end": "23:59"}]


def code(played: Contract, method: str, /, **params: Any) -> int:
    """The code of an answer, refused or not."""
    body = played.ask(METHODS[method], params).body
    return int(body.get("code") or body["result"])


def campaign(played: Contract, numbers: list[str], **settings: Any) -> int:
    """A campaign at work since noon of a Monday, of all three employees."""
    played.stage.now = MONDAY_NOON
    made = ask(
        played,
        "campaign/add",
        line_id=300030001,
        name="Spring",
        operators=[ANNA, BORIS, VERA],
        schedule=SCHEDULE,
        **settings,
    )["campaign_id"]
    ask(played, "tasks/push", campaign_id=made, tasks=[{"name": one, "number": one} for one in numbers])
    ask(played, "campaign/start", campaign_id=made)
    return int(made)


def diallers(played: Contract) -> list[str]:
    return sorted(journey.legs[0].callee.extension for journey in played.stage.pbx.journeys.values())


def test_a_campaign_dials_only_with_those_in_outbound_status() -> None:
    """§3.8.4.1: `use_status` on the card, and the status "Обзвон"; never without a status."""
    played = Contract()
    campaign(played, ["79000000055", "79000000061", "79000000062"])
    played.stage.wait(60)
    assert diallers(played) == [], "nobody is in the status"
    ask(played, "set_abonent_status", abonent_id=BORIS, status=5)
    played.stage.wait(8)
    assert diallers(played) == ["102"]
    ask(played, "set_session_status", abonent_id=VERA, status=5)
    played.stage.wait(8)
    assert diallers(played) == ["102", "103"]


def test_without_use_status_nobody_takes_part() -> None:
    played = Contract()
    campaign(played, ["79000000055"])
    ask(played, "member/update", user_id=ANNA, use_status=0)
    ask(played, "set_abonent_status", abonent_id=ANNA, status=5)
    played.stage.wait(60)
    assert diallers(played) == []


def test_after_a_conversation_an_employee_rests() -> None:
    """§3.8.4.1, after_call_processing."""
    played = Contract()
    campaign(played, ["79000000055", "79000000061"], after_call_processing=300)
    ask(played, "set_abonent_status", abonent_id=ANNA, status=5)
    played.stage.wait(20)
    (first,) = played.stage.pbx.journeys.values()
    played.stage.hang_up(first)
    played.stage.wait(290)
    assert len(played.stage.pbx.journeys) == 1
    played.stage.wait(20)
    assert len(played.stage.pbx.journeys) == 2


def test_a_customer_rings_as_long_as_the_campaign_says() -> None:
    """§3.8.4.1, max_wait_time."""
    played = Contract()
    made = campaign(played, ["79000000057"], max_wait_time=10, max_redial_count_if_no_answ=1)
    ask(played, "set_abonent_status", abonent_id=ANNA, status=5)
    played.stage.wait(25)
    task = ask(played, "task", task_id=2489649)["task"]
    assert (task["campaign_id"], task["status_reason"]) == (made, 3)


@pytest.mark.parametrize(
    "settings", [{"voice_message_id": 1}, {"hold_message_id": "1"}, {"operators": [1]}, {"line_id": 1}]
)
def test_what_a_campaign_names_has_to_exist(settings: dict[str, Any]) -> None:
    fields = {"line_id": 300030001, "name": "x", "schedule": SCHEDULE} | settings
    assert code(Contract(), "campaign/add", **fields) == 3300


def test_an_author_who_does_not_exist() -> None:
    """Codes: 5105."""
    fields = {"line_id": 300030001, "name": "x", "schedule": SCHEDULE, "created_by": 1}
    assert code(Contract(), "campaign/add", **fields) == 5105


@pytest.mark.parametrize(
    ("number", "expected"), [("sip:a@b.example", 1000), ("375000000055", 1000), ("abc", 3100), ("101", 3100)]
)
def test_a_task_has_a_telephone_or_a_sip_number(number: str, expected: int) -> None:
    """§3.8.4.2."""
    played = Contract()
    made = ask(played, "campaign/add", line_id=300030001, name="x", schedule=SCHEDULE)["campaign_id"]
    assert code(played, "tasks/push", campaign_id=made, tasks=[{"name": "A", "number": number}]) == expected


NEW = {"name": "Gleb", "extension": "104", "access_role_id": 10451}


def without_services() -> Contract:
    return Contract(more="services: false\n")


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("member/create", NEW, 5201),  # §3.6.12
        ("member/update", {"user_id": ANNA, "name": "Anya"}, 1000),
        ("group/create", {"name": "A"}, 1000),
        ("group/create", {"name": "A", "dial_alg_group": 2}, 5201),  # §3.6.2: "см. Работа с услугами"
        ("group/create", {"name": "A", "dial_alg_group": "0"}, 1000),  # as it is without services
        ("group/update", {"group_id": 10050001, "group": {"use_dynamic_ivr": 1}}, 5201),
        ("group/update", {"group_id": 10050001, "group": {"auto_redirect": "true"}}, 5201),
        ("group/update", {"group_id": 10050001, "group": {"name": "B", "use_dynamic_ivr": 0}}, 1000),
        ("group/delete", {"group_id": 10050001}, 5201),  # §3.6.5
        ("sip/create", {"user_id": ANNA, "login": "a", "domain": "second.example", "password": "p"}, 5201),  # §3.6.17
        ("sip/create", {"user_id": ANNA, "login": "a", "domain": "third.level.example", "password": "p"}, 1000),
    ],
)
def test_services_that_the_cabinet_does_not_let_the_api_connect(
    method: str, params: dict[str, Any], expected: int
) -> None:
    """§2.3."""
    played = without_services()
    played.stage.pbx.office.cabinet.domains.append("third.level.example")
    assert code(played, method, **params) == expected


def test_services_are_named_in_the_file() -> None:
    text = (HERE / "pbx.yaml").read_text(encoding="utf-8")
    scene = Stage(load_config(text + "services: false\n"))
    assert scene.ask("member/create", **NEW).body["result"] == 5201


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], 5212),
        ([{"number": "79000000104", "status": "off"}], 5212),
        ([{"number": "79000000104", "status": "off"}, {"number": "79000000105"}], 1000),
    ],
)
@pytest.mark.parametrize("method", ["member/create", "member/update"])
def test_an_employee_needs_an_active_number(method: str, numbers: list[dict[str, str]], expected: int) -> None:
    """Codes: 5212, "Укажите хотя бы один номер"."""
    params: dict[str, Any] = NEW if method == "member/create" else {"user_id": VERA}
    assert code(Contract(), method, numbers=numbers, **params) == expected


def rows(played: Contract, **params: Any) -> list[list[str]]:
    key = ask(played, "stats_in_calls_service/request", **params)["key"]
    played.stage.wait(3)
    text = played.ask(METHODS["stats_in_calls_service/result"], {"key": key}).csv
    assert text is not None
    return list(csv.reader(StringIO(text), delimiter=";"))


@pytest.mark.parametrize(
    ("caller", "name"), [("79000000011", "Ivan"), ("79000000103", "Vera"), ("79000000099", "79000000099"), ("", "")]
)
def test_the_report_names_who_calls(caller: str, name: str) -> None:
    """§3.3.4.2, abonent: by the address book or the list of employees, else the number."""
    played = Contract()
    journey = played.stage.dial(caller, "74950000002")
    played.stage.wait(20)
    played.stage.hang_up(journey)
    assert rows(played, fields="abonent,abonent_number") == [[name, caller]]


@pytest.mark.parametrize("group", ["Support (A, B)", 'The "best"', "A;B", "Plain"])
def test_fields_with_reserved_characters_are_quoted(group: str) -> None:
    """§3.3.4.3; the example quotes one with commas."""
    played = Contract()
    ask(played, "group/update", group_id=10050001, group={"name": group})
    journey = played.stage.dial(line="74950000002")
    played.stage.wait(5)
    played.stage.hang_up(journey)
    key = ask(played, "stats_in_calls_service/request", fields="group,call_result")["key"]
    played.stage.wait(3)
    text = played.ask(METHODS["stats_in_calls_service/result"], {"key": key}).csv
    assert text is not None
    assert next(csv.reader(StringIO(text), delimiter=";"))[0] == group
    assert text.startswith('"') == (group != "Plain")


@pytest.mark.parametrize(
    ("method", "ending"), [("queries/user_info_by_dct_number", "Z"), ("queries/user_history_by_dct_number", "+03:00")]
)
def test_pages_of_a_visitor_have_their_time(method: str, ending: str) -> None:
    """§3.5.1: UTC; §3.5.2: UTC+3."""
    data = ask(Contract(), method, number="74950000003")["data"]
    page = data["current_page"] if isinstance(data, dict) else data[-1]
    assert page["date"] == {"Z": "2023-11-14T22:12:20Z", "+03:00": "2023-11-15T01:12:20+03:00"}[ending]


def test_names_in_transcripts() -> None:
    """§3.4.5: two employees by name, a customer and an employee as what they are."""
    played = Contract("recorded")
    outside = ask(played, "queries/recording_transcripts", recording_id=[played.names["recording_id"]])["data"][0]
    assert outside["names"] == {"client": "Клиент", "operator": "Сотрудник"}
    ask(played, "callback", **{"command_id": "c", "from": {"extension": "101"}, "to_number": "102"})
    played.stage.wait(20)
    journey = list(played.stage.pbx.journeys.values())[-1]
    played.stage.hang_up(journey)
    played.stage.wait(10)
    (recording,) = journey.recordings
    inside = ask(played, "queries/recording_transcripts", recording_id=[recording.recording_id])["data"][0]
    assert inside["names"] == {"client": "Anna", "operator": "Boris"}


def test_the_end_of_a_session_names_the_user_in_both_ways() -> None:
    """§4.4: `abonent` in the list of parameters, `abonent_id` in the example."""
    played = Contract()
    played.stage.pbx.set_habits(Habits())
    for _ in range(20):
        session = ask(played, "set_session_status", abonent_id=VERA, status=1)["session"]
        ask(played, "set_session_status", abonent_id=VERA, status=4, session=session)
    played.stage.wait(5)
    names = [set(body) & {"abonent", "abonent_id"} for body in played.stage.bodies("events/user/session_end")]
    assert len(names) == 20
    assert {one for some in names for one in some} == {"abonent", "abonent_id"}
    assert all(len(some) == 1 for some in names)


@pytest.mark.parametrize(
    ("contact", "expected"),
    [({"contact_id": 12761840}, 1000), ({"contact_id": 1}, 3300), ({"contact_id": 1, "source_id": "crm"}, 1000)],
)
def test_a_task_is_about_a_contact_that_exists(contact: dict[str, Any], expected: int) -> None:
    """§4.2: without a source the contact is of the PBX's own address book."""
    played = Contract()
    at = int(played.stage.now) + 60
    assert code(played, "task/add", event_type=1, start_time=at, duration=5, to_user_id=ANNA, **contact) == expected


def test_an_automatic_call_without_a_number_goes_to_the_contact() -> None:
    played = Contract()
    at = int(played.stage.now) + 5
    ask(
        played,
        "task/add",
        event_type=1,
        start_time=at,
        duration=5,
        to_user_id=ANNA,
        is_auto_call=1,
        contact_id=12761841,
    )
    played.stage.wait(30)
    (journey,) = played.stage.pbx.journeys.values()
    assert journey.legs[-1].callee.number == "79000000012"


def test_an_unknown_name_in_a_filter_means_nothing() -> None:
    played = Contract("recorded")
    window = {"date_from": played.names["before"], "date_to": played.names["now"]}
    for party in ({"campaign_id": "1"}, {"extension": "102", "extention": "9"}):
        key = ask(played, "stats/request", call_party=party, **window)["key"]
        played.stage.wait(3)
        assert played.ask(METHODS["stats/result"], {"key": key}).csv


def test_too_many_tasks_have_a_code_of_their_own() -> None:
    """Codes: 5107, 10 000 tasks; at once or one after the other."""
    played = Contract()
    made = ask(played, "campaign/add", line_id=300030001, name="x", schedule=SCHEDULE)["campaign_id"]
    task = {"name": "A", "number": "79000000055"}
    assert code(played, "tasks/push", campaign_id=made, tasks=[task] * 10_001) == 5107
    assert code(played, "tasks/push", campaign_id=made, tasks=[task] * 10_000) == 1000
    assert code(played, "tasks/push", campaign_id=made, tasks=[task]) == 5107


@pytest.mark.parametrize("other", ["from", "to"])
def test_a_party_and_a_side_exclude_each_other(other: str) -> None:
    """§3.3.2, call_party."""
    window = {"date_from": 1, "date_to": 2, "call_party": {"extension": "101"}}
    assert code(Contract(), "stats/request", **window, **{other: {"extension": "102"}}) == 3100
