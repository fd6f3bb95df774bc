"""A test that failed: the script beside what came."""

import os
import sys

import pytest

from router.cli import comparison_table
from router.cli.comparison_table import comparison_table as table_of
from router.simulator.comparison import compared
from tests.simulator.bundles import verdict

MENU = "expect: {play: audio.menu}"


def rows(script: str) -> list[tuple[str, float | None, str, str]]:
    found = compared(verdict(script))
    return [(row.state, row.elapsed, row.expected, row.came) for row in found]


def test_another_command_stands_beside_the_expected_one_in_the_same_words() -> None:
    assert rows(f'{MENU}\nwait: 2s\nkeys: "1"\nexpect: {{route: group sales, priority: high}}\nhangup: {{}}') == [
        ("held", 0.0, MENU, "{play: audio.menu}"),
        ("held", 2.0, "wait: 2s", ""),
        ("held", 2.0, 'keys: "1"', ""),
        ("failed", 2.0, "expect: {route: group sales, priority: high}", "{route: group sales, priority: normal}"),
        ("not reached", None, "hangup: {}", ""),
    ]


def test_a_command_that_does_not_come() -> None:
    *_, (state, elapsed, expected, came) = rows(f"{MENU}\nexpect: {{play: audio.again}}")
    assert (state, elapsed, expected) == ("failed", 3.0, "expect: {play: audio.again}")
    assert came == "no command came within 3 s; play audio.again comes after 9 s: write `wait: 9s`"


def test_a_command_that_nobody_expected() -> None:
    assert rows(f'{MENU}\nkeys: "2"')[2:] == [("not expected", 0.0, "", "{route: person operator}")]
    assert rows(f'{MENU}\nkeys: "2"\nexpect_end: missed')[2:] == [
        ("failed", 0.0, "expect_end: missed", "nobody expected route person operator, 0 s after the call came"),
        ("not expected", 0.0, "", "{route: person operator}"),
    ]


def test_what_cannot_be() -> None:
    assert rows(f"{MENU}\npbx: held\nwait: 1s")[1:] == [
        ("failed", 0.0, "pbx: held", "the caller cannot be put on hold: the leg is Appeared in ivr"),
        ("not reached", None, "wait: 1s", ""),
    ]


def test_how_it_ended() -> None:
    assert rows(f"{MENU}\nhangup: {{}}\nexpect: sms\nexpect_end: released")[3][2:] == (
        "expect_end: released",
        "it ended as missed",
    )


def test_a_call_that_another_flow_takes() -> None:
    found = compared(verdict(MENU, given='{line: "74950000009"}'))
    assert [row.state for row in found] == ["failed", "not reached"]


def test_a_test_that_passed_has_no_table() -> None:
    assert table_of(verdict(MENU)) == ""


def test_without_a_terminal_there_are_no_colours() -> None:
    assert table_of(verdict(f"{MENU}\nexpect: {{play: audio.again}}")).splitlines() == [
        "       at  expected                     came",
        "     +0 s  expect: {play: audio.menu}   {play: audio.menu}",
        "  >  +3 s  expect: {play: audio.again}  no command came within 3 s; play audio.again comes after 9 s: write `wait: 9s`",
    ]


def test_in_a_terminal_it_is_as_wide_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(comparison_table.shutil, "get_terminal_size", lambda: os.terminal_size((50, 20)))
    text = table_of(verdict(f"{MENU}\nexpect: {{play: audio.again}}"))
    assert "\x1b[1;31m" in text
    plain = "".join(part.partition("m")[2] if at else part for at, part in enumerate(text.split("\x1b[")))
    assert max(map(len, plain.splitlines())) <= 50
