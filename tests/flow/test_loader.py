"""From files to the model: each verb's settings and defaults, resources, references, and that nothing makes it raise."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.files.bundle import read_directory
from router.flow.loader import load
from router.flow.model import Takes
from router.flow.verbs.collect import Collect
from router.flow.verbs.menu import Menu
from router.flow.verbs.play import Play
from router.flow.verbs.route import Route
from router.flow.verbs.set import SetVariables
from router.flow.verbs.sms import Sms
from router.flow.verbs.switch import Switch
from router.flow.verbs.transfer import Transfer
from router.flow.verbs.wait import Wait
from router.flow.verbs.watch import Watch
from tests.flow.bundles import HEAD, RESOURCES, codes, flow_text, load_flow, load_texts, settings_of, sound

PRINTED = ("main.yaml", "main.test.yaml", "resources.yaml", "blocked.txt", "rota.csv")  # in FLOWS.md
EXAMPLE = {
    name: content
    for name, content in read_directory(Path(__file__).parents[2] / "tests" / "bundles" / "reception").items()
    if name in PRINTED
}
VARS = HEAD + "vars: {pin: {type: text}, tries: {type: number, default: 3}, seen: {type: bool}, who: {type: phone}}\n"


def test_the_example_has_no_finding() -> None:
    loaded = load(EXAMPLE)
    assert loaded.findings == ()
    assert list(loaded.tests) == ["main.test.yaml"]


def test_the_example_as_the_engine_sees_it() -> None:
    bundle = load(EXAMPLE).bundle
    assert bundle is not None
    flow = bundle.flows["main"]
    assert bundle.by_line == {"74952150438": ("main",)}
    assert flow.takes == Takes(lines=("74952150438",), location="ivr")
    assert (flow.start, flow.on_error, flow.on_end) == ("screen", "operator", "missed")
    assert (flow.window, flow.budget_steps, flow.budget_seconds) == (30.0, 60, 600.0)
    assert flow.hold is not None
    assert flow.hold.recording("") == ("audio.one_moment", 24, 20.0)
    assert "79000000013" in bundle.lists["blocked"]
    assert bundle.flow_for("74952150438", ["ivr"]) is flow
    assert bundle.flow_for("74952150438", ["queue"]) is None
    assert flow.steps["extension"].exits == {"busy": "main_menu", "no_answer": "operator", "failed": "main_menu"}


def test_what_is_not_written_has_the_documented_default() -> None:
    flow = sound(load_texts(main="flow: main\nstart: bye\nsteps: {bye: hangup}\n"))
    assert flow.takes is None
    assert (flow.timezone, flow.window, flow.budget_steps, flow.budget_seconds) == ("Europe/Moscow", 30.0, 200, 1800.0)
    assert (flow.on_error, flow.on_end, flow.hold, flow.language) == (None, None, None, None)


def test_menu() -> None:
    keys = "{1: done, star: ask, 3xx: done}"
    flow = sound(
        load_flow(
            f"ask: {{menu: {{prompt: [audio.greeting, audio.closed], keys: {keys}, no_input: {{max: 2, goto: done}}}}}}"
        )
    )
    menu = settings_of(flow)
    assert isinstance(menu, Menu)
    assert [prompt.name for prompt in menu.prompts] == ["greeting", "closed"]
    assert menu.targets == {"1": "done", "*": "ask", "3xx": "done"}
    assert menu.keys.match("345") == ("3xx", False)
    assert (menu.first_digit, menu.next_digit) == (5.0, 2.0)
    assert (menu.no_input.goto, menu.no_input.max) == ("done", 2)
    assert (menu.no_match.goto, menu.no_match.max) == (None, 1)
    assert flow.steps["ask"].exits == {"no_input": "done"}


def test_a_menu_may_leave_speaking_to_the_scheme() -> None:
    menu = settings_of(sound(load_flow("ask: {menu: {keys: {1: done}}}")))
    assert isinstance(menu, Menu)
    assert menu.prompts == ()


def test_collect() -> None:
    text = "ask: {collect: {into: pin, length: 4, terminator: pound, secret: true, next: done, no_match: {goto: done}}}"
    flow = sound(load_flow(text, VARS))
    collect = settings_of(flow)
    assert isinstance(collect, Collect)
    assert (collect.into, collect.min_length, collect.max_length, collect.terminator) == ("pin", 4, 4, "#")
    assert (collect.first_digit, collect.next_digit, collect.keys, collect.secret) == (5.0, 4.0, None, True)
    assert flow.variables["pin"].secret
    assert not flow.variables["who"].secret
    assert flow.steps["ask"].exits == {"next": "done", "no_match": "done"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", (1, 99)),
        ("length: 7, ", (7, 7)),
        ("length: {max: 9}, ", (1, 9)),
        ("length: {min: 2}, ", (2, 99)),
        ("pattern: 2xxx, ", (4, 4)),
        ("pattern: 2xxx, length: {min: 1, max: 4}, ", (1, 4)),
    ],
)
def test_how_many_digits_are_collected(written: str, expected: tuple[int, int]) -> None:
    collect = settings_of(sound(load_flow(f"ask: {{collect: {{{written}into: who, next: done}}}}", VARS)))
    assert isinstance(collect, Collect)
    assert (collect.min_length, collect.max_length) == expected


def test_play() -> None:
    flow = sound(load_flow("ask: {play: {prompt: audio.welcome, next: done, on: {failed: ask}}}"))
    play = settings_of(flow)
    assert isinstance(play, Play)
    assert play.prompts[0].recording("en")[1] == 32
    assert play.prompts[0].recording("en")[2] == 5.0
    assert flow.steps["ask"].exits == {"next": "done", "failed": "ask"}


@pytest.mark.parametrize(
    ("to", "ring", "seconds"),
    [
        ("[extension 101, group sales]", "[20s, 1m30s]", (20.0, 90.0)),
        ("[extension 101, group sales]", "20s", (20.0, 20.0)),
        ("group sales", "[500ms]", (0.5,)),
        ("[group sales]", "0s", (0.0,)),
    ],
)
def test_how_long_each_destination_rings(to: str, ring: str, seconds: tuple[float, ...]) -> None:
    route = settings_of(sound(load_flow(f"ask: {{route: {{to: {to}, ring: {ring}, on: {{else: done}}}}}}")))
    assert isinstance(route, Route)
    assert route.ring == seconds
    bare = settings_of(sound(load_flow(f"ask: {{route: {{to: {to}, on: {{else: done}}}}}}")))
    assert isinstance(bare, Route)
    assert bare.ring == ()


def test_route() -> None:
    to = '[extension 101, person operator, group sales, group 305, number +7 495 111-22-33, sip a@b.example, "person ${vars.pin}"]'
    flow = sound(
        load_flow(
            f'ask: {{route: {{to: {to}, ring: 20s, priority: high, online_only: true, display_name: "VIP ${{digits}}", on: {{41xx: done, "4101": ask, else: done}}}}}}',
            VARS,
        )
    )
    route = settings_of(flow)
    assert isinstance(route, Route)
    assert [(one.kind, one.name.source, dict(one.numbers)) for one in route.to] == [
        ("extension", "101", {}),
        ("person", "operator", {"operator": "100"}),
        ("group", "sales", {"sales": "303"}),
        ("group", "305", {}),
        ("number", "+7 495 111-22-33", {}),
        ("sip", "a@b.example", {}),
        ("person", "${vars.pin}", {"operator": "100", "boss": "101"}),
    ]
    assert (route.ring, route.high_priority, route.online_only) == ((20.0,) * 7, True, True)
    assert route.display_name is not None
    assert route.display_name.names == {"digits"}
    assert flow.steps["ask"].exits == {"41xx": "done", "4101": "ask", "else": "done"}


def test_a_route_may_have_a_hold_prompt_of_its_own() -> None:
    route = settings_of(sound(load_flow("ask: {route: {to: group sales, hold: audio.welcome, on: {else: done}}}")))
    assert isinstance(route, Route)
    assert route.hold is not None
    assert route.hold.recording("en")[1] == 32
    without = settings_of(sound(load_flow("ask: {route: {to: group sales, on: {else: done}}}")))
    assert isinstance(without, Route)
    assert without.hold is None
    unknown = load_flow("ask: {route: {to: group sales, hold: audio.welcom, on: {else: done}}}")
    assert [(finding.code, finding.message) for finding in unknown.findings] == [
        ("F302", "unknown prompt `audio.welcom`")
    ]


@pytest.mark.parametrize(("written", "extension"), [("person boss", "101"), ("extension 102", "102"), ("103", "103")])
def test_transfer(written: str, extension: str) -> None:
    flow = sound(
        load_flow(f"ask: {{transfer: {{to: group sales, method: hold, by: {written}, on: {{returned: done}}}}}}")
    )
    transfer = settings_of(flow)
    assert isinstance(transfer, Transfer)
    assert transfer.method == "hold"
    assert transfer.by is not None
    assert transfer.by.source == extension
    assert flow.steps["ask"].exits == {"returned": "done"}


def test_transfer_is_blind_by_default() -> None:
    transfer = settings_of(sound(load_flow("ask: {transfer: {to: group sales}}")))
    assert isinstance(transfer, Transfer)
    assert (transfer.method, transfer.by) == ("blind", None)


def test_watch() -> None:
    flow = sound(
        load_flow(
            "ask: {watch: {connected: ask, held: {for: 60s, goto: done}, talking: {for: 1h, goto: done}, ended: done}}"
        )
    )
    assert settings_of(flow) == Watch(connected="ask", held=(60.0, "done"), talking=(3600.0, "done"), ended="done")
    assert flow.steps["ask"].exits == {"connected": "ask", "held": "done", "talking": "done", "ended": "done"}


def test_wait() -> None:
    flow = sound(load_flow("ask: {wait: {for: 500ms, next: later}}\nlater: {wait: {until: hours.office, next: done}}"))
    assert settings_of(flow) == Wait(seconds=0.5)
    assert settings_of(flow, "later") == Wait(until="office")


def test_set_takes_text_for_text_and_expressions_for_the_rest() -> None:
    assignments = '{pin: "${digits}!", tries: vars.tries + 1, seen: true, who: 79000000001}'
    flow = sound(load_flow(f"ask: {{set: {{vars: {assignments}, next: done}}}}", VARS))
    settings = settings_of(flow)
    assert isinstance(settings, SetVariables)
    assert [(name, value.source) for name, value in settings.values.items()] == [
        ("pin", "${digits}!"),
        ("tries", "vars.tries + 1"),
        ("seen", "true"),
        ("who", "79000000001"),
    ]


def test_sms() -> None:
    flow = sound(load_flow('ask: {sms: {to: "${caller.number}", from: 100, text: "Hello", sender: Shop, next: done}}'))
    sms = settings_of(flow)
    assert isinstance(sms, Sms)
    assert (sms.to.source, sms.sender.source, sms.text.source) == ("${caller.number}", "100", "Hello")
    assert sms.sender_name is not None
    assert sms.sender_name.source == "Shop"


def test_switch() -> None:
    flow = sound(
        load_flow("ask:\n  switch:\n    - {when: limits.route.wait > 15, goto: ask2}\n    - {else: done}\nask2: hangup")
    )
    switch = settings_of(flow)
    assert isinstance(switch, Switch)
    assert [(case.when.source if case.when else None, case.goto) for case in switch.cases] == [
        ("limits.route.wait > 15", "ask2"),
        (None, "done"),
    ]
    assert flow.steps["ask"].exits == {}


def test_variables_have_the_default_of_their_type() -> None:
    head = (
        HEAD
        + 'vars: {a: {type: text}, b: {type: number}, c: {type: bool}, d: {type: phone, default: "+7 900 000-00-01"}, e: {type: number, default: 1.5}}\n'
    )
    flow = sound(load_flow("ask: hangup", head))
    assert {name: variable.default for name, variable in flow.variables.items()} == {
        "a": "",
        "b": 0,
        "c": False,
        "d": "79000000001",
        "e": 1.5,
    }


def test_language_is_an_expression() -> None:
    flow = sound(load_flow("ask: hangup", VARS + "language: vars.pin\n"))
    assert flow.language is not None
    assert flow.language.names == {"vars.pin"}


def test_resources() -> None:
    bundle = load_flow("ask: hangup").bundle
    assert bundle is not None
    assert bundle.prompts["closed"].recording("ru")[2] == 90.0
    assert bundle.prompts["welcome"].recording("de")[1] == 31
    assert "79260000000" in bundle.lists["vip"]
    assert bundle.lists["locked"].keep_seconds == 1800.0
    monday_noon = 1795424400.0  # 2026-11-23T12:00+03:00
    assert bundle.hours["office"].is_open(monday_noon)
    assert not bundle.hours["office"].is_open(monday_noon - 86400)


def test_lines_come_from_a_list_or_match_by_digits() -> None:
    loaded = load_texts(
        main=flow_text("ask: hangup", HEAD.replace("any", "{lines: lists.vip}")),
        other='flow: other\nfor: {lines: ["+7 (495) 000-00-01"], location: queue}\nstart: bye\nsteps: {bye: hangup}\n',
        resources=RESOURCES,
    )
    assert loaded.findings == ()
    assert loaded.bundle is not None
    taken = {line: loaded.bundle.flow_for(line, ["queue"]) for line in ("79261111111", "74950000001", "79000000000")}
    assert {line: flow.name if flow else None for line, flow in taken.items()} == {
        "79261111111": "main",
        "74950000001": "other",
        "79000000000": None,
    }


def test_a_file_is_looked_for_beside_the_file_that_names_it_and_then_at_the_top() -> None:
    flow = b"flow: main\nfor: any\nstart: bye\nsteps: {bye: hangup}\n"
    lists = b"lists: {one: {file: a.txt}, two: {file: b.txt}}\n"
    loaded = load(
        {"main.yaml": flow, "sub/lists.yaml": lists, "sub/a.txt": b"79000000001\n", "b.txt": b"79000000002\n"}
    )
    assert loaded.findings == ()
    assert loaded.bundle is not None
    assert "79000000001" in loaded.bundle.lists["one"]
    assert "79000000002" in loaded.bundle.lists["two"]


def test_a_reference_cannot_leave_the_bundle() -> None:
    loaded = load_texts(main=flow_text("ask: hangup"), more="lists: {a: {file: ../../secret.txt}}\n")
    assert codes(loaded) == ["F308"]


def test_resources_that_cannot_be_read_make_no_name_unknown() -> None:
    steps = "ask:\n  switch:\n    - {when: caller.number in lists.vip or hours.x.open, goto: say}\n    - {else: go}\n"
    steps += "say: {play: {prompt: audio.greeting, next: done}}\ngo: {route: {to: group sales}}"
    for broken in ("audio: {a: 'b\n", "audio: {}\ngrups: {}\n", "audio: []\n", "adio: {}\n"):
        assert len(load_texts(main=flow_text(steps), resources=broken).findings) == 1


def test_a_broken_test_file_refuses_the_bundle() -> None:
    loaded = load({"main.yaml": flow_text("ask: hangup").encode(), "main.test.yaml": b"tests: [*]\n"})
    assert codes(loaded) == ["F104"]
    assert loaded.bundle is None


def test_a_bundle_needs_a_flow() -> None:
    assert codes(load({})) == ["F210"]
    assert codes(load_texts(resources=RESOURCES)) == ["F210"]


def test_findings_come_by_file_line_and_column() -> None:
    loaded = load_texts(b="flow: b\nstart: x\nsteps: {y: {meny: {}}}\n", a="flow: a\nstart: x\nsteps: {y: menu}\n")
    places = [(finding.mark.file, finding.mark.line, finding.mark.column) for finding in loaded.findings]
    assert places == sorted(places)
    assert len(places) == 4


SOURCE = EXAMPLE["main.yaml"].decode()


@given(
    at=st.integers(0, len(SOURCE)),
    removed=st.integers(0, 12),
    put=st.text(alphabet=" {}[]:,\n'\"*&-x1я$\t", max_size=3),
)
def test_no_damage_to_a_flow_makes_it_raise(at: int, removed: int, put: str) -> None:
    damaged = SOURCE[:at] + put + SOURCE[at + removed :]
    loaded = load({**EXAMPLE, "main.yaml": damaged.encode()})
    assert (loaded.bundle is None) == any(finding.severity == "error" for finding in loaded.findings)


RESOURCE_SOURCE = EXAMPLE["resources.yaml"].decode()


@given(at=st.integers(0, len(RESOURCE_SOURCE)), put=st.text(alphabet=" {}[]:,\n'\"*&-x1я$\t9", max_size=3))
def test_no_damage_to_resources_makes_it_raise(at: int, put: str) -> None:
    damaged = RESOURCE_SOURCE[:at] + put + RESOURCE_SOURCE[at + 2 :]
    loaded = load({**EXAMPLE, "resources.yaml": damaged.encode()})
    assert (loaded.bundle is None) == any(finding.severity == "error" for finding in loaded.findings)


@pytest.mark.parametrize("key", ["0", "00", "007", "+0", "-0", "1_0", "99999999999999999999999"])
def test_a_key_of_digits_is_refused_however_it_is_written(key: str) -> None:
    loaded = load_texts(resources=f'audio:\n  "{key}": {{id: 1, length: 3s}}\n')
    assert codes(loaded) == ["F207"]


@pytest.mark.parametrize("number", ["9" * 400 + ".0", "1e999", "inf", "nan%"])
def test_a_number_that_no_machine_holds_is_a_finding(number: str) -> None:
    loaded = load_texts(resources=f"audio:\n  a: {{id: {number}, length: 3s}}\n")
    assert loaded.bundle is None
    assert loaded.findings
