"""What an editor shows in Russian: all that schemas, verbs, names and functions say, and what is told of a bundle's names."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from router.cli.language import said_in_editor
from router.flow.documents.reference import FAMILIES, NAMES
from router.flow.expressions import FUNCTIONS
from router.flow.verbs import VERBS
from router.lsp.hover import about_verb
from router.lsp.service import Service
from router.lsp.translated import markdown
from router.lsp.workspace import uri_of
from router.protocol.schemas import load_schema
from router.translation.catalogue import is_code, reference_words

PROJECT = Path(__file__).parents[2]
KNOWN = reference_words("ru").known
MAIN = """\
flow: main
for: any
on_error: bye
start: ask
vars: {pin: {type: text}}
steps:
  ask: {menu: {prompt: audio.menu, keys: {1: shop, 2: typed}, no_input: {goto: bye}, no_match: {goto: bye}}}
  typed: {collect: {into: pin, next: find, no_input: {goto: bye}, no_match: {goto: bye}}}
  find: {lookup: {table: rota, key: now.date, outputs: {phone: {type: phone}}, next: shop, on: {else: bye}}}
  shop: {route: {to: [group shop, person ann], on: {else: open}}}
  open: {switch: [{when: hours.shop.open and caller.number in lists.vip, goto: later}, {else: bye}]}
  later: {run: {flow: part, on: {else: bye}}}
  lost: release
  bye: hangup
"""
FILES = {
    "main.yaml": MAIN,
    "part.yaml": "flow: part\nstart: back\nsteps:\n  back: {return: {as: done}}\n",
    "resources.yaml": """\
audio: {menu: {id: 17, length: 9s, says: Press 1.}}
groups: {shop: {extension: "303"}}
people: {ann: {extension: "101"}}
hours: {shop: {open: {mon-fri: "09:00-18:00"}}}
lists: {vip: {keep: 5m}}
tables: {rota: {file: rota.csv, key: date}}
""",
    "rota.csv": "date,phone\n2026-11-23,79000000010\n",
}


@pytest.fixture
def service(tmp_path: Path) -> Service:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = Service(today=lambda: date(2026, 11, 23), now=lambda: 1_795_000_000.0, said=lambda text: KNOWN(text) or text)
    made.folders([uri_of(tmp_path)])
    made.show(uri_of(tmp_path / "main.yaml"), MAIN)
    return made


def _hover(service: Service, tmp_path: Path, words: str) -> str:
    """Of the place that ^ marks."""
    before, text = words.index("^"), words.replace("^", "")
    number, line = next((number, line) for number, line in enumerate(MAIN.split("\n")) if text in line)
    found = service.hover(uri_of(tmp_path / "main.yaml"), types.Position(number, line.index(text) + before))
    assert found is not None
    assert isinstance(found.contents, types.MarkupContent)
    return found.contents.value


def _said(schema: Any) -> Iterator[str]:
    """Whatever a schema says for people."""
    if isinstance(schema, dict):
        for key, inner in schema.items():
            if key in ("description", "x-form") and isinstance(inner, str):
                yield inner
            else:
                yield from _said(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _said(inner)


@pytest.mark.parametrize("kind", ["flow", "resources", "test"])
def test_all_that_a_schema_says_has_its_russian(kind: str) -> None:
    assert {text for text in _said(load_schema(kind)) if not is_code(text) and not KNOWN(text)} == set()


def test_names_functions_and_exits_have_their_russian() -> None:
    exits = [when for spec in VERBS.values() for _, when in spec.exits.described]
    about = [*NAMES.values(), *(told for _, _, told in FAMILIES), *(one.about for one in FUNCTIONS.values()), *exits]
    assert {text for text in about if not is_code(text) and not KNOWN(text)} == set()


def test_a_verb_is_told_of_in_russian() -> None:
    shown = markdown(about_verb("wait"), lambda text: KNOWN(text) or text)
    assert shown == (
        "**wait**\n\nДаёт пройти времени.\n\n```yaml\nwait: {for: 5s, next: STEP}\n```\n\n"
        "- `next`: Время вышло, или часы работы начались."
    )


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("^shop: {route", "шаг **shop**: route\n\n`group shop`, `person ann`\n\nСюда ведут: `ask` (1), `find` (next)."),
        ("^lost: release", "шаг **lost**: release\n\nСюда ничто не ведёт."),
        ("^bye: hangup", "Сюда ведут: `on_error` сценария, `ask` (no_input), `ask` (no_match)"),
        ("hours.^shop", "часы работы **shop**\n\nсейчас"),
        ("lists.^vip", "список **vip**\n\nзаписей: 0\n\nпополняет `remember`; запись хранится 300 с"),
        ("audio.^menu", "фраза **menu**\n\n“Press 1.”, 9 с, id 17 в личном кабинете"),
        ("^rota,", "таблица **rota**\n\nстрок: 1; столбцы: `date`, `phone`\n\n`rota.csv` изменён"),
        ("^part, on", "сценарий **part**\n\nшагов: 1; сам звонков не берёт, его запускают другие"),
        ("^pin, next", "переменная **pin**\n\ntext, сначала ''"),
        ("^now.date", "`now.date`: text\n\nнапример `2026-11-23`"),
        ("^no_match: {goto: bye}}}", "Что делать с клавишами, которые здесь ничего не значат."),
    ],
)
def test_hover(service: Service, tmp_path: Path, words: str, shown: str) -> None:
    assert shown in _hover(service, tmp_path, words)


def test_findings_actions_and_links(service: Service, tmp_path: Path) -> None:
    uri = uri_of(tmp_path / "main.yaml")
    bundle = service.show(uri, MAIN.replace("1: shop", "1: shopp"))
    assert bundle is not None
    found = service.findings(bundle)[uri]
    assert [one.message for one in found if one.code == "F301"] == ["неизвестный шаг `shopp`\nможет быть, `shop`?"]
    offered = service.actions(uri, found[0].range, found)
    assert any("`shop`" in one.title and re.search("[а-я]", one.title) for one in offered)
    titles = [one.command.title for one in service.lenses(uri) if one.command]
    assert titles == ["показать схему", "проиграть", "запустить все тесты"]


@pytest.mark.parametrize(
    ("asked", "locale", "shown"),
    [("", "ru-RU", "фраза"), ("", "de", "prompt"), ("", "", "prompt"), ("ru", "en", "фраза"), ("en", "ru", "prompt")],
)
def test_language_is_that_of_the_variable_else_of_the_editor(
    monkeypatch: pytest.MonkeyPatch, asked: str, locale: str, shown: str
) -> None:
    monkeypatch.setenv("IVR_LANG", asked)
    assert said_in_editor(locale)("prompt **menu**") == f"{shown} **menu**"
