"""What the PBX's lists of employees and of fields are read as, and what of them is left out."""

import msgspec
import pytest

from router.runtime.lookups.employee_directory import FIELDS, READ, USERS


def read(which: str, answer: object) -> dict[str, str]:
    return READ[which](msgspec.json.encode(answer).decode())


def test_employees_by_their_id() -> None:
    users = [
        {"general": {"user_id": 300000101}, "telephony": {"extension": "101"}},
        {"general": {"user_id": "300000102"}, "telephony": {"extension": 102}},
        {"general": {"user_id": 3}, "telephony": {"extension": ""}},  # without a phone
        {"general": {"user_id": 4}, "telephony": None},
        {"general": None, "telephony": {"extension": "105"}},
        {"general": {}, "telephony": {"extension": "106"}},
        "no employee",
    ]
    assert read(USERS, {"users": users}) == {"300000101": "101", "300000102": "102", "": "106"}


def test_fields_by_their_id() -> None:
    fields = [{"custom_field_id": 1, "name": "Car"}, {"custom_field_id": 2}, {"name": "Level"}, 7]
    assert read(FIELDS, {"data": fields}) == {"1": "Car", "2": "", "": "Level"}


@pytest.mark.parametrize("which", [USERS, FIELDS])
@pytest.mark.parametrize("answer", [{}, [], None, "text", {"users": {}, "data": {}}, {"users": [[]], "data": [[]]}])
def test_what_is_no_such_answer_has_none(which: str, answer: object) -> None:
    assert read(which, answer) == {}
    assert READ[which]("{") == {}
    assert READ[which]("[" * 100_000) == {}
