"""No page contradicts the program; and a contradiction that is written into one is noticed."""

from pathlib import Path

import pytest

from router.cli import COMMANDS
from tests.docs.claims import CHECKS, command_lines, complaints, ports, variables
from tests.docs.claims.page import Page, read
from tests.docs.pages import PAGES, PROJECT


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_page_agrees_with_the_program(path: Path) -> None:
    assert complaints(read(path)) == []


FILES = [
    *(PROJECT / name for name in ("Dockerfile", "compose.yaml", "ivr.example.yaml", "pbx.yaml", "gunicorn.conf.py")),
    *(PROJECT / "examples").glob("*.yml"),
    *(file for file in (PROJECT / "deploy").rglob("*") if file.is_file() and file.suffix not in (".json", ".py")),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_file_agrees_with_the_program(path: Path) -> None:
    """What deploys the router, and what examples run: commands with their options, variables with their values, ports."""
    text = path.read_text(encoding="utf-8")
    page = Page(name=str(path.relative_to(PROJECT)), text=f"```sh\n{text}\n```\n")
    assert [said for check in (command_lines.wrong, variables.wrong, ports.wrong) for said in check(page)] == []


def test_every_command_is_shown() -> None:
    assert {line.split()[1] for path in PAGES for _, line, _ in command_lines.lines(read(path))} >= set(COMMANDS)


SH = "```sh\n{}\n```"
PLANTED = [  # a sentence that is not true, and what has to be said of it
    ("Run `ivr chekc flows`.", "there is no command chekc"),
    ("Run `ivr purge --dryrun`.", "purge has no option --dryrun"),
    ("Run `ivr commands --state pending`.", "'pending' is not one of"),
    ("Run `ivr token create --role editor --name x`.", "'editor' is not one of"),
    ("Run `ivr user create masha`.", "user has no command create"),
    ("`ivr test` with `--online` asks the PBX.", "test has no option --online"),
    ("Say `--dryrun`.", "no command has an option --dryrun"),
    (SH.format("ivr replay flows --since 7d"), "replay takes 0 argument(s)"),
    (SH.format("ivr lookup main ask flows/shop caller.number=79000000011"), "`flows/shop` is not NAME=VALUE"),
    (SH.format("ivr call --keys 1 --hangup-after soon"), "'soon' is not a duration"),
    (SH.format("ivr export --since yesterdy"), "yesterdy"),
    (SH.format("ivr trace"), "trace wants"),
    (SH.format("sudo ivr service run doctr --online"), "there is no command doctr"),
    ("It ends with exit code 3.", "commands end with 0, 1 or 2, not 3"),
    ("Она завершается с кодом 4.", "commands end with 0, 1 or 2, not 4"),
    ("Call `make mutation`.", "no target mutation"),
    (SH.format("make mutate COUNT=300"), "no variable COUNT"),
    ("Run `python -m bench.histories`.", "there is no module bench.histories"),
    ("Run `pip install 'ivr-router[aio]'`.", "no extra aio"),
    ("Ask `GET /api/alerts`.", "there is no path /api/alerts"),
    ("Ask `POST /api/alarms`.", "/api/alarms takes no POST"),
    ("Ask `GET /api/calls?status=live`.", "/api/calls has no parameter status"),
    ("Say `?because=` why.", "no path has a parameter because"),
    ("Ask `POST /emulator/dial`.", "there is no path /emulator/dial"),
    (SH.format("curl -X DELETE http://127.0.0.1:8080/api/pause"), "/api/pause takes no DELETE"),
    ("Look at `ivr_database_alive`.", "there is no metric ivr_database_alive"),
    ("Look at `ivr_events_total{kind,result}`.", "ivr_events_total has no label result"),
    ("IvrKeyRejected fires.", "there is no alert IvrKeyRejected"),
    ("It is `router/runtime/outbox/forecasts.py`.", "there is no file router/runtime/outbox/forecasts.py"),
    ("It is `forecasts.py`.", "no file is called forecasts.py"),
    ("See [there](safety.md).", "the link safety.md leads nowhere"),
    ("See [there](operations.md#fail-over).", "leads nowhere"),
    ("That is W699.", "there is no finding W699"),
    ("That is E101.", "there is no finding E101"),
    ("Its code is `3199`.", "there is no code 3199"),
    ("| 403 | 3109 | `unknown-key` | not ours |", "unknown-key is 403 with code 3105"),
    ("The console's `Run all tests` does it.", "the console has no 'Run all tests' in en"),
    ("It is the console's page Charts.", "the console has no 'Charts' in en"),
    ("It listens on `127.0.0.1:8099`.", "nothing listens on port 8099"),
    ("Write `hidden: true`.", "no schema has the key hidden"),
    ("Write `priority: urgent`.", "priority does not take 'urgent'"),
    ("Write `{play: {silnce: 5s}}`.", "play does not take"),
    ("It is `limits.route.delay`.", "expressions know no limits.route.delay"),
    ("## collect\n\nExits: `next`, `busy`.\n", "collect has no exit busy"),
    ("Set `IVR_LOG=jsonl`.", "it is one of console"),
    ("Set `IVR_DURABILITY=fast`.", "write full or normal"),
    ("Set `IVR_REORDER_MS=soon`.", "IVR_REORDER_MS"),
    ("A session ends after `IVR_SESSION_IDLE` (8 hours).", "the default of IVR_SESSION_IDLE is 12h"),
    ("Сеанс кончается через `IVR_SESSION_LONGEST` (3 дня).", "the default of IVR_SESSION_LONGEST is 7d"),
    ("It stays for two minutes (`IVR_BUILDER_IDLE`).", "the default of IVR_BUILDER_IDLE is 10m"),
    ("`IVR_STALE_AFTER` (`6h`) says when.", "the default of IVR_STALE_AFTER is 4h"),
    ("`IVR_RETENTION` is by default `90d`.", "the default of IVR_RETENTION is 30d"),
    ("The log says `the PBX declined a command`.", "the program does not say"),
    ("It is `advance_to` in the driver.", "the program knows no advance_to"),
    ("The column is `ringing_seconds`.", "the program knows no ringing_seconds"),
    ("The error is `store-unreachable`.", "the program knows no store-unreachable"),
    ("You need Python 3.10 or newer.", "it runs on Python 3.11 and newer"),
    ("`examples/wallboard.mjs` shows it in 40 lines.", "examples/wallboard.mjs has"),
    ("```python\nfrom router import Mangoo\n```", "router has no Mangoo"),
    ("```python\nmango.list_groups()\n```", "the client has no method list_groups"),
]


@pytest.mark.parametrize(("sentence", "said"), PLANTED, ids=[said for _, said in PLANTED])
def test_what_is_not_true_is_noticed(sentence: str, said: str) -> None:
    found = complaints(Page(name="docs/planted.md", text=f"# Planted\n\n{sentence}\n"))
    assert any(said in complaint for complaint in found), found


@pytest.mark.parametrize(
    ("page", "true", "false"),
    [
        ("docs/operations.md", "within 60 s the state becomes", "within 90 s the state becomes"),
        ("docs/operations.ru.md", "У запроса есть 2 с на соединение", "У запроса есть 3 с на соединение"),
        ("docs/flows.md", "| `first_digit` | `5s` |", "| `first_digit` | `7s` |"),
        ("docs/records.ru.md", "`line` (92 дня", "`line` (90 дней"),
        ("docs/console.ru.md", "«Все в CSV»", "«Всё в CSV»"),
        ("docs/console.md", "## Figures", "## Charts"),
    ],
)
def test_a_page_that_changes_away_from_the_program_is_noticed(page: str, true: str, false: str) -> None:
    before = (PROJECT / page).read_text(encoding="utf-8")
    assert true in before
    assert complaints(Page(name=page, text=before.replace(true, false))) != []


def test_each_check_notices_something() -> None:
    """None has gone blind."""
    pages = [Page(name="docs/planted.md", text=f"# Planted\n\n{sentence}\n") for sentence, _ in PLANTED]
    assert [check.__module__ for check in CHECKS if not any(list(check(page)) for page in pages)] == []
