"""The sign covers neither path nor time: a body that was sent to one path is no event of another.

Held against the specification's own examples and against shapes of published integrations: each at each path.
"""

from typing import Any

import msgspec
import pytest

from router.errors import RequestRefused
from router.protocol.events import StatisticsReady, Unhandled
from router.protocol.kinds import KINDS, RESULTS
from router.protocol.parse import parse_event
from tests.document.document import examples
from tests.protocol.published import PUBLISHED

STORED = {"entry_id": "e", "product_id": 7, "user_id": -1, "recording_id": "r", "timestamp": 1785542400}
PUSHES: list[tuple[str, Any]] = [
    *((one.path, one.content) for one in examples("push") if one.path in KINDS),
    *PUBLISHED,
    ("events/record/added", STORED),
    ("events/record/tagged", STORED | {"tags": [1688]}),
    ("result/stats_in_calls_service", {"key": "k", "request_id": "r"}),
    *((f"result/{command}", {"command_id": "c", "result": 1000}) for command in sorted(RESULTS)),
]
ALIKE = (
    {f"result/{command}" for command in RESULTS},
    {"result/stats", "result/stat", "result/stats_in_calls_service"},
    {"events/record/added", "events/record/tagged"},
)
"""Paths whose notifications have the same fields. Which command a result is of, the command's row knows."""


def alike(path: str) -> set[str]:
    return next((group for group in ALIKE if path in group), {path})


def test_every_kind_is_tried() -> None:
    assert {path for path, _ in PUSHES} >= KINDS.keys() - {"result/stats"}


@pytest.mark.parametrize("number", range(len(PUSHES)))
def test_an_event_belongs_to_its_own_path(number: int) -> None:
    path, fields = PUSHES[number]
    body = msgspec.json.encode(fields)
    assert not isinstance(parse_event(path, body), Unhandled)
    for other in KINDS:
        if other in alike(path):
            parse_event(other, body)
            continue
        with pytest.raises(RequestRefused) as refused:
            parse_event(other, body)
        assert (refused.value.status, refused.value.result in (3103, 3104)) == (400, True), other


SUMMARY = next(one.content for one in examples("push") if one.path == "events/summary")


@pytest.mark.parametrize(
    "name",
    ["call_direction", "create_time", "forward_time", "talk_time", "end_time", "entry_result", "disconnect_reason"],
)
def test_a_summary_has_what_the_document_always_gives_it(name: str) -> None:
    fields = {other: value for other, value in SUMMARY.items() if other != name}
    with pytest.raises(RequestRefused) as refused:
        parse_event("events/summary", msgspec.json.encode(fields))
    assert (refused.value.result, refused.value.message) == (3103, f"{name} is missing")


MAKES_ANOTHER: list[dict[str, Any]] = [
    {"seq": 1, "call_state": "Appeared", "call_id": "c"},
    {"seq": 1, "dtmf": "1", "call_id": "c"},
    {"seq": 1, "recording_id": "r", "recording_state": "Started"},
    {"session": "s", "abonent": "7"},
]


@pytest.mark.parametrize("foreign", MAKES_ANOTHER)
def test_a_summary_that_is_another_kind_too_is_refused(foreign: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_event("events/summary", msgspec.json.encode({**SUMMARY, **foreign}))
    assert refused.value.result == 3104
    assert parse_event("events/summary", msgspec.json.encode({**SUMMARY, **dict.fromkeys(foreign)}))


@pytest.mark.parametrize("number", range(len(PUSHES)))
def test_a_field_that_is_known_elsewhere_costs_no_event(number: int) -> None:
    path, fields = PUSHES[number]
    for name, value in {name: value for foreign in MAKES_ANOTHER for name, value in foreign.items()}.items():
        assert parse_event(path, msgspec.json.encode({name: value} | fields)), name


def test_statistics_say_which_report_they_are_by_their_path_alone() -> None:
    for path, kind in (("result/stats", "stats"), ("result/stats_in_calls_service", "stats_in_calls_service")):
        assert parse_event(path, b'{"key": "k"}') == StatisticsReady(kind=kind, key="k")
