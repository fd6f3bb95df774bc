"""`lookup: {contact: ...}` and `lookup: {visitor: ...}` from the question to the outputs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from router.engine.effects import StartLookup
from router.engine.state import LookupFinished
from router.flow.known_lookups import KNOWN_LOOKUPS
from router.protocol.events import AddressBookChanged
from router.runtime.lookups.contacts import remember_change
from router.runtime.outbound_ports import Answer
from tests.runtime.test_lookups import House

NUMBER = "79000000011"
CONTACT = {
    "contact_id": "7",
    "name": "Ivan",
    "importance": 5,
    "office": "director",
    "org": {"org_name": "First"},
    "phones": [{"phone": "8 (900) 000-00-11"}],
    "emails": [{"email": "ivan@site.example"}],
    "groups": [{"group_name": "Friends"}],
    "user_id": 300000101,
    "custom_values": [
        {"custom_field_id": 1, "text": "red"},
        {"custom_field_id": 2, "list_items": [{"name": "gold"}]},
    ],
}
OTHER = {"contact_id": "8", "name": "Olga", "phones": [{"phone": "790000000119"}]}
TOLD: dict[str, Any] = {
    "ab/contact/init": {"result": 1000, "data": [OTHER, CONTACT]},
    "ab/custom_fields": {"data": [{"custom_field_id": 1, "name": "Car"}, {"custom_field_id": 2, "name": "Level"}]},
    "config/users/request": {"users": [{"general": {"user_id": 300000101}, "telephony": {"extension": "101"}}]},
}


def known(way: str, number: str, **extra: tuple[str, str]) -> StartLookup:
    outputs = [(one.name, one.type, one.path) for one in KNOWN_LOOKUPS[way].outputs.values()]
    outputs += [(name, kind, path) for name, (kind, path) in extra.items()]
    return StartLookup(
        request_id="t-1",
        kind=way,
        label="who",
        arguments={"number": number},
        timeout_seconds=10.0,
        outputs=tuple(outputs),
    )


class Pbx(House):
    """A PBX with answers by method; the limits are those of the document."""

    def __init__(self) -> None:
        super().__init__()
        self.told = dict(TOLD)

    def query(self, account: str, path: str, params: Mapping[str, Any], timeout_seconds: float) -> Answer:
        super().query(account, path, params, timeout_seconds)
        found = self.told.get(path)
        if found is None:
            return Answer(kind="refused", status=420, code=4001)
        return Answer(kind="accepted", status=200, body=json.dumps(found))

    def methods(self) -> list[str]:
        return [path for _, path, _, _ in self.queried]


@pytest.fixture
def pbx() -> Iterator[Pbx]:
    made = Pbx()
    yield made
    made.lookups.stop()


def find(pbx: Pbx, number: str = NUMBER, **fields: Any) -> LookupFinished:
    return pbx.ask(
        replace(known("contact", number, car=("text", "fields.Car"), level=("text", "fields.Level")), **fields)
    )


def test_a_contact_with_all_that_belongs_to_it(pbx: Pbx) -> None:
    event = find(pbx)
    assert event.state == "found"
    assert event.outputs == {
        "id": "7",
        "name": "Ivan",
        "importance": 5,
        "org": "First",
        "position": "director",
        "email": "ivan@site.example",
        "manager": "101",
        "car": "red",
        "level": "gold",
    }
    _, _, params, _ = pbx.queried[0]
    assert params == {"query": "9000000011", "limit_rows": 20, "contact_ext_fields": True}


def test_who_is_found_by_text_and_has_another_number_is_nobody(pbx: Pbx) -> None:
    pbx.told["ab/contact/init"] = {"data": [OTHER]}
    event = find(pbx)
    assert (event.state, event.reason) == ("not_found", "no contact has this number")


@pytest.mark.parametrize("number", ["", "sip:"])
def test_a_withheld_number_asks_nobody(pbx: Pbx, number: str) -> None:
    assert find(pbx, number).state == "not_found"
    assert not pbx.queried


def test_what_cannot_be_named_does_not_spoil_the_rest(pbx: Pbx) -> None:
    del pbx.told["ab/custom_fields"], pbx.told["config/users/request"]
    event = find(pbx)
    assert (event.state, event.outputs["name"], event.outputs["manager"]) == ("found", "Ivan", "")
    assert "car" not in event.outputs


@pytest.mark.parametrize(
    ("extension", "state", "outputs"), [("101", "found", {"id": "300000101"}), ("199", "not_found", {})]
)
def test_employee_by_the_extension(pbx: Pbx, extension: str, state: str, outputs: dict[str, str]) -> None:
    request = replace(known("contact", ""), kind="employee", arguments={"extension": extension})
    answer = pbx.ask(request)
    assert (answer.state, answer.outputs) == (state, outputs)
    assert pbx.ask(request).state == state
    assert pbx.methods() == ["config/users/request"]  # once, for both


def test_employees_that_the_pbx_does_not_tell(pbx: Pbx) -> None:
    pbx.told["config/users/request"] = {}
    request = replace(known("contact", ""), kind="employee", arguments={"extension": "101"})
    assert pbx.ask(request).state == "failed"


def test_a_refusal_is_a_failure(pbx: Pbx) -> None:
    del pbx.told["ab/contact/init"]
    assert find(pbx).state == "failed"


def test_lists_of_names_are_asked_for_once(pbx: Pbx) -> None:
    find(pbx)
    find(pbx)
    assert sorted(pbx.methods()) == ["ab/contact/init", "ab/contact/init", "ab/custom_fields", "config/users/request"]


def test_a_kept_contact_serves_until_the_book_changes(pbx: Pbx) -> None:
    find(pbx, cache_seconds=300.0)
    assert find(pbx, cache_seconds=300.0).cached
    with pbx.store.transaction() as transaction:
        remember_change(
            transaction, "clinic", AddressBookChanged(action="updated", ids=("99",), numbers=("79000000099",))
        )
    assert find(pbx, cache_seconds=300.0).cached, "somebody else changed"
    pbx.told["ab/contact/init"] = {"data": [CONTACT | {"name": "Ivan the second"}]}
    with pbx.store.transaction() as transaction:
        remember_change(transaction, "clinic", AddressBookChanged(action="updated", ids=("7",)))
    fresh = find(pbx, cache_seconds=300.0)
    assert (fresh.cached, fresh.outputs["name"]) == (False, "Ivan the second")


def test_a_contact_that_comes_new_is_seen(pbx: Pbx) -> None:
    told = pbx.told["ab/contact/init"]
    pbx.told["ab/contact/init"] = {"data": []}
    assert find(pbx, cache_seconds=300.0).state == "not_found"
    pbx.told["ab/contact/init"] = told
    assert find(pbx, cache_seconds=300.0).state == "not_found", "kept"
    with pbx.store.transaction() as transaction:
        remember_change(transaction, "clinic", AddressBookChanged(action="new", ids=("7",), numbers=(NUMBER,)))
    assert find(pbx, cache_seconds=300.0).state == "found"


def test_a_visitor(pbx: Pbx) -> None:
    pbx.told["queries/user_info_by_dct_number"] = {
        "data": {"uid": "cookie", "channel": {"source": "ads"}, "current_page": {"url": "https://site.example/"}}
    }
    event = pbx.ask(known("visitor", "74950000003"))
    assert event.outputs == {"id": "cookie", "source": "ads", "page": "https://site.example/"}
    pbx.told["queries/user_info_by_dct_number"] = {}
    assert pbx.ask(known("visitor", "74950000003")).state == "not_found"
    assert pbx.ask(known("visitor", "")).state == "not_found"
    assert len(pbx.queried) == 2
