"""The table of methods, against the document's limits (§1.4)."""

import pytest

from router.catalogue.methods import METHODS, Limit, limits_for
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
        assert (method.name, method.path, method.result_path) == (name, f"commands/{name}", f"result/{name}")
        assert name in RESULTS
        schema = load_schema(method.schema)
        assert method.section in schema["description"]
        assert method.needs_call == ("call_id" in schema["required"])


def test_limits_of_the_document() -> None:
    for name in METHODS:
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
