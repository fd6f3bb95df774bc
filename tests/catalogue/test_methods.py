"""The catalogue, against the document's limits (§1.4), its schemas and itself."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from docs.api_page import LATER
from router.catalogue.methods import (
    COMMANDS,
    CONTACT_CENTRE,
    METHODS,
    PBX,
    TASK_ADD,
    Limit,
    limits_for,
)
from router.catalogue.notifications import NOTIFICATIONS
from router.protocol.commands import SCHEMAS
from router.protocol.kinds import KINDS, RESULTS
from router.protocol.schemas import load_schema

DOCUMENT = {  # §1.4, by window
    "callback": (4, 1.0),
    "call/hangup": (4, 1.0),
    "recording/start": (4, 1.0),
    "recordings": (10, 1.0),
    "config/users/request": (1, 2.0),
    "account/balance": (2, 1.0),
    "ab/contact": (50, 1.0),
    "ab/changes": (10, 1.0),
    "transfer": (1, 2.0),
    "stats/request": (10, 1.0),
    "stats/result": (50, 1.0),
    "route": (1, 2.0),
    "task/add": (5, 1.0),
}
ROOT = Path(__file__).parents[2]
SECTIONS = (  # every heading of the document that holds something of its own
    *(f"§1.{number}" for number in range(1, 5)),
    *(f"§2.{number}" for number in range(1, 5)),
    *(f"§3.1.{number}" for number in range(1, 6)),
    *(f"§3.2.{number}" for number in range(1, 9)),
    *("§3.3.2", "§3.3.3", "§3.3.4.1", "§3.3.4.2", "§3.3.4.3"),
    *(f"§3.4.{number}" for number in range(1, 6)),
    *("§3.5.1", "§3.5.2"),
    *(f"§3.6.{number}" for number in range(1, 25)),
    *(f"§3.7.1.{number}" for number in range(1, 7)),
    *(f"§3.7.2.{number}" for number in (1, 3, 4, 6, 7, 8, 9)),
    *(f"§3.7.3.{number}" for number in range(1, 6)),
    *("§3.7.4", "§3.7.20", "§3.8.1", "§3.8.2", "§3.8.3"),
    *(f"§3.8.4.{number}" for number in range(1, 6)),
    *(f"§3.9.{number}" for number in range(1, 5)),
    *("§4.1", "§4.2", "§4.3.1", "§4.3.2", "§4.3.3", "§4.4", "codes", "Appendix 1"),
)
CHAPTERS = {2: 8, 3: 4, 4: 5, 5: 2, 6: 24, 7: 19, 8: 8, 9: 4}  # of §3: how many methods each has


def test_the_whole_document_is_there() -> None:
    for chapter, count in CHAPTERS.items():
        found = [one for one in METHODS.values() if re.match(rf"§3\.{chapter}\.", one.section)]
        assert len(found) == count, chapter
    assert len([one for one in METHODS.values() if one.section.startswith("§4.")]) == 4
    assert {one.name for one in METHODS.values() if one.section == "2026"} == {
        "calls_connect",
        "transfer_cancel",
        "call/hold/on",
        "stats/calls/request",
        "stats/calls/result",
    }


def test_commands_of_the_outbox() -> None:
    assert set(COMMANDS) == set(SCHEMAS)
    for name, method in COMMANDS.items():
        assert method.schema == SCHEMAS[name]
        if method is TASK_ADD:
            continue
        assert method.base == PBX
        assert method.has_result
        assert (method.name, method.path, method.result_path) == (name, f"commands/{name}", f"result/{name}")
        assert name in RESULTS
        assert method.needs_call == ("call_id" in load_schema(method.schema)["properties"])


@pytest.mark.parametrize("name", METHODS)
def test_a_row_and_its_schemas(name: str) -> None:
    method = METHODS[name]
    request, response = load_schema(method.schema), load_schema(method.response_schema)
    for schema in (request, response):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert method.section in schema["description"]
        assert all(_described(schema)), "every field says what it is"
    assert (request["title"], response["title"]) == (method.title, f"{method.title}: the answer")
    assert request["additionalProperties"] is False
    assert method.base in (PBX, CONTACT_CENTRE)
    assert (method.answer == "csv") == (response["type"] == "array")
    if method.rows:
        assert method.rows in response["properties"]
    assert not method.follow or method.follow in METHODS


def _described(schema: Any) -> list[bool]:
    """Of each field of an object: whether it has a description, its own or that of the shape that it names."""
    if isinstance(schema, list):
        return [found for one in schema for found in _described(one)]
    if not isinstance(schema, dict):
        return []
    fields = schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else {}
    own = [bool({"description", "$ref"} & set(one)) for one in fields.values()]
    return own + [found for one in schema.values() for found in _described(one)]


def test_no_two_rows_share_a_path() -> None:
    paths = [(one.base, path) for one in METHODS.values() for path in (one.path, *one.spellings)]
    assert len(paths) == len(set(paths))


def test_task_of_the_contact_centre() -> None:
    assert (TASK_ADD.base, TASK_ADD.path, TASK_ADD.section) == (CONTACT_CENTRE, "task/add", "§4.2")
    assert not TASK_ADD.has_result
    assert not TASK_ADD.needs_call
    assert [(limit.window, limit.count, limit.seconds) for limit in limits_for("task/add", {}, 0.5)] == [
        ("cc all", 5, 1.0),
        ("task/add", 2, 1.0),
    ]


def test_limits_of_queries() -> None:
    slow = Limit(window="all", count=2, seconds=1.0)
    assert limits_for("queries/of_tomorrow", {}, 0.5) == (Limit(window="all", count=5, seconds=1.0),)
    assert limits_for("queries/of_tomorrow", {"all": slow}, 1.0) == (slow,)
    users = Limit(window="config/users/request", count=1, seconds=2.0)
    assert limits_for("config/users/request", {}, 1.0)[1:] == (users,)


def test_the_later_document_has_a_tier_of_the_platform() -> None:
    assert [limit.window for limit in limits_for("route", {}, 1.0, "2026")] == ["all", "platform", "route"]
    assert [limit.window for limit in limits_for("task/add", {}, 1.0, "2026")] == ["cc all", "task/add"]
    wide = Limit(window="platform", count=200, seconds=1.0)
    assert limits_for("sms", {"platform": wide}, 1.0, "2026")[1] == wide
    (_all, _platform, slower) = limits_for("stats/request", {}, 1.0, "2026")
    assert (slower.count, slower.seconds) == (1, 2.0)


def test_limits_of_the_document() -> None:
    windows = {}
    for method in METHODS.values():
        first, *own = method.limits
        assert first == Limit(window="all" if method.base == PBX else "cc all", count=10, seconds=1.0)
        windows |= {limit.window: (limit.count, limit.seconds) for limit in own}
    assert windows == DOCUMENT


def test_limits_that_the_later_document_changes() -> None:
    changed = {
        name: [(limit.window, limit.count, limit.seconds) for limit in method.limits_in("2026")]
        for name, method in METHODS.items()
        if method.limits_in("2026") != method.limits_in("2021")
    }
    slower = [("all", 10, 1.0), ("stats/request", 1, 2.0)]
    assert changed == dict.fromkeys(("stats/request", "stats/calls/request", "stats_in_calls_service/request"), slower)


def test_which_commands_are_repeated() -> None:
    assert {name for name, method in COMMANDS.items() if method.repeatable} == {"route", "call/hangup"}
    adding = {name for name in METHODS if name.endswith(("/create", "/add", "/push"))}
    assert not any(METHODS[name].repeatable for name in adding)


@pytest.mark.parametrize(
    ("command", "share", "expected"),
    [
        ("route", 0.5, [("all", 5, 1.0), ("route", 1, 4.0)]),
        ("call/hangup", 0.5, [("all", 5, 1.0), ("call/hangup", 2, 1.0)]),
        ("call/hangup", 0.7, [("all", 7, 1.0), ("call/hangup", 2, 1.0)]),
        ("play/start", 0.05, [("all", 1, 2.0)]),
    ],
)
def test_a_share_of_each_limit(command: str, share: float, expected: list[tuple[str, int, float]]) -> None:
    assert [(limit.window, limit.count, limit.seconds) for limit in limits_for(command, {}, share)] == expected


def test_overrides() -> None:
    slow = Limit(window="route", count=1, seconds=10.0)
    play = Limit(window="play/start", count=2, seconds=1.0)
    assert limits_for("route", {"route": slow}, 1.0)[1] == slow
    assert limits_for("transfer", {"route": slow}, 1.0) == limits_for("transfer", {}, 1.0)
    assert limits_for("play/start", {"play/start": play}, 1.0)[1] == play


def test_every_push_has_a_row_and_every_row_is_understood() -> None:
    rows = {path for one in NOTIFICATIONS for path in (one.path, *one.spellings)}
    parsed = set(KINDS)
    assert rows == parsed
    pushed = {method.result_path for method in METHODS.values() if method.result_path}
    assert pushed <= rows


def test_the_page_says_truly_which_later_methods_are_there() -> None:
    paths = {path for method in METHODS.values() for path in (method.path, *method.spellings)}
    pushes = {path for one in NOTIFICATIONS for path in (one.path, *one.spellings)}
    here = {name for _, names, _ in LATER for name in re.findall(r"`([a-z0-9_/-]+)`", names)} - {"tags"}
    absent = {name for _, _, names in LATER for name in re.findall(r"`([a-z0-9_/-]+)`", names)}
    assert here <= paths | pushes | {"events/call"}
    own = {path for path in paths if METHODS.get(path) is None or METHODS[path].base == PBX}
    assert not absent & own
    assert {one.path for one in METHODS.values() if one.section == "2026"} <= here


def test_the_page_has_no_empty_cell_for_any_section() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    assert all(cell.strip() for row in rows for cell in row)
    told = {row[0].strip() for row in rows}
    for section in SECTIONS:
        assert any(section in cell for cell in told), section
