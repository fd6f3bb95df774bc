"""Traces in Russian, as they are put together: lines of whole calls, in which a reason stands behind a step and an exit.

The texts of the engine are each in the catalogue (`test_commands`); here it is held that they are found where they stand
in a line with others.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from router.engine.state import Entry
from router.files.bundle import read_directory
from router.history.trace_text import lines
from router.simulator.checked import check_bundle
from router.simulator.run_test import run
from router.translation.catalogue import command_words

TESTS: Final = Path(__file__).parent.parent
LIBRARY: Final = TESTS.parent / "flows/library"
BUNDLES: Final = (TESTS / "bundles/every_verb", *(LIBRARY / name for name in ("clinic", "oncall", "pin", "taxi")))
DAY: Final = date(2026, 11, 23)

DATA: Final = re.compile(r"\"[^\"]*\"|\b[\w*]+(?:[._/-][\w*]+)+(?:\[\w+\])?")
"""Names with a dot, a dash or an underscore, and what is quoted."""

ENGLISH: Final = re.compile(r"\b(?:the|an?|is|was|were|has|with|for|no|nobody|waiting|came|orphan|late|waited)\b")


def _traces() -> Iterator[Entry]:
    for directory in BUNDLES:
        checked = check_bundle(read_directory(directory), DAY)
        assert checked.loaded.bundle is not None
        assert checked.scripts
        for script in checked.scripts:
            yield from run(script, checked.loaded.bundle).trace


def _shown(entry: Entry) -> list[str]:
    """Its lines in Russian; the clauses of a condition are code."""
    told = command_words("ru", "trace").said
    return [line.strip() for line in lines([entry], lambda at: "", told) if not line.startswith("    ")]


def test_whole_calls_are_told_in_russian() -> None:
    shown = {line for entry in _traces() for line in _shown(entry)}
    assert len(shown) > 500
    left = sorted(line for line in shown if not re.search("[а-яё]", line) or ENGLISH.search(DATA.sub("", line)))
    assert left == []


def test_the_state_of_a_leg_stands_beside_the_word_of_the_pbx() -> None:
    shown = [line for entry in _traces() for line in _shown(entry) if " Disconnected " in line]
    assert shown
    assert all("Disconnected (завершён) " in line for line in shown)
