"""Mistakes of people who come from Asterisk, Twilio, SWML, jambonz, Home Assistant, GitHub Actions or Node-RED.

`other_systems.yaml` holds them: what is written, what is said of it, and what is left when the advice is carried out.
"""

import difflib
from typing import Any

import pytest
import yaml

from tests.mistakes.bundles import BASE, HERE, after, checked

MAIN = "main.yaml"
WRITTEN = BASE[MAIN].decode()
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "other_systems.yaml").read_text(encoding="utf-8"))


def _lines_changed(before: str, now: str) -> str:
    old, new = before.splitlines(keepends=True), now.splitlines(keepends=True)
    changes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return "".join("".join(new[first:last]) for tag, _, _, first, last in changes if tag != "equal")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_mistake_is_told_and_its_advice_holds(case: dict[str, Any]) -> None:
    assert WRITTEN.count(case["instead_of"]) >= 1
    text = WRITTEN.replace(case["instead_of"], case["written"], 1)
    files = {**BASE, MAIN: text.encode()}
    findings = checked(files)[1]
    told = [f"{one.mark.line}:{one.mark.column} {one.code} {one.message} | {one.suggestion}" for one in findings]
    assert [line.rstrip(" |") for line in told] == case["said"]
    assert any(finding.fix for finding in findings) == ("meant" in case)
    if "meant" in case:
        mended = after(files, findings)
        loaded, left = checked(mended)
        assert _lines_changed(text, mended[MAIN].decode()) == case["meant"]
        assert [finding.code for finding in left] == case.get("left", [])
        assert loaded.bundle is not None
