"""One bad bundle for each kind of mistake, held against the exact text that its author would see.

A directory of `tests/broken_flows` holds the bundle and `expected.txt`. `pytest --update-goldens` rewrites the latter.
"""

from datetime import date
from pathlib import Path

import pytest

from router.files.bundle import read_directory
from router.flow.analysis import Traffic
from router.flow.finding_output import render_text
from router.flow.finding_rules import RULES
from router.flow.loader import load

BROKEN = Path(__file__).parents[1] / "broken_flows"
CASES = sorted(path.name for path in BROKEN.iterdir() if path.is_dir())
SEVERAL = {"everything_at_once", "wrong_hours"}
TODAY = {"closed_days": date(2026, 11, 23), "moved_working_day": date(2026, 11, 23)}
TRAFFIC = {
    case: Traffic(
        calls_per_minute=calls, limits={"route": (1, 2.0), "transfer": (1, 2.0), "hangup": (4, 1.0), "play": (10, 1.0)}
    )
    for case, calls in (("long_wait", 20), ("endless_wait", 20))
}


def _load(case: str):
    files = read_directory(BROKEN / case)
    bundle = {name: content for name, content in files.items() if name != "expected.txt"}
    return load(bundle, today=TODAY.get(case), traffic=TRAFFIC.get(case))


@pytest.mark.parametrize("case", CASES)
def test_the_findings_are_told_exactly_so(case: str, update_goldens: bool) -> None:
    told = render_text(_load(case).findings)
    golden = BROKEN / case / "expected.txt"
    if update_goldens:
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", [case for case in CASES if case not in SEVERAL])
def test_one_mistake_is_one_finding(case: str) -> None:
    assert len(_load(case).findings) == 1


@pytest.mark.parametrize("case", CASES)
def test_errors_and_only_errors_keep_a_bundle_from_being_used(case: str) -> None:
    loaded = _load(case)
    errors = [finding for finding in loaded.findings if finding.severity == "error"]
    assert (loaded.bundle is None) == bool(errors)


def test_every_rule_of_the_loader_has_a_broken_bundle() -> None:
    told = {finding.code for case in CASES for finding in _load(case).findings}
    expressions = {code for code in RULES if code.startswith("F4")}  # tested beside the expressions
    online = {code for code in RULES if code.startswith("P7")}  # what a PBX says: tests/cli
    files = {"F116"}  # what is no file: tests/files
    of_accounts = {"F512", "F513", "F514"}  # what a bundle needs of its account: tests/engine/test_values
    own_fault = {"F213"}  # no bundle has it: tests/properties/test_published_whole
    assert set(RULES) - told - expressions - online - files - of_accounts - own_fault == set()
