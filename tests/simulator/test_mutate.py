"""Mistakes put into a flow: which are made, and which of them the tests notice."""

from collections.abc import Sequence

from router.flow.finding_output import render_text
from router.flow.loader import load
from router.flow.model import Bundle
from router.simulator.checked import check_bundle
from router.simulator.mutants import mutants
from router.simulator.mutate import Mutation, as_json, mutate, render
from router.simulator.run_test import run
from tests.simulator.bundles import FLOW, RESOURCES, read, suite

SILENT = "expect: {play: audio.menu}\nwait: 9s\nexpect: {play: audio.again}\nwait: 6s\nexpect: {play: audio.sorry}"
KEY_1 = "expect: {play: audio.menu}\nkeys: 1\nexpect: {route: group sales}"
KEY_2 = "expect: {play: audio.menu}\nkeys: 2\nexpect: {route: person operator}"
TEXTS = {"main.yaml": FLOW}


def mutated(*scripts: str, seconds: int = 10_000) -> Mutation:
    """`seconds` are mutants: each look at the clock takes one."""
    bundle, read_scripts, _ = read(suite(*scripts))
    verdicts = [run(script, bundle) for script in read_scripts]
    assert not any(verdict.failure for verdict in verdicts)
    clock = iter(range(100_000))
    return mutate(bundle, verdicts, TEXTS, seed=1, is_time_over=lambda: next(clock) >= seconds)


def mistakes(bundle: Bundle, step: str) -> list[str]:
    return [mutant.mistake for mutant in mutants(bundle, TEXTS) if mutant.step.name == step]


def survivors(found: Mutation, step: str) -> Sequence[str]:
    return [mutant.mistake for mutant in found.survivors if mutant.step.name == step]


def test_the_mistakes_of_a_menu() -> None:
    bundle, _, _ = read(suite(SILENT))
    assert mistakes(bundle, "menu") == [
        "the targets of `1` and `2` are swapped",
        "the targets of `2` and `3` are swapped",
        "the targets of `3` and `4` are swapped",
        "the targets of `4` and `no_input` are swapped",
        "max of `no_input` is 2",
        "max of `no_match` is 2",
        "`first_digit` is 10s",
    ]


def test_the_mistakes_of_conditions() -> None:
    bundle, _, _ = read(suite(SILENT))
    found = mistakes(bundle, "screen")
    assert "the condition is `not (caller.withheld)`" in found
    assert "the condition is `limits.route.wait >= 15`" in found
    assert "the condition is `vars.tries >= 2 and vars.lang == 'en'`" in found
    assert "the condition is `vars.tries > 2 or vars.lang == 'en'`" in found


def test_the_mistakes_of_other_steps() -> None:
    bundle, _, _ = read(suite(SILENT))
    assert mistakes(bundle, "sorry") == [
        "the step is left out"
    ]  # its two exits lead to one step, so that they are not swapped
    assert mistakes(bundle, "watching") == ["`held` is 2m"]
    assert mistakes(bundle, "text") == ["the step is left out"]
    assert "`ring` is 50s" in mistakes(bundle, "sales")
    assert mistakes(bundle, "refuse") == []


def test_where_each_destination_rings_for_its_time_one_of_them_is_changed() -> None:
    ring = FLOW.replace("ring: 25s", "ring: [25s]").replace(
        "staff: {route: {to: [extension 101, extension 102],",
        "staff: {route: {to: [extension 101, group sales], ring: [5s, 0s],",
    )
    texts = TEXTS | {"main.yaml": ring}
    loaded = load({name: text.encode() for name, text in {**texts, "resources.yaml": RESOURCES}.items()})
    assert loaded.bundle is not None
    found = {one.mistake: one for one in mutants(loaded.bundle, texts) if "`ring`" in one.mistake}
    assert set(found) == {"`ring` is 50s", "`ring` of extension 101 is 10s"}
    place = found["`ring` of extension 101 is 10s"].mark
    assert ring.splitlines()[place.line - 1][place.column - 1 :].startswith("5s, 0s")


DATED = """flow: main
for: any
on_error: bye
start: find
steps:
  find: {lookup: {table: rota, key: now.date, outputs: {until: {type: date}}, next: judge}}
  judge: {switch: [{when: 'find.until != "" and find.until < now.date and values.mode == "strict"', goto: late}, {else: bye}]}
  late: release
  bye: hangup
"""
DATED_TEST = """flow: main
tests:
  - name: it is over
    given: {lookups: {find: {csv: "date;until\\n23.11.2026;22.11.2026"}}, values: {mode: strict}}
    script: [{expect_end: released}]
  - name: it goes on
    given: {values: {mode: strict}}
    script: [{expect: hangup}]
"""


