"""The table in docs/operations.md and operations.ru.md, made of what was recorded."""

import re
from collections.abc import Mapping
from typing import Final

from tests.acceptance.processes import PROJECT
from tests.troubles.house import Said
from tests.troubles.prometheus import delays
from tests.troubles.russian import NAMES

PAGE: Final = PROJECT / "docs" / "operations.md"
RUSSIAN_PAGE: Final = PAGE.with_name("operations.ru.md")
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


def russian(recorded: Mapping[str, Said]) -> str:
    """The same in Russian, with what the program says quoted."""
    later = delays()
    lines = [
        "| неполадка | `/readyz` | `ivr doctor` | метрики | оповещения | лог |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, said in recorded.items():
        alerts = [
            f"`{alert}`" + (f" (через {_minutes(later[alert])})" if alert in later else "") for alert in said.alerts
        ]
        told = [_quoted(_cell(one, most)) for one, most in (([said.readyz], 1), (said.doctor, MOST), (said.metrics, 4))]
        lines.append(f"| {' | '.join([NAMES[name], *told, ', '.join(alerts) or 'нет', _quoted(_cell(said.log))])} |")
    return "\n".join(lines)


def write(recorded: Mapping[str, Said]) -> None:
    """Put the table in the place of the one that is there, on both pages."""
    for path, table in ((PAGE, markdown(recorded)), (RUSSIAN_PAGE, russian(recorded))):
        head, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
        path.write_text(f"{head}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def _quoted(cell: str) -> str:
    said = {"nothing": "ничего", "none": "нет", "no answer": "нет ответа"}
    return said.get(cell) or "<br>".join(_code(one) for one in cell.split("<br>"))


def _code(text: str) -> str:
    plain = text.replace("&lt;", "<").replace("&gt;", ">")
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`"


def _minutes(delay: str) -> str:
    return delay.replace("m", " мин").replace("h", " ч")


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
