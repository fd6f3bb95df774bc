"""The table in docs/operations.md, made of what was recorded."""

import re
from collections.abc import Mapping
from typing import Final

from tests.acceptance.processes import PROJECT
from tests.troubles.house import Said
from tests.troubles.prometheus import delays

PAGE: Final = PROJECT / "docs" / "operations.md"
BEGIN, END = "<!-- made by `python -m tests.troubles --write` -->", "<!-- end of the troubles -->"
LONGEST: Final = 170  # characters of what one says
MOST: Final = 2  # lines of a cell


def markdown(recorded: Mapping[str, Said]) -> str:
    later = delays()
    lines = ["| trouble | `/readyz` | `ivr doctor` | metrics | alerts | log |", "| --- | --- | --- | --- | --- | --- |"]
    for name, said in recorded.items():
        alerts = [f"{alert} (after {later[alert]})" if alert in later else alert for alert in said.alerts]
        cells = [name, _cell([said.readyz]), _cell(said.doctor), _cell(said.metrics, 4), ", ".join(alerts) or "none"]
        lines.append(f"| {' | '.join([*cells, _cell(said.log)])} |")
    return "\n".join(lines)


def write(recorded: Mapping[str, Said]) -> None:
    """Put the table in the place of the one that is there."""
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n\n{markdown(recorded)}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def _cell(told: "list[str] | tuple[str, ...] | object", most: int = MOST) -> str:
    lines = [str(one) for one in told] if isinstance(told, list | tuple) else []
    shown = [_short(one) for one in lines[:most]]
    return "<br>".join(shown) or "nothing"


def _short(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip().replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST].rsplit(" ", 1)[0]
    if cut.count("`") % 2:  # within a command
        cut = cut.rpartition("`")[0].rstrip()
    return f"{cut} …"
