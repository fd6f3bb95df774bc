"""Bundles with their right values as tests beside them: what people reported, and more of its kind."""

from pathlib import Path

import pytest

from router.files.bundle import read_directory
from router.flow.finding_output import render_text
from router.flow.findings import has_errors
from router.flow.loader import load
from router.simulator.read import read_scripts
from router.simulator.report import render
from router.simulator.run_test import run

CASES = Path(__file__).parent
SCRIPTED = sorted(
    {
        str(path.parent.relative_to(CASES))
        for part in ("accepted", "keys", "race")
        for path in (CASES / part).rglob("*.test.yaml")
    }
)


@pytest.mark.parametrize("name", SCRIPTED)
def test_scripts_of(name: str) -> None:
    files = read_directory(CASES / name)
    texts = {file: content.decode() for file, content in files.items()}
    loaded = load(files)
    assert loaded.bundle is not None, render_text(loaded.findings)
    scripts, findings = read_scripts(loaded.tests, loaded.bundle, texts)
    assert scripts
    assert not has_errors(findings), render_text(findings)
    failed = [render(verdict, "") for verdict in (run(script, loaded.bundle) for script in scripts) if verdict.failure]
    assert not failed, "\n".join(failed)
