"""Numbers that prose tells: each is a constant of the program, and stands in the page as that constant is today.

`TOLD` names for a page the constant and the words around it, in both languages; `{}` is the number, `{word}` the number
in words. When either changes, the other has to follow. Who writes another number of the program into a page adds a row.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from tests.docs.claims.page import PROJECT, Page

WORDS: Final = {2: ("two", "две"), 4: ("four", "четыре"), 5: ("five", "пять"), 10: ("ten", "десять")}
KIB: Final = 1024
MIB: Final = 1024 * 1024
HOUR: Final = 3600
DAY: Final = 86_400

_PROJECT: Final = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OLDEST_PYTHON: Final = _PROJECT["requires-python"].removeprefix(">=")

GUNICORN: Final = "gunicorn.conf.py"

Row = tuple[str, float, str, str]
"""Constant (`module:NAME`, `module:NAME[1]`), what its unit in the page is worth, English, Russian."""

TOLD: Final[dict[str, tuple[Row, ...]]] = {
    "docs/operations": (
        ("runtime.outbox.dispatch_plan:RESULT_SECONDS", 1, "Without an outcome within {} s", "за {} с"),
        ("runtime.limits.adaptive_share:CLOSED_SECONDS[0]", 1, "window is closed for {} s", "окно закрыто на {} с"),
        ("runtime.limits.adaptive_share:CLOSED_SECONDS[1]", 1, "doubled each time, {} s at most", "вдвое дольше, но не больше {} с"),
        ("runtime.outbox.outcomes:WRONG_KEY_PAUSE_SECONDS", 1, "the key pauses for {} s", "ключ приостановлен на {} с"),
        ("runtime.outbox.outcomes:UNREACHABLE_SECONDS[0]", 1, "queued again, after {} s to", "снова в очереди, через {}–"),
        ("runtime.outbox.outcomes:UNREACHABLE_SECONDS[1]", 1, "0.25 s to {} s", "0,25–{} с"),
        ("sender.command_sender:CONNECT_SECONDS", 1, "A request has {} s to connect", "У запроса есть {} с на соединение"),
        ("sender.command_sender:READ_SECONDS", 1, "and {} s for its answer", "и {} с на ответ"),
        ("store.postgres.connections:WRITERS", 1, "keeps up to {} connections for transactions", "держит до {} соединений для транзакций"),
        ("store.postgres.connections:READERS", 1, "transactions, {} for reads", "транзакций, {} для чтения"),
        ("runtime.monitoring.heartbeats:LATE_SECONDS", 1, "could not read and write for {} s on any worker", "{} с не могли читать и писать"),
        ("files.bundle:MOST_FILES", 1, "more than {} files", "больше {} файлов"),
        ("files.bundle:MOST_BYTES", MIB, "files or {} MiB", "файлов или {} МиБ"),
        ("web.listeners:HEARTBEAT_SECONDS", 1, "`heartbeat` comes after {} s of silence", "После {} с тишины приходит `heartbeat`"),
        ("web.stream_loop:STUCK_SECONDS", 1, "Who takes nothing for {} s is cut off", "Кто {} с ничего не забирает"),
        ("web.event_stream:STREAM_SECONDS", 1, "for {} s each", "по {} с каждый"),
        ("web.event_stream:MOST_STREAMS", 1, "there are {word} for each process", "их {word} на процесс"),
        ("serving.loop:SPARE_FILES", 1, "{} short of the limit of open files", "за {} до предела открытых файлов"),
        ("serving.loop:WHOLE_SECONDS", 1, "closed after {} s", "закрывается через {} с"),
        ("serving.loop:LINGER_SECONDS", 1, "an idle connection is kept for {word} seconds", "соединение без дела держат {word} секунды"),
        ("serving.client_connections:MOST_BUFFERED_BYTES", MIB, "is at most {} MiB for a worker", "самое большее {} МиБ"),
        ("serving.client_connections:SMALL_BYTES", KIB, "{} KiB for each connection beside it", "по {} КиБ на каждое соединение"),
        ("serving.listening:WAIT_BEYOND_SECONDS", 1, "for `graceful_timeout` and {} s", "`graceful_timeout` и ещё {} с"),
        ("gunicorn.conf.py:graceful_timeout", 1, "`graceful_timeout` ({} s)", "`graceful_timeout` ({} с)"),
        ("runtime.outbox.claims:REQUEST_SECONDS", 1, "a command on the wire is waited for {} s at most", "команду в пути ждут самое большее {} с"),
        ("runtime.versions.canary:LOOK_SECONDS", 1, "Every {word} seconds the two groups are compared", "Раз в {word} секунды обе группы"),
    ),
    "docs/webhook": (
        ("protocol.unsigned:MAX_BYTES", KIB, "{} KiB, and change nothing but presence", "{} КиБ, и меняют они только то, кто в сети"),
        ("serving.client_connections:MOST_BUFFERED_BYTES", MIB, "{} MiB wait to be worked on", "ждут обработки {} МиБ"),
        ("serving.client_connections:SMALL_BYTES", KIB, "this request is larger than {} KiB", "этот запрос больше {} КиБ"),
        ("serving.http_parser:MOST_DECORATION_BYTES", KIB, "{} KiB in all, which mean nothing", "всего до {} КиБ, которые ничего не значат"),
        ("serving.loop:WHOLE_SECONDS", 1, "is not whole within {} s is answered 408", "за {} с, получает ответ 408"),
    ),
    "docs/notify": (
        ("sender.notify:ANSWER_SECONDS", 1, "A receiver has {} s to answer", "У получателя есть {} с на ответ"),
        ("runtime.outbox.deliveries:PAUSE_SECONDS[0]", 1, "again after {} s, 2 s", "ещё раз через {} с, 2 с"),
        ("runtime.outbox.deliveries:PAUSE_SECONDS[1]", 60, "at most {} min, for a day", "раз в {} мин, в течение суток"),
    ),
    "docs/security": (
        ("protocol.unsigned:MAX_BYTES", KIB, "their own fields only, {} KiB at most", "не больше {} КиБ"),
        ("web.stream_loop:STUCK_SECONDS", 1, "what is not taken for {} s is cut off", "того, кто {} с"),
        ("web.event_stream:STREAM_SECONDS", 1, "each of {} s", "{} с"),
        ("sender.outside:MAX_ANSWER_BYTES", KIB, "redirects included; {} KiB at most", "не больше {} КиБ"),
    ),
    "docs/console": (
        ("runtime.calls.find_calls:LOOKED_AT", 1, "among the {} newest calls", "среди {} новейших звонков"),
    ),
    "docs/records": (
        ("runtime.calls.find_calls:LOOKED_AT", 1, "are looked for in {} calls at a time", "ищутся среди {} звонков за раз"),
        ("runtime.figures.inquiry:MOST_DAYS_BY[hour]", 1, "({} days at the most)", "(самое большее {} день)"),
        ("runtime.figures.inquiry:MOST_DAYS_BY[line]", 1, "`line` ({} days", "`line` ({} дня"),
    ),
    "docs/flows": (
        ("flow.reading.flows:BUDGET_STEPS", 1, "{} steps, `30m`", "{} шагов, `30m`"),
        ("flow.reading.flows:BUDGET_SECONDS", 60, "200 steps, `{}m`", "200 шагов, `{}m`"),
        ("flow.reading.flows:WINDOW_SECONDS", 1, "| `{}s` |", "| `{}s` |"),
        ("flow.verbs.menu:NEXT_DIGIT_SECONDS", 1, "| `next_digit` | `{}s` |", "| `next_digit` | `{}s` |"),
        ("flow.verbs.digit_input:FIRST_DIGIT_SECONDS", 1, "| `first_digit` | `{}s` |", "| `first_digit` | `{}s` |"),
    ),
}  # fmt: skip
"""By page, without its language's ending."""


