"""Findings in Russian: the catalogue is sound, and what the loader says of broken bundles is in it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from router.cli import commands as ivr
from router.cli.language import OF_THE_SYSTEM, language
from router.config.settings import ACCOUNT_SETTINGS, ROUTER_SETTINGS
from router.errors import ConfigurationError
from router.flow.finding_rules import RULES
from router.flow.loader import load
from router.translation import catalogue as module
from router.translation.catalogue import Catalogue, catalogue
from tests.properties.mutations import Mutations

TESTS = Path(__file__).parents[1]
RUSSIAN = Path(module.__file__).parent / "ru"
COMMANDS = sorted((RUSSIAN / "commands").glob("*.toml"))
FILES = [*sorted(RUSSIAN.glob("*.toml")), *COMMANDS]
ENGLISH = re.compile(
    r"\b(?:is|are|the|it|of|and|or|not|with|has|an?(?!-)|to|for|such|other|others|empty|write|unknown)\b"
)
QUOTED = re.compile(
    r"`[^`]*`|\{.*\}|\"[^\"]*\"|'[^']*'|\[[^]]*\]|U\+[0-9A-F]+, [\w -]+|\([^)]*\)|напишите [^а-яё]*$|[\w/.-]+\.(?:yaml|csv|txt)"
)


def entries(files: list[Path] = FILES) -> Iterator[tuple[str, str]]:
    for file in files:
        for area in tomllib.loads(file.read_text(encoding="utf-8")).values():
            yield from area.items()


def test_entries_have_the_same_holes_and_are_russian() -> None:
    for english, shown in entries():
        assert _is_sound(english, shown), english


def _is_sound(english: str, shown: str) -> bool:
    holes = [sorted(re.findall(r"\{(\d!?)\}", text)) for text in (english, shown)]
    chosen = re.findall(r"\{(\d):([^{}]*)\}", shown)
    counts = {number for number, _ in chosen} <= set(holes[0]) and all(forms.count("|") == 2 for _, forms in chosen)
    code_alone = not re.search("[a-z]", QUOTED.sub("", re.sub(r"\{\d!?\}", "", english)))
    return holes[0] == holes[1] and counts and bool(re.search("[А-яё]", shown) or code_alone)


def test_no_text_stands_twice() -> None:
    """In the files that hold everywhere, and in those of one command."""
    for files in ([file for file in FILES if file not in COMMANDS], *([file] for file in COMMANDS)):
        texts = [english for english, _ in entries(files)]
        assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 звонков"), (1, "1 звонок"), (2, "2 звонка"), (4, "4 звонка"), (5, "5 звонков"), (11, "11 звонков"),
        (12, "12 звонков"), (14, "14 звонков"), (21, "21 звонок"), (22, "22 звонка"), (25, "25 звонков"),
        (101, "101 звонок"), (111, "111 звонков"), (1_000_003, "1000003 звонка"), ("0.5", "0.5 звонков"),
    ],
)  # fmt: skip
def test_words_beside_numbers(count: object, said: str) -> None:
    assert Catalogue({"{0} call(s)": "{0} {0:звонок|звонка|звонков}"}, {}).said(f"{count} call(s)") == said


def _said(files: Mapping[str, bytes]) -> Iterator[str]:
    for finding in load(files).findings:
        yield from (text for text in (finding.message, finding.suggestion) if text)


def _files(directory: Path) -> dict[str, bytes]:
    kinds = (".yaml", ".txt", ".csv")
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.suffix in kinds
    }


def _other_systems() -> Iterator[str]:
    cases: list[dict[str, Any]] = yaml.safe_load((TESTS / "mistakes/other_systems.yaml").read_text(encoding="utf-8"))
    for case in cases:
        for line in case["said"]:
            message, _, advice = line.partition(" | ")
            yield from (text for text in (message.split(" ", 2)[2], advice) if text)


def _damaged() -> Iterator[str]:
    mutations = Mutations(1)
    for base in ("tests/bundles/every_verb", "flows"):
        files = _files(TESTS.parent / base)
        for number in range(60):
            yield from _said(mutations.gently(files) if number % 2 else mutations.of(files))


def _broken() -> Iterator[str]:
    for directory in sorted((TESTS / "broken_flows").iterdir()):
        if directory.is_dir():
            yield from _said(_files(directory))


@pytest.mark.parametrize("source", [_broken, _other_systems, _damaged])
def test_findings_are_in_russian(source: Any) -> None:
    russian = catalogue("ru")
    texts = sorted(set(source()))
    assert len(texts) > 50
    left = [(text, shown) for text in texts if ENGLISH.search(QUOTED.sub("", shown := russian.said(text)))]
    assert left == []


def test_code_is_not_translated() -> None:
    said = catalogue("ru").said
    assert said("unknown step `empty`") == "неизвестный шаг `empty`"
    assert said("the steps are text, number, menu and others") == "шаги: text, number, menu и другие"
    assert said("what nobody has translated") == "what nobody has translated"


def test_what_fills_a_hole_is_translated() -> None:
    russian = Catalogue(
        {"`{0}` is not {1}": "`{0}` — не {1}", "a number": "число", "a date": "дата"}, {" or ": " или "}
    )
    assert russian.said("`a number` is not a number or a date") == "`a number` — не число или дата"


def test_commands_speak_it(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text("flow: main\nfor: any\nstart: menuu\nsteps:\n  menu: hangup\n")
    told = {
        lang: CliRunner().invoke(ivr, ["check", str(tmp_path)], env={"IVR_LANG": lang})
        for lang in ("en", "ru_RU.UTF-8")
    }
    assert "F301 unknown step `menuu`" in told["en"].output
    assert "F301 неизвестный шаг `menuu`" in told["ru_RU.UTF-8"].output
    assert "1 ошибка" in told["ru_RU.UTF-8"].output
    assert [answer.exit_code for answer in told.values()] == [1, 1]


def test_unknown_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_LANG", "de")
    with pytest.raises(ConfigurationError, match="IVR_LANG is de: it may be en or ru"):
        language()


def _helps(command: click.Command) -> Iterator[str]:
    """Each paragraph of the help of a command, its options and its subcommands."""
    options = (parameter.help for parameter in command.params if isinstance(parameter, click.Option))
    for text in (command.help, *options):
        yield from (" ".join(paragraph.split()) for paragraph in cleandoc(text or "").split("\n\n") if paragraph)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _helps(below)


def test_help_of_every_command_is_in_russian() -> None:
    said = catalogue("ru").said
    left = sorted({text for text in _helps(ivr) if not re.search("[а-яё]", said(text))})
    assert left == []


def test_rules_and_settings_are_in_russian() -> None:
    said = catalogue("ru").said
    rules = {text for rule in RULES.values() for text in (rule.title, rule.explanation)}
    settings = {setting.help for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS)}
    assert {text for text in rules | settings if not re.search("[а-яё]", said(text))} == set()


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([], "calls       Показать звонки."),
        (["calls"], "--limit INTEGER RANGE           Не больше стольких.  [по умолчанию: 50;"),
        (["token"], "create  Создать токен"),
        (["backup"], "Копия проверяется, прежде чем получит имя"),
    ],
)
def test_help_is_shown_in_russian(arguments: list[str], shown: str) -> None:
    answer = CliRunner().invoke(ivr, [*arguments, "--help"], env={"IVR_LANG": "ru"}, prog_name="ivr")
    assert shown in answer.output
    assert answer.output.startswith("Вызов: ivr")
    assert "Options" not in answer.output
    assert CliRunner().invoke(ivr, [*arguments, "--help"]).output.startswith("Usage: ")


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LC_MESSAGES": "ru_RU", "LANG": "en_US.UTF-8"}, "ru"),
        ({"LC_ALL": "C", "LC_MESSAGES": "ru_RU.UTF-8", "LANG": "ru_RU.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "ru"}, "ru"),
        ({"LANG": "rw_RW.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"IVR_LANG": "en", "LC_ALL": "ru_RU.UTF-8"}, "en"),
        ({"IVR_LANG": "", "LANG": "ru_RU.UTF-8"}, "ru"),
        ({}, "en"),
    ],
)
def test_commands_speak_the_language_of_the_system(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], spoken: str
) -> None:
    for name in ("IVR_LANG", *OF_THE_SYSTEM):
        monkeypatch.delenv(name, raising=False)
    answer = CliRunner().invoke(ivr, ["--help"], env=variables, prog_name="ivr")
    assert answer.output.startswith("Вызов: ivr" if spoken == "ru" else "Usage: ivr")


def test_a_system_that_cannot_write_it_reads_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "ru_RU.KOI8-R")
    answer = CliRunner(charset="koi8-r").invoke(ivr, ["--help"], prog_name="ivr")
    assert answer.output.startswith("Usage: ivr")
