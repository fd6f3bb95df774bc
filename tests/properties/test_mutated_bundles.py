"""Whatever stands in the files: the loader answers with a bundle or with findings that every format can show."""

import json
from datetime import date
from pathlib import Path

import pytest

from router.files.bundle import read_directory
from router.flow.finding_output import render_text, to_json
from router.flow.loader import load
from router.flow.reports import as_github, as_sarif
from router.simulator.read import read_scripts
from tests.flow.bundles import every_verb
from tests.properties.mutations import Mutations

PROJECT = Path(__file__).parents[2]
BASES = (read_directory(PROJECT / "tests" / "bundles" / "reception"), every_verb())


def test_the_bundles_that_are_changed_are_sound() -> None:
    assert all(load(files).bundle is not None for files in BASES)


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_bundle_is_loaded_or_refused(seed: int, request: pytest.FixtureRequest) -> None:
    """`pytest --mutations N` tries N of them."""
    mutations = Mutations(seed)
    for number in range(request.config.getoption("--mutations") // 4):
        files = mutations.of(BASES[number % len(BASES)])
        loaded = load(files, today=date(2026, 11, 23))
        findings = loaded.findings
        if loaded.bundle is not None:
            texts = {name: files[name].decode("utf-8-sig") for name in loaded.tests}
            findings = (*findings, *read_scripts(loaded.tests, loaded.bundle, texts)[1])
        assert loaded.bundle is not None or findings
        for finding in findings:
            mark = finding.mark
            assert mark.line >= 1
            assert 1 <= mark.column <= len(finding.excerpt) + 1 or not finding.excerpt
        shown = render_text(findings) + as_github(findings, "flows")
        assert (shown + json.dumps([to_json(findings), as_sarif(findings, "flows", "1")])).encode()
        assert "\x1b" not in shown
