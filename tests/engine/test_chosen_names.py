"""Names of hours, lists and tables that are known only in the call."""

import pytest

from router.flow.bundle_image import open_image, pack_image
from router.flow.finding_output import render_text
from router.flow.loader import load
from tests.engine.scenario import Scenario

HEAD = """flow: main
for: any
on_error: oops
vars: {branch: {type: text, default: north}, when: {type: text}, found: {type: text}}
"""
MORE = """
hours:
  north: {timezone: UTC, open: {mon-fri: "09:00-18:00"}}
  south: {timezone: UTC, open: {sat: "10:00-18:00"}}
lists:
  friends: {numbers: ["79000000001"]}
  locked: {keep: 30m}
"""
ASKED = """
  first: {switch: [{when: "hours[vars.branch].open", goto: opened}, {when: "caller.number in lists[vars.branch]", goto: listed}, {else: shut}]}
  opened: {wait: {for: 1h, next: oops}}
  listed: {wait: {for: 1h, next: oops}}
  shut: {set: {vars: {when: "${hours[vars.branch].opens_date} ${hours[vars.branch].opens_time}"}, next: told}}
  told: {wait: {for: 1h, next: oops}}"""


def asked(branch: str) -> Scenario:
    return Scenario(ASKED, header=HEAD.replace("north", branch), resources=MORE).comes()


@pytest.mark.parametrize(
    ("branch", "step", "when"),
    [
        ("north", "opened", ""),
        ("south", "told", "2026-11-28 10:00"),
        ("friends", "listed", ""),
        ("nowhere", "told", " "),
    ],
)
def test_a_text_chooses(branch: str, step: str, when: str) -> None:
    call = asked(branch)
    assert (call.at_step, call.call.variables["when"]) == (step, when)


def test_what_is_not_there_is_closed_and_empty_and_the_trace_says_so() -> None:
    notes = asked("nowhere").notes
    assert "hours[nowhere]: there are none of that name: closed" in notes
    assert "lists[nowhere]: there is none of that name: empty" in notes


def test_the_clause_is_explained_without_the_chosen_name() -> None:
    left = next(entry for entry in asked("north").trace if entry.kind == "left")
    clause = left.data["clauses"][0]["clauses"][0]
    assert (clause["clause"], clause["value"]) == ("hours[vars.branch].open", True)
    assert clause["names"] == {"vars.branch": "north"}


TABLES = {
    "north.csv": b"date,phone\n2026-11-23,79000000011\n",
    "south.csv": b"date,phone\n2026-11-23,79000000022\n",
}
IN_TABLE = """flow: main
for: any
on_error: bye
vars: {{branch: {{type: text, default: {branch}}}}}
start: first
steps:
  first: {{lookup: {{table: "{table}", key: now.date, outputs: {{phone: {{type: phone}}}}, next: dial, on: {{not_found: bye}}}}}}
  dial: {{route: {{to: "number ${{first.phone}}", on: {{else: bye}}}}}}
  bye: hangup
"""


@pytest.mark.parametrize("table", ["tables[vars.branch]", "tables[${vars.branch}]", "tables[lower(vars.branch)]"])
@pytest.mark.parametrize(
    ("branch", "command"), [("north", "number 79000000011"), ("south", "number 79000000022"), ("x", "hangup")]
)
def test_a_table_is_chosen_for_a_lookup(table: str, branch: str, command: str) -> None:
    more = "tables:\n  north: {file: north.csv, key: date}\n  south: {file: south.csv, key: date}\n"
    files = {"main.yaml": IN_TABLE.format(branch=branch, table=table).encode(), "more.yaml": more.encode(), **TABLES}
    loaded = load(files)
    assert loaded.bundle is not None, render_text(loaded.findings)
    for bundle in (loaded.bundle, open_image(pack_image(loaded.bundle))):
        call = Scenario("  first: release", header=HEAD)
        assert bundle is not None
        call.bundle = bundle
        assert call.comes().labels[-1] == command


def test_hours_are_waited_for_and_lists_filled_by_a_text() -> None:
    steps = """
  first: {remember: {value: "${caller.number}", in: "lists[vars.branch]", next: second}}
  second: {wait: {until: "hours[vars.when]", next: third}}
  third: {wait: {for: 1h, next: oops}}"""
    head = HEAD.replace("north", "locked").replace("when: {type: text}", "when: {type: text, default: north}")
    call = Scenario(steps, header=head, resources=MORE).comes()
    assert call.at_step == "third"
    assert "is in lists.locked" in str([entry.data for entry in call.trace])
    unknown = Scenario(steps, header=HEAD, resources=MORE).comes()
    assert unknown.at_step == "second", "hours that there are not never open"
