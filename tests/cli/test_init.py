"""`ivr init` against a PBX that is really asked: what it finds, asks and writes, and that this is sound."""

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from router.cli.init.account import Account, Line, Party, survey
from router.cli.init.checklist import checklist
from router.cli.init.checklist_texts import TEXTS
from router.cli.init.choices import Given, choose
from router.cli.init.command import _try, init
from router.cli.service.environment import read_environment
from router.cli.starter.bundle import starter_bundle
from router.cli.starter.questions import Questions
from router.client import Mango
from router.emulator.load import load_config
from router.emulator.serve import serving
from router.errors import BillingRefused, ConfigurationError, MangoError, NoSuchObject

KEY, SALT = "init-key", "init-salt"
PBX = """
lines:
  74950000001: {scheme: main, comment: from the ads}
  74950000002: {scheme: main}
  "sip:desk@pbx.example": {scheme: own, name: desk}
employees:
  101: {name: Анна, number: "sip:anna@pbx.example", behaves: never}
  102: {name: "Обед", number: "sip:boris@pbx.example", behaves: never}
groups:
  303: {name: Отдел продаж, members: [101], rings: together, ring: 20s, wait: 60s}
  304: {name: "Office", members: [102], rings: together, ring: 20s, wait: 60s}
audio:
  17: {length: 9s, name: Главное меню}
  23: {length: 6s, name: Сейчас закрыто}
  24: {length: 20s, name: Adagio}
schemes:
  main: {silence: 30s, then: hang_up}
  own: {silence: 30s, then: hang_up}
trunks: {74950000003: {description: the factory}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory to work in, beside a PBX."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("IVR_", "MANGO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    pbx = load_config(PBX)
    with serving(pbx, api_key=KEY, salt=SALT, host="127.0.0.1", port=0, webhook="http://127.0.0.1:9") as server:
        monkeypatch.setenv("MANGO_API_URL", f"http://127.0.0.1:{server.port}/vpbx/")
        yield tmp_path


@pytest.fixture
def keyed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with key and salt in the environment."""
    monkeypatch.setenv("MANGO_API_KEY", KEY)
    monkeypatch.setenv("MANGO_API_SALT", SALT)
    return home


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(init, ["--no-doctor", *arguments], input=typed)


def written(home: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (home / "flows").iterdir()}


def test_without_questions_it_takes_what_it_finds(keyed: Path) -> None:
    answer = run("flows", "--yes")
    assert answer.exit_code == 0, answer.output
    files = written(keyed)
    assert sorted(files) == ["cabinet.md", "main.test.yaml", "main.yaml", "resources.yaml"]
    assert 'for: {lines: ["74950000001", "74950000002", "sip:desk@pbx.example", "74950000003"]}' in files["main.yaml"]
    assert 'otdel_prodazh: {extension: "303"}  # Отдел продаж' in files["resources.yaml"]
    assert 'office_2: {extension: "304"}' in files["resources.yaml"]  # office is a step
    assert "welcome: {id: 17, length: 10s" in files["resources.yaml"]
    assert "closed: {id: 23, length: 2s" in files["resources.yaml"]
    assert "sorry" not in files["main.yaml"]  # nobody has recorded it
    assert re.search(r"проход[а-я]+ \d+ тест[а-я]*, все выходы испытаны", answer.output)
    assert "длина welcome предположена" in answer.output
    assert not (keyed / "ivr.env").exists()
    assert SALT not in answer.output + "".join(files.values())


def test_the_checklist_says_what_to_click_for_each_line(keyed: Path) -> None:
    run("flows", "--yes", "--lines", "74950000001")
    page = written(keyed)["cabinet.md"]
    assert "тишина 30 сек" in page
    assert "**74950000001** (from the ads): схема «main», она же задана для других линий (74950000002)" in page
    assert "Эти линии остаются как есть: 74950000002, sip:desk@pbx.example, 74950000003." in page
    assert "`welcome`: запись 17, «Главное меню», 10 с" in page
    assert page.count("**Длина предположена**") == 2
    assert "`sorry` не найдена: запишите «Сейчас все заняты." in page


