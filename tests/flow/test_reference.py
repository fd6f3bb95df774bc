"""The reference tells of everything that there is, and docs/reference.md is what it tells."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from router.cli import commands
from router.cli.reference import page
from router.engine.verbs import VERBS
from router.flow.documents.pages import Heading, Table, as_markdown, as_text
from router.flow.documents.reference import FAMILIES, GROUPS, NAMES
from router.flow.expressions import BUILTIN_NAMES, FUNCTIONS, hours_names
from router.flow.finding_rules import RULES
from router.flow.schema.coercion import resolved
from router.flow.verbs import VERBS as SPECS
from router.protocol.schemas import load_schema

PROJECT = Path(__file__).parents[2]
FLOW = load_schema("flow")
STEP = resolved(FLOW["$defs"]["step"], FLOW)["properties"]
CODES = CliRunner().invoke(commands, ["reference", "--json"]).output
MARKDOWN = page("md", commands)
TEXT = page("text", commands)


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    told = (PROJECT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert told == MARKDOWN, "run: make docs"


def test_exits_are_told_of_every_verb() -> None:
    assert list(SPECS) == list(STEP) == list(VERBS)


@pytest.mark.parametrize("verb", STEP)
def test_every_exit_that_can_be_written_is_told(verb: str) -> None:
    settings = resolved(STEP[verb], FLOW)
    written = {name for name in settings.get("properties", {}) if name in ("next", "no_input", "no_match")}
    written |= set(resolved(settings.get("properties", {}).get("on", {}), FLOW).get("properties", {}))
    exits = SPECS[verb].exits
    told = {name for name, _ in exits.described}
    assert written <= told
    assert set(exits.required(SimpleNamespace(table="", in_table=False))) <= told


def test_every_name_is_told() -> None:
    assert list(NAMES) == list(BUILTIN_NAMES)
    families = {name: kind for name, kind, _ in FAMILIES}
    assert {name: kind for name, kind in families.items() if name.startswith("hours.")} == hours_names("NAME")


def test_every_function_key_and_command_is_on_the_page() -> None:
    for name in FUNCTIONS:
        assert f"`{name}(" in MARKDOWN
    for kind in ("flow", "resources", "test"):
        for key in load_schema(kind)["properties"]:
            assert f"`{key}`" in MARKDOWN or f"### {key}" in MARKDOWN
    for key in ("NAME.id", "NAME.NAME.length", "NAME.each", "NAME.pick.NAME.says"):
        assert f"| `{key}` |" in MARKDOWN.partition("### audio")[2].partition("###")[0]
    for command in ("graph FLOW [DIRECTORY]", "reference", "replay", "schema [DIRECTORY]", "trace ENTRY_ID"):
        assert f"### `ivr {command}`" in MARKDOWN


def test_every_finding_can_be_linked_to() -> None:
    assert {code[:2] for code in RULES} == set(GROUPS)
    for code in RULES:
        assert MARKDOWN.count(f'<a id="{code.lower()}"></a>{code} |') == 1


def test_every_verb_and_key_has_a_meaning() -> None:
    for name, schema in STEP.items():
        assert resolved(schema, FLOW)["description"], name
    for name, schema in FLOW["properties"].items():
        assert resolved(schema, FLOW)["description"], name


def test_the_text_has_no_marks_and_fits_a_terminal() -> None:
    assert "`" not in TEXT.replace("```", "")
    assert "<a id" not in TEXT
    assert max(map(len, TEXT.splitlines())) <= 110


def test_both_forms_of_a_small_page() -> None:
    table = Table(head=("a", "b"), rows=(("`x|y`", "**one**"), ("z", "two words")))
    parts = [Heading(level=1, text="T"), "Some `text`.", "```yaml\nflow: a\n```", table]
    assert as_markdown(parts) == (
        "# T\n\nSome `text`.\n\n```yaml\nflow: a\n```\n\n| a | b |\n| --- | --- |\n| `x\\|y` | **one** |\n| z | two words |\n"
    )
    assert as_text(parts) == "T\n=\n\nSome text.\n\n    flow: a\n\n  x|y  one\n  z    two words\n"


def test_a_table_without_rows_is_nothing_in_text() -> None:
    assert as_text([Table(head=("a", "b"), rows=())]) == ""


def test_it_is_shown_in_russian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_LANG", "ru")
    shown = CliRunner().invoke(commands, ["reference"]).output
    assert shown.startswith("Справочник по языку сценариев\n=============================\n")
    assert "Проигрывает фразы и идёт туда, куда ведёт нажатая клавиша." in shown
    assert CliRunner().invoke(commands, ["reference", "--json"]).output == CODES


def test_russian_file_is_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_LANG", "ru")
    shown = CliRunner().invoke(commands, ["reference", "--format", "md"]).output
    assert shown == (PROJECT / "docs" / "reference.ru.md").read_text(encoding="utf-8")
