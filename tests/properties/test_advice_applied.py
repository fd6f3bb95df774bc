"""Advice, carried out: whatever has a fix is gone after it, and nothing is worse than before.

Over the broken bundles, and over sound ones of which one word, one condition, one key or one value was changed as
people change them.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from router.files.bundle import read_directory
from router.flow.finding_output import render_text
from router.flow.findings import Finding
from router.flow.loader import load
from router.flow.suggestions.advice import applied
from tests.flow.bundles import every_verb
from tests.properties.slips import slips_of

PROJECT = Path(__file__).parents[2]
BROKEN = PROJECT / "tests" / "broken_flows"
CASES = sorted(path.name for path in BROKEN.iterdir() if path.is_dir())
BASES = {"flows": read_directory(PROJECT / "tests" / "bundles" / "reception"), "every_verb": every_verb()}
TODAY = date(2026, 11, 23)

Files = dict[str, bytes]


def _errors(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return sorted((finding.code, finding.message) for finding in findings if finding.severity == "error")


def _worse_after(files: Files, findings: tuple[Finding, ...]) -> Iterator[str]:
    """What is wrong with the fixes of the findings, one at a time."""
    before = _errors(findings)
    for finding in findings:
        if not finding.fix:
            continue
        name = finding.mark.file
        changed = {**files, name: applied(files[name].decode("utf-8-sig"), finding.fix).encode()}
        after = load(changed, today=TODAY).findings
        left = _errors(after)
        place = (finding.mark.file, finding.mark.line, finding.mark.column, finding.code, finding.message)
        told = {(one.mark.file, one.mark.line, one.mark.column, one.code, one.message) for one in after}
        new = [error for error in left if error not in before]
        if place in told or new or len(left) > len(before):
            yield f"{render_text([finding])}{finding.fix}\n  still or newly told:\n{render_text(after)}"


@pytest.mark.parametrize("case", CASES)
def test_a_fix_of_a_broken_bundle_makes_nothing_worse(case: str) -> None:
    files = {name: content for name, content in read_directory(BROKEN / case).items() if name != "expected.txt"}
    assert list(_worse_after(files, load(files, today=TODAY).findings)) == []


@pytest.mark.parametrize("base", BASES)
def test_a_fix_of_a_slip_makes_nothing_worse(base: str, request: pytest.FixtureRequest) -> None:
    """`pytest --mutations N` tries N slips of each kind."""
    files = BASES[base]
    most = max(1, request.config.getoption("--mutations") // 200)
    fixable = 0
    for changed in slips_of(files, most):
        findings = load(changed, today=TODAY).findings
        fixable += any(finding.fix for finding in findings)
        assert list(_worse_after(changed, findings)) == []
    assert fixable > most
