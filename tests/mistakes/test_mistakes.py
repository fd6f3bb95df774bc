"""What people write who come from other systems: one finding each, and its advice, carried out, is what they meant.

A case of `tests/mistakes/cases` holds the files that differ from `base`, `expected.txt` with what is said of them, and
below `meant` the files as they should have been. `pytest --update-goldens` rewrites `expected.txt`, never `meant`.
"""

import pytest

from router.flow.finding_output import render_text
from tests.mistakes.bundles import CASES, GOLDEN, HERE, after, checked, of_case

SEVERAL = {
    "digits_as_letters": 2,
    "days_of_one_column": 2,
    "c15": 2,
    "l8": 2,
    "r21": 2,
    "t23": 2,
    "t9": 2,
    "x11": 3,
    "y1": 2,
    "y2": 2,
}
"""How many mistakes there are where it is not one: each has its own finding."""
STILL_TOLD = {"y9": "W601", "r13": "W613"}
"""What is rightly said of the bundle that was meant: an exit that is not written, a working day that is moved."""


@pytest.mark.parametrize("case", CASES)
def test_the_findings_are_told_exactly_so(case: str, update_goldens: bool) -> None:
    _, findings = checked(of_case(case)[0])
    told, golden = render_text(findings), HERE / "cases" / case / GOLDEN
    if update_goldens:
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")
    assert not findings or len(findings) == SEVERAL.get(case, 1)


@pytest.mark.parametrize("case", CASES)
def test_the_advice_carried_out_is_what_was_meant(case: str) -> None:
    files, meant = of_case(case)
    _, findings = checked(files)
    if not findings:
        assert meant is None
        return
    assert meant is not None
    loaded, still = checked(meant)
    assert loaded.bundle is not None
    assert {finding.code for finding in still} <= {STILL_TOLD.get(case)}
    if any(finding.fix for finding in findings):
        mended, left = checked(after(files, findings))
        assert render_text(left) == render_text(still)
        assert mended.bundle is not None
        assert mended.content == loaded.content