def test_it_asks_and_asks_again(home: Path) -> None:
    """The key and the salt, too, which only their owner can read afterwards."""
    typed = [KEY, SALT, "74950000002", "304, 999", "304, 101", "пн-пт 10:00-19:00, сб 10:00-14:00", "Asia/Moscow", "Asia/Omsk", "нет", "101",
             "ru", "99", "17", "long", "8.5s", "none", "none"]  # fmt: skip
    answer = run("flows", typed="\n".join(typed) + "\n")
    assert answer.exit_code == 0, answer.output
    for told in (
        "группы или сотрудника 999 нет",
        "`Asia/Moscow` — не часовой пояс",
        "записи 99 у клиента нет",
        "`long` — не длина",
        "На каких линиях? Номера через запятую или «все» [74950000001, 74950000002, sip:desk@pbx.example, 74950000003]:",
        "Когда открыто? Например пн-пт 09:00-18:00 или «всегда» [пн-пт 09:00-18:00]:",
        "Закрыто ли в праздничные дни России? [да]:",
        "Ключ для создания подписи (MANGO_API_SALT)",
    ):
        assert told in answer.output
    assert SALT not in answer.output
    files = written(home)
    assert "welcome: {id: 17, length: 9s" in files["resources.yaml"]
    assert "people:" in files["resources.yaml"]
    assert 'anna: {extension: "101"}' in files["resources.yaml"]
    assert "holidays" not in files["resources.yaml"]
    assert '{mon-fri: "10:00-19:00", sat: "10:00-14:00"}' in files["resources.yaml"]
    assert "timezone: Asia/Omsk" in files["main.yaml"]
    assert "Длина предположена" not in files["cabinet.md"]
    kept = home / "ivr.env"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    settings = read_environment(kept)
    assert (settings["MANGO_API_KEY"], settings["MANGO_API_SALT"]) == (KEY, SALT)
    assert settings["IVR_FLOWS"] == str(home / "flows")


def test_a_file_of_settings_that_is_there_is_left_alone(home: Path) -> None:
    (home / "ivr.env").write_text("MANGO_API_KEY=mine\n", encoding="utf-8")
    answer = run("flows", "--keys", "303", typed="\n".join([KEY, SALT, *[""] * 12]) + "\n")
    assert answer.exit_code == 0, answer.output
    assert "ivr.env уже был и остался прежним" in answer.output
    assert (home / "ivr.env").read_text(encoding="utf-8") == "MANGO_API_KEY=mine\n"


def test_nothing_is_made_when_nobody_answers(home: Path) -> None:
    answer = run("flows", typed=f"{KEY}\n{SALT}\n")
    assert answer.exit_code == 2
    assert not any(home.iterdir())


