"""What the pages claim of the program, judged against the program: each module judges one kind of claim.

A check takes a page and yields what is wrong in it, with its line. `CHECKS` is all of them; `test_contradictions.py` runs
them over every page, and over pages into which a contradiction was written.
"""

from collections.abc import Callable, Iterator

from tests.docs.claims import (
    codes,
    command_lines,
    console_words,
    file_names,
    flow_language,
    http_paths,
    messages,
    metrics,
    ports,
    python_blocks,
    told_numbers,
    variables,
    vocabulary,
    yaml_pieces,
)
from tests.docs.claims.page import Page

CHECKS: tuple[Callable[[Page], Iterator[str]], ...] = (
    codes.wrong,
    command_lines.wrong,
    console_words.wrong,
    file_names.wrong,
    http_paths.wrong,
    messages.wrong,
    metrics.wrong,
    ports.wrong,
    python_blocks.wrong,
    told_numbers.wrong,
    variables.wrong,
    flow_language.wrong,
    vocabulary.wrong,
    yaml_pieces.wrong,
)


def complaints(page: Page) -> list[str]:
    """Whatever contradicts the program in a page."""
    return [complaint for check in CHECKS for complaint in check(page)]
