"""Bundles as an author would write them, with tests that take every exit of every step."""

from pathlib import Path

import pytest

from router.engine.verbs import VERBS
from router.files.bundle import read_directory
from router.flow.finding_output import render_text
from router.flow.findings import has_errors
from router.flow.loader import load
from router.simulator.coverage import coverage, percent
from router.simulator.coverage import render as render_coverage
from router.simulator.read import read_scripts
from router.simulator.report import render
from router.simulator.run_test import run

BUNDLES = Path(__file__).parents[1] / "bundles"
IN_PART = {"reception"}
"""What other tests need a large flow for: its own tests are examples."""


@pytest.mark.parametrize("name", sorted(path.name for path in BUNDLES.iterdir() if path.is_dir()))
def test_a_bundle_and_its_tests(name: str) -> None:
    files = read_directory(BUNDLES / name)
    texts = {file: content.decode() for file, content in files.items()}
    loaded = load(files)
    assert loaded.bundle is not None, render_text(loaded.findings)
    scripts, findings = read_scripts(loaded.tests, loaded.bundle, texts)
    assert not has_errors(findings), render_text(findings)
    verdicts = [run(script, loaded.bundle) for script in scripts]
    assert not (failed := [render(verdict, "") for verdict in verdicts if verdict.failure]), "\n".join(failed)
    reached = coverage(loaded.bundle, verdicts, texts)
    assert percent(reached) == 100 or name in IN_PART, render_coverage(reached)


def test_every_verb_is_among_them() -> None:
    bundles = [load(read_directory(path)).bundle for path in BUNDLES.iterdir() if path.is_dir()]
    flows = [flow for bundle in bundles if bundle is not None for flow in bundle.flows.values()]
    assert {step.verb for flow in flows for step in flow.steps.values()} == set(VERBS)
