"""The bundle in flows/, which is read first: small, and as well tested as those of the library."""

from router.files.bundle import read_directory
from router.flow.finding_output import render_text
from router.flow.layout import formatted
from router.simulator import coverage as covering
from router.simulator.checked import check_bundle
from router.simulator.mutate import mutate
from router.simulator.run_test import run
from tests.library.bundles import FIRST_DAY, PROJECT, SEED

MOST_STEPS = 10
FILES = read_directory(PROJECT / "flows")
TEXTS = {file: content.decode() for file, content in FILES.items()}


def test_it_is_one_flow_of_few_steps_without_findings() -> None:
    checked = check_bundle(FILES, FIRST_DAY)
    assert not checked.findings, render_text(checked.findings)
    assert checked.loaded.bundle is not None
    assert {name: len(flow.steps) <= MOST_STEPS for name, flow in checked.loaded.bundle.flows.items()} == {"main": True}
    assert {file: formatted(text) for file, text in TEXTS.items() if file.endswith(".yaml")}.items() <= TEXTS.items()


def test_its_tests_take_every_exit_and_notice_every_small_mistake() -> None:
    checked = check_bundle(FILES, FIRST_DAY)
    bundle = checked.loaded.bundle
    assert bundle is not None
    verdicts = [run(script, bundle) for script in checked.scripts]
    assert [verdict.failure for verdict in verdicts if verdict.failure] == []
    assert covering.percent(covering.coverage(bundle, verdicts, TEXTS)) == 100.0
    assert mutate(bundle, verdicts, TEXTS, seed=SEED, is_time_over=lambda: False).survivors == ()
