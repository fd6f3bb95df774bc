"""A line of a test that somebody says to a simulated call: `keys: "1"`, `pbx busy`, `lookup: {client: failed}`."""

import json
import re
from typing import Final

from router.flow.findings import Report
from router.flow.model import Bundle
from router.flow.schema.schema_check import check_shape
from router.flow.yaml.node import find, items
from router.flow.yaml.parser import parse_yaml
from router.pbx.happenings import Impossible
from router.simulator.given_world import in_a_sentence
from router.simulator.read import read_line
from router.simulator.script import Line

LINES: Final = ("keys", "wait", "pbx", "hangup", "by_hand", "lookup")
"""Lines that do something; what is expected of a call that somebody makes is written down by itself."""

_LINE: Final = re.compile(rf"(?:- *)?({'|'.join(LINES)})(?: *: *| +|$)(.*)")


def line_as_in_tests(words: str, bundle: Bundle, flow: str) -> Line | None:
    """The line that the words are; None when they are none. Raises Impossible, which says what would be refused in a
    test, and what to write instead."""
    found = _LINE.fullmatch(words)
    if found is None:
        return None
    text = f"flow: {json.dumps(flow)}\ntests:\n- name: said\n  script:\n  - {found[1]}: {found[2]}\n"
    root, findings = parse_yaml("said", text)
    report = Report(findings=findings, lines={"said": text.splitlines()})
    lines: list[Line] = []
    if root is not None and not findings:
        shaped = check_shape(root, "test", report)
        (test,) = items(find(shaped, "tests") or shaped)
        if not report.findings:
            lines = [
                line for item in items(find(test, "script") or test) for line in read_line(item, flow, bundle, report)
            ]
    if report.findings:
        raise Impossible("; ".join(in_a_sentence(finding) for finding in report.findings))
    return lines[0] if lines else None
