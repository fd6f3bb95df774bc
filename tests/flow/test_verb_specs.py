"""A verb is declared once: no fact is left out or stands elsewhere, and each fact shows in what the loader says."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from math import inf
from pathlib import Path
from typing import Any, Final

import pytest

from router.engine.verbs import VERBS as RULES
from router.flow.analysis import prove
from router.flow.analysis.ways import ways
from router.flow.diagrams.flow_graph import graphs
from router.flow.diagrams.svg import svg
from router.flow.loader import LoadedBundle
from router.flow.verbs import VERBS
from router.flow.verbs.spec import VerbSpec
from router.simulator.read import BY_HAND, READERS
from tests.flow import examples
from tests.flow.bundles import HEAD, codes, flow_text, load_texts

ROUTER: Final = Path(__file__).parents[2] / "router"
STEPS: Final = {
    **{verb: examples.step(verb, "TO") for verb, spec in VERBS.items() if "STEP" in spec.example},
    "route": "{route: {to: group sales, on: {answered: TO}}}",
    "run": "{run: {flow: sub, on: {ok: TO}}}",
    "transfer": "{transfer: {to: group sales, on: {returned: TO}}}",
}
"""A step of each verb that leads on, to the step TO."""

NEEDS_CALLER: Final = {"menu", "collect", "play", "route", "transfer", "watch", "record"}
NEEDS_FREE_CALLER: Final = {"menu", "collect", "play"}
NEVER_FAILS: Final = {"switch", "split", "watch"}
AT_ONCE: Final = {
    "switch", "set", "sms", "lookup", "split", "remember", "callback", "callback_group", "task", "notify",
}  # fmt: skip
SOUNDS: Final = {"menu", "collect", "play", "route", "transfer", "watch", "record"}
FAMILIES: Final = {
    "listens": {"menu", "collect", "play"},
    "dials": {"route", "transfer", "watch"},
    "decides": {"switch", "split", "set", "lookup", "run", "remember"},
    "tells": {"sms", "callback", "callback_group", "task", "notify", "record", "wait"},
}
LONGEST: Final = {
    "menu": 3 * (9 + 5 + 2), "collect": 3 * (9 + 5 + 4 * 99), "play": 9, "route": inf, "transfer": inf, "wait": 5,
    "sms": 5, "record": 5, "callback": 5, "callback_group": 5, "lookup": 2, "run": 1,
}  # fmt: skip
"""Seconds of the examples: a prompt has 9; a menu and a collect are said again once for silence and for wrong keys."""

JUDGED: Final = [verb for verb in STEPS if any(verb in verbs for verbs in FAMILIES.values())]


def loaded(steps: str, head: str = HEAD) -> LoadedBundle:
    return load_texts(main=flow_text(steps, head + examples.VARIABLES), resources=examples.RESOURCES, sub=examples.SUB)


def step(verb: str, target: str) -> str:
    return STEPS[verb].replace("TO", target)


def bundle_of(steps: str) -> Any:
    found = loaded(steps)
    assert found.bundle is not None, found.findings
    return found.bundle


# one declaration


def parts(spec: VerbSpec[Any]) -> Iterator[Any]:
    yield from (spec, spec.traits, spec.exits, spec.timing)
    if spec.command is not None:
        yield spec.command
        yield from spec.command.fields.values()


def test_a_spec_that_leaves_a_fact_out_does_not_construct() -> None:
    for part in parts(VERBS["play"]):
        facts = {field.name: getattr(part, field.name) for field in fields(part)}
        for name in facts:
            with pytest.raises(TypeError, match=name):
                type(part)(**{key: value for key, value in facts.items() if key != name})


def test_both_halves_of_a_verb_are_modules_of_one_name() -> None:
    assert list(RULES) == list(VERBS)
    for spec in VERBS.values():
        module = spec.read.__module__.rpartition(".")[2]
        assert module.rstrip("_") == spec.name
        assert (ROUTER / "engine" / "verbs" / f"{module}.py").exists()


def test_no_module_keeps_a_table_of_verbs_of_its_own() -> None:
    others = [ROUTER / name for name in ("flow", "engine", "simulator", "history", "runtime", "web", "cli", "lsp")]
    files = [file for room in others for file in room.rglob("*.py") if file.parent != ROUTER / "flow" / "verbs"]
    assert len(files) > 150
    tables = {f"{file.relative_to(ROUTER)}:{line}" for file in files for line in tables_in(file)}
    assert tables == set()


def tables_in(file: Path) -> Iterator[int]:
    """The lines of maps, sets, lists and tuples that name three verbs or more, or three kinds of settings. A script's
    lines, and what people command by hand, are words of the simulator, though some are called as verbs are."""
    words = {*READERS, *BY_HAND} if file.parent.name == "simulator" else set()
    settings = {spec.settings.__name__ for spec in VERBS.values()}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        keys = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", ())
        named = {key.value for key in keys if isinstance(key, ast.Constant)} & set(VERBS) - words
        named |= {key.id for key in keys if isinstance(key, ast.Name)} & settings
        if len(named) >= 3:
            yield node.lineno


# each fact shows


@pytest.mark.parametrize("verb", VERBS)
def test_the_shortest_example_of_a_verb_is_sound(verb: str) -> None:
    found = load_texts(
        main=flow_text(f"ask: {examples.step(verb, 'done')}", HEAD.replace("for: any\n", "") + examples.VARIABLES),
        other=flow_text("ask: {run: {flow: main, on: {else: done}}}", HEAD.replace("main", "other")),
        resources=examples.RESOURCES,
        sub=examples.SUB,
    )
    assert [finding for finding in found.findings if finding.severity == "error"] == []


def test_every_verb_that_leads_on_is_judged() -> None:
    assert set(VERBS) - set(JUDGED) >= {"hangup", "release", "return"}
    assert len(JUDGED) == 19


@pytest.mark.parametrize("verb", JUDGED)
def test_what_needs_a_caller_has_no_place_behind_the_end(verb: str) -> None:
    found = codes(
        loaded(f"ask: {{wait: {{for: 1s, next: done}}}}\nlast: {step(verb, 'done')}", f"{HEAD}on_end: last\n")
    )
    assert ("F502" in found) == (verb in NEEDS_CALLER)


@pytest.mark.parametrize("verb", ["hangup", "release"])
def test_a_hangup_has_no_place_behind_the_end(verb: str) -> None:
    found = codes(loaded(f"ask: {{wait: {{for: 1s, next: done}}}}\nlast: {verb}", f"{HEAD}on_end: last\n"))
    assert ("F502" in found) == (verb == "hangup")


@pytest.mark.parametrize("verb", JUDGED)
def test_what_a_phone_that_still_rings_lets_happen(verb: str) -> None:
    """F503 at the step itself, at the prompt behind it, or nowhere: a route takes the caller away."""
    steps = f"ask: {{route: {{to: group sales, ring: 5s, on: {{no_answer: it}}}}}}\nit: {step(verb, 'heard')}"
    found = loaded(f"{steps}\nheard: {{play: {{prompt: audio.hello, next: done}}}}")
    said = [finding.message for finding in found.findings if finding.code == "F503"]
    at = "" if verb == "route" else "`it`" if verb in NEEDS_FREE_CALLER else "`heard`"
    assert len(said) == bool(at)
    assert not at or f"comes to {at} while" in said[0]


@pytest.mark.parametrize("verb", JUDGED)
def test_what_can_fail_may_go_to_on_error(verb: str) -> None:
    flow = bundle_of(f"ask: {step(verb, 'done')}").flows["main"]
    assert (("on_error", "done") in ways(flow, flow.steps["ask"])) == (verb not in NEVER_FAILS)


@pytest.mark.parametrize("verb", JUDGED)
def test_what_lets_a_circle_wait(verb: str) -> None:
    """A circle of the step alone is refused where the step can be over at once; in a larger one it is not counted."""
    assert ("F504" in codes(loaded(f"ask: {step(verb, 'ask')}"))) == (verb in AT_ONCE)
    bundle = bundle_of(f"ask: {{wait: {{for: 1s, next: it}}}}\nit: {step(verb, 'ask')}")
    assert prove(bundle)[0].loops == ((("ask",) if verb in AT_ONCE else ("ask", "it")),)


@pytest.mark.parametrize("verb", JUDGED)
def test_what_is_heard_ends_a_silence(verb: str) -> None:
    bundle = bundle_of(
        f"ask: {{wait: {{for: 90s, next: it}}}}\nit: {step(verb, 'last')}\nlast: {{wait: {{for: 95s, next: done}}}}"
    )
    longest = prove(bundle)[0].silence.longest
    assert (longest < 120) == (verb in SOUNDS)


@pytest.mark.parametrize("verb", JUDGED)
def test_how_long_a_step_takes_at_most(verb: str) -> None:
    assert prove(bundle_of(f"ask: {step(verb, 'done')}"))[0].duration == LONGEST.get(verb, 0)


@pytest.mark.parametrize("verb", JUDGED)
def test_each_family_has_its_colour(verb: str) -> None:
    drawn = svg(graphs(bundle_of(f"ask: {step(verb, 'done')}"), "main"))
    family = next(family for family, verbs in FAMILIES.items() if verb in verbs)
    assert f'class="step {family}"' in drawn
    assert 'class="step ends"' in drawn