def test_prompts_by_options(keyed: Path) -> None:
    answer = run(
        "flows", "--yes", "--json", "--prompt", "welcome=17:9s", "--prompt", "closed=none", "--prompt", "sorry=24:20s"
    )
    told = json.loads(answer.stdout)
    assert (told["settings"], told["untold"]) == (None, [])
    files = written(keyed)
    assert "welcome: {id: 17, length: 9s" in files["resources.yaml"]
    assert "sorry: {id: 24, length: 20s" in files["resources.yaml"]
    assert "closed:" not in files["resources.yaml"]
    assert "goto: bye" in files["main.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--keys", "305"), "группы или сотрудника 305 нет: 303, 304, 101, 102"),
        (("--keys", "303,303"), "каждый один раз"),
        (("--prompt", "welcome"), "welcome=17:9s"),
        (("--prompt", "welcome=5:9s"), "записи 5 у клиента нет"),
        (("--zone", "Moscow"), "`Moscow` — не часовой пояс"),
        (("--hours", "9-18"), "не вида «пн-пт 09:00-18:00»"),
    ],
)
def test_what_cannot_be_read(keyed: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = run("flows", "--yes", *arguments)
    assert answer.exit_code == 2
    assert said in answer.output
    assert not (keyed / "flows").exists()


def test_without_a_key_nothing_is_asked_of_anybody(home: Path) -> None:
    answer = run("flows", "--yes")
    assert (answer.exit_code, "задайте MANGO_API_KEY и MANGO_API_SALT" in answer.output) == (2, True)


@pytest.mark.parametrize("chosen", [("--language", "en"), ()])
def test_it_speaks_another_language_than_the_system(
    keyed: Path, monkeypatch: pytest.MonkeyPatch, chosen: tuple[str, ...]
) -> None:
    if not chosen:
        monkeypatch.setenv("IVR_LANG", "en")
    answer = run("flows", "--yes", *chosen)
    assert "tests pass, and reach every exit" in answer.output
    files = written(keyed)
    assert "# which calls it takes" in files["main.yaml"]
    assert "name: nobody is free in" in files["main.test.yaml"]
    assert files["cabinet.md"].startswith("# What is left to do in the cabinet")


def test_everything_that_it_writes_is_russian(keyed: Path) -> None:
    """Comments, names of tests, what recordings say: no word of English but of the language of flows."""
    run("flows", "--yes", "--prompt", "sorry=24:20s")
    files = written(keyed)
    comments = re.findall(r"# (.+)", files["main.yaml"] + files["resources.yaml"])
    names = re.findall(r"- name: (.+)", files["main.test.yaml"])
    words = [text for text in (*comments, *names) if not re.search("[а-яё]", text)]
    assert words == ["Adagio", "Office"]  # names of the cabinet


def test_nothing_is_overwritten(keyed: Path) -> None:
    (keyed / "flows").mkdir()
    (keyed / "flows" / "mine.yaml").write_text("x", encoding="utf-8")
    assert run("flows", "--yes").exit_code == 2


class Reluctant:
    """A PBX that tells some lists, and says why not of the others."""

    def __init__(self, **refused: MangoError) -> None:
        self._refused = {name.replace("_", "/"): error for name, error in refused.items()}

    def call(self, method: str, _params: Any) -> Any:
        if method in self._refused:
            raise self._refused[method]
        if method == "audiofiles":
            return {"result": 1000, "audiofiles": [{"id": "17", "name": " Меню\n1 "}, {"id": None, "name": "?"}, "odd"]}
        return {"result": 1000, "groups": [{"extension": 303, "name": None}, {"name": "without one"}], "lines": None}


def test_a_list_that_is_not_told_stops_nothing() -> None:
    none = NoSuchObject("trunks/numbers: 3300, no such object", result=3300)
    blocked = BillingRefused("schemas: 2220, the product is blocked", result=2220)
    found = survey(cast("Mango", Reluctant(trunks_numbers=none, schemas=blocked)))
    assert found.untold == ("schemas: 2220, the product is blocked",)
    assert found.groups == (Party(title="", extension="303"),)
    assert found.recordings == ((17, "Меню 1"),)
    assert (found.lines, found.employees) == ((), ())
    page = checklist(found, choose(found, Given(language="en"), Questions(silent=True)))
    assert "## What the account did not tell\n\n- schemas: 2220, the product is blocked" in page


def test_a_wrong_salt_is_said_with_where_the_right_one_stands(keyed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGO_API_SALT", "wrong")
    error = run("flows", "--yes").exception
    assert isinstance(error, ConfigurationError)
    assert "3102, wrong sign" in error.message
    assert "Интеграции → API коннектор" in error.message
    assert not (keyed / "flows").exists()


# whatever an account has


texts = st.sampled_from(
    ["", "Отдел продаж", "Sales", "office", "bye", "ё!", "1-я линия", 'a "b": # c\n', "日本", "Ы" * 40]
)
extensions = st.integers(1, 400).map(str)
parties = st.lists(
    st.builds(Party, title=texts, extension=extensions), max_size=12, unique_by=lambda one: one.extension
)
lines = st.lists(
    st.builds(
        Line,
        number=st.integers(74950000001, 74950000009).map(str),
        title=texts,
        scheme=texts,
        may_be_taken=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda one: one.number,
)
recordings = st.lists(
    st.tuples(st.integers(1, 99), st.sampled_from(["Меню", "menu", "Закрыто", "Занято: все заняты", "try again", ""])),
    max_size=6,
    unique_by=lambda one: one[0],
)
accounts = st.builds(
    Account,
    lines=lines.map(tuple),
    groups=parties.map(tuple),
    employees=parties.map(tuple),
    recordings=recordings.map(tuple),
    schemes=st.just(("main",)),
    untold=st.sampled_from([(), ("groups: 4001, not allowed",)]),
)


@settings(max_examples=40, deadline=None)
@given(account=accounts, language=st.sampled_from(sorted(TEXTS)))
def test_whatever_an_account_has_the_bundle_is_sound(account: Account, language: str) -> None:
    if not (account.groups or account.employees):
        return  # said before anything is written
    chosen = choose(account, Given(language=language), Questions(silent=True))
    assert _try(starter_bundle(chosen.answers)) > 0
    page = checklist(account, chosen)
    for line in account.lines:
        assert line.number in page


def test_both_languages_have_every_text() -> None:
    assert TEXTS["en"].keys() == TEXTS["ru"].keys()
