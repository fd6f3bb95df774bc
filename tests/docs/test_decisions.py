"""Decisions say what has become of them, on both sides."""

import re

from docs.decisions_page import COUNTERPART, DIRECTORY, decisions

ALL = {decision.number: decision for decision in decisions()}


def test_a_number_is_of_one_decision_and_of_its_file() -> None:
    assert len(ALL) == len(decisions()) > 50
    assert all(decision.file.startswith(f"{number}-") for number, decision in ALL.items())


def test_what_replaces_another_is_named_by_it() -> None:
    said = {(number, how, other) for number, decision in ALL.items() for how, other in decision.relations}
    assert said
    assert {(other, COUNTERPART[how], number) for number, how, other in said} == said


def test_only_a_later_decision_replaces() -> None:
    pairs = [
        (number, other)
        for number, decision in ALL.items()
        for how, other in decision.relations
        if how.startswith("replaced")
    ]
    assert [(older, newer) for older, newer in pairs if older >= newer] == []


def test_a_status_is_one_that_is_understood() -> None:
    """A misspelt one would count as in force."""
    for decision in ALL.values():
        text = (DIRECTORY / decision.file).read_text(encoding="utf-8")
        assert len(re.findall(r"^Status: ", text, re.MULTILINE)) == bool(decision.status) == bool(decision.relations)
