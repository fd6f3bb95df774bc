"""The table of methods, against the document's limits (§1.4)."""

import pytest

from router.catalogue.methods import CONTACT_CENTRE, METHODS, PBX, TASK_ADD, Limit, limits_for, limits_for_queries
from router.protocol.commands import SCHEMAS
from router.protocol.parse import RESULTS
from router.protocol.schemas import load_schema

DOCUMENT = {
    "route": (1, 2.0),
    "transfer": (1, 2.0),
    "callback": (4, 1.0),
    "call/hangup": (4, 1.0),
    "recording/start": (4, 1.0),
}


def test_the_eight_commands() -> None:
    assert set(METHODS) == set(SCHEMAS)
    for name, method in METHODS.items():
        if method is TASK_ADD:
            continue
        assert method.base == PBX
        assert method.has_result
        assert (method.name, method.path, method.result_path) == (name, f"commands/{name}", f"result/{name}")
        assert name in RESULTS
        schema = load_schema(method.schema)
        assert method.section in schema["description"]
        assert method.needs_call == ("call_id" in schema["required"])


def test_task_of_the_contact_centre() -> None:
    assert (TASK_ADD.base, TASK_ADD.path, TASK_ADD.section) == (CONTACT_CENTRE, "task/add", "§4.2")
    assert not TASK_ADD.has_result
    assert not TASK_ADD.needs_call
    assert TASK_ADD.section in load_schema(TASK_ADD.schema)["description"]
    assert [(limit.window, limit.count, limit.seconds) for limit in limits_for("task/add", {}, 0.5)] == [
        ("cc all", 5, 1.0),
        ("task/add", 2, 1.0),
    ]


def test_limits_of_queries() -> None:
    slow = Limit(window="all", count=2, seconds=1.0)
    assert limits_for_queries({}, 0.5) == (Limit(window="all", count=5, seconds=1.0),)
    assert limits_for_queries({"all": slow}, 1.0) == (slow,)


def test_limits_of_the_document() -> None:
    for name in METHODS.keys() - {"task/add"}:
        limits = limits_for(name, {}, 1.0)
        assert limits[0] == Limit(window="all", count=10, seconds=1.0)
        own = [(limit.count, limit.seconds) for limit in limits[1:]]
        assert own == ([DOCUMENT[name]] if name in DOCUMENT else [])


def test_only_route_and_hangup_are_repeated() -> None:
    assert {name for name, method in METHODS.items() if method.repeatable} == {"route", "call/hangup"}


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
