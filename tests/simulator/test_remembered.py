"""`remembered`: what a call has put into lists, in a test."""

import pytest

from router.flow.finding_output import render_text
from router.simulator.checked import check_bundle
from router.simulator.names_in_tests import names_in_tests
from router.simulator.run_test import run
from router.simulator.write_lines import WRITE

FLOW = """flow: main
for: any
on_error: bye
start: note
steps:
  note: {remember: {value: "${caller.number}", in: lists.locked, next: more}}
  more: {remember: {value: "8 (900) 000-00-02", in: lists.locked, next: bye}}
  bye: hangup
"""
TEST = "flow: main\ntests:\n  - name: a\n    script:\n      - expect: hangup\n      - remembered: {}\n"


def judged(said: str) -> str | None:
    files = {"main.yaml": FLOW, "resources.yaml": "lists: {locked: {keep: 1m}, other: {keep: 1h}}\n"}
    files["main.test.yaml"] = TEST.replace("{}", said)
    read = check_bundle({name: text.encode() for name, text in files.items()})
    assert read.loaded.bundle is not None
    assert not read.findings, render_text(read.findings)
    (script,) = read.scripts
    failure = run(script, read.loaded.bundle).failure
    return failure.reason if failure is not None else None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('{locked: "79000000000"}', None),
        ("{locked: [79000000000, +7 900 000-00-02]}", None),
        ('{other: "79000000000"}', "79000000000 is not in lists.other: no call has put it there"),
        ('{locked: "79000000003"}', "79000000003 is not in lists.locked: no call has put it there"),
        ('{loked: "79000000000"}', "there is no list loked: did you mean `locked`?"),
    ],
)
def test_what_the_call_has_put_into_lists(said: str, why: str | None) -> None:
    assert judged(said) == why


def test_it_leaves_the_list_in_time() -> None:
    assert judged('{locked: "79000000000"}\n      - wait: 59s\n      - remembered: {locked: "79000000000"}') is None
    assert judged('{locked: "79000000000"}\n      - wait: 60s\n      - remembered: {locked: "79000000000"}') is not None


def test_it_is_written_as_it_was_read_and_its_list_can_be_renamed() -> None:
    files = {"main.yaml": FLOW, "resources.yaml": "lists: {locked: {keep: 1m}}\n"}
    files["main.test.yaml"] = TEST.replace("{}", '{locked: ["79000000000", "79000000002"]}')
    read = check_bundle({name: text.encode() for name, text in files.items()}, symbols=True)
    assert read.loaded.bundle is not None
    line = read.scripts[0].lines[1]
    assert WRITE[type(line)](line) == 'remembered: {locked: ["79000000000", "79000000002"]}'
    found = names_in_tests(read.loaded.tests, read.loaded.bundle, read.loaded.resources.known, read.texts)
    assert [one.symbol.name for one in found if one.symbol.kind == "lists"] == ["locked"]