def test_conditions_over_dates_and_values_and_lookups_with_rows_of_the_test() -> None:
    files = {"main.yaml": DATED, "resources.yaml": "tables: {rota: {file: rota.csv, key: date}}\n"}
    files |= {"main.test.yaml": DATED_TEST, "rota.csv": "date,until\n2026-11-23,2026-12-31\n"}
    read = check_bundle({name: text.encode() for name, text in files.items()})
    assert read.loaded.bundle is not None
    assert not read.findings, render_text(read.findings)
    verdicts = [run(script, read.loaded.bundle) for script in read.scripts]
    assert not [verdict for verdict in verdicts if verdict.failure]
    found = mutate(read.loaded.bundle, verdicts, files, seed=1, is_time_over=lambda: False)
    assert found.tried == 5
    assert [one.mistake for one in found.survivors] == [
        "the condition is `find.until != '' and find.until <= now.date and (values.mode == 'strict')`"
    ]


def test_a_mutant_changes_one_step_of_the_bundle_and_not_the_bundle() -> None:
    bundle, _, _ = read(suite(SILENT))
    for mutant in mutants(bundle, TEXTS):
        changed = mutant.applied(bundle)
        before, after = bundle.flows["main"].steps, changed.flows["main"].steps
        assert [name for name in before if before[name] is not after[name]] == [mutant.step.name]


def test_the_place_is_that_of_the_setting() -> None:
    bundle, _, _ = read(suite(SILENT))
    places = {mutant.mistake: (mutant.mark.line, mutant.mark.column) for mutant in mutants(bundle, TEXTS)}
    lines = FLOW.splitlines()
    line, column = places["`ring` is 50s"]
    assert lines[line - 1][column - 1 :].startswith("25s")
    line, column = places["the condition is `limits.route.wait >= 15`"]
    assert lines[line - 1][column - 1 :].startswith("limits.route.wait > 15")
    line, column = places["`held` is 2m"]
    assert lines[line - 1][column - 1 :].startswith("60s")


def test_what_the_tests_notice_and_what_they_do_not() -> None:
    silent = mutated(SILENT)
    assert "the targets of `1` and `2` are swapped" in survivors(silent, "menu")
    assert "max of `no_input` is 2" not in survivors(silent, "menu")
    assert "`first_digit` is 10s" not in survivors(silent, "menu")
    keys = mutated(SILENT, KEY_1, KEY_2)
    assert "the targets of `1` and `2` are swapped" not in survivors(keys, "menu")
    assert keys.score > silent.score


def test_mutants_of_a_step_that_no_test_enters_survive() -> None:
    assert survivors(mutated(SILENT), "watching") == ["`held` is 2m"]


def test_a_lookup_that_is_left_out_needs_no_rows() -> None:
    """The test brings a table for a step that is none in the mutant."""
    flow = """
flow: main
for: any
on_error: bye
start: find
steps:
  find: {lookup: {table: rota, key: now.date, outputs: {phone: {type: phone}}, next: duty}}
  duty: {route: {to: "number ${find.phone}", on: {else: bye}}}
  bye: hangup
"""
    tests = """
flow: main
tests:
  - name: on duty
    given: {lookups: {find: {csv: "date,phone\\n2026-11-23,79000000001"}}}
    script: [{expect: {route: number 79000000001}}, {pbx: busy}, {expect: hangup}]
"""
    resources = "tables: {rota: {file: rota.csv, key: date}}\n"
    files = {"main.yaml": flow, "main.test.yaml": tests, "resources.yaml": resources, "rota.csv": "date,phone\n"}
    checked = check_bundle({file: text.encode() for file, text in files.items()})
    bundle = checked.loaded.bundle
    assert bundle is not None, checked.findings
    verdicts = [run(script, bundle) for script in checked.scripts]
    found = mutate(bundle, verdicts, files, seed=1, is_time_over=lambda: False)
    assert "the step is left out" not in survivors(found, "find")
    assert any(mutant.mistake == "the step is left out" for mutant in mutants(bundle, files))


def test_the_time_ends_the_search_and_the_seed_says_where_it_looked() -> None:
    one, again = mutated(SILENT, seconds=9), mutated(SILENT, seconds=9)
    assert as_json(one) == as_json(again)
    assert (one.tried, one.made > 30) == (9, True)
    assert f"; time for 9 of {one.made}\n" in render(one)
    nothing = mutated(SILENT, seconds=0)
    assert (nothing.tried, nothing.score) == (0, 100.0)


def test_reports() -> None:
    found = mutated(SILENT)
    last = render(found).splitlines()[-1]
    noticed = found.tried - len(found.survivors)
    assert last == f"mutation score {found.score:.0f} %: {noticed} of {found.tried} mutants noticed"
    assert "no test notices in step watching that `held` is 2m" in render(found)
    answer = as_json(found)
    assert (answer["made"], answer["tried"]) == (found.made, found.tried)
    assert {"flow", "step", "mistake", "file", "line", "column"} == set(answer["survivors"][0])
