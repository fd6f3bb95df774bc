"""A bundle that went through its image is the bundle that was packed."""

from dataclasses import dataclass, fields
from pathlib import Path

import msgspec
import pytest

from router.files.bundle import read_directory
from router.flow import plain_values
from router.flow.bundle_image import open_image, pack_image
from router.flow.expressions.text_of import TextOf
from router.flow.expressions.values import to_text
from router.flow.image_parts import Opened
from router.flow.loader import load
from router.flow.model import Bundle
from router.flow.plain_values import FINGERPRINT
from router.flow.resources.number_lists import CompiledList
from router.flow.verbs import route
from router.flow.verbs.collect import Collect
from router.flow.verbs.lookup import Lookup
from router.flow.verbs.return_ import Return
from router.flow.verbs.route import Route
from router.flow.verbs.set import SetVariables
from router.flow.verbs.switch import Switch
from tests.flow.bundles import RESOURCES, flow_text, load_flow, load_texts
from tests.flow.scopes import FixedScope

EXAMPLE = Path(__file__).parents[2] / "tests" / "bundles" / "reception"
EVERYTHING = """
ask: {collect: {prompt: audio.greeting, into: pin, pattern: 2xxx, secret: true, next: find, no_input: {max: 1, goto: done}, no_match: {max: 0, goto: done}}}
find:
  lookup:
    http: {method: POST, url: "https://crm.example/${caller.number}", headers: {A: "${secrets.crm}"}, json: {a: [1, true, "${vars.pin}", {b: null}]}}
    outputs: {ok: {type: bool, from: ok, default: false}}
    next: count
    on: {else: done}
count: {set: {vars: {tries: vars.tries + 1, said: "x${caller.number}"}, next: judge}}
judge:
  switch:
    - {when: find.ok and vars.tries < 3 or caller.number in lists.vip, goto: out}
    - {else: done}
out: {route: {to: [extension 101, "number ${caller.number}", group sales, person boss], display_name: "${vars.said}", on: {busy: done, 32xx: done, else: done}}}
"""
HEAD = (
    "flow: main\nfor: any\non_error: done\nstart: ask\n"
    'vars: {pin: {type: text, default: ""}, said: {type: text, default: ""}, tries: {type: number, default: 0}}\n'
)


def reopened(bundle: Bundle | None) -> Bundle:
    assert bundle is not None
    opened = open_image(pack_image(bundle))
    assert opened is not None
    return opened


@pytest.fixture(scope="module")
def everything() -> Bundle:
    loaded = load_flow(EVERYTHING, HEAD)
    assert [finding.message for finding in loaded.findings if finding.severity == "error"] == []
    return reopened(loaded.bundle)


def test_packing_what_was_opened_gives_the_same_bytes() -> None:
    for bundle in (load(read_directory(EXAMPLE)).bundle, load_flow(EVERYTHING, HEAD).bundle):
        assert bundle is not None
        assert pack_image(reopened(bundle)) == pack_image(bundle)


def test_steps_are_unpacked_when_they_are_asked_for(everything: Bundle) -> None:
    steps = everything.flows["main"].steps
    assert isinstance(steps, Opened)
    assert list(steps) == ["ask", "find", "count", "judge", "out", "done"]
    assert "ask" in steps
    assert "nothing" not in steps
    assert steps["ask"] is steps["ask"]
    with pytest.raises(KeyError):
        steps["nothing"]


def test_keys_match_as_before(everything: Bundle) -> None:
    settings = everything.flows["main"].steps["ask"].settings
    assert isinstance(settings, Collect)
    assert settings.keys is not None
    assert settings.keys.match("2123") == ("2xxx", False)
    assert settings.keys.match("21") == (None, True)


def test_expressions_and_templates_are_compiled_again(everything: Bundle) -> None:
    steps = everything.flows["main"].steps
    scope = FixedScope({"find.ok": False, "vars.tries": 4, "caller.number": "79000000000"}, {"vip": {"79000000000"}})
    judge, count = steps["judge"].settings, steps["count"].settings
    assert isinstance(judge, Switch)
    assert isinstance(count, SetVariables)
    assert judge.cases[0].when is not None
    assert judge.cases[0].when.evaluate(scope) is True
    assert [clause["clause"] for clause in judge.cases[0].when.explain(scope)] == [
        "find.ok",
        "caller.number in lists.vip",
    ]
    tries, said = count.values["tries"], count.values["said"]
    assert to_text(tries.evaluate(scope)) == "5"  # type: ignore[union-attr]  # a number's value is an expression
    assert said.render(scope) == "x79000000000"  # type: ignore[union-attr]  # and a text's a template


