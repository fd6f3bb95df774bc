"""`ivr new`: whatever is answered, the bundle is sound, and its tests pass and reach every exit."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from router.cli.new import new, with_made_up_recordings
from router.cli.starter.answers import GROUP, HANG_UP, PERSON, Answers, Destination
from router.cli.starter.bundle import starter_bundle
from router.cli.starter.recordings import AGAIN, CLOSED, LANGUAGES, SORRY, WELCOME, Recording
from router.flow.findings import has_errors
from router.flow.layout import formatted
from router.simulator.checked import check_bundle
from router.simulator.coverage import coverage, percent
from router.simulator.run_test import run

names = st.sampled_from(["sales", "support", "a", "b2", "reception", "x_y", "null", "open", "true", "route"])
hours = st.sampled_from(
    [{}, {"mon-fri": "09:00-18:00"}, {"mon-sun": "10:00-02:00", "sun": "12:00-13:00"}, {"sat": "00:00-24:00"}]
)
closed = st.sampled_from([HANG_UP, "101", "74951112233"])
lines = st.sampled_from([(), ("74951234567",), ("74951234567", "74950000001")])
destinations = st.lists(
    st.builds(
        Destination,
        name=names,
        extension=st.sampled_from(["301", "302", "303"]),
        kind=st.sampled_from([GROUP, PERSON]),
        title=st.sampled_from(["", "Отдел продаж", 'a "title": # of \n two lines', "{x}"]),
    ),
    min_size=1,
    max_size=9,
    unique_by=lambda one: one.name,
)
answers = st.builds(
    Answers,
    lines=lines,
    hours=hours,
    zone=st.sampled_from(["Europe/Moscow", "Asia/Vladivostok", "America/New_York"]),
    keeps_holidays=st.booleans(),
    destinations=destinations.map(tuple),
    language=st.sampled_from(LANGUAGES),
    closed=closed,
    recordings=st.dictionaries(
        st.sampled_from([WELCOME, AGAIN, SORRY, CLOSED]),
        st.builds(
            Recording,
            id=st.integers(1, 10**9),
            seconds=st.integers(1, 300),
            says=st.sampled_from(["", 'Say "a: b" # {c}']),
            name=st.sampled_from(["", "Меню 1", "a # b\r\nc"]),
        ),
    ),
)


@settings(max_examples=120, deadline=None)
@given(answers=answers, has_prompts=st.booleans())
def test_the_bundle_is_sound_and_its_tests_reach_everything(answers: Answers, has_prompts: bool) -> None:
    """Whether nothing, something or all of it was recorded."""
    files = starter_bundle(with_made_up_recordings(answers) if has_prompts else answers)
    assert all(formatted(text) == text for text in files.values())
    checked = check_bundle({name: text.encode() for name, text in files.items()})
    assert not has_errors(checked.findings)
    assert checked.loaded.bundle is not None
    verdicts = [run(script, checked.loaded.bundle) for script in checked.scripts]
    assert [verdict.failure.reason for verdict in verdicts if verdict.failure is not None] == []
    assert percent(coverage(checked.loaded.bundle, verdicts, files)) == 100


def _run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(new, list(arguments), input=typed)


def test_it_asks_and_asks_again(tmp_path: Path) -> None:
    place = tmp_path / "flows"
    typed = "8 (495) 123-45-67\nmonday to friday\nmon-fri 10:00-19:00\nSales\nsales=303, parts=305\nru\n101\n"
    answer = _run(str(place), typed=typed)
    assert answer.exit_code == 0, answer.output
    assert "`monday to friday` is not like mon-fri 09:00-18:00" in answer.output
    assert "`Sales` is not like sales=303" in answer.output
    assert 'for: {lines: ["74951234567"]}' in (place / "main.yaml").read_text(encoding="utf-8")
    assert "Здравствуйте" in (place / "resources.yaml").read_text(encoding="utf-8")
    assert "route: {to: extension 101" in (place / "main.yaml").read_text(encoding="utf-8")


def test_a_question_that_no_terminal_answers(tmp_path: Path) -> None:
    answer = _run(str(tmp_path / "flows"), typed="")
    assert answer.exit_code == 2
    assert "give --yes" in answer.output
    assert not (tmp_path / "flows").exists()


def test_without_questions(tmp_path: Path) -> None:
    answer = _run(str(tmp_path / "flows"), "--yes", "--groups", "desk=100", "--json")
    assert answer.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "flows").iterdir()) == [
        "main.test.yaml",
        "main.yaml",
        "resources.yaml",
    ]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--groups", "продажи=303", "is not like sales=303"),
        ("--groups", "menu=303", "is a step of the bundle already"),
        ("--groups", "", "between one and nine groups"),
        ("--hours", "mon-fri 9-25", "is not like mon-fri 09:00-18:00"),
        ("--lines", "12ab", "is no number"),
        ("--closed", "nobody", "is neither a number nor `hang up`"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, option: str, value: str, said: str) -> None:
    answer = _run(str(tmp_path / "flows"), "--yes", option, value)
    assert answer.exit_code == 2
    assert said in answer.output
    assert not (tmp_path / "flows").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text("mine")
    answer = _run(str(tmp_path), "--yes")
    assert answer.exit_code == 2
    assert "is not empty" in answer.output
    assert (tmp_path / "main.yaml").read_text() == "mine"
