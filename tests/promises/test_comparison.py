"""A broken promise is noticed: each of these changes is one, and each of those is none."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from router.web.openapi import description
from tests.promises.comparison import Narrowing, lost
from tests.promises.described_api import broken
from tests.promises.surface import PROJECT, surface
from tests.promises.test_promises import unkept

Change = Callable[[Any], object]
CALLS = "/api/calls"


def changed(value: Any, change: Change) -> Any:
    made = copy.deepcopy(value)
    change(made)
    return made


FLOW = json.loads((PROJECT / "schemas" / "flow.schema.json").read_text(encoding="utf-8"))
CALL = json.loads((PROJECT / "schemas" / "call.schema.json").read_text(encoding="utf-8"))
SURFACE = json.loads(json.dumps(surface()))
API = json.loads(json.dumps(description(), default=str))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda now: now["properties"].pop("window"), ".window is gone"),
        (lambda now: now["required"].append("window"), "window has to be given"),
        (lambda now: now["properties"].update(window={"type": "integer"}), "string is not taken any more"),
        (lambda now: now["properties"].update(flow={"type": "string", "maxLength": 3}), "maxLength"),
        (lambda now: now["properties"].update(flow={"type": "string", "pattern": "^x"}), "the pattern has changed"),
        (lambda now: now["properties"].update(start=False), "nothing is taken any more"),
    ],
)
def test_a_flow_that_is_refused_now(change: Change, said: str) -> None:
    found = list(Narrowing(FLOW, now := changed(FLOW, change)).found(FLOW, now))
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    "change",
    [
        lambda now: now["properties"].update(mood={"type": "string"}),
        lambda now: now["required"].clear(),
        lambda now: now["properties"].update(flow={"type": ["string", "integer"]}),
    ],
)
def test_a_language_that_has_grown(change: Change) -> None:
    assert list(Narrowing(FLOW, now := changed(FLOW, change)).found(FLOW, now)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "'b' is not taken any more"),
        ({"type": "string"}, {"enum": ["a"]}, "'any other'"),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, {"type": "string"}, "array"),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, {"anyOf": [{"type": "string"}]}, "a form is not taken"),
        ({"type": "array", "items": {"type": "number"}}, {"type": "array", "items": {"type": "integer"}}, "number"),
        ({"additionalProperties": {"type": "number"}}, {"additionalProperties": False}, "nothing is taken"),
        ({"allOf": [{"minimum": 1}]}, {"allOf": [{"minimum": 2}]}, "minimum is 2"),
    ],
)
def test_narrower_nodes(old: Any, new: Any, said: str) -> None:
    found = list(Narrowing(old, new).found(old, new))
    assert any(said in each for each in found), found
    assert list(Narrowing(new, new).found(new, new)) == []


def test_what_is_written_keeps_its_fields_and_may_have_more() -> None:
    less = changed(CALL, lambda now: now["required"].remove("outcome"))
    more = changed(
        CALL, lambda now: (now["required"].append("mood"), now["properties"].update(mood={"type": "string"}))
    )
    assert any("outcome has to be given" in each for each in Narrowing(less, CALL).found(less, CALL))
    assert list(Narrowing(more, CALL, words_may_come=True).found(more, CALL)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda now: now["paths"].pop(CALLS), "GET /api/calls is gone"),
        (lambda now: now["paths"]["/api/pause"].pop("post"), "POST /api/pause is gone"),
        (lambda now: now["paths"][CALLS]["get"]["parameters"].pop(), "is gone"),
        (
            lambda now: now["paths"][CALLS]["get"]["parameters"].append(
                {"name": "mood", "in": "query", "required": True, "schema": {}}
            ),
            "the parameter mood has to be given",
        ),
        (lambda now: now["paths"][CALLS]["get"]["responses"].pop("200"), "200 is gone"),
        (lambda now: now["paths"][CALLS]["get"]["responses"].update({"200": {}}), "no answer of"),
    ],
)
def test_an_api_that_has_lost_something(change: Change, said: str) -> None:
    found = list(broken(API, changed(API, change)))
    assert any(said in each for each in found), found


def test_an_api_that_has_grown() -> None:
    def grow(now: Any) -> None:
        now["paths"]["/api/moods"] = {"get": {"responses": {"200": {}}}}
        now["paths"][CALLS]["get"]["parameters"].append({"name": "mood", "in": "query", "schema": {}})

    assert list(broken(API, changed(API, grow))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda now: now["commands"].pop("user add"), "/commands/user add is gone"),
        (lambda now: now["commands"]["test"]["options"].pop("--watch"), "--watch is gone"),
        (lambda now: now["commands"]["graph"]["options"]["--format"]["choices"].remove("dot"), "dot is gone"),
        (
            lambda now: now["commands"]["test"]["options"].update({"--mood": {"required": True}}),
            "test: --mood has to be given",
        ),
        (lambda now: now["commands"]["check"]["arguments"].append({"required": True}), "check: one more argument"),
        (lambda now: now["metrics"].pop("ivr_ready"), "ivr_ready is gone"),
        (lambda now: now["metrics"]["ivr_events_total"].remove("kind"), "kind is gone"),
        (lambda now: now["settings"].update(IVR_WATCH="watching"), "is 'watching', and was 'watch'"),
        (lambda now: now["defaults"].update(IVR_WATCH="0"), "is '0', and was '1'"),
        (lambda now: now["findings"].remove("W620"), "W620 is gone"),
        (lambda now: now["roles"].update({"GET /api/calls": "admin"}), "is 'admin', and was 'viewer'"),
        (lambda now: now["exits"]["menu"].clear(), "is gone"),
        (lambda now: now["functions"].remove("len"), "len is gone"),
        (lambda now: now["python"]["Mango"].pop("groups"), "groups is gone"),
        (lambda now: now["python"]["Mango"]["groups"].update(mood=True), "Mango.groups: mood has to be given"),
    ],
)
def test_a_surface_that_has_lost_something(change: Change, said: str) -> None:
    found = list(unkept(SURFACE, changed(SURFACE, change)))
    assert any(said in each for each in found), found


def test_a_surface_that_has_grown() -> None:
    def grow(now: Any) -> None:
        now["commands"]["sing"] = {"options": {}, "arguments": []}
        now["commands"]["test"]["options"]["--mood"] = {"required": False}
        now["findings"].append("W699")
        now["python"]["Mango"]["groups"]["mood"] = False

    assert list(unkept(SURFACE, changed(SURFACE, grow))) == []
    assert list(lost({"a": [1]}, {"a": []})) != []
