"""The script of a test that failed beside what came, as wide as the terminal; in colours where people look at it."""

import io
import shutil
import sys
from collections.abc import Mapping
from typing import Final

from router.cli.language import said
from router.simulator.comparison import Compared, State, compared
from router.simulator.report import seconds
from router.simulator.verdict import Verdict

WORDS: Final = "test"
INDENT: Final = 2
PIPE_COLUMNS: Final = 120
"""Where there is no terminal, as in a build's log."""

MARKS: Final[Mapping[State, str]] = {"held": "", "failed": ">", "not expected": "+", "not reached": ""}
STYLES: Final[Mapping[State, str]] = {"held": "", "failed": "bold red", "not expected": "red", "not reached": "dim"}


def comparison_table(verdict: Verdict) -> str:
    """The table; "" of a test that passed."""
    rows = compared(verdict)
    if not rows:
        return ""
    from rich.console import Console  # only a failure needs it
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column(said("at", WORDS), justify="right", no_wrap=True)
    table.add_column(said("expected", WORDS), overflow="fold", ratio=1)
    table.add_column(said("came", WORDS), overflow="fold", ratio=1)
    for row in rows:
        table.add_row(*_cells(row), style=STYLES[row.state])
    is_terminal = sys.stdout.isatty()
    out = io.StringIO()
    columns = shutil.get_terminal_size().columns - INDENT if is_terminal else PIPE_COLUMNS
    console = Console(file=out, force_terminal=is_terminal, width=columns, highlight=False)
    console.print(table)
    return "\n".join(f"{' ' * INDENT}{line.rstrip()}" for line in out.getvalue().splitlines())


def _cells(row: Compared) -> tuple[str, ...]:
    from rich.markup import escape

    at = "" if row.elapsed is None else seconds(row.elapsed)
    came = said("not reached" if row.state == "not reached" else row.came, WORDS)
    return MARKS[row.state], at, escape(row.expected), escape(came)
