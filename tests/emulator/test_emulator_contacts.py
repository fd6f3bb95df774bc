"""Lists of contacts: each one is judged by itself, has its code, and is left out alone (§3.7.3.3, §3.7.3.4)."""

from typing import Any

import pytest

from router.catalogue.methods import METHODS
from tests.catalogue.contract import Contract

IVAN, OLGA, PAVEL = "12761840", "12761841", "12761842"  # of tests/catalogue/pbx.yaml; Ivan has a car and a level
NUMBER = {IVAN: "79000000011", OLGA: "79000000012", PAVEL: "79000000013"}


def ask(played: Contract, method: str, /, **params: Any) -> dict[str, Any]:
    answer = played.ask(METHODS[method], params)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def total(played: Contract) -> int:
    return int(ask(played, "ab/contact/init", query="")["state"]["info"]["total_rows"])


WRONG_ENTRIES: list[tuple[dict[str, Any], int]] = [
    ({"birthday": "2026-02-30"}, 3104),
    ({"birthday": "1900-13-01"}, 3104),
    ({"birthday": "0000-00-00"}, 3104),
    ({"user_id": 1}, 3300),
    ({"org": {"org_id": "1"}}, 3300),
    ({"groups": [{"group_name": "New"}, {"group_id": "1"}]}, 3300),
    ({"custom_values": [{"custom_field_id": 1, "text": "x"}]}, 3300),
    ({"custom_values": [{"custom_field_id": 5397, "list_items": [{"enum_id": 1}]}]}, 3300),
    ({"phones": [{"phone": "7 900 000-00-12"}]}, 3100),
]


@pytest.mark.parametrize(("wrong", "code"), WRONG_ENTRIES)
def test_one_that_cannot_be_added_keeps_no_other_out(wrong: dict[str, Any], code: int) -> None:
    played = Contract()
    before = total(played)
    answer = ask(played, "ab/contacts/create", data=[{"name": "A"}, {"name": "B", **wrong}, {"name": "C"}])
    assert (answer["result"], answer["skipped"]) == ([1000, code, 1000], [1])
    assert [one["name"] for one in answer["data"].values()] == ["A", "C"]
    assert total(played) == before + 2
    assert played.stage.bodies("events/ab")[-1]["data"] == [
        {**one, "manager_id": None, "last_used": None} for one in answer["data"].values()
    ]


@pytest.mark.parametrize(("wrong", "code"), WRONG_ENTRIES)
def test_one_that_cannot_be_changed_stays_as_it_is(wrong: dict[str, Any], code: int) -> None:
    played = Contract()
    before = ask(played, "ab/contact", contact_id=IVAN, contact_ext_fields=1)["data"]
    changes = [{"contact_id": IVAN, "name": "Other", **wrong}, {"contact_id": PAVEL, "name": "Pasha"}]
    answer = ask(played, "ab/contacts/update", data=changes)
    assert (answer["result"], answer["skipped"], list(answer["data"])) == ([code, 1000], [0], [PAVEL])
    assert ask(played, "ab/contact", contact_id=IVAN, contact_ext_fields=1)["data"] == before
    told = [one["name"] for body in played.stage.bodies("events/ab") for one in body["data"] if "name" in one]
    assert told == ["Pasha"]


def test_unknown_contacts_are_skipped_and_the_others_changed() -> None:
    played = Contract()
    answer = ask(
        played, "ab/contacts/update", data=[{"contact_id": "1", "name": "x"}, {"contact_id": OLGA, "importance": 9}]
    )
    assert (answer["result"], answer["skipped"]) == ([3300, 1000], [0])


@pytest.mark.parametrize("where", ["list", "entry"])
def test_duplicates_are_made_when_they_are_asked_for(where: str) -> None:
    """The text has `on_error` beside `data`, the example in the entry."""
    played = Contract()
    entry, beside = {"name": "Twin", "phones": [{"phone": NUMBER[IVAN]}]}, {}
    if where == "list":
        beside = {"on_error": "duplicate"}
    else:
        entry["on_error"] = "duplicate"
    assert ask(played, "ab/contacts/create", data=[entry], **beside)["result"] == [1000]
    change = {"contact_id": OLGA, "phones": [{"phone": NUMBER[PAVEL]}]}
    assert ask(played, "ab/contacts/update", data=[change])["result"] == [3100]
    assert ask(played, "ab/contacts/update", data=[change], on_error="duplicate")["result"] == [1000]


def test_a_contact_is_no_duplicate_of_itself() -> None:
    played = Contract()
    change = {"contact_id": IVAN, "phones": [{"phone": NUMBER[IVAN], "comment": "the same"}]}
    assert ask(played, "ab/contacts/update", data=[change])["result"] == [1000]


def test_two_of_one_list_are_duplicates_of_each_other() -> None:
    played = Contract()
    twins = [{"name": name, "phones": [{"phone": "79000000099"}]} for name in ("A", "B")]
    assert ask(played, "ab/contacts/create", data=twins)["result"] == [1000, 3100]


def test_employees_who_do_not_exist_are_nobodys_favourites() -> None:
    """The example of §3.7.3.3 names one and gets none."""
    played = Contract()
    answer = ask(played, "ab/contacts/create", data=[{"name": "A", "in_favorites": ["1", 300000101]}])
    (made,) = answer["data"].values()
    assert made["in_favorites"] == [300000101]


def test_a_value_named_by_its_id_alone_is_emptied() -> None:
    """§3.7.4.4, custom_value_id."""
    played = Contract()
    car, level = ask(played, "ab/contact", contact_id=IVAN, contact_ext_fields=1)["data"]["custom_values"]
    assert (car["text"], [item["name"] for item in level["list_items"]]) == ("red", ["gold"])
    contacts = played.stage.pbx.office.contacts
    changes = [
        {"contact_id": IVAN, "custom_values": [{"custom_value_id": one["custom_value_id"]} for one in (car, level)]}
    ]
    assert contacts.methods()["ab/contacts/update"]({"data": changes}).body["result"] == [1000]
    after = ask(played, "ab/contact", contact_id=IVAN, contact_ext_fields=1)["data"]["custom_values"]
    assert [(one.get("text"), one.get("list_items")) for one in after] == [("", None), (None, [])]


def test_details_are_changed_by_their_ids_and_others_do_not_exist() -> None:
    played = Contract()
    (phone,) = ask(played, "ab/contact", contact_id=IVAN)["data"]["phones"]
    change = {
        "contact_id": IVAN,
        "phones": [{"phone_id": phone["phone_id"], "comment": "new"}, {"phone": "79000000098"}],
    }
    answer = ask(played, "ab/contacts/update", data=[change])
    assert [one["phone"] for one in answer["data"][IVAN]["phones"]] == [NUMBER[IVAN], "79000000098"]
    wrong = {"contact_id": OLGA, "phones": [{"phone_id": phone["phone_id"], "comment": "mine"}]}
    assert ask(played, "ab/contacts/update", data=[wrong])["result"] == [3300]