def wrong(page: Page) -> Iterator[str]:
    russian = page.name.endswith(".ru.md")
    text = " ".join(page.text.split())
    for constant, unit, *written in TOLD.get(re.sub(r"(\.ru)?\.md$", "", page.name), ()):
        phrase = _filled(written[russian], value_of(constant) / unit, russian=russian)
        if phrase not in text:
            yield f"{page.name}: {constant} is {value_of(constant):g}, and the page does not say {phrase!r}"
    yield from _lines_told(page)
    for line, version in _pythons(page):
        if version != OLDEST_PYTHON:
            yield f"{page.place(line)}: it runs on Python {OLDEST_PYTHON} and newer, not {version}"


def value_of(constant: str) -> float:
    """`module:NAME`, or `module:NAME[KEY]` of several."""
    module, _, name = constant.partition(":")
    name, _, index = name.partition("[")
    if module == GUNICORN:
        settings = (PROJECT / GUNICORN).read_text(encoding="utf-8")
        return float(re.findall(rf"^{name} = (\d+)$", settings, re.MULTILINE)[0])
    value: Any = getattr(import_module(f"router.{module}"), name)
    key = index.rstrip("]")
    return float(value[int(key) if key.isdigit() else key] if index else value)


def _filled(phrase: str, value: float, *, russian: bool) -> str:
    if "{word}" in phrase:
        return phrase.replace("{word}", WORDS[int(value)][russian])
    if russian:
        return phrase.replace("{}", f"{value:,g}".replace(",", " " if value >= 10_000 else "").replace(".", ","))
    return phrase.replace("{}", f"{value:,g}")


def _pythons(page: Page) -> Iterator[tuple[int, str]]:
    for passage in page.passages:
        for version in re.findall(
            r"Python (3\.\d+)(?: (?:or|and|и|или) (?:newer|новее)|, nothing|, больше)", passage.text
        ):
            yield passage.line, version


def _lines_told(page: Page) -> Iterator[str]:
    """An example that is shown `in 60 lines` has so many."""
    for passage in page.passages:
        for file, count in re.findall(
            r"`(examples/[\w.]+)`[^`.]*? (?:in|в) (\d+) (?:lines|строк)", " ".join(passage.text.split())
        ):
            lines = len((PROJECT / file).read_text(encoding="utf-8").splitlines())
            if lines != int(count):
                yield f"{page.place(passage.line)}: {file} has {lines} lines"
