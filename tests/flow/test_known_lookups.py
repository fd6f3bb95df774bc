"""Lookups of a known shape: what an author writes, what expressions may use, and what a test gives."""

import pytest

from router.flow.known_lookups import KNOWN_LOOKUPS
from router.flow.loader import load
from router.flow.verbs.lookup import Lookup
from router.runtime.lookups.contacts import BOOK_SECONDS
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from tests.flow.bundles import RESOURCES, codes, flow_text, load_flow, settings_of, sound

STEPS = """
ask: {lookup: {contact: caller.number, outputs: {car: {type: text, from: fields.Car, default: none}}, next: judge, on: {not_found: site, failed: done}}}
judge: {switch: [{when: "ask.importance >= 7 and ask.car != \\"none\\"", goto: boss}, {when: ask.manager != "", goto: own}, {else: site}]}
boss: {route: {to: person boss, on: {else: done}}}
own: {route: {to: "extension ${ask.manager}", on: {else: done}}}
site: {lookup: {visitor: call.dct_number, next: source, on: {else: done}}}
source: {switch: [{when: site.source == "ads", goto: sales}, {else: done}]}
sales: {route: {to: group sales, on: {else: done}}}
"""
TESTS = """
flow: main
tests:
  - name: an important contact
    given: {from: "79000000011", line: "74952150438", lookups: {ask: [{name: Ivan, importance: 8, car: red}]}}
    script: [{expect: {route: person boss}}, {pbx: answered}, {hangup: {}}]
  - name: the contact's own manager
    given: {from: "79000000011", line: "74952150438", lookups: {ask: [{manager: "101"}]}}
    script: [{expect: {route: extension 101}}, {pbx: answered}, {hangup: {}}]
  - name: a stranger who saw an ad
    given: {from: "79000000012", line: "74952150438", dct: "74950000003", lookups: {ask: not_found, site: [{source: ads}]}}
    script: [{expect: {route: group sales}}, {pbx: answered}, {hangup: {}}]
"""


def test_what_it_becomes() -> None:
    flow = sound(load_flow(STEPS))
    lookup = settings_of(flow, "ask")
    assert isinstance(lookup, Lookup)
    assert (lookup.known, lookup.cache, lookup.timeout) == ("contact", 300.0, 2.0)
    assert set(lookup.outputs) == {*KNOWN_LOOKUPS["contact"].outputs, "car"}
    assert flow.outputs["ask.importance"].type == "number"
    visitor = settings_of(flow, "site")
    assert isinstance(visitor, Lookup)
    assert (visitor.known, visitor.cache) == ("visitor", 0.0)


def test_a_step_may_be_called_like_what_it_looks_up() -> None:
    steps = """
ask: {wait: {for: 1s, next: contact}}
contact: {lookup: {contact: caller.number, next: judge, on: {else: done}}}
judge: {switch: [{when: contact.importance > 5 or contact.name == "Ivan", goto: sales}, {else: done}]}
sales: {route: {to: group sales, on: {else: done}}}
"""
    assert "contact.name" in sound(load_flow(steps)).outputs


def test_a_contact_is_kept_no_longer_than_its_changes_are_remembered() -> None:
    assert KNOWN_LOOKUPS["contact"].cache_seconds <= BOOK_SECONDS


def test_every_output_has_a_path_of_its_own() -> None:
    for known in KNOWN_LOOKUPS.values():
        assert len({one.path for one in known.outputs.values()}) == len(known.outputs)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ("ask: {lookup: {contact: caller.nmber, next: done, on: {else: done}}}", "F403"),
        ("ask: {lookup: {contact: now.hour, next: done, on: {else: done}}}", "F407"),
        ("ask: {lookup: {contact: caller.number, api: groups, next: done, on: {else: done}}}", "F211"),
        (
            'ask: {lookup: {contact: caller.number, next: b, on: {else: done}}}\nb: {switch: [{when: ask.nam == "x", goto: done}, {else: done}]}',
            "F403",
        ),
        ("ask: {lookup: {next: done, on: {else: done}}}", "F205"),
    ],
)
def test_what_is_refused(steps: str, code: str) -> None:
    assert code in codes(load_flow(steps))


def test_in_a_script() -> None:
    files = {"main.yaml": flow_text(STEPS), "resources.yaml": RESOURCES, "main.test.yaml": TESTS}
    loaded = load({name: text.encode() for name, text in files.items()})
    assert loaded.bundle is not None
    scripts, findings = read_scripts(loaded.tests, loaded.bundle, {"main.test.yaml": TESTS})
    assert not findings
    assert [run(script, loaded.bundle).failure for script in scripts] == [None, None, None]
