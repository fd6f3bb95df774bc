"""The schemas of calls, rows and notifications: as they are made, as the program writes, and true to their versions."""

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from docs.language_schemas import as_text
from docs.record_schemas import VERSIONS, schema_of
from router.history.call_record import record_object
from router.history.delivery_view import delivery_object
from router.protocol.schemas import load_schema
from router.runtime.calls.find_calls import every_call
from tests.docs.pages import PROJECT
from tests.history.test_delivery_view import told
from tests.runtime.living import FIRST, living_router, publish, ring, write_bundle

OF_VERSION_1: Final = {  # what programs may go by; never shorter
    "call": "account answered_by caller callback_initiator commands dct direction end_reason ended entry_id events"
    " flow group legs line outcome recording_id sip_call_id started steps summary talk_seconds task_id timers untaken"
    " version",
    "call_row": "account answered_by caller changed direction end_reason ended entry_id exit flow group leg_count"
    " limit_seconds line menu_seconds outcome recording_ids recordings ring_seconds sip_call_id started status step"
    " talk_seconds version",
    "notification": "account data entry_id id sequence state timestamp type",
}


def fits(name: str, value: Any) -> list[str]:
    validator = Draft202012Validator(load_schema(name), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize("name", VERSIONS)
def test_the_file_is_what_is_made(name: str) -> None:
    file = PROJECT / "schemas" / f"{name}.schema.json"
    assert file.read_text(encoding="utf-8") == f"{as_text(schema_of(name))}\n", "run: make docs"
    Draft202012Validator.check_schema(load_schema(name))


@pytest.mark.parametrize("name", VERSIONS)
def test_a_version_keeps_its_fields(name: str) -> None:
    assert VERSIONS[name][1] == 1, "a new version has a list of its own here"
    known = set(OF_VERSION_1[name].split())
    assert known <= set(schema_of(name)["required"])


@pytest.fixture
def written(tmp_path: Path) -> dict[str, Any]:
    """One of each, as the program writes it."""
    write_bundle(tmp_path / "flows", FIRST)
    router = living_router(IVR_FLOWS=str(tmp_path / "flows"))
    publish(router, FIRST)
    ring(router, "e1")
    view = router.view("e1")
    (row,) = every_call(router.store, None, {})
    made = {"call": view, "call_row": record_object(row), "notification": delivery_object(told())["envelope"]}
    return {name: json.loads(msgspec.json.encode(value)) for name, value in made.items()}


@pytest.mark.parametrize("name", VERSIONS)
def test_what_the_program_writes_fits_and_what_is_not_so_does_not(name: str, written: dict[str, Any]) -> None:
    assert fits(name, written[name]) == []
    assert fits(name, {**written[name], "new_field": 1}) == []
    for field in written[name]:
        assert fits(name, {key: value for key, value in written[name].items() if key != field}), field
    assert fits(name, {**written[name], "entry_id": 7})
