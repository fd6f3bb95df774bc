"""What tests reach of the flows, to the place of each exit that none takes."""

from router.simulator.coverage import as_json, coverage, percent, render
from router.simulator.run_test import run
from tests.simulator.bundles import FLOW, RESOURCES, read, suite
from tests.simulator.test_fake_lookups import LISTED, SPLIT

SALES = "expect: {play: audio.menu}\nkeys: 1\nexpect: {route: group sales}\npbx: busy\nexpect: {route: person operator}"
HELD = "expect: {play: audio.menu}\nkeys: 4\nexpect: {route: extension 103}\npbx: answered\npbx: held\nwait: 60s\n"


def covered(*scripts: str, flow: str = FLOW) -> str:
    bundle, read_scripts, _ = read(suite(*scripts), flow)
    verdicts = [run(script, bundle) for script in read_scripts]
    return render(coverage(bundle, verdicts, {"main.yaml": flow, "resources.yaml": RESOURCES}))


def test_every_step_and_written_exit_counts_and_each_gap_has_its_place() -> None:
    first, *gaps = covered(SALES).splitlines()
    assert first == "coverage of main: 15 %, 4 of 15 steps, 3 of 32 exits"
    assert "  main.yaml:11:39: no test leaves step screen by caller.withheld" in gaps
    assert "  main.yaml:23:27: no test leaves step menu by 2" in gaps
    assert "  main.yaml:26:79: no test leaves step sales by no_answer" in gaps
    assert not any("leaves step sales by busy" in gap for gap in gaps)
    assert not any("leaves step menu by 1" in gap for gap in gaps)


def test_exits_of_a_step_that_no_test_reaches_are_one_gap() -> None:
    gaps = [gap for gap in covered(SALES).splitlines() if "talk" in gap]
    assert gaps == ["  main.yaml:30:3: no test reaches step talk"]


def test_a_watched_exit_and_a_code_count() -> None:
    flow = FLOW.replace(
        "sales: {route: {to: group sales, ring: 25s, on: {", "sales: {route: {to: group sales, on: {11xx: bye, "
    )
    assert "leaves step watching by held" not in covered(HELD + "expect: {transfer: extension 104}")
    busy = "expect: {play: audio.menu}\nkeys: 1\nexpect: {route: group sales}\npbx: busy\nexpect: hangup"
    gaps = covered(busy, flow=flow)
    assert "leaves step sales by 11xx" not in gaps
    assert "leaves step sales by busy" in gaps


def test_a_condition_is_covered_when_it_was_true_and_else_when_none_was() -> None:
    assert "leaves step screen by else" not in covered(SALES)
    assert "leaves step screen by vars.open" in covered(SALES)


def test_the_branch_of_a_split_counts() -> None:
    bundle, scripts, _ = read(suite("expect: {play: audio.again}", given="{split: {first: second}}"), LISTED, SPLIT)
    (flow,) = coverage(bundle, [run(script, bundle) for script in scripts], {"main.yaml": LISTED})
    assert [gap.exit for gap in flow.gaps if gap.step == "first"] == ["third"]


def test_percentages_and_the_form_for_programs() -> None:
    bundle, scripts, _ = read(suite(SALES))
    found = coverage(bundle, [run(script, bundle) for script in scripts], {"main.yaml": FLOW})
    assert percent([]) == 100.0
    assert 0 < percent(found) < 50
    (flow,) = as_json(found)
    assert flow["flow"] == "main"
    assert flow["gaps"][0] == {
        "step": "screen",
        "exit": "caller.withheld",
        "file": "main.yaml",
        "line": 11,
        "column": 39,
    }
    assert flow["steps_reached"] + len([gap for gap in flow["gaps"] if not gap["exit"]]) == flow["steps"]