def test_a_request_keeps_its_tree(everything: Bundle) -> None:
    settings = everything.flows["main"].steps["find"].settings
    assert isinstance(settings, Lookup)
    assert settings.http is not None
    tree = settings.http.json
    assert tree["a"][:2] == [1, True]
    assert tree["a"][3] == {"b": None}
    assert tree["a"][2].source == "${vars.pin}"


def test_hours_and_lists_answer_as_before() -> None:
    before = load(read_directory(EXAMPLE)).bundle
    assert before is not None
    after = reopened(before)
    for hour in range(24 * 60):
        at = 1_795_000_000.0 + hour * 3600
        assert after.hours["office"].is_open(at) == before.hours["office"].is_open(at)
        assert after.hours["office"].opens_at(at) == before.hours["office"].opens_at(at)
    assert after.version == before.version
    assert after.by_line == before.by_line


def test_every_kind_of_entry_survives_in_a_list() -> None:
    entries = ["79000000000", "7900*", "7900xx11", "10-20", "*12*34*", "sip:a@pbx.example", "*@pbx.example", "74-6"]
    before = CompiledList(entries, keep_seconds=60.0)
    after = CompiledList.of_parts(msgspec.msgpack.decode(msgspec.msgpack.encode(before.parts())))
    asked = ["79000000000", "79001", "79005511", "7900551", "15", "9", "51216347", "a@pbx.example", "b@pbx.example"]
    asked += ["75", "b@other.example", "", "746"]
    assert [number in after for number in asked] == [number in before for number in asked]
    assert (len(after), after.keep_seconds) == (len(before), 60.0)


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"nonsense",
        msgspec.msgpack.encode(1),
        msgspec.msgpack.encode(["another program", {}]),
        msgspec.msgpack.encode([FINGERPRINT, [999]]),
        msgspec.msgpack.encode([FINGERPRINT, [0, 1]]),
        msgspec.msgpack.encode([FINGERPRINT, None]),
    ],
)
def test_what_is_no_image_of_this_program_is_not_opened(image: bytes) -> None:
    assert open_image(image) is None


def test_a_field_of_another_type_is_another_form() -> None:
    @dataclass(frozen=True)
    class Route:
        ring: float

    @dataclass(frozen=True)
    class RouteWithList:
        ring: tuple[float, ...]

    assert plain_values.fields_told(Route) != plain_values.fields_told(RouteWithList)
    assert [name for name, _ in plain_values.fields_told(RouteWithList)] == ["ring"]
    told = dict(plain_values.fields_told(route.Route))
    assert set(told) == {field.name for field in fields(route.Route)}
    assert all(told.values())


def test_what_a_sub_flow_returns_has_its_place() -> None:
    main = 'ask: {run: {flow: sub, on: {ok: go, else: done}}}\ngo: {route: {to: "number ${ask.who}", on: {else: done}}}'
    sub = "flow: sub\nstart: out\non_error: out\nsteps:\n  out: {return: {as: ok, with: {who: caller.number, low: lower(caller.number), n: 2}}}\n"
    loaded = load_texts(main=flow_text(main), sub=sub, resources=RESOURCES)
    assert not loaded.findings
    opened = reopened(loaded.bundle)
    returned = opened.flows["sub"].steps["out"].settings
    assert isinstance(returned, Return)
    assert {name: value.source for name, value in returned.values.items()} == {
        "who": "caller.number",
        "low": "lower(caller.number)",
        "n": "2",
    }
    who = returned.values["who"]
    assert isinstance(who, TextOf)
    assert (who.render(FixedScope({"caller.number": "84912345678"})), who.is_phone) == ("84912345678", True)
    route = opened.flows["main"].steps["go"].settings
    assert isinstance(route, Route)
    assert route.to[0].name.is_phone
