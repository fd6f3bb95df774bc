"""The world of a call that somebody simulates, said as a test says it in `given`."""

import json
from collections.abc import Mapping
from typing import Any

from router.flow.findings import Finding
from router.flow.model import Bundle
from router.flow.yaml.parser import parse_yaml
from router.pbx.happenings import Impossible
from router.simulator.read import read_scripts
from router.simulator.script import Given


def given_as_in_tests(world: Mapping[str, Any], bundle: Bundle, flow: str) -> Given:
    """The world as a test would have it; Impossible says what would be refused there, and what to write instead."""
    test = {"flow": flow, "tests": [{"name": "simulated", "given": world, "script": [{"hangup": {}}]}]}
    text = json.dumps(test, ensure_ascii=False)
    root, _ = parse_yaml("options", text)
    scripts, findings = read_scripts({"options": root} if root is not None else {}, bundle, {"options": text})
    if findings:
        raise Impossible("; ".join(in_a_sentence(row) for row in findings))
    return scripts[0].given


def in_a_sentence(finding: Finding) -> str:
    """What is wrong, and what to write instead."""
    return ", ".join(filter(None, (finding.message, finding.suggestion)))
