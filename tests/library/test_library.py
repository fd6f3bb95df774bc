"""Every bundle of the library is sound, tested to the last exit, drawn and explained, and the index tells the truth."""

import re

import pytest
import yaml

from router.config.settings import load_settings
from router.emulator.load import load_config
from router.flow.account_needs import AccountFacts, unmet
from router.flow.finding_output import render_text
from router.flow.layout import formatted
from router.simulator import coverage as covering
from router.simulator import mutate as mutating
from router.simulator.report import render
from tests.library.bundles import INDEX, LIBRARY, PROJECT, LibraryBundle, index, library

LEAST_NOTICED = 90.0  # percent of the small mistakes
LEAST_STEPS, MOST_STEPS = 15, 25  # of the bundle, of each of its flows
SECTIONS = (
    "## What the caller hears",
    "## What to set up in the cabinet",
    "## What to change for your own",
    "## Try it",
)
CODE = re.compile(r"^(?:ivr|IVR_|    ?[a-z_]+: ).*?(?= *#|$)", re.MULTILINE)  # of the fenced blocks
IN_RUSSIAN = (
    "## Что слышит звонящий",
    "## Что настроить в личном кабинете",
    "## Что заменить на своё",
    "## Попробовать",
)
BUNDLES = library()
CONFIGURATION = LIBRARY / "ivr.yaml"


@pytest.fixture(params=BUNDLES, ids=lambda bundle: bundle.name)
def bundle(request: pytest.FixtureRequest) -> LibraryBundle:
    return request.param


def test_there_is_nothing_to_find(bundle: LibraryBundle) -> None:
    assert not bundle.findings, render_text(bundle.findings)
    assert bundle.steps >= LEAST_STEPS
    assert max(len(flow.steps) for flow in bundle.bundle.flows.values()) <= MOST_STEPS


def test_the_layout_is_that_of_ivr_fmt(bundle: LibraryBundle) -> None:
    files = {file: text for file, text in bundle.texts.items() if file.endswith(".yaml")}
    files["pbx"] = bundle.pbx.read_text(encoding="utf-8")
    assert {file: formatted(text) for file, text in files.items()} == files


def test_its_tests_pass(bundle: LibraryBundle) -> None:
    failed = [verdict for verdict in bundle.verdicts if verdict.failure]
    assert not failed, "\n".join(render(verdict, "") for verdict in failed)


def test_its_tests_take_every_exit(bundle: LibraryBundle) -> None:
    assert not [gap for flow in bundle.coverage for gap in flow.gaps], covering.render(bundle.coverage)


def test_the_diagram_is_up_to_date(bundle: LibraryBundle) -> None:
    drawn = bundle.diagram.read_text(encoding="utf-8")
    assert drawn == bundle.drawing(), f"run: python -m tests.library {bundle.name}"


def test_every_prompt_says_its_words_in_russian(bundle: LibraryBundle) -> None:
    silent = [one["id"] for one in bundle.recordings if not re.search("[а-яё]", one.get("says", ""))]
    assert bundle.recordings
    assert silent == []


def test_the_page_says_what_a_user_has_to_know(bundle: LibraryBundle) -> None:
    page = bundle.page.read_text(encoding="utf-8")
    assert [section for section in SECTIONS if f"\n{section}\n" not in page] == []
    assert f"![]({bundle.diagram.name})" in page


def test_the_page_tells_the_words_of_each_recording(bundle: LibraryBundle) -> None:
    page = bundle.page.read_text(encoding="utf-8")
    assert [one["says"] for one in bundle.recordings if one["says"] not in page] == []


def test_the_russian_page_says_the_same(bundle: LibraryBundle) -> None:
    english, russian = (page.read_text(encoding="utf-8") for page in (bundle.page, bundle.russian_page))
    assert [section for section in IN_RUSSIAN if f"\n{section}\n" not in russian] == []
    assert [one["says"] for one in bundle.recordings if one["says"] not in russian] == []
    assert CODE.findall(russian) == CODE.findall(english)


def test_the_pbx_has_the_lines_and_the_recordings(bundle: LibraryBundle) -> None:
    text = bundle.pbx.read_text(encoding="utf-8")
    pbx = load_config(text, name=bundle.pbx.name)
    assert set(bundle.bundle.by_line) <= set(pbx.lines)
    assert yaml.load(text, yaml.CBaseLoader)["audio"] == {one["id"]: one["length"] for one in bundle.recordings}


def test_the_configuration_has_what_the_bundle_needs(bundle: LibraryBundle) -> None:
    account = load_settings({}, CONFIGURATION.read_text(encoding="utf-8"), str).account(bundle.name)
    facts = AccountFacts(profile=account.profile, values=account.values)
    assert not unmet(bundle.bundle.needs, facts, bundle.files)
    assert account.flows == bundle.directory.relative_to(PROJECT).as_posix()


def test_its_tests_notice_small_mistakes(bundle: LibraryBundle) -> None:
    assert bundle.mutation.score >= LEAST_NOTICED, mutating.render(bundle.mutation)


def test_the_index_tells_what_is_measured() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(BUNDLES), "run: python -m tests.library"
